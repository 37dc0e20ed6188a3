// One tab of all that are open is the one: by a Web Lock, which passes on when its tab closes, is reloaded or crashes. Where browsers have none (plain http
// from another machine) every tab holds itself for the one; isShared says so.
export class Leader {
  isMine = false;
  #giveBack = null;
  #wish = null;

  /** onMine(): from now on it is this tab. */
  constructor(name, { locks = globalThis.navigator?.locks, onMine = () => {} } = {}) {
    Object.assign(this, { name, locks, onMine });
  }

  get isShared() { return !this.locks; }

  /** Wants to be it; again does nothing more. */
  stand() {
    if (this.#wish) return;
    const wish = this.#wish = new AbortController();
    if (!this.locks) {
      this.#take();
      return;
    }
    this.locks.request(this.name, { signal: wish.signal }, () => new Promise((done) => {
      if (wish.signal.aborted) return done();
      this.#giveBack = done;
      this.#take();
    })).catch(() => { /* resigned before its turn came */ });
  }

  resign() {
    this.#wish?.abort();
    this.#giveBack?.();
    this.#wish = this.#giveBack = null;
    this.isMine = false;
  }

  #take() {
    this.isMine = true;
    this.onMine();
  }
}
