// Shortcuts: which chord a keydown is, where it may fire, what may be chosen, and what is kept.
import { chordOf, chordText, isFree, Keymap, mayFire, PRESETS } from '../../static/js/lib/keys.js';
import { done, is } from './tap.mjs';

const key = (code, more = {}) => ({ code, key: code.replace(/^Key/, '').toLowerCase(), ...more });
const pc = (e) => chordOf(e, false), mac = (e) => chordOf(e, true);

is(pc(key('KeyJ')), 'KeyJ', 'a letter');
is(pc(key('KeyJ', { key: 'ㅓ' })), 'KeyJ', '... under a Korean layout too: the place counts');
is(pc(key('KeyK', { ctrlKey: true })), 'Mod+KeyK', 'Ctrl');
is([mac(key('KeyK', { metaKey: true })), mac(key('KeyK', { ctrlKey: true })), pc(key('KeyK', { metaKey: true }))], ['Mod+KeyK', '', ''], 'Cmd on a Mac; the other one is none');
is(pc(key('KeyJ', { shiftKey: true })), 'Shift+KeyJ', 'Shift');
is(pc(key('Minus', { key: '?', shiftKey: true })), 'Shift+Slash', '? is where a layout has it');
is([key('KeyJ', { altKey: true }), key('KeyK', { ctrlKey: true, altKey: true }), key('KeyQ', { getModifierState: (m) => m === 'AltGraph' })].map(pc), ['', '', ''], 'Alt, and AltGr, are in none');
is(['ShiftLeft', 'ControlRight', 'AltRight', 'MetaLeft', 'CapsLock', 'Lang1', 'Lang2', ''].map((code) => pc(key(code))), ['', '', '', '', '', '', '', ''], 'a modifier, 한/영 and a key without a place are none');
is([key('KeyJ', { isComposing: true }), key('KeyJ', { keyCode: 229, key: 'Process' }), key('KeyK', { ctrlKey: true, isComposing: true })].map(pc), ['', '', ''], 'in the middle of a syllable nothing is one');

const field = { closest: () => ({}) }, page = { closest: () => null };
is(['KeyJ', 'Shift+Slash', 'Mod+KeyK', 'Mod+Shift+KeyJ'].map((chord) => mayFire(chord, field)), [false, false, true, true], 'in a field only with Ctrl');
is([mayFire('KeyJ', page), mayFire('KeyJ', null)], [true, true], 'elsewhere each');

is(['KeyZ', 'Shift+KeyZ', 'F2', 'Mod+Period', 'Mod+Shift+KeyJ', 'BracketLeft'].map(isFree), [true, true, true, true, true, true], 'what may be chosen');
is(['', 'Enter', 'Shift+Enter', 'Mod+Enter', 'Space', 'Tab', 'Escape', 'ArrowUp', 'Shift+Home', 'Backspace', 'F5', 'Mod+KeyC', 'Mod+KeyT', 'Mod+Shift+KeyN', 'Mod+Digit1'].filter(isFree), [], 'what fields, buttons and the browser need may not');
is(Object.values(PRESETS).filter((chord) => chord && !isFree(chord)), [], 'no preset is such a one');
is(new Set(Object.values(PRESETS).filter(Boolean)).size, Object.values(PRESETS).filter(Boolean).length, 'no two presets are the same');
is(['KeyJ', 'Shift+Slash', 'Mod+KeyK', 'Shift+BracketLeft', 'Digit4', 'F2', ''].map((chord) => chordText(chord, false)), ['J', '?', 'Ctrl+K', 'Shift+[', '4', 'F2', ''], 'as people read them');
is(chordText('Mod+KeyK', true), '⌘+K', '... on a Mac');

/** A Storage of one's own. */
function storage(kept = {}) {
  return { kept, getItem: (name) => kept[name] ?? null, setItem: (name, value) => { kept[name] = value; }, removeItem: (name) => { delete kept[name]; } };
}
const presets = { next: 'KeyJ', previous: 'KeyK', shift: '' };
const map = (store) => new Keymap({ storage: store, name: 'keys.7', presets });
{
  const store = storage(), one = map(store);
  is([one.command('KeyJ'), one.command('KeyX'), one.command('')], ['next', null, null], 'the presets');
  one.set('next', 'KeyX');
  is([one.chord('next'), one.command('KeyX'), one.command('KeyJ')], ['KeyX', 'next', null], 'another key: the old one is free');
  is(map(store).chord('next'), 'KeyX', 'kept');
  is(new Keymap({ storage: store, name: 'keys.8', presets }).chord('next'), 'KeyJ', 'for this member alone');
  one.set('previous', '');
  is([one.chord('previous'), one.command('KeyK')], ['', null], 'none');
  one.set('next', 'KeyJ');
  is(store.kept, { 'keys.7': '{"previous":""}' }, 'what is as at first is not kept');
  one.reset();
  is([one.command('KeyK'), store.kept], ['previous', {}], 'all as at first');
}
is(map(storage({ 'keys.7': '{"shift":"KeyJ"}' })).command('KeyJ'), 'shift', 'what was chosen comes before a preset of a later version');
for (const wrong of ['', 'null', '[1]', '{"next":5,"previous":"Tab","gone":"KeyZ"}', '{']) {
  is(['next', 'previous', 'gone'].map((command) => map(storage({ 'keys.7': wrong })).chord(command)), ['KeyJ', 'KeyK', ''], `nonsense in the storage counts as nothing: ${wrong}`);
}
{
  const closed = { getItem() { throw new Error('closed'); }, setItem() { throw new Error('closed'); }, removeItem() { throw new Error('closed'); } }, one = map(closed);
  one.set('next', 'KeyX');
  is([one.command('KeyX'), map(null).command('KeyJ')], ['next', 'next'], 'without a storage it holds for the page');
}
done();
