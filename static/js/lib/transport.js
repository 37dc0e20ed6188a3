// How one chat's rows come and go: over STOMP while there is push, by polling while there is not, and honestly said: state is
// push, polling or offline. It moves rows between the doors and a ChatState and decides nothing about them.
import { Backoff } from './backoff.js';

const STEPS = [[60e3, 2000], [300e3, 5000], [900e3, 15000], [Infinity, 30000]]; // since the last news -> poll every
const FIRST_MS = 1500;        // a page comes with its rows: push is given so long to open before the first poll
const HIDDEN_MS = 15000;      // a page that nobody sees polls no faster
const PAGE = 200;
const SILENT_MS = 60000;      // the server says the head of each chat at least every 25 s
const WATCH_MS = 5000;
const ROW_LATE_MS = 1500;     // acknowledged, and its row has not come: look for it
const LOST = [403, 404, 410]; // no longer this reader's chat

export class Transport extends EventTarget {
  #poller = null;
  #polling = false;
  #newsAt;
  #heardAt = 0;        // of this chat, by push
  #subscriptions = [];
  #life = new AbortController(); // of its ears on the connection
  #fetching = null;
  #known = {};         // {path, answer} of the last question: asked again, the server may say that it is as it was
  #refetch;
  #refetchTimer = null;
  #resend;
  #resendTimer = null;
  #rowTimer = null;
  #watch = null;
  #isTold = false;     // the wait before the next send was asked for by the server
  #waitTold = 0;       // the server asked polls to wait so long

  /** Events: state ({state, waitMs}), live (detail: body), signedout, gone. */
  constructor({ connection, api, sessionId, now = Date.now, isHidden = () => globalThis.document?.hidden === true, random = Math.random }) {
    super();
    Object.assign(this, { connection, api, sessionId, now, isHidden, random, state: 'polling', isStopped: true, isEnded: false });
    this.#refetch = new Backoff({ baseMs: 500, maxMs: 4000, random });
    this.#resend = new Backoff({ baseMs: 1000, maxMs: 15000, random });
    this.base = `/api/chat/sessions/${sessionId}`;
    this.#newsAt = now();
  }

