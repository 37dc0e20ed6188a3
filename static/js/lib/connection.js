// One STOMP connection of a page, held up for as long as the page is open. Chats and lists subscribe through it and do so again by
// themselves after each return. Events: up, down ({waitMs}: until the next try), error (body of /user/queue/errors).
import { Backoff } from './backoff.js';
import { clientOf } from './stomp_client.js';

const SILENT_MS = 60000;  // the server says something at least every 25 s
const STEADY_MS = 10000;  // up this long: the next break starts from a short wait again
const ANSWER_MS = 15000;  // a SEND without an answer for longer has an unknown outcome

/** {Client} over @stomp/stompjs: its file is a module, or defines a global. */
export async function loadStomp() {
  const stomp = await import('../../vendor/stomp.min.js');
  return { Client: clientOf(globalThis.StompJs ?? stomp) };
}

/** Where push is for the page with this root element; null where there is none, and all is asked for. */
export const pushUrl = (root) => (root.dataset.push === 'off' ? null : `${origin.replace('http', 'ws')}/ws`);

export class Connection extends EventTarget {
  #subscriptions = new Map(); // key -> {destination, headers, on, live}
  #answers = new Map();       // receipt -> {resolve, reject, timer}
  #client = null;
  #retry = null;
  #heard = 0;
  #upAt = 0;
  #receipts = 0;
  #turn = 0;                  // of opening: only the latest may go on

  /** stomp: like loadStomp(); url: ws(s)://.../ws, null: never up. socket: makes the WebSocket, where there is none of the browser's (node); headers: of CONNECT. */
  constructor({ stomp = loadStomp, url, socket = null, headers = {}, backoff = new Backoff(), now = Date.now }) {
    super();
    Object.assign(this, { stomp, url, socket, headers, backoff, now, isUp: false, isStopped: true });
  }

