// Calling somebody who looks elsewhere: a number in the title, a short sound, a desktop notification where it is allowed.
import { wanted } from './lazy.js';
import { text } from './text.js';

let title = '', shown = null;
let count = 0, waiting = 0;

/** What stands there and is not ours is the page's title: it changes with the language. */
function showTitle() {
  if (document.title !== shown) title = document.title;
  const parts = [waiting ? text('waitingTitle', { n: waiting }) : '', count ? text('newMessagesTitle', { n: count }) : '', title];
  document.title = shown = parts.filter(Boolean).join(' ');
}

export function badge(n) {
  count = n;
  showTitle();
}
export const badgeMore = () => badge(count + 1);

/** How many wait, for the staff's pages. */
export function badgeWaiting(n) {
  if (n === waiting) return;
  waiting = n;
  showTitle();
}

const choice = (key, preset) => { try { return localStorage[key] ?? preset; } catch { return preset; } };
export const isSoundOn = () => choice('sound', 'on') === 'on';

/** A short sound. */
export async function chime() {
  if (isSoundOn()) (await wanted('chime', false)).chime();
}

export function notify(words, onClick) {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted' || !document.hidden) return;
  const n = new Notification(words, { tag: 'sangdam' });
  n.onclick = () => { window.focus(); n.close(); onClick?.(); };
}
