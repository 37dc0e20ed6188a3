// The console's keys: a chord runs a command, unless it is text, part of a syllable, or a dialog is open. The palette and the list of keys are fetched when first wanted.
import { wayOf } from './commands.js';
import { byId } from './dom.js';
import { chordOf, Keymap, mayFire } from './keys.js';
import { staffDialogs } from './staff_dialogs.js';

export class Shortcuts {
  #dialogs = {};

  /** member: whose keys; storage: localStorage, or null; failed(): a script could not be fetched */
  constructor({ member, storage, failed }) {
    this.failed = failed;
    this.keymap = new Keymap({ storage, name: `keys.${member}` });
    addEventListener('storage', (e) => { if (e.key === null || e.key === this.keymap.name) this.keymap.read(); });
    document.addEventListener('keydown', (e) => this.#onKey(e));
    for (const button of document.querySelectorAll('[data-do=keys]')) button.addEventListener('click', () => this.#fromMenu(button));
  }

  /** What the command would do now: a function, or undefined. */
  wayOf(command) {
    const opens = { palette: () => this.#open('palette', 'Palette'), help: () => this.#open('key_help', 'KeyHelp') };
    return opens[command] ?? wayOf(command);
  }

  #onKey(e) {
    const chord = e.defaultPrevented || e.repeat ? '' : chordOf(e);
    const command = mayFire(chord, e.target) ? this.keymap.command(chord) : null;
    if (!command || document.querySelector('dialog[open]')) return;
    e.preventDefault(); // ours, even when there is nothing to do: the browser's own Ctrl+K would take the agent elsewhere
    this.wayOf(command)?.();
  }

  #fromMenu(button) {
    const menu = button.closest('details');
    menu.open = false;
    menu.querySelector('summary').focus(); // where the focus comes back to
    this.wayOf('help')();
  }

  async #open(script, name) {
    const dialogs = this.#dialogs;
    try {
      const [module] = await Promise.all([import(`/static/js/lazy/${script}.js`), staffDialogs()]);
      dialogs[script] ??= new module[name]({ shortcuts: this, rows: [...byId('keys-dialog').querySelectorAll('tr[data-command]')] });
    } catch {
      this.failed();
      return;
    }
    if (!document.querySelector('dialog[open]')) dialogs[script].open();
  }
}
