// Fakes of what the page's modules stand on: time, a STOMP client, REST.

/** Timers under the test's hand. Installed over the globals. */
export class FakeTime {
  #at = 0;
  #id = 0;
  #timers = new Map();

  install() {
    const add = (every) => (f, ms = 0) => { this.#timers.set(++this.#id, { f, at: this.#at + ms, every: every ? ms : null }); return this.#id; };
    globalThis.setTimeout = add(false);
    globalThis.setInterval = add(true);
    globalThis.clearTimeout = globalThis.clearInterval = (id) => this.#timers.delete(id);
    return this;
  }

  now = () => this.#at;

  /** Forgets all timers: what a finished scene left. */
  clear() { this.#timers.clear(); }

  /** Lets ms pass; between timers all promises settle. */
  async pass(ms) {
    const end = this.#at + ms;
    await settle();
    for (;;) {
      const next = [...this.#timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!next) break;
      const [id, t] = next;
      this.#at = Math.max(this.#at, t.at);
      if (t.every === null) this.#timers.delete(id);
      else t.at += t.every;
      t.f();
      await settle();
    }
    this.#at = end;
    await settle();
  }
}

export async function settle() { for (let i = 0; i < 20; i++) await Promise.resolve(); }

/** A stand-in for @stomp/stompjs. clients: all that were made, newest last. */
export function fakeStomp() {
  const clients = [];
  class Client {
    constructor(config) {
      Object.assign(this, { config, subscriptions: [], published: [], receipts: new Map(), active: false, closed: false });
      clients.push(this);
    }
    activate() { this.active = true; }
    deactivate() { this.active = false; this.closed = true; return Promise.resolve(); }
    forceDisconnect() { this.config.onWebSocketClose(); }
    subscribe(destination, on, headers) {
      const s = { destination, on, headers, unsubscribe: () => { this.subscriptions = this.subscriptions.filter((x) => x !== s); } };
      this.subscriptions.push(s);
      return s;
    }
    publish(frame) { this.published.push(frame); }
    watchForReceipt(id, f) { this.receipts.set(id, f); }
    // the test's side
    up() { this.config.onConnect(); }
    cut() { this.config.onWebSocketClose(); }
    deliver(destination, body, headers = {}) {
      for (const s of this.subscriptions.filter((x) => x.destination === destination)) s.on({ body: JSON.stringify(body), headers });
    }
    acknowledge(i = this.published.length - 1) { this.receipts.get(this.published[i].headers.receipt)(); }
  }
  return { clients, last: () => clients.at(-1), load: async () => ({ Client, TickerStrategy: { Interval: 'interval' } }) };
}

/** REST: answers are functions by "METHOD path start"; calls are kept. */
export class FakeApi {
  calls = [];
  answer = () => { throw Object.assign(new Error('down'), { status: 0, isUnknown: true }); };
  async get(path) { this.calls.push(['GET', path]); return this.answer('GET', path); }
  async getNewer(path) { return this.get(path); }
  async post(path, body) { this.calls.push(['POST', path, body]); return this.answer('POST', path, body); }
  take() { return this.calls.splice(0); }
}
