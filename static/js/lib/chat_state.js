// What a client knows of one chat's log (doc: delivery). No DOM, no network, no timer: rows and answers go in, events come out.
//
//   row n == last+1 is shown; n <= last is dropped; n > last+1 is held while `after=last` is fetched.
//   One send is in flight at a time. An unknown outcome sends the same clientMessageId again, never a new one.
//   Another epoch (the server's data was restored) forgets the log and shows it anew from 1; `age` counts them, so that an answer to a
//   question of an earlier age is not taken for one of this.
import { Outbox } from './outbox.js';
import { newUuid } from './uuid.js';

const nothing = () => {};
const HELD_MAX = 500; // beyond it the fetch brings the rows anyway

export class ChatState {
  /** last: the highest seq that is shown already. on:
   *    show(row, mine)   the next row; mine is the written entry that it settles, if any: it replaces that bubble
   *    reset()           forget all rows shown; pending() and failed() follow for what is unsent
   *    need(after)       rows behind `after` are wanted: fetch, then fetched() or fetchFailed()
   *    pending(entry), stored(entry), failed(entry)     the states of what was written: {id, content, at, state, why?}
   *    settled(entry)    its row is among those shown: its own bubble goes
   *    send(entry)       send it; exactly one of stored(), refused(), unknown() answers
   *    over(row)         the chat has ended */
  constructor({ sessionId, epoch = '', last = 0, storage = null, newId = newUuid, now = Date.now, on = {} }) {
    Object.assign(this, { sessionId, epoch, last, newId, now });
    this.on = new Proxy(on, { get: (handlers, name) => handlers[name]?.bind(handlers) ?? nothing });
    this.outbox = new Outbox(sessionId, storage);
    this.head = last;          // the highest seq known to exist
    this.age = 0;
    this.held = new Map();
    this.accepted = new Map(); // acknowledged, its row is not shown yet
    this.inFlight = null;      // clientMessageId
    this.connected = false;    // some door is open
    this.waitUntil = 0;        // no send before this time
    this.needed = false;       // rows were asked for and have not come
    this.closed = false;
  }

  /** Shows what an earlier page left unsent, and sends it again as soon as a door opens. shown: clientMessageIds of rows that the
   *  page came with: they are stored, whatever the earlier page knew. */
  start({ shown = [] } = {}) {
    for (const id of shown) this.outbox.remove(id);
    this.#tell(this.outbox.list());
  }

  /** Another page of this tab may have left something meanwhile. */
  merge() {
    this.#tell(this.outbox.merge());
    this.pump();
  }

  #tell(entries) { for (const e of entries) (e.state === 'failed' ? this.on.failed : this.on.pending)(e); }

  // ---- receiving ----

  /** Rows are missing here. */
  get isBehind() { return this.head > this.last; }

  receive(row) {
    const n = row.seq;
    if (!Number.isInteger(n) || n <= 0) return;
    this.head = Math.max(this.head, n);
    if (n <= this.last) {
      const entry = this.#settle(row);
      if (entry) this.on.settled(entry);
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

  /** Taken before asking for rows or sending over REST; goes back with the answer. */
  ask() { return { age: this.age, after: this.last, accepted: [...this.accepted.keys()] }; }

  /** The answer to need(): rows ascending and the log's {epoch, head}. asked: what ask() gave. Whoever fetches goes on while isBehind. */
  fetched(rows, log, asked = this.ask()) {
    if (asked.age !== this.age) return;
    this.needed = false;
    if (log?.epoch && this.seeEpoch(log.epoch)) return;
    for (const row of rows) this.receive(row);
    if (!log) return;
    this.seeHead(log.head);
    if (this.last < log.head) return;
    for (const id of asked.accepted) { // acknowledged before the question: its row is among those shown, its RECEIPT came without it
      const entry = this.accepted.get(id);
      this.accepted.delete(id);
      if (entry) this.on.settled(entry);
    }
  }

  /** The fetch failed; whoever fetches asks again while isBehind. */
  fetchFailed() { this.needed = false; }

  /** The log is known to reach head. */
  seeHead(head) {
    if (!Number.isInteger(head) || head <= this.last) return;
    this.head = Math.max(this.head, head);
    this.#need();
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

  /** RESYNC: rows 1..head follow, or are fetched. What was acknowledged but never seen in the log goes out again under its id. */
  resync(epoch = this.epoch) {
    this.epoch = epoch;
    this.age++;
    this.last = this.head = 0;
    this.held.clear();
    this.needed = this.closed = false;
    this.outbox.putBack([...this.accepted.values()].map((e) => ({ ...e, state: 'pending' })));
    this.accepted.clear();
    this.on.reset();
    this.#tell(this.outbox.list());
    this.#need();
    this.pump();
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
    if (!id) return undefined;
    const entry = this.outbox.remove(id) ?? this.accepted.get(id);
    this.accepted.delete(id);
    if (entry && this.inFlight === id) this.inFlight = null;
    return entry;
  }

  // ---- sending ----

  /** Takes what somebody wrote, perhaps as an answer to the row quoteSeq; its bubble is pending until it is stored. */
  write(content, quoteSeq) {
    const entry = { id: this.newId(), content, quoteSeq, at: this.now(), state: 'pending' };
    this.outbox.add(entry);
    this.on.pending(entry);
    this.pump();
    return entry;
  }

  /** A door opened, or the last one closed. What is in flight keeps its place until its outcome is told. */
  setConnected(connected) {
    this.connected = connected;
    this.pump();
  }

  /** Nothing is sent for so long: the server asked for it, or could not. pump() again afterwards. */
  wait(ms) { this.waitUntil = ms > 0 ? this.now() + ms : 0; }

  pump() {
    if (!this.connected || this.inFlight || this.now() < this.waitUntil) return;
    const next = this.outbox.list().find((e) => e.state === 'pending');
    if (!next) return;
    this.inFlight = next.id;
    this.on.send(next);
  }

  /** Acknowledged (RECEIPT, 201, 200) in the age of `asked`. The bubble stays until its row comes; nothing is sent again. */
  stored(id, asked = this.ask()) {
    if (asked.age !== this.age) { // by a log that is gone
      this.unknown(id);
      this.pump();
      return;
    }
    const entry = this.outbox.remove(id);
    if (entry) {
      entry.state = 'stored';
      this.accepted.set(id, entry);
      this.on.stored(entry);
    }
    this.#landed(id);
  }

  /** Refused by a rule: it will not be stored as it is. */
  refused(id, why = '') {
    const entry = this.outbox.update(id, { state: 'failed', why });
    if (entry) this.on.failed(entry);
    this.#landed(id);
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

  #landed(id) {
    this.unknown(id);
    this.pump();
  }
}
