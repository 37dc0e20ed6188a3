// The customer's chat page.
import './menu.js';
import { badge, badgeMore, chime } from './lib/attention.js';
import { Connection, pushUrl } from './lib/connection.js';
import { openAsDialog } from './lib/dialogs.js';
import { byId } from './lib/dom.js';
import { shell } from './lib/embed.js';
import { wanted } from './lib/lazy.js';
import { text } from './lib/text.js';
import { openThread } from './lib/thread.js';

const root = byId('chat');
let thread;

function started(row) {
  byId('queue').hidden = true;
  byId('left')?.remove();
  byId('end-form').hidden = byId('change-form').hidden = false;
  const name = row.args?.name;
  if (name) speaksWith(name, true);
}

/** The head of the page: the agent, or the site while there is none. */
function speaksWith(name, isAgent) {
  byId('who').textContent = name;
  byId('face').textContent = [...name][0];
  byId('agent-dot').hidden = !isAgent;
}

/** Back in the queue: the place stands below what was said, where the reader looks. */
function requeued() {
  byId('messages').after(byId('queue'));
  speaksWith(root.dataset.site, false);
  byId('place').textContent = '…';
  byId('ahead').textContent = '';
  queued({});
  thread.view.toEnd();
}

function queued({ position, estimateS }) {
  byId('queue').hidden = false;
  byId('end-form').hidden = byId('change-form').hidden = true;
  if (!position) return;
  byId('place').textContent = position;
  byId('ahead').textContent = position > 1 ? text('place', { n: position - 1 }) : text('next');
  const known = Number.isInteger(estimateS) && estimateS >= 0;
  byId('estimate').textContent = !known ? '' : estimateS < 60 ? text('soon') : text('minutes', { n: Math.round(estimateS / 60) });
}

function ended() {
  root.dataset.status = 'COMPLETED';
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  for (const id of ['away-flag', 'left']) byId(id)?.remove();
  for (const id of ['queue', 'foot', 'end-form', 'change-form']) byId(id).hidden = true;
  byId('ended').hidden = false;
  thread.view.toEnd();
  showEnded(true).then(() => thread.view.toEnd(), () => {}); // without it the page says as much as it did
}

const showEnded = async (isLive) => (await wanted('ended')).showEnded(isLive);

function onRow(row) {
  if (row.kind === 'START') started(row);
  if (row.kind === 'TRANSFER') (row.args?.name ? started : requeued)(row); // a colleague has it already, or the queue
  if (row.kind === 'AWAY' && row.args?.by === 'A') byId('agent-dot').classList.add('off');
  if (row.kind === 'BACK') {
    byId('agent-dot').classList.remove('off');
    byId('away-flag')?.remove();
  }
  if (row.senderType !== 'M' && (document.hidden || !document.hasFocus())) {
    badgeMore();
    chime();
  }
}

/** A keyboard that lies over the page (Safari's) makes only the visual viewport smaller: the page ends above it. Zoomed in, it stays. */
function aboveKeyboard({ target: { height, scale } }) {
  const covered = scale === 1 && innerHeight - height > 99;
  root.style.blockSize = covered ? `${height}px` : '';
  if (covered) scrollTo(0, 0);
}

if (root.dataset.status !== 'COMPLETED') {
  visualViewport?.addEventListener('resize', aboveKeyboard);
  const connection = new Connection({ url: pushUrl(root), headers: shell?.headers });
  thread = openThread({
    root, connection,
    on: { row: onRow, over: ended, live: (body) => { if (body.kind === 'QUEUE' && !byId('queue').hidden) queued(body); } },
  });
  connection.start();
  for (const name of ['end', 'change']) openAsDialog(document.querySelector(`[data-do=${name}]`), byId(`${name}-dialog`));
  addEventListener('focus', () => badge(0));
} else {
  const log = byId('log');
  log.scrollTop = log.scrollHeight;
  showEnded(false);
}
