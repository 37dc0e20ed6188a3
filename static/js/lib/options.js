// What a text field offers to choose from: a list that never has the focus; aria-activedescendant says which one is meant (WAI-ARIA, editable combobox with a list).
import { find } from './choseong.js';
import { el } from './dom.js';

export class Options {
  #at = 0;

  /** field: the combobox; list: an element with an id, the listbox; choose(i): by pointer */
  constructor({ field, list, choose }) {
    Object.assign(this, { field, list });
    list.role = 'listbox'; // not in the markup, where a list of nothing stands
    list.addEventListener('pointerdown', (e) => e.preventDefault()); // the field keeps the focus
    list.addEventListener('click', (e) => {
      const option = e.target.closest('[role=option]');
      if (option) choose([...list.children].indexOf(option));
    });
  }

  /** Which one is meant. */
  get at() { return this.#at; }

  /** One option for each list of nodes; the first is meant. */
  show(options) {
    this.list.replaceChildren(...options.map((nodes, i) => Object.assign(el('div', ...nodes), { id: `${this.list.id}-${i}`, role: 'option' })));
    this.#mark(0);
  }

  hide() { this.field.removeAttribute('aria-activedescendant'); }

  /** A key that moves: true when it was one. */
  step(key) {
    const n = this.list.children.length, at = this.#at;
    const by = { ArrowDown: 1, ArrowUp: n - 1, PageDown: Math.min(5, n - 1 - at), PageUp: n - Math.min(5, at) }[key];
    if (by === undefined || !n) return false;
    this.#mark((at + by) % n);
    return true;
  }

  #mark(at) {
    this.#at = at;
    [...this.list.children].forEach((option, i) => option.setAttribute('aria-selected', String(i === at)));
    const option = this.list.children[at];
    if (!option) {
      this.hide();
      return;
    }
    option.scrollIntoView({ block: 'nearest' });
    this.field.setAttribute('aria-activedescendant', option.id);
  }
}

/** Nodes of words in which what was typed stands out. */
export function marked(words, typed) {
  const at = typed && find(words, typed);
  return at ? [words.slice(0, at[0]), el('mark', words.slice(...at)), words.slice(at[1])] : [words];
}
