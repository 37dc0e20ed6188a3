// The supervisor's board: kept true by what is pushed to all staff, and looked at anew every few seconds besides. Its parts come as the server writes them, so
// that a row reads the same with and without script; a part in which somebody types or has the focus waits for the next time.
import './staff.js';
import { Connection, pushUrl } from './lib/connection.js';
import { byId } from './lib/dom.js';

const EVERY_MS = 10000;
const SOON_MS = 400; // many things happen together
const topics = ['/topic/chat/sessions', '/topic/chat/new-session', '/topic/chat/presence', '/topic/admin/notifications'];

const changed = new WeakSet(); // parts in which a form was touched
const isBusy = (part) => changed.has(part) || part.contains(document.activeElement);
let soon = null, isAsking = false, isWanted = false;

function replace(fresh) {
  for (const part of document.querySelectorAll('[data-part]')) {
    const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (next && !isBusy(part) && next.innerHTML !== part.innerHTML) part.replaceChildren(...document.importNode(next, true).childNodes);
  }
  const asOf = fresh.getElementById('as-of');
  if (asOf) byId('as-of').replaceWith(document.importNode(asOf, true));
}

async function renew() {
  isWanted = true;
  if (isAsking || document.hidden) return;
  isAsking = true;
  while (isWanted) {
    isWanted = false;
    const answer = await fetch('/board', { credentials: 'same-origin' }).catch(() => null);
    if (answer?.redirected) { location.reload(); break; }
    if (answer?.ok) replace(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  }
  isAsking = false;
}

function renewSoon() {
  soon ??= setTimeout(() => { soon = null; renew(); }, SOON_MS);
}

document.addEventListener('input', (e) => { const part = e.target.closest('[data-part]'); if (part) changed.add(part); });
addEventListener('visibilitychange', renew);
setInterval(renew, EVERY_MS);

const connection = new Connection({ url: pushUrl(byId('app')) });
for (const topic of topics) connection.subscribe(topic, (b) => { if (b?.change !== 'READ') renewSoon(); }, () => connection.registered(renewSoon));
connection.start();
addEventListener('pagehide', () => connection.stop());
addEventListener('pageshow', (e) => { if (e.persisted) { connection.start(); renew(); } });
