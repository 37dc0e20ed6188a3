// Words about what happens elsewhere. They leave after 8 s, but not while a pointer or the focus is on them.
import { el, icon } from './dom.js';

const LEAVE_MS = 8000;
const MOST = 3; // more would cover the thread: the oldest goes

export class Toasts {
  constructor(box) { this.box = box; }

  show(name, words, more = '', isBad = false) {
    const p = el('p', el('b', words));
    if (more) p.append(el('br'), el('span.soft', more));
    const toast = el(isBad ? 'div.toast.bad' : 'div.toast', icon(name), p);
    this.box.append(toast);
    while (this.box.childElementCount > MOST) this.box.firstElementChild.remove();
    const leave = () => {
      if (toast.matches(':hover, :focus-within')) setTimeout(leave, 1000);
      else toast.remove();
    };
    setTimeout(leave, LEAVE_MS);
  }
}
