// What keys and the palette do in the console. A command presses or focuses what the page shows, so it can do what the agent could by hand, and no more.
import { byId } from './dom.js';

const isShown = (e) => e.getClientRects().length > 0 && !e.disabled;
const shown = (selectors) => selectors.flatMap((s) => [...document.querySelectorAll(s)]).find(isShown);
const press = (...selectors) => () => { const e = shown(selectors); return e && (() => e.click()); };
const focus = (...selectors) => () => { const e = shown(selectors); return e && (() => e.focus()); };

/** The row after, or before, the open chat's, around the end. */
const step = (by) => () => {
  const rows = [...document.querySelectorAll('.lists li[data-session]')], at = rows.findIndex((li) => li.classList.contains('current'));
  const row = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : (at + by + rows.length) % rows.length];
  return row && !row.classList.contains('current') ? () => row.querySelector('a').click() : undefined;
};

const note = () => byId('note') && (() => {
  byId('note-box').open = true;
  byId('note').focus();
});

const WAYS = {
  next: step(1),
  previous: step(-1),
  lists: focus('.lists li.current > a', '.lists li[data-session] > a', '.lists .pane'),
  accept: press('.thread .head [data-do=accept]', '#list-waiting [data-do=accept]'),
  reply: focus('#say'),
  note,
  transfer: press('.thread .head [data-do=transfer]'),
  hold: press('.thread .head [data-do=hold]'),
  resume: press('#hold-flag button'),
  end: press('.thread .head [data-do=end]'),
  offer: press('#offers [data-do=take-offer]'),
  customer: focus('#panel .pane'),
  sound: press('.top [data-do=sound]'),
  shift: press('.top [data-do=shift]'),
};

/** A function that does it now, or undefined while the page has nothing to do it to. */
export const wayOf = (command) => WAYS[command]?.() || undefined;
