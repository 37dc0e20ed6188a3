// When waiting chats call an agent, and when they are quiet again. The rules alone: what is heard and seen is given as functions, time is
// the globals' timers and now(). Several tabs of one person run one each, over a channel, so that ten tabs ring once:
//   ring       only in the tab that holds the bell (leader.js), at once for a new chat, then every REPEAT_MS until nobody waits or it was hushed;
//              when it rang last is kept for all tabs, so that a page change does not ring again
//   tell       a new chat, once over all tabs, and only when nobody has one of them before the eyes
//   show       every tab shows who calls; a chat that was taken, wherever, is gone from it at once and forget()s what told of it
export const REPEAT_MS = 10000;
const NEWS_MS = 2000; // a rush of new chats is one ring
const SEEN_MS = 300;  // for the other tabs to say that they are looked at

/** Whether an agent who has these states of sound, notify and push will notice who comes: 'off' is their own choice, but not for both that reach somebody
 *  who looks elsewhere. */
export function isShiftGood({ sound, notify, push }) {
  const fine = (state) => state === 'ok' || state === 'off';
  return push === 'ok' && fine(sound) && fine(notify) && (sound === 'ok' || notify === 'ok');
}

export class Calling {
  #rows = new Map();  // sessionId -> row: who waits
  #hushed = new Set();
  #seen = new Set();  // new chats that another tab had before the eyes
  #timer = null;
  #isFirst = true;    // who waited before this page came is no news
  #isStopped = false;

  /** on: ring(), tell(row), forget(sessionId), show(rows that call, how many of them are loud)
   *  isMuted(), isSeen(); hasBell(), hasVoice(): this tab rings, or tells, for all; channel: like BroadcastChannel, or null;
   *  rang: {get(), set(ms)}, shared by the tabs; spreadMs: where every tab has the bell, each waits for a part of it, so that one is first;
   *  now(): the time of day */
  constructor({ on, isMuted, isSeen, hasBell, hasVoice, channel, rang, spreadMs = 0, now = Date.now }) {
    Object.assign(this, { on, isMuted, isSeen, hasBell, hasVoice, channel, rang, spreadMs, now });
    this.hear = (e) => this.#onMessage(e.data);
    channel?.addEventListener('message', this.hear);
  }

  /** Who waits now: [{sessionId, ...}] in the queue's order. */
  waiting(rows) {
    if (this.#isStopped) return;
    const before = this.#rows;
    this.#rows = new Map(rows.map((row) => [row.sessionId, row]));
    for (const id of before.keys()) if (!this.#rows.has(id)) this.#gone(id);
    const fresh = rows.filter((row) => !before.has(row.sessionId));
    if (!this.#isFirst) for (const row of fresh) this.#news(row);
    const isNews = fresh.length > 0 && !this.#isFirst;
    this.#isFirst = false;
    this.#show();
    this.#plan(isNews ? NEWS_MS : REPEAT_MS);
  }

  /** Quiet for all who wait now, in all tabs; who comes next rings again. */
  hush() {
    const ids = [...this.#rows.keys()];
    this.channel?.postMessage({ hushed: ids });
    this.#quiet(ids);
  }

  /** The bell was given to this tab, or the sound was switched on. */
  again() { this.#plan(REPEAT_MS); }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.channel?.removeEventListener('message', this.hear);
    for (const id of this.#rows.keys()) this.#gone(id);
    this.#rows.clear();
    this.#show();
  }

  get loud() { return [...this.#rows.keys()].filter((id) => !this.#hushed.has(id)).length; }

  #show() { this.on.show([...this.#rows.values()], this.loud); }

  #gone(id) {
    this.#hushed.delete(id);
    this.#seen.delete(id);
    this.on.forget(id);
  }

  #quiet(ids) {
    for (const id of ids) if (this.#rows.has(id)) this.#hushed.add(id);
    this.#show();
    this.#plan(REPEAT_MS);
  }

  #news(row) {
    if (this.isSeen()) {
      this.channel?.postMessage({ seen: row.sessionId });
      return;
    }
    setTimeout(() => {
      const now = this.#rows.get(row.sessionId); // it may have been taken meanwhile
      if (now && !this.#isStopped && this.hasVoice() && !this.#seen.has(row.sessionId)) this.on.tell(now);
    }, SEEN_MS);
  }

  /** Rings when the last ring, of whichever tab, is afterMs ago, and goes on from there while somebody calls. A tab without the bell keeps no time. */
  #plan(afterMs) {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isStopped || !this.loud || !this.hasBell() || this.isMuted()) return;
    const wait = this.#waitMs(afterMs);
    if (wait > 0) this.#timer = setTimeout(() => this.#plan(REPEAT_MS), wait);
    else if (this.spreadMs) this.#timer = setTimeout(() => this.#ring(afterMs), Math.random() * this.spreadMs);
    else this.#ring(afterMs);
  }

  #ring(afterMs) {
    if (this.#waitMs(afterMs) <= 0 && !this.isMuted()) {
      this.rang.set(this.now());
      this.on.ring();
    }
    this.#plan(REPEAT_MS);
  }

  #waitMs(afterMs) {
    const last = this.rang.get(), now = this.now();
    return last > now ? 0 : last + afterMs - now; // a clock that was set back silences nobody
  }

  #onMessage({ hushed, seen }) {
    if (this.#isStopped) return;
    if (hushed) this.#quiet(hushed);
    if (seen) this.#seen.add(seen);
  }
}
