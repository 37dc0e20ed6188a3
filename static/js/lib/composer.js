// The field in which people write: Enter, growing, what is left of 2,000, the draft kept on this device, typing notices, files by
// button, paste and drop.
import { openDraft } from './draft.js';
import { sendOnEnter } from './enter.js';
import { text } from './text.js';

export const CONTENT_MAX = 2000; // code points, as the server counts
const TYPING_EVERY_MS = 3000;    // while somebody writes
const TYPING_ENDS_MS = 5000;

export class Composer {
  #typingAt = 0;
  #typingEnd = null;

  /** on: {send(content), typing(bool), files(list)} */
  constructor({ form, field, left, draftKey, storage, on }) {
    Object.assign(this, { form, field, left, on, keep: openDraft(field, draftKey, storage, () => this.#changed(false)) });
    field.required = false; // the script checks, without a bubble over the page
    const isTouch = matchMedia('(pointer: coarse)').matches;
    sendOnEnter(field, () => this.submit(), { enterSends: () => !isTouch });
    form.addEventListener('submit', (e) => { e.preventDefault(); this.submit(); field.focus(); });
    field.addEventListener('input', () => this.#changed());
    document.addEventListener('paste', (e) => this.#take(e, e.clipboardData));
    this.#takeDrops(document.documentElement);
    this.#changed(false);
  }

  /** Files may be dropped anywhere on the page; a browser would leave the page for a file that nobody takes. */
  #takeDrops(page) {
    const hasFiles = (e) => [...(e.dataTransfer?.types ?? [])].includes('Files');
    const show = (on) => page.classList.toggle('drop', on && !this.form.closest('[hidden]'));
    for (const type of ['dragenter', 'dragover']) {
      page.addEventListener(type, (e) => {
        if (!hasFiles(e)) return;
        e.preventDefault();
        show(true);
      });
    }
    page.addEventListener('dragleave', (e) => { if (!e.relatedTarget) show(false); }); // out of the window
    page.addEventListener('drop', (e) => {
      show(false);
      if (hasFiles(e)) this.#take(e, e.dataTransfer);
    });
  }

  submit() {
    const content = this.field.value.replace(/\r\n?/g, '\n');
    if (isBlank(content) || [...content].length > CONTENT_MAX) return;
    this.field.value = '';
    this.#changed(false);
    this.#typing(false);
    this.on.send(content);
  }

  #changed(typed = true) {
    const n = [...this.field.value].length, over = n > CONTENT_MAX;
    this.left.hidden = n < CONTENT_MAX - 200;
    this.left.textContent = over ? text('tooLong') : text('left', { n: CONTENT_MAX - n });
    this.field.setAttribute('aria-invalid', String(over));
    if (!CSS.supports('field-sizing: content')) {
      this.field.style.height = 'auto';
      this.field.style.height = `${this.field.scrollHeight + 2}px`;
    }
    this.keep();
    if (typed) this.#typing(Boolean(this.field.value));
  }

  #typing(on) {
    clearTimeout(this.#typingEnd);
    const now = Date.now();
    if (on && now - this.#typingAt > TYPING_EVERY_MS) {
      this.#typingAt = now;
      this.on.typing(true);
    }
    if (on) this.#typingEnd = setTimeout(() => this.#typing(false), TYPING_ENDS_MS);
    else if (this.#typingAt) {
      this.#typingAt = 0;
      this.on.typing(false);
    }
  }

  #take(e, data) {
    const files = [...(data?.files ?? [])];
    if (!files.length) return;
    e.preventDefault();
    if (!this.form.closest('[hidden]')) this.on.files(files);
  }
}

/** Only what nobody sees, by the server's rule. */
export const isBlank = (s) => /^[\p{White_Space}\p{Cf}\u3164\u115f\u1160\uffa0\u2800]*$/u.test(s);
