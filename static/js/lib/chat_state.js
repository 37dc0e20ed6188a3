// What a client knows of one chat's log (doc: delivery). No DOM, no network: rows and answers go in, events come out.
//
//   row n == last+1 is shown; n <= last is dropped; n > last+1 is held while `after=last` is fetched.
//   One send is in flight at a time. An unknown outcome sends the same clientMessageId again, never a new one.
//   Another epoch (the server's data was restored) forgets the log and shows it anew from 1.
import { Outbox } from './outbox.js';

const nothing = () => {};
const HELD_MAX = 500; // beyond it the fetch brings the rows anyway

export class ChatState {
  /** on: {show(row), reset(), need(after), pending(entry), stored(entry), failed(entry), send(entry), read(side, seq), over()} */
  constructor({ sessionId, epoch = '', last = 0, storage = null, newId = () => crypto.randomUUID(), now = Date.now, on = {} }) {
    Object.assign(this, { sessionId, epoch, last, newId, now });
    this.on = new Proxy(on, { get: (handlers, name) => handlers[name]?.bind(handlers) ?? nothing });
    this.outbox = new Outbox(sessionId, storage);
    this.held = new Map();
    this.inFlight = null;   // clientMessageId
    this.connected = false; // some door is open
    this.needed = false;    // a fetch was asked for and has not come back
    this.closed = false;
  }

  /** Shows what an earlier page left unsent, and sends it again as soon as a door opens. */
  start() {
    for (const e of this.outbox.list()) {
      if (e.state === 'failed') this.on.failed(e);
      else this.on.pending(e);
    }
  }

  // ---- receiving ----

  receive(row) {
    const n = row.seq;
    if (!Number.isInteger(n) || n <= 0) return;
    if (n <= this.last) {
      this.#settle(row);
      this.pump();
      return;
    }
    if (n > this.last + 1) {
      if (this.held.size < HELD_MAX) this.held.set(n, row);
      this.#need();
      return;
    }
    this.#show(row);
    while (this.held.has(this.last + 1)) {
      const next = this.held.get(this.last + 1);
      this.held.delete(this.last + 1);
      this.#show(next);
    }
    for (const seq of this.held.keys()) if (seq <= this.last) this.held.delete(seq);
  }

  /** The answer to need(): rows ascending and the log's {epoch, head}. */
  fetched(rows, log) {
    this.needed = false;
    if (log?.epoch && this.seeEpoch(log.epoch)) return;
    for (const row of rows) this.receive(row);
    if (log) this.seeHead(log.head);
  }

  /** The fetch failed; whoever fetches asks again when a door opens. */
  fetchFailed() { this.needed = false; }

  /** The log is known to reach head. */
  seeHead(head) {
    if (Number.isInteger(head) && head > this.last) this.#need();
  }

  /** True when the epoch is another one: everything shown is forgotten, and the log is asked for from its start. */
  seeEpoch(epoch) {
    if (!epoch || epoch === this.epoch) return false;
    const had = this.epoch;
    this.epoch = epoch;
    if (!had) return false;
    this.resync();
    return true;
  }

  /** RESYNC: rows 1..head follow, or are fetched. */
  resync(epoch = this.epoch) {
    this.epoch = epoch;
    this.last = 0;
    this.held.clear();
    this.needed = false;
    this.on.reset();
    for (const e of this.outbox.list()) (e.state === 'failed' ? this.on.failed : this.on.pending)(e);
    this.#need();
  }

  #need() {
    if (this.needed) return;
    this.needed = true;
    this.on.need(this.last);
  }

  #show(row) {
    this.last = row.seq;
    const mine = this.#settle(row);
    this.on.show(row, mine);
    this.pump();
    if (row.kind === 'END' || row.kind === 'CANCEL') {
      this.closed = true;
      this.on.over(row);
    }
  }

  /** An own row is the best acknowledgement. */
  #settle(row) {
    const id = row.clientMessageId;
    if (!id || !this.outbox.get(id)) return undefined;
    if (this.inFlight === id) this.inFlight = null;
    return this.outbox.remove(id);
  }

  // ---- sending ----

  /** Takes what somebody wrote; its bubble is pending until it is stored. */
  write(content) {
    const entry = { id: this.newId(), content, at: this.now(), state: 'pending' };
    this.outbox.add(entry);
    this.on.pending(entry);
    this.pump();
    return entry;
  }

  /** A door opened or closed. With it closed, what was in flight has an unknown outcome. */
  setConnected(connected) {
    this.connected = connected;
    if (!connected) this.inFlight = null;
    else this.pump();
  }

  pump() {
    if (!this.connected || this.inFlight) return;
    const next = this.outbox.list().find((e) => e.state === 'pending');
    if (!next) return;
    this.inFlight = next.id;
    this.on.send(next);
  }

  /** Acknowledged (RECEIPT, 201, 200). The bubble stays until its row comes; nothing is sent again. */
  stored(id) {
    const entry = this.outbox.remove(id);
    if (entry) this.on.stored({ ...entry, state: 'stored' });
    if (this.inFlight === id) this.#landed();
  }

  /** Refused by a rule: it will not be stored as it is. */
  refused(id, why = '') {
    const entry = this.outbox.update(id, { state: 'failed', why });
    if (entry) this.on.failed(entry);
    if (this.inFlight === id) this.#landed();
  }

  /** Nobody knows, or not now: the same id goes out again when pump() is called next. */
  unknown(id) {
    if (this.inFlight === id) this.inFlight = null;
  }

  /** The writer wants it sent again. */
  again(id) {
    const entry = this.outbox.update(id, { state: 'pending', why: '' });
    if (!entry) return;
    this.on.pending(entry);
    this.pump();
  }

  discard(id) {
    if (this.inFlight !== id) this.outbox.remove(id);
  }

  #landed() {
    this.inFlight = null;
    this.pump();
  }
}
