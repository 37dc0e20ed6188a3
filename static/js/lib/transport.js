// How one chat's rows come and go: over STOMP while there is push, by polling while there is not, and honestly said: state is
// push, polling or offline. It moves rows between the doors and a ChatState and decides nothing about them.
import { Backoff } from './backoff.js';

const STEPS = [[60e3, 2000], [300e3, 5000], [900e3, 15000], [Infinity, 30000]]; // since the last news -> poll every
const PAGE = 200;

export class Transport extends EventTarget {
  #timer = null;
  #polling = false;
  #newsAt;
  #subscription = null;
  #resend = new Backoff({ baseMs: 1000, maxMs: 15000 });
  #resendTimer = null;

  /** Events: state ({state, waitMs}), live (detail: body), log (detail: the log's {head, ...}). */
  constructor({ connection, api, sessionId, now = Date.now, isHidden = () => document.hidden }) {
    super();
    Object.assign(this, { connection, api, sessionId, now, isHidden, state: 'polling' });
    this.base = `/api/chat/sessions/${sessionId}`;
    this.#newsAt = now();
  }

  start(chat) {
    this.chat = chat;
    this.connection.addEventListener('up', () => this.#onUp());
    this.connection.addEventListener('down', (e) => this.#onDown(e.detail.waitMs));
    this.#subscription = this.connection.subscribe(`/topic/chat/${this.sessionId}`, (body) => this.#onTopic(body),
      () => ({ after: String(chat.last), epoch: chat.epoch }));
    this.connection.subscribe(`/topic/chat/${this.sessionId}/live`, (body) => this.#onLive(body));
    if (this.connection.isUp) this.#onUp();
    else this.#pollSoon(0);
  }

  stop() { clearTimeout(this.#timer); clearTimeout(this.#resendTimer); }

  /** The page is seen again, or the network is back: ask at once. */
  resync() {
    this.news();
    this.connection.hurry();
    if (!this.connection.isUp) this.#pollSoon(0);
    else this.fetchAfter();
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

  async send(entry) {
    const body = { content: entry.content, clientMessageId: entry.id };
    const pushed = this.connection.isUp;
    try {
      if (pushed) await this.connection.send('/app/chat.sendMessage', { sessionId: this.sessionId, ...body });
      else this.#posted(await this.api.post(`${this.base}/messages`, body));
      this.#resend.reset();
      this.chat.stored(entry.id);
    } catch (e) {
      this.#sendFailed(entry, pushed, e);
    }
  }

  #posted(answer) { if (answer.data?.seq) this.chat.receive(answer.data); }

  #sendFailed(entry, pushed, e) {
    const status = e.status ?? 0, later = e.unknown || e.isUnknown || e.code === '99' || e.code === '06' || status === 429;
    if (!later && (e.code || status)) {
      this.chat.refused(entry.id, e.message ?? '');
      return;
    }
    this.chat.unknown(entry.id);
    if (!pushed && !status) this.#say('offline');
    const wait = e.retryAfterMs ?? (pushed && e.unknown ? 0 : this.#resend.next() + 250);
    clearTimeout(this.#resendTimer);
    this.#resendTimer = setTimeout(() => this.chat.pump(), wait);
  }

  typing(typing) { this.connection.tell('/app/chat.typing', { sessionId: this.sessionId, typing }); }

  read(seq) {
    if (this.connection.isUp) this.connection.tell('/app/chat.read', { sessionId: this.sessionId, seq });
    else this.api.post(`${this.base}/read`, { seq }).catch(() => {});
  }

  // ---- push ----

  #onUp() {
    clearTimeout(this.#timer);
    this.#say('push');
    this.chat.setConnected(true);
    this.chat.pump();
  }

  #onDown(waitMs) {
    this.#say(globalThis.navigator?.onLine === false ? 'offline' : this.state === 'push' ? 'polling' : this.state, waitMs);
    this.#pollSoon(0);
  }

  #onTopic(body) {
    this.news();
    if (body.kind === 'RESYNC') this.chat.resync(body.epoch);
    else if (body.kind === 'READ') this.dispatchEvent(new CustomEvent('live', { detail: body }));
    else this.chat.receive(body);
  }

  #onLive(body) {
    if (body.kind === 'HEAD') this.chat.seeHead(body.head);
    else this.dispatchEvent(new CustomEvent('live', { detail: body }));
  }

  // ---- fetching ----

  /** ChatState's need(): what lies behind the last shown row, all pages of it. */
  async fetchAfter() {
    if (this.fetching) return this.fetching;
    this.fetching = this.#fetchAll().finally(() => { this.fetching = null; });
    return this.fetching;
  }

  async #fetchAll() {
    try {
      for (;;) {
        const last = this.chat.last;
        const { data, log } = await this.api.get(`${this.base}/messages?after=${last}&limit=${PAGE}`);
        if (data.length) this.news();
        this.chat.fetched(data, log);
        if (log) this.dispatchEvent(new CustomEvent('log', { detail: log }));
        if (data.length < PAGE || this.chat.last === last) break;
      }
      return true;
    } catch (e) {
      this.chat.fetchFailed();
      if (e.status === 401) this.dispatchEvent(new Event('signedout'));
      return e.status > 0 && e.status < 500;
    }
  }

  #pollSoon(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#poll(), ms);
  }

  async #poll() {
    if (this.connection.isUp || this.#polling) return;
    this.#polling = true;
    const ok = await this.fetchAfter();
    this.#polling = false;
    if (this.connection.isUp) return;
    this.#say(ok ? 'polling' : 'offline');
    this.chat.setConnected(ok);
    this.#pollSoon(this.#interval());
  }

  #interval() {
    const quiet = this.now() - this.#newsAt;
    const every = STEPS.find(([limit]) => quiet < limit)[1];
    return this.isHidden() ? Math.max(every, 15000) : every;
  }

  #say(state, waitMs) {
    if (state === this.state && waitMs === undefined) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, waitMs } }));
  }
}
