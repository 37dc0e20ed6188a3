// Keyboard shortcuts. A chord is a text like 'KeyJ', 'Shift+Slash' or 'Mod+KeyK': the place of a key (event.code), so that a Korean layout changes nothing, behind
// its modifiers. Mod is Ctrl, on a Mac Cmd. Alt is in no chord: it writes letters on a Mac, opens menus elsewhere, and the right one is 한/영 on Korean keyboards.
export const PRESETS = {
  palette: 'Mod+KeyK', help: 'Shift+Slash', next: 'KeyJ', previous: 'KeyK', lists: 'KeyL', accept: 'KeyA', reply: 'KeyR', note: 'KeyN', transfer: 'KeyT',
  hold: 'KeyH', resume: 'KeyG', end: 'KeyE', offer: 'KeyO', customer: 'KeyC', sound: 'KeyM', shift: '',
  canned: 'Slash', tag: 'Shift+KeyT', takeOver: '', search: 'KeyS',
};

const SIGNS = {
  Slash: '/', Comma: ',', Period: '.', Semicolon: ';', Quote: "'", BracketLeft: '[', BracketRight: ']', Backslash: '\\', Minus: '-', Equal: '=', Backquote: '`',
  ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→',
};
const MODIFIER = /^(Control|Shift|Alt|Meta|OS|CapsLock|NumLock|Fn|Lang\d|Convert|NonConvert|KanaMode|Hangul|Hanja)/;
// What a page must leave to fields, buttons, links and the browser.
const PLAIN = /^(Shift\+)?(Arrow|Home|End|Page|Backspace|Delete|Insert|ContextMenu)/;
const ALWAYS = /(^|\+)(Enter|NumpadEnter|Space|Tab|Escape|F5|F11|F12)$/;
const BROWSERS = /^Mod\+(Shift\+)?(Key[ACFLNPQRTVWXYZ]|Digit\d|Equal|Minus|Arrow\w+|Home|End|Backspace|Delete)$/;
const TYPED = 'textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])';

export const isMac = () => /^(Mac|iP)/.test(globalThis.navigator?.platform ?? '');

/** Is this key the input method's, in the middle of a syllable? */
export const isComposed = (e) => e.isComposing || e.keyCode === 229;

/** The chord that a keydown is, or '' when it can be none: a modifier by itself, Alt, or a key that belongs to an input method. ? is where a layout has it. */
export function chordOf(e, mac = isMac()) {
  if (!e.code || isComposed(e) || MODIFIER.test(e.code) || e.altKey || e.getModifierState?.('AltGraph')) return '';
  const isMod = mac ? e.metaKey : e.ctrlKey, isOther = mac ? e.ctrlKey : e.metaKey;
  if (isOther) return '';
  if (e.key === '?' && !isMod) return 'Shift+Slash';
  return `${isMod ? 'Mod+' : ''}${e.shiftKey ? 'Shift+' : ''}${e.code}`;
}

/** May the chord be a shortcut? Not what fields, buttons and the browser need. */
export const isFree = (chord) => Boolean(chord) && !PLAIN.test(chord) && !ALWAYS.test(chord) && !BROWSERS.test(chord);

/** May it be one while the focus is there? In a field only with Mod: everything else is text. */
export const mayFire = (chord, target) => chord.startsWith('Mod+') || !target?.closest?.(TYPED);

/** As people read it: Ctrl+K, J, ?. */
export function chordText(chord, mac = isMac()) {
  if (chord === 'Shift+Slash') return '?';
  return chord.split('+').map((part) => (part === 'Mod' ? (mac ? '⌘' : 'Ctrl') : SIGNS[part] ?? part.replace(/^(Key|Digit)/, ''))).join('+');
}

/** Which chord runs which command: the presets, and what the agent set instead ('': none). Kept in storage, which may be null: a keyboard belongs to the device,
 *  and what letters lie under the fingers differs from one to the next, so the choice is this browser's, one for each member who signs in here. */
export class Keymap {
  #own = {};

  constructor({ storage, name, presets = PRESETS }) {
    Object.assign(this, { storage, name, presets });
    this.read();
  }

  /** Anew from storage: another tab may have changed it. What is no chord of a known command is left out. */
  read() {
    let kept;
    try { kept = JSON.parse(this.storage?.getItem(this.name) ?? '{}'); } catch { kept = {}; }
    this.#own = Object.fromEntries(Object.entries(kept ?? {}).filter(([command, chord]) => command in this.presets && (chord === '' || (typeof chord === 'string' && isFree(chord)))));
  }

  chord(command) { return this.#own[command] ?? this.presets[command] ?? ''; }

  /** The command of a chord, or null. What was chosen comes before a preset that came with a later version. */
  command(chord) {
    if (!chord) return null;
    const of = (map) => Object.keys(map).find((command) => map[command] === chord && this.chord(command) === chord);
    return of(this.#own) ?? of(this.presets) ?? null;
  }

  /** '' takes the command its key. */
  set(command, chord) {
    if (chord === this.presets[command]) delete this.#own[command];
    else this.#own[command] = chord;
    this.#keep();
  }

  reset() {
    this.#own = {};
    this.#keep();
  }

  #keep() {
    try {
      if (Object.keys(this.#own).length) this.storage?.setItem(this.name, JSON.stringify(this.#own));
      else this.storage?.removeItem(this.name);
    } catch { /* closed or full: it holds for this page */ }
  }
}