  start(chat) {
    this.chat = chat;
    this.isStopped = false;
    const topic = `/topic/chat/${this.sessionId}`, c = this.connection, { signal } = this.#life;
    c.addEventListener('up', () => this.#onUp(), { signal });
    c.addEventListener('down', (e) => this.#onDown(e.detail.waitMs), { signal });
    this.#subscriptions = [
      c.subscribe(topic, (body) => this.#onTopic(body), () => ({ after: String(chat.last), epoch: chat.epoch })),
      c.subscribe(`${topic}/live`, (body) => this.#onLive(body)),
    ];
    this.#watchOn();
    if (c.isUp) this.#onUp();
    else this.#pollSoon(FIRST_MS);
  }

  /** Nothing is asked or sent any more (pagehide) until resume(). */
  stop() {
    this.isStopped = true;
    for (const t of [this.#poller, this.#refetchTimer, this.#resendTimer, this.#rowTimer]) clearTimeout(t);
    clearInterval(this.#watch);
    this.chat?.setConnected(false);
  }

  /** Back from stop() (pageshow): the connection's start() is the caller's. */
  resume() {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.#watchOn();
    this.resync();
  }

  /** stop() for good: this chat lets go of the connection, which others may share. */
  end() {
    this.stop();
    this.isEnded = true;
    for (const s of this.#subscriptions) s.end();
    this.#life.abort();
  }

  #watchOn() {
    this.#heardAt = this.now();
    this.#watch = setInterval(() => this.#watchSilence(), WATCH_MS);
  }

  /** The page is seen again, or the network is back: ask at once. */
  resync() {
    this.news();
    this.connection.hurry();
    this.#resumeSending();
    if (!this.connection.isUp) this.#pollSoon(0);
    else this.fetchAfter(true);
  }

  /** The device says that it has no network: nothing is sent until it has. */
  offline() {
    this.#say('offline');
    this.chat.setConnected(false);
  }

  online() {
    this.news();
    this.connection.renew();
    this.#pollSoon(0);
  }

  /** Somebody writes or something came: poll often for a while. */
  news() { this.#newsAt = this.now(); }

  // ---- sending ----

  /** ChatState's send(): exactly one outcome is told, whatever happens. */
  async send(entry) {
    const body = { content: entry.content, clientMessageId: entry.id, quoteSeq: entry.quoteSeq }, asked = this.chat.ask();
    const pushed = this.connection.isUp;
    try {
      if (pushed) await this.connection.send('/app/chat.sendMessage', { sessionId: this.sessionId, ...body });
      else {
        const { data } = await this.api.post(`${this.base}/messages`, body);
        if (data?.seq && asked.age === this.chat.age && !this.isEnded) this.chat.receive(data);
      }
    } catch (e) {
      if (!this.isEnded) this.#sendFailed(entry, pushed, e);
      return;
    }
    if (this.isEnded) return; // another page's turn
    this.#resend.reset();
    this.chat.stored(entry.id, asked);
    if (this.chat.accepted.size) this.#lookForRow();
  }

  #sendFailed(entry, pushed, e) {
    const status = e.status ?? 0;
    if (status === 401 || e.code === '04') {
      this.chat.unknown(entry.id);
      this.#tell('signedout');
      return;
    }
    const later = e.unknown || e.isUnknown || e.code === '99' || e.code === '06' || status === 429;
    if (!later && (e.code || status)) {
      this.chat.refused(entry.id, e.message ?? '');
      return;
    }
    if (!pushed && !status) this.#say('offline');
    this.#isTold = e.retryAfterMs > 0;
    const wait = e.retryAfterMs ?? (pushed && e.unknown ? 0 : this.#resend.next() + 250);
    this.chat.wait(wait);
    this.chat.unknown(entry.id);
    clearTimeout(this.#resendTimer);
    if (!this.isStopped) this.#resendTimer = setTimeout(() => this.#resumeSending(true), wait);
  }

  #resumeSending(waited = false) {
    if (!waited && this.#isTold) return; // the server's own wait is kept
    this.#isTold = false;
    this.chat.wait(0);
    this.chat.pump();
  }

  /** A RECEIPT to a message that was stored before brings no row: it stands in the log already. */
  #lookForRow() {
    clearTimeout(this.#rowTimer);
    this.#rowTimer = setTimeout(() => { if (this.chat.accepted.size) this.fetchAfter(); }, ROW_LATE_MS);
  }

  typing(typing) { this.connection.tell('/app/chat.typing', { sessionId: this.sessionId, typing }); }

  read(seq) {
    if (this.connection.isUp) this.connection.tell('/app/chat.read', { sessionId: this.sessionId, seq });
    else this.api.post(`${this.base}/read`, { seq }).catch(() => {});
  }

  // ---- push ----

  #onUp() {
    if (this.isStopped) return;
    clearTimeout(this.#poller);
    this.#heardAt = this.now();
    this.#say('push');
    this.#resumeSending();
    this.chat.setConnected(true);
  }

  #onDown(waitMs) {
    if (this.isStopped) return;
    this.#say(globalThis.navigator?.onLine === false ? 'offline' : this.state === 'push' ? 'polling' : this.state, waitMs);
    this.#pollSoon(0);
  }

  #onTopic(body) {
    if (this.isStopped) return;
    this.news();
    this.#heard();
    if (body.kind === 'RESYNC') this.chat.resync(body.epoch);
    else if (body.kind === 'READ') this.#tell('live', body);
    else this.chat.receive(body);
  }

  #onLive(body) {
    if (this.isStopped) return;
    this.#heard();
    if (body.kind === 'HEAD') this.chat.seeHead(body.head);
    else this.#tell('live', body);
  }

  /** What arrives by push is push, also where the device believes that it has no network. */
  #heard() {
    this.#heardAt = this.now();
    if (this.state !== 'push' && this.connection.isUp) this.#onUp();
  }

  /** A connection that lives but says nothing of this chat is no push. */
  #watchSilence() {
    if (!this.connection.isUp || this.now() - this.#heardAt <= SILENT_MS) return;
    this.#heardAt = this.now();
    this.connection.renew();
  }

  // ---- fetching ----

  /** ChatState's need(): what lies behind the last shown row, all pages of it; tried again while rows are missing. Resolves to true when
   *  the server answered. isUrgent: do not wait for the next try. */
  fetchAfter(isUrgent = false) {
    if (this.#fetching || this.isStopped) return this.#fetching ?? Promise.resolve(false);
    if (this.#refetchTimer && !isUrgent) return Promise.resolve(false);
    clearTimeout(this.#refetchTimer);
    this.#refetchTimer = null;
    this.#fetching = this.#fetchAll().finally(() => { this.#fetching = null; });
    return this.#fetching;
  }

  async #fetchAll() {
    try {
      for (;;) {
        const asked = this.chat.ask();
        const answer = await this.#ask(`${this.base}/messages?after=${asked.after}&limit=${PAGE}`);
        if (this.isStopped) return true;
        const { data, log, queue } = answer;
        if (data.length) this.news();
        this.chat.fetched(data, log, asked);
        this.#tellStanding(log, queue);
        if (this.chat.age !== asked.age) { // another log: the subscription's place in it too
          this.#subscriptions[0].again();
          continue;
        }
        if (!this.chat.isBehind) break;
        if (this.chat.last === asked.after) throw Object.assign(new Error('rows are missing'), { status: 200 });
      }
      this.#refetch.reset();
      this.#waitTold = 0;
      return true;
    } catch (e) {
      return this.#fetchFailed(e);
    }
  }

  async #ask(path) {
    const known = this.#known.path === path ? this.#known.answer : null;
    const answer = await this.api.getNewer(path, known?.tag) ?? known;
    this.#known = { path, answer };
    return answer;
  }

  /** An answer says what push would have told besides rows. */
  #tellStanding({ memberReadSeq, adminReadSeq }, queue) {
    if (this.connection.isUp) return;
    this.#tell('live', { kind: 'READ', side: 'MEMBER', readSeq: memberReadSeq });
    this.#tell('live', { kind: 'READ', side: 'ADMIN', readSeq: adminReadSeq });
    if (queue) this.#tell('live', { kind: 'QUEUE', ...queue });
  }

  /** True when the server did answer. */
  #fetchFailed(e) {
    this.chat.fetchFailed();
    this.#waitTold = e.retryAfterMs ?? 0;
    if (e.status === 401) this.#tell('signedout');
    else if (LOST.includes(e.status)) this.#tell('gone');
    else if (this.connection.isUp && !this.isStopped && (this.chat.isBehind || this.chat.accepted.size)) {
      const wait = Math.max(this.#refetch.next() + 250, Math.min(this.#waitTold, 4000));
      this.#refetchTimer = setTimeout(() => { this.#refetchTimer = null; this.fetchAfter(); }, wait);
    }
    return e.status > 0 && e.status < 500;
  }

  #pollSoon(ms) {
    clearTimeout(this.#poller);
    if (!this.isStopped) this.#poller = setTimeout(() => this.#poll(), ms);
  }

  async #poll() {
    if (this.connection.isUp || this.#polling || this.isStopped) return;
    this.#polling = true;
    const ok = await this.fetchAfter(true);
    this.#polling = false;
    if (this.connection.isUp || this.isStopped) return;
    this.#say(ok ? 'polling' : 'offline');
    this.chat.setConnected(ok);
    this.#pollSoon(this.#interval());
  }

  #interval() {
    const quiet = this.now() - this.#newsAt;
    const every = STEPS.find(([limit]) => quiet < limit)[1];
    return Math.max(every * (0.9 + 0.2 * this.random()), this.isHidden() ? HIDDEN_MS : 0, this.#waitTold);
  }

  #say(state, waitMs) {
    if (state === this.state && waitMs === undefined) return;
    this.state = state;
    this.#tell('state', { state, waitMs });
  }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
