// Who else of the staff has this chat open, and who of them is writing. Nobody keeps it: each page says so of itself every while, and a page that says nothing more is gone.
import { text } from './text.js';

const SAY_EVERY_MS = 20000, GONE_AFTER_MS = 50000, TYPING_EVERY_MS = 3000, TYPING_ENDS_MS = 5000;

export class Watchers {
  #others = new Map(); // memberId -> {name, state, at}
  #typingAt = 0;
  #typingEnd = null;

  /** line: where it is said; tell(state): sends it; fields: in which I write. */
  constructor({ line, me, tell, fields, now = () => Date.now() }) {
    Object.assign(this, { line, me, tell, now });
    for (const field of fields) field.addEventListener('input', () => this.#typing());
    this.ticks = setInterval(() => this.#draw(), 5000);
    this.says = setInterval(() => this.#say(), SAY_EVERY_MS);
    addEventListener('pagehide', () => this.tell('GONE'));
  }

  /** The connection is up, or up again. */
  start() { this.#say(); }

  /** The chat is over, or not ours any more. */
  stop() {
    clearInterval(this.ticks);
    clearInterval(this.says);
    clearTimeout(this.#typingEnd);
    this.#others.clear();
    this.#draw();
  }

  /** body: {kind: "WATCH", memberId, name, state} */
  hear({ memberId, name, state }) {
    if (memberId === this.me) return;
    const isNew = !this.#others.has(memberId);
    if (state === 'GONE') this.#others.delete(memberId);
    else this.#others.set(memberId, { name, state, at: this.now() });
    if (isNew && state !== 'GONE') this.#say(); // so that they know of me at once
    this.#draw();
  }

  #say() { this.tell(this.#typingAt ? 'TYPING' : 'READING'); }

  #typing() {
    clearTimeout(this.#typingEnd);
    this.#typingEnd = setTimeout(() => { this.#typingAt = 0; this.#say(); }, TYPING_ENDS_MS);
    if (this.now() - this.#typingAt < TYPING_EVERY_MS) return;
    this.#typingAt = this.now();
    this.#say();
  }

  #draw() {
    for (const [id, one] of this.#others) if (this.now() - one.at > GONE_AFTER_MS) this.#others.delete(id);
    const names = [...this.#others.values()].map((one) => (one.state === 'TYPING' ? text('watcherTyping', { name: one.name }) : one.name));
    this.line.hidden = !names.length;
    const words = names.length ? text('watching', { names: names.join(', ') }) : '';
    if (this.line.lastElementChild.textContent !== words) this.line.lastElementChild.textContent = words;
  }
}
