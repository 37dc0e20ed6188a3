// The pages of the staff beside the console: menus, the keys, and the palette.
import './menu.js';
import { el, icon } from './lib/dom.js';
import { Shortcuts } from './lib/shortcuts.js';

const top = document.querySelector('.top');
const lasting = (() => { try { return localStorage; } catch { return null; } })();

function failed() {
  const line = el('p.flag.bad', icon('warning'), el('span', top.dataset.failed));
  line.setAttribute('role', 'alert');
  document.getElementById('main').prepend(line);
  setTimeout(() => line.remove(), 8000);
}

if (top) new Shortcuts({ member: top.dataset.member, storage: lasting, failed });
