// A server that misbehaves by a seed: what it stores is right (doc/DELIVERY), what it says of it may be late, twice, out of order or lost,
// sockets and requests die at any point, and now and then its data comes back from a backup under another epoch.

/** Small, fast, good enough (mulberry32): the same seed gives the same run. */
export function randomBy(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const SESSION = 's1';
const TOPIC = `/topic/chat/${SESSION}`, BASE = `/api/chat/sessions/${SESSION}`;
const gone = () => Object.assign(new Error('no answer'), { status: 0, code: '99', isUnknown: true });
const answered = (status, code, more) => Object.assign(new Error(String(status)), { status, code, isUnknown: status >= 500, ...more });
export const isBad = (content) => content.startsWith('bad'); // a rule refuses these, always

export class BadServer {
  rows = [];
  epoch = 'e1';
  restored = new Set();   // clientMessageIds that a restore has taken away
  sockets = new Set();
  isPushUp = true;
  isRestUp = true;
  isCalm = false;         // no fault any more
  isFrozen = false;       // pushd hangs: frames wait
  waiting = [];
  faults = {};            // how often what was done, for the test's own proof that it did anything

  constructor(random) {
    this.random = random;
    setInterval(() => this.#sayHeads(), 25000);
  }

  chance(p, name) {
    const hit = !this.isCalm && this.random() < p;
    if (hit) this.faults[name] = (this.faults[name] ?? 0) + 1;
    return hit;
  }

  later(f, most = 60) { setTimeout(f, this.random() * (this.chance(0.1, 'slow') ? 2500 : most)); }

  /** The transaction: right and once, like the real one. */
  store(content, clientMessageId, senderType) {
    const known = clientMessageId && this.rows.find((r) => r.clientMessageId === clientMessageId);
    if (known) return known;
    const row = { seq: this.rows.length + 1, kind: 'TEXT', content, clientMessageId, senderType };
    this.rows.push(row);
    if (!this.chance(0.1, 'hint lost')) for (const s of this.sockets) s.row(row);
    return row;
  }

  /** Its hint is lost. */
  storeUnseen(content) { this.rows.push({ seq: this.rows.length + 1, kind: 'TEXT', content, clientMessageId: null, senderType: 'A' }); }

  /** From a backup: the last rows are gone, and the epoch says so. */
  restore() {
    this.faults.restore = (this.faults.restore ?? 0) + 1;
    for (const r of this.rows.splice(Math.floor(this.random() * (this.rows.length + 1)))) this.restored.add(r.clientMessageId);
    this.epoch = `${this.epoch}x`;
    for (const s of this.sockets) s.resync();
  }

  thaw() {
    this.isFrozen = false;
    for (const f of this.waiting.splice(0)) f();
  }

  #sayHeads() { for (const s of this.sockets) s.head(this.rows.length); }

  // ---- REST ----

  async request(method, path, body, device) {
    const head = () => new Promise((r) => { this.later(r); });
    await head();
    if (device.isOffline || !this.isRestUp) throw gone();
    if (this.chance(0.05, 'request lost')) throw gone();
    if (this.chance(0.05, '503')) throw answered(503, '99', this.random() < 0.5 ? { retryAfterMs: 2000 } : {});
    if (method === 'GET' && path.startsWith(`${BASE}/messages?`)) return this.#answer(this.#list(path));
    if (method === 'POST' && path === `${BASE}/messages`) return this.#answer(this.#post(body));
    return this.#answer({ data: {} });
  }

  #list(path) {
    const after = Number(/after=(\d+)/.exec(path)[1]), limit = this.chance(0.3, 'short page') ? 3 : 200;
    return { data: this.rows.filter((r) => r.seq > after).slice(0, limit), log: { sessionId: SESSION, epoch: this.epoch, head: this.rows.length } };
  }

  #post({ content, clientMessageId }) {
    if (isBad(content)) throw answered(422, '01');
    if (this.chance(0.05, '429')) throw answered(429, '06', { retryAfterMs: 1500 });
    return { data: this.store(content, clientMessageId, 'M') };
  }

  async #answer(answer) {
    await new Promise((r) => { this.later(r); });
    if (this.chance(0.07, 'answer lost')) throw gone();
    if (this.chance(0.04, '503 though stored')) throw answered(503, '99');
    return structuredClone(answer);
  }

  // ---- STOMP ----

  /** What @stomp/stompjs is to the page, for one device. */
  stompFor(device) {
    const server = this;
    return async () => ({
      TickerStrategy: { Interval: 'interval' },
      Client: class {
        constructor(config) { Object.assign(this, { config, subscriptions: new Map(), receipts: new Map(), isOpen: false, isEnded: false, isMute: false, n: 0, age: 0 }); }
        activate() {
          server.later(() => {
            if (this.isEnded) return;
            if (device.isOffline || !server.isPushUp || server.isFrozen || server.chance(0.1, 'connection refused')) { this.#close(); return; }
            this.isOpen = true;
            server.sockets.add(this);
            this.device = device;
            this.config.onConnect();
          });
        }
        deactivate() {
          this.isEnded = true;
          this.#forget();
          return Promise.resolve();
        }
        forceDisconnect() { this.#close(); }
        cut() { this.#close(); }
        #forget() {
          this.isOpen = false;
          server.sockets.delete(this);
        }
        #close() {
          this.#forget();
          if (!this.isEnded) this.config.onWebSocketClose();
        }
        subscribe(destination, on, headers) {
          const id = ++this.n;
          this.subscriptions.set(id, { destination, on });
          if (destination === TOPIC) server.later(() => this.#replay(id, headers), 30);
          return { unsubscribe: () => this.subscriptions.delete(id) };
        }
        #replay(id, { after, epoch }) {
          const s = this.subscriptions.get(id);
          if (!s || !this.isOpen) return;
          s.isLive = true;
          const isOther = epoch !== server.epoch || Number(after) > server.rows.length;
          if (isOther) this.#resync(id);
          else for (const row of server.rows.slice(Number(after))) this.#frame(id, row);
        }
        #resync(id) {
          this.age++; // what is still on its way belongs to the log that is gone
          this.#deliver(id, { kind: 'RESYNC', seq: null, epoch: server.epoch, head: server.rows.length }, 0);
          for (const row of server.rows) this.#frame(id, row);
        }
        resync() { for (const [id, s] of this.subscriptions) if (s.isLive) this.#resync(id); }
        row(row) { for (const [id, s] of this.subscriptions) if (s.isLive) this.#frame(id, row); }
        head(head) {
          for (const [id, s] of this.subscriptions) {
            if (s.destination === `${TOPIC}/live` && !server.chance(0.1, 'head lost')) this.#deliver(id, { kind: 'HEAD', head });
          }
        }
        #frame(id, row) {
          if (server.chance(0.06, 'frame lost')) return;
          this.#deliver(id, row, server.chance(0.1, 'frame late') ? 900 : 20);
          if (server.chance(0.06, 'frame twice')) this.#deliver(id, row, 500);
        }
        #deliver(id, body, most = 20) {
          const { age } = this, bytes = JSON.stringify(body);
          const f = () => {
            const s = this.subscriptions.get(id);
            if (server.isFrozen) server.waiting.push(f);
            else if (s && this.isOpen && !this.isMute && !device.isOffline && age === this.age) s.on({ body: bytes, headers: {} });
          };
          if (most) setTimeout(f, this.random20(most));
          else f();
        }
        random20(most) { return server.random() * most; }
        watchForReceipt(id, f) { this.receipts.set(id, f); }
        publish({ destination, body, headers }) {
          if (!this.isOpen) throw new TypeError('There is no underlying STOMP connection');
          if (destination !== '/app/chat.sendMessage') return;
          const f = () => {
            if (server.isFrozen) server.waiting.push(f);
            else this.#send(JSON.parse(body), headers.receipt);
          };
          server.later(f);
        }
        #send({ content, clientMessageId }, receipt) {
          // the bytes may have left before the socket died
          if ((!this.isOpen && server.random() < 0.5) || this.isMute || device.isOffline) return;
          if (server.chance(0.04, 'cut before')) { this.#close(); return; }
          if (isBad(content)) { this.#refuse(receipt, { code: '01', message: 'bad' }); return; }
          if (server.chance(0.05, 'rate')) { this.#refuse(receipt, { code: '06', message: 'slow', retryAfterMs: 1200 }); return; }
          if (server.chance(0.05, 'unknown, not stored')) { this.#refuse(receipt, { code: '99', message: 'away' }); return; }
          server.store(content, clientMessageId, 'M');
          if (server.chance(0.05, 'unknown though stored')) { this.#refuse(receipt, { code: '99', message: 'away' }); return; }
          if (server.chance(0.05, 'cut after')) { this.#close(); return; }
          if (server.chance(0.05, 'receipt lost')) return;
          server.later(() => { if (this.isOpen && !this.isMute && !server.isFrozen) this.receipts.get(receipt)?.(); });
        }
        #refuse(receipt, body) {
          for (const s of this.subscriptions.values()) {
            if (s.destination === '/user/queue/errors' && this.isOpen) s.on({ body: JSON.stringify(body), headers: { 'receipt-id': receipt } });
          }
        }
      },
    });
  }
}
