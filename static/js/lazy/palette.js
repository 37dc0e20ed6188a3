// Ctrl+K: commands, open chats, states and pages, by words or initial consonants (ㅂㅅ finds 배송). What it lists is what the page has at that moment.
import { search } from '../lib/choseong.js';
import { byId, el } from '../lib/dom.js';
import { sendOnEnter } from '../lib/enter.js';
import { chordOf, chordText, isComposed } from '../lib/keys.js';
import { marked, Options } from '../lib/options.js';
import { fill } from '../lib/text.js';

const SHOWN = 50;
const words = (e) => (e.getAttribute('aria-label') ?? [...e.childNodes].filter((node) => !node.classList?.contains('count') && !node.classList?.contains('badge')).map((node) => node.textContent).join('')).trim();

export class Palette {
  #items = [];
  #shown = [];

  /** rows: the table of commands, each with its words */
  constructor({ shortcuts, rows }) {
    const dialog = byId('palette'), [field, list] = ['palette-field', 'palette-list'].map(byId);
    Object.assign(this, { shortcuts, rows, dialog, field, list, none: byId('palette-none'), found: byId('palette-found') });
    list.ariaLabel = list.dataset.label;
    this.options = new Options({ field, list, choose: (i) => this.#choose(i) });
    field.addEventListener('input', () => this.#look());
    field.addEventListener('keydown', (e) => { if (!isComposed(e) && this.options.step(e.key)) e.preventDefault(); });
    sendOnEnter(field, () => this.#choose(this.options.at));
    dialog.addEventListener('keydown', (e) => {
      if (shortcuts.keymap.command(chordOf(e)) !== 'palette') return;
      e.preventDefault();
      dialog.close();
    });
    dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
  }

  open() {
    this.#items = [...this.#commands(), ...this.#chats(), ...this.#buttons(), ...this.#pages(), ...this.#tags()];
    this.field.value = '';
    this.dialog.showModal();
    this.#look();
  }

  #commands() {
    return this.rows.map((row) => ({ command: row.dataset.command, name: row.querySelector('th').textContent }))
      .map(({ command, name }) => ({ name, kind: '', key: chordText(this.shortcuts.keymap.chord(command)), run: command !== 'palette' && this.shortcuts.wayOf(command) }))
      .filter((item) => item.run);
  }

  #chats() {
    return [...document.querySelectorAll('.lists li[data-session]:not(.current)')].map((li) => {
      const b = li.querySelector('b'), topic = b.querySelector('small').textContent;
      const name = b.textContent.slice(0, b.textContent.length - topic.length).trim();
      return { name, kind: [this.dialog.dataset.chat, topic, li.querySelector('p').textContent].filter(Boolean).join(' · '), run: () => li.querySelector('a').click() };
    });
  }

  /** My state, and what the menu does beside its links. */
  #buttons() {
    const of = (selector, kind) => [...document.querySelectorAll(selector)].map((b) => ({ name: words(b), kind, run: () => b.click() }));
    return [...of('#desk ul button:not([aria-current])', this.dialog.dataset.state), ...of('.top .menu button[type=button]:not([data-do=keys])', '')];
  }

  #pages() {
    return [...document.querySelectorAll('.top nav a, main .tabs a:not([aria-current]), .top .menu a')].map((a) => ({ name: words(a), kind: this.dialog.dataset.page, run: () => a.click() }));
  }

  /** What colleagues tag chats with, for the open one. */
  #tags() {
    const field = byId('tag');
    if (!field?.closest('.tag-form')) return [];
    return [...field.list.options].map(({ value }) => ({ name: value, kind: this.dialog.dataset.tag, run: () => { field.value = value; field.form.requestSubmit(); } }));
  }

  #look() {
    const typed = this.field.value.trim();
    this.#shown = search(this.#items, typed, (item) => [item.name, item.kind]).slice(0, SHOWN);
    this.list.hidden = !this.#shown.length;
    this.none.hidden = this.#shown.length > 0;
    this.field.setAttribute('aria-expanded', String(!this.list.hidden));
    this.options.show(this.#shown.map(({ name, kind, key }) => [el('b', ...marked(name, typed)), key ? el('kbd', key) : null, kind ? el('p', kind) : null]));
    this.found.textContent = typed ? fill(this.found.dataset.found, { n: this.#shown.length }) : '';
  }

  #choose(i) {
    const item = this.#shown[i];
    if (!item || !this.dialog.open) return;
    this.dialog.close(); // the focus goes back to where it was; what runs may move it
    item.run();
  }
}
