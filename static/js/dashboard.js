// Today's tiles, renewed every few seconds while somebody looks. A tile is found by its key in /stats/live.json.
import './staff.js';
import { byId } from './lib/dom.js';
import { clock, span } from './lib/time.js';

const EVERY_MS = 10000;
const SPANS = /_s$/;
const LATE_KEYS = new Set(['waiting', 'longest_wait_s']);
const LATE_S = 40; // as cgi/stats_html.c

async function renew() {
  if (document.hidden) return;
  const answer = await fetch('/stats/live.json', { credentials: 'same-origin', headers: { Accept: 'application/json' } }).catch(() => null);
  if (!answer?.ok) return;
  const live = await answer.json();
  for (const tile of byId('live').querySelectorAll('[data-key]')) {
    const value = live[tile.dataset.key] ?? live.rows?.[0]?.[tile.dataset.key];
    const plain = value !== null && typeof value === 'object' ? value.median : value; // null: nobody waits, nothing was answered yet
    if (plain === undefined) continue;
    tile.querySelector('strong').firstChild.textContent = plain === null ? '–' : SPANS.test(tile.dataset.key) ? span(plain) : String(plain);
    if (LATE_KEYS.has(tile.dataset.key)) tile.classList.toggle('late', live.longest_wait_s > LATE_S);
  }
  const asOf = byId('as-of');
  if (live.generatedAt) { asOf.dateTime = live.generatedAt; asOf.textContent = clock(live.generatedAt); }
}

setInterval(renew, EVERY_MS);
addEventListener('visibilitychange', renew);
