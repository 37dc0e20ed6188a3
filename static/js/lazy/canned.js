// Canned replies above the composer: / or # at the start of a word opens the list, words or initial consonants narrow it, Enter or Tab puts one in. The field stays a text
// field and keeps the focus; aria-activedescendant says which reply is meant (WAI-ARIA, editable combobox with a list). Keys that belong to an input method are left to it.
import { search } from '../lib/choseong.js';
import { byId, el } from '../lib/dom.js';
import { marked, Options } from '../lib/options.js';
import { text } from '../lib/text.js';

const SHOWN = 50;

/** What was typed behind / or #, directly before the caret: {at, typed}, or null. */
export function triggerOf(value, caret) {
  const found = /(^|\s)[/#]([^\s/#]*)$/.exec(value.slice(0, caret));
  return found && { at: found.index + found[1].length, typed: found[2] };
}

export class Canned {
  #replies = [];
  #shown = [];
  #closedAt = -1;   // Esc closed the list of the trigger there: it stays closed
  #pending = false; // Enter was pressed while a syllable was being composed: it chooses when that ends
  #swallow = false; // what else this press of Enter brings

  constructor({ field, api, sessionId }) {
    Object.assign(this, { field, api, sessionId });
    this.list = el('div');
    Object.assign(this.list, { id: 'canned', ariaLabel: text('canned') });
    this.told = el('span.hush');
    this.told.setAttribute('role', 'status');
    const manage = el('a', text('cannedManage'));
    manage.href = '/agent/canned';
    this.pop = el('div.pop', this.list, el('footer', `${text('cannedKeys')} · `, manage));
    this.pop.hidden = true;
    byId('foot').prepend(this.pop, this.told);
    for (const [name, value] of Object.entries({ 'aria-autocomplete': 'list', 'aria-controls': 'canned', 'aria-haspopup': 'listbox' })) field.setAttribute(name, value);
    this.options = new Options({ field, list: this.list, choose: (i) => this.#put(this.#shown[i]) });
    this.pop.addEventListener('pointerdown', (e) => { if (!e.target.closest('a')) e.preventDefault(); }); // nor does its foot take the focus
    field.addEventListener('input', () => this.#look());
    field.addEventListener('blur', () => this.#close());
    field.addEventListener('compositionend', () => {
      if (this.#pending) setTimeout(() => this.#choose()); // the field has its last syllable then
      this.#pending = false;
    });
    // Before the composer's own keys (capturing): while the list is open, Enter is the list's.
    field.addEventListener('keydown', (e) => this.#onKey(e), true);
    field.addEventListener('keyup', (e) => { if (e.code === 'Enter' || e.key === 'Enter') this.#swallow = false; }, true);
  }

  /** Reads the replies of this chat, then looks at what was typed meanwhile. */
  async start() {
    this.#replies = (await this.api.get(`/api/admin/chat/canned-replies?sessionId=${this.sessionId}`)).data;
    this.#look();
  }

  get isOpen() { return !this.pop.hidden; }

  #look() {
    const trigger = triggerOf(this.field.value, this.field.selectionStart);
    if (trigger?.at !== this.#closedAt) this.#closedAt = -1;
    if (!trigger || this.#closedAt >= 0) {
      this.#close();
      return;
    }
    this.#shown = search(this.#replies, trigger.typed, (reply) => [reply.shortcut, reply.title, reply.content]).slice(0, SHOWN);
    if (this.#shown.length) this.#draw(trigger.typed);
    else this.#close();
    this.told.textContent = text(this.#shown.length ? 'cannedFound' : 'cannedNone', { n: this.#shown.length });
  }

  #draw(typed) {
    this.pop.hidden = false;
    this.options.show(this.#shown.map((reply) => [el('b', ...marked(reply.title, typed)), el('span.kbd', `/${reply.shortcut}`), el('p', reply.text)]));
  }

  #close() {
    this.pop.hidden = true;
    this.told.textContent = '';
    this.#pending = false;
    this.options.hide();
  }

  #onKey(e) {
    const isEnter = e.key === 'Enter' || e.code === 'Enter';
    if (isEnter && this.#swallow) {
      take(e);
      return;
    }
    if (!this.isOpen || e.ctrlKey || e.altKey || e.metaKey || e.shiftKey) return;
    if (e.isComposing || e.keyCode === 229) {
      if (!isEnter) return;
      take(e);
      this.#swallow = true;
      if (e.isComposing) this.#pending = true;
      else setTimeout(() => this.#choose()); // Safari ends the composition first
      return;
    }
    if (isEnter || e.key === 'Tab') {
      if (isEnter) this.#swallow = true;
      this.#choose();
    } else if (e.key === 'Escape') {
      this.#closedAt = triggerOf(this.field.value, this.field.selectionStart)?.at ?? -1;
      this.#close();
    } else if (!this.options.step(e.key)) {
      return;
    }
    take(e);
  }

  #choose() {
    if (this.isOpen) this.#put(this.#shown[this.options.at]);
  }

  /** The reply in the place of / or # and what was typed behind it. */
  #put(reply) {
    const { field } = this, caret = field.selectionStart, trigger = triggerOf(field.value, caret);
    this.#close();
    field.focus();
    field.setRangeText(reply.text, trigger ? trigger.at : caret, caret, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

function take(e) {
  e.preventDefault();
  e.stopImmediatePropagation();
}
