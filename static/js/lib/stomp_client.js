// A STOMP 1.2 client on one WebSocket, as much of it as a page needs: CONNECT, SUBSCRIBE, SEND, receipts and heart-beats. Frames are read by the parser of
// @stomp/stompjs. Its Client, which also reconnects, acknowledges and begins transactions, is left out: connection.js holds a connection up by rules of its own
// and used a quarter of it. Programs that have that Client give it to connection.js instead; what is used of it has the same face here.
const PROTOCOLS = ['v12.stomp'];
const GRACE = 2; // heart-beats of the server's that may be missing
const PLAIN = '\\\r\n:', ESCAPED = '\\rnc';
const escape = (s) => String(s).replace(/[\\\r\n:]/g, (c) => `\\${ESCAPED[PLAIN.indexOf(c)]}`);
const unescape = (s) => s.replace(/\\([\\rnc])/g, (all, c) => PLAIN[ESCAPED.indexOf(c)]);

/** The class Client over {Parser} of @stomp/stompjs. */
export const clientOf = ({ Parser }) => class {
  #socket = null;
  #timers = [];
  #heardAt = 0;
  #count = 0;
  #subscriptions = new Map(); // id -> callback
  #receipts = new Map();

  /** config: brokerURL or webSocketFactory(), connectHeaders, connectionTimeout, heartbeatIncoming, heartbeatOutgoing (ms); onConnect(),
   *  onHeartbeatReceived(), onStompError(), onWebSocketClose(): once, however it came; not after deactivate(). */
  constructor(config) { this.config = config; }

  activate() {
    const { brokerURL, webSocketFactory, connectHeaders, connectionTimeout, heartbeatIncoming, heartbeatOutgoing, onHeartbeatReceived } = this.config;
    const socket = this.#socket = webSocketFactory ? webSocketFactory() : new WebSocket(brokerURL, PROTOCOLS);
    const parser = new Parser((frame) => { if (this.#socket) this.#onFrame(frame); }, onHeartbeatReceived);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#send('CONNECT', { ...connectHeaders, 'accept-version': '1.2', 'heart-beat': `${heartbeatOutgoing},${heartbeatIncoming}` });
    socket.onmessage = ({ data }) => {
      this.#heardAt = Date.now();
      parser.parseChunk(data);
    };
    socket.onclose = () => this.forceDisconnect();
    this.#timers = [setTimeout(() => this.forceDisconnect(), connectionTimeout)];
  }

  /** The socket is let go at once, without waiting for its close. */
  deactivate() {
    const socket = this.#socket;
    this.#socket = null;
    this.#timers.forEach(clearInterval);
    if (!socket) return false;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    return true;
  }

  forceDisconnect() {
    if (this.deactivate()) this.config.onWebSocketClose();
  }

  publish({ destination, headers, body }) { this.#send('SEND', { destination, ...headers }, body); }

  watchForReceipt(id, f) { this.#receipts.set(id, f); }

  subscribe(destination, f, headers) {
    const id = `s${++this.#count}`;
    this.#subscriptions.set(id, f);
    this.#send('SUBSCRIBE', { ...headers, id, destination });
    return {
      unsubscribe: () => {
        this.#subscriptions.delete(id);
        this.#send('UNSUBSCRIBE', { id });
      },
    };
  }

  /** Throws when there is no socket any more. A body is JSON: no NUL is in it. */
  #send(command, headers, body = '') {
    const say = command === 'CONNECT' ? String : escape; // as STOMP 1.0 had it
    this.#socket.send(`${command}\n${Object.entries(headers).map(([name, value]) => `${name}:${say(value)}\n`).join('')}\n${body}\0`);
  }

  #onFrame({ command, headers: pairs, binaryBody }) {
    const headers = Object.fromEntries(pairs.reverse().map(([name, value]) => [name, unescape(value)])); // of the same name the first holds
    if (command === 'MESSAGE') this.#subscriptions.get(headers.subscription)?.({ headers, body: new TextDecoder().decode(binaryBody) });
    else if (command === 'RECEIPT') {
      const id = headers['receipt-id'];
      this.#receipts.get(id)?.();
      this.#receipts.delete(id);
    } else if (command === 'CONNECTED') {
      this.#beat(headers['heart-beat'] ?? '');
      this.config.onConnect();
    } else this.config.onStompError();
  }

  #beat(said) {
    const [theirs, ours] = said.split(',').map(Number), { heartbeatIncoming, heartbeatOutgoing } = this.config;
    const every = (ms, f) => { if (ms) this.#timers.push(setInterval(f, ms)); };
    const silentMs = theirs && Math.max(theirs, heartbeatIncoming);
    clearTimeout(this.#timers.pop());
    every(ours && Math.max(ours, heartbeatOutgoing), () => this.#socket.send('\n'));
    every(silentMs, () => { if (Date.now() - this.#heardAt > GRACE * silentMs) this.forceDisconnect(); });
  }
};
