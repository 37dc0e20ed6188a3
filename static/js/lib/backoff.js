// Waits before the next try: full jitter under min(30 s, 0.5 s * 2^k), so that a thousand pages do not come back together.
export class Backoff {
  constructor({ baseMs = 500, maxMs = 30000, random = Math.random } = {}) {
    Object.assign(this, { baseMs, maxMs, random, tries: 0 });
  }
  next() { return Math.floor(this.random() * Math.min(this.maxMs, this.baseMs * 2 ** this.tries++)); }
  reset() { this.tries = 0; }
}
