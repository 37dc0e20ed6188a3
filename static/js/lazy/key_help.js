// "?": every command with its key, to be changed or taken away. The rows are the page's; their keys and buttons are put in here.
import { byId } from '../lib/dom.js';
import { chordOf, chordText, isComposed, isFree } from '../lib/keys.js';
import { fill } from '../lib/text.js';

export class KeyHelp {
  #asked = null; // the row whose new key is awaited

  constructor({ shortcuts, rows }) {
    const dialog = byId('keys-dialog');
    Object.assign(this, { keymap: shortcuts.keymap, rows, dialog, said: byId('keys-said') });
    for (const row of rows) this.#fit(row);
    dialog.querySelector('[data-do=reset-keys]').addEventListener('click', () => {
      this.keymap.reset();
      this.#draw();
      this.#say('reset');
    });
    dialog.querySelector('[data-do=close-keys]').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
    dialog.addEventListener('close', () => this.#wait(null));
    dialog.addEventListener('keydown', (e) => { if (this.#asked) this.#take(e); }, true);
    dialog.addEventListener('focusout', () => this.#wait(null));
  }

  open() {
    this.said.textContent = '';
    this.#draw();
    this.dialog.showModal();
  }

  #fit(row) {
    const name = row.querySelector('th').textContent;
    row.append(...byId('key-cells').content.cloneNode(true).children);
    for (const hush of row.querySelectorAll('button .hush')) hush.textContent = ` ${name}`;
    row.querySelector('[data-do=set-key]').addEventListener('click', (e) => {
      e.currentTarget.focus(); // where a click does not (Safari)
      this.#wait(row);
      this.#say('press', { name });
    });
    row.querySelector('[data-do=drop-key]').addEventListener('click', () => {
      this.keymap.set(row.dataset.command, '');
      row.querySelector('[data-do=set-key]').focus(); // this button has nothing left to do
      this.#draw();
      this.#say('dropped', { name });
    });
  }

  #draw() {
    for (const row of this.rows) {
      const kbd = row.querySelector('kbd'), chord = this.keymap.chord(row.dataset.command);
      kbd.textContent = chord ? chordText(chord) : '';
      kbd.hidden = !chord;
      row.querySelector('.none').hidden = Boolean(chord);
      row.querySelector('[data-do=drop-key]').disabled = !chord;
    }
  }

  #wait(row) {
    this.#asked?.classList.remove('current');
    this.#asked = row;
    row?.classList.add('current');
  }

  #say(what, args) { this.said.textContent = fill(this.said.dataset[what], args); }

  /** The key pressed for a row: Tab goes on without one, Esc leaves it as it was, a modifier waits for more. */
  #take(e) {
    if (e.key === 'Tab') return;
    if (isComposed(e) || /^(Control|Shift|Alt|AltGraph|Meta)$/.test(e.key)) return;
    e.preventDefault(); // Esc closes nothing, Enter presses nothing
    e.stopPropagation();
    const { command } = this.#asked.dataset, name = this.#asked.querySelector('th').textContent;
    const chord = chordOf(e), key = chordText(chord), owner = this.keymap.command(chord);
    if (e.key === 'Escape') this.#say('kept', { name });
    else if (!isFree(chord)) { this.#say('refused', { key: key || e.key }); return; }
    else if (owner && owner !== command) { this.#say('taken', { key, name: this.rows.find((row) => row.dataset.command === owner).querySelector('th').textContent }); return; }
    else {
      this.keymap.set(command, chord);
      this.#draw();
      this.#say('set', { name, key });
    }
    this.#wait(null);
  }
}