  start() {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.watch = setInterval(() => this.#watchSilence(), 5000);
    this.#open();
  }

  /** Closes the socket at once (pagehide): start() opens it again. */
  stop() {
    this.isStopped = true;
    clearInterval(this.watch);
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** Do not wait for the back-off: the reader asked, or the network is back. */
  hurry() {
    if (this.isStopped || this.isUp || !this.#retry) return;
    this.backoff.reset();
    clearTimeout(this.#retry);
    this.#open();
  }

  /** The network changed, or a chat hears nothing: the old socket may be dead without knowing it. */
  renew() {
    if (this.isStopped) return;
    const was = this.isUp;
    this.backoff.reset();
    clearTimeout(this.#retry);
    this.#drop();
    this.#open();
    if (was) this.#tell('down', { waitMs: 0 });
  }

  /** headers is a function: asked at each (re)subscription, since `after` moves. on(body) gets parsed JSON. */
  subscribe(destination, on, headers = () => ({})) {
    const s = { destination, on, headers, live: null };
    this.#subscriptions.set(s, s);
    if (this.isUp) this.#attach(s);
    return {
      again: () => { if (this.isUp && this.#subscriptions.has(s)) this.#attach(s); },
      end: () => { if (this.isUp) s.live?.unsubscribe(); this.#subscriptions.delete(s); },
    };
  }

  /** Headers for subscribe(): on() is called when the server has the subscription, again after each return. Only what happens from then on is pushed: what is read
   *  because of it is to be asked for then, and not when the connection is up. */
  registered(on) {
    const receipt = `r${++this.#receipts}`;
    this.#client.watchForReceipt(receipt, on);
    return { receipt };
  }

  /** Resolves on RECEIPT. Rejects with {unknown: true}, or with the refusal's body from /user/queue/errors. */
  send(destination, body) {
    if (!this.isUp) return Promise.reject({ unknown: true });
    const receipt = `r${++this.#receipts}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#answer(receipt, null, { unknown: true, silent: true }), ANSWER_MS);
      this.#answers.set(receipt, { resolve, reject, timer });
      this.#client.watchForReceipt(receipt, () => this.#answer(receipt));
      this.#publish(destination, body, { receipt });
    });
  }

  /** Nobody waits for an answer (typing, read). */
  tell(destination, body) {
    if (this.isUp) this.#publish(destination, body);
  }

  #publish(destination, body, headers = {}) {
    try {
      this.#client.publish({ destination, body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } });
    } catch { this.#drop(true); } // the socket went this very moment
  }

  async #open() {
    this.#retry = null;
    const turn = ++this.#turn;
    if (!this.url) {
      this.#tell('down', {});
      return;
    }
    let StompJs;
    try {
      StompJs = await this.stomp();
    } catch {
      if (turn === this.#turn) this.#closed(null);
      return;
    }
    if (this.isStopped || turn !== this.#turn) return;
    const client = new StompJs.Client({
      ...(this.socket ? { webSocketFactory: this.socket } : { brokerURL: this.url }),
      connectHeaders: this.headers,
      reconnectDelay: 0,             // ours, with jitter and a cap
      connectionTimeout: 10000,      // its default is none
      heartbeatIncoming: 10000,
      heartbeatOutgoing: 10000,
      heartbeatStrategy: 'interval', // a worker would need blob: in the CSP
      discardWebsocketOnCommFailure: true,
      onConnect: () => this.#up(client),
      onHeartbeatReceived: () => { this.#heard = this.now(); },
      onWebSocketClose: () => this.#closed(client),
      onStompError: () => client.forceDisconnect(),
    });
    this.#client = client;
    this.#heard = this.now();
    client.activate();
  }

  #up(client) {
    if (client !== this.#client) {
      client.deactivate({ force: true });
      return;
    }
    this.isUp = true;
    this.#upAt = this.#heard = this.now();
    client.subscribe('/user/queue/errors', (m) => this.#onError(m));
    for (const s of this.#subscriptions.values()) this.#attach(s);
    this.#tell('up');
  }

  #attach(s) {
    const client = this.#client;
    s.live?.unsubscribe();
    s.live = client.subscribe(s.destination, (m) => {
      if (client !== this.#client || !this.#subscriptions.has(s)) return; // what an ended connection still had in hand
      this.#heard = this.now();
      s.on(JSON.parse(m.body));
    }, s.headers());
  }

  #onError(m) {
    this.#heard = this.now();
    const body = JSON.parse(m.body), receipt = m.headers['receipt-id'];
    if (receipt) this.#answer(receipt, body);
    this.#tell('error', body);
  }

  #answer(receipt, refusal = null, failure = null) {
    const a = this.#answers.get(receipt);
    if (!a) return;
    this.#heard = failure ? this.#heard : this.now();
    this.#answers.delete(receipt);
    clearTimeout(a.timer);
    if (failure) a.reject(failure);
    else if (refusal) a.reject(refusal);
    else a.resolve();
    if (failure?.silent) this.#drop(true);
  }

  #watchSilence() {
    if (this.#client && this.now() - this.#heard > SILENT_MS) this.#drop(true);
  }

  #drop(again = false) {
    const client = this.#client;
    this.#client = null;
    this.#turn++;
    this.#wentDown();
    client?.deactivate({ force: true });
    if (again) this.#later();
  }

  #closed(client) {
    if (this.isStopped || client !== this.#client) return;
    this.#client = null;
    client?.deactivate({ force: true });
    this.#wentDown();
    this.#later();
  }

  #wentDown() {
    if (this.isUp && this.now() - this.#upAt > STEADY_MS) this.backoff.reset();
    this.isUp = false;
    for (const s of this.#subscriptions.values()) s.live = null;
    for (const receipt of [...this.#answers.keys()]) this.#answer(receipt, null, { unknown: true });
  }

  #later() {
    if (this.isStopped || this.#retry) return;
    const waitMs = this.backoff.next();
    this.#retry = setTimeout(() => this.#open(), waitMs);
    this.#tell('down', { waitMs });
  }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
