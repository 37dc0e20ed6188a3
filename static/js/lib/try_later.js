// For what didn't work since the server could not be reached: it is said for a while, and nothing has changed.
import { byId, el, icon } from './dom.js';
import { text } from './text.js';

export function sayTryLater() {
  const p = el('p.flag.bad', icon('warning'), el('span', text('tryLater')));
  p.setAttribute('role', 'alert');
  byId('flags').append(p);
  setTimeout(() => p.remove(), 6000);
}
