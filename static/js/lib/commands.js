// What keys and the palette do in the console and on the staff's other pages. A command presses or focuses what the page shows, so it can do what the agent could by hand, and no more.
import { byId } from './dom.js';

const isShown = (e) => e.getClientRects().length > 0 && !e.disabled;
const shown = (selectors) => selectors.flatMap((s) => [...document.querySelectorAll(s)]).find(isShown);
const press = (...selectors) => () => { const e = shown(selectors); return e && (() => e.click()); };
const focus = (...selectors) => () => { const e = shown(selectors); return e && (() => e.focus()); };

/** On pages with a table: the link of the row after, or before, the one that has the focus. */
function stepInTable(by) {
  const links = [...document.querySelectorAll('main tbody tr')].map((tr) => tr.querySelector('a')).filter((a) => a && isShown(a));
  const at = links.findIndex((a) => a.closest('tr').contains(document.activeElement));
  const link = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : (at + by + links.length) % links.length];
  return link && (() => link.focus());
}

/** The row after, or before, the open chat's, around the end. */
const step = (by) => () => {
  const rows = [...document.querySelectorAll('.lists li[data-session]')], at = rows.findIndex((li) => li.classList.contains('current'));
  if (!document.querySelector('.lists')) return stepInTable(by);
  const row = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : (at + by + rows.length) % rows.length];
  return row && !row.classList.contains('current') ? () => row.querySelector('a').click() : undefined;
};

const note = () => byId('note') && (() => {
  byId('note-box').open = true;
  byId('note').focus();
});

/** Something beside the chat: where that is a drawer, it opens. */
const beside = (selector) => () => {
  const e = document.querySelector(selector);
  return e && (() => {
    if (getComputedStyle(e).visibility === 'hidden') location.hash = '#panel';
    e.focus();
  });
};

/** A / where the cursor stands opens the list of canned replies. */
const canned = () => {
  const field = shown(['#say']);
  return field && (() => {
    const before = field.value.slice(0, field.selectionStart);
    field.focus();
    field.setRangeText(/\S$/.test(before) ? ' /' : '/', field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  });
};

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
  canned,
  tag: beside('#tag'),
  takeOver: press('.thread .head [data-do=take-over]'),
  customer: beside('#panel .pane'),
  search: focus('#q'),
  sound: press('.top [data-do=sound]'),
  shift: press('.top [data-do=shift]'),
};

/** A function that does it now, or undefined while the page has nothing to do it to. */
export const wayOf = (command) => WAYS[command]?.() || undefined;
