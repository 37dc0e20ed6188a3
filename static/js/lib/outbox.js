// What was written and is not known to be stored yet: kept in sessionStorage, so that a reload or a crash of the page loses nothing,
// keyed by clientMessageId, so that sending it again stores nothing twice. A tab has its own; a tab that a browser duplicates begins
// with a copy, and the ids make one message of the two.
export class Outbox {
  /** storage: like sessionStorage; may be null or throw (private modes): then memory alone must do. */
  constructor(sessionId, storage) {
    this.key = `sangdam.outbox.${sessionId}`;
    this.storage = storage;
    this.entries = new Map();
    this.merge();
  }

  add(entry) {
    this.entries.set(entry.id, entry);
    this.#save();
  }

  get(id) { return this.entries.get(id); }

  update(id, change) {
    const e = this.entries.get(id);
    if (!e) return undefined;
    Object.assign(e, change);
    this.#save();
    return e;
  }

  remove(id) {
    const e = this.entries.get(id);
    if (this.entries.delete(id)) this.#save();
    return e;
  }

  /** In front of all others: what must go out again before anything newer. */
  putBack(entries) {
    if (!entries.length) return;
    this.entries = new Map([...entries.map((e) => [e.id, e]), ...this.entries]);
    this.#save();
  }

  /** Takes in what another page of this tab left in storage meanwhile. Gives the entries that are new here. */
  merge() {
    const fresh = this.#load().filter((e) => !this.entries.has(e.id));
    for (const e of fresh) this.entries.set(e.id, e);
    return fresh;
  }

  /** Oldest first. */
  list() { return [...this.entries.values()]; }

  #load() {
    try {
      const list = JSON.parse(this.storage.getItem(this.key) ?? '[]');
      return Array.isArray(list) ? list.filter((e) => typeof e?.id === 'string' && typeof e.content === 'string') : [];
    } catch { return []; }
  }

  #save() {
    try {
      if (this.entries.size) this.storage.setItem(this.key, JSON.stringify(this.list()));
      else this.storage.removeItem(this.key);
    } catch { /* full or closed */ }
  }
}
