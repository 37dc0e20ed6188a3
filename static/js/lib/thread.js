// One open chat on a page, for the customer and for the agent: state, doors, bubbles and composer put together.
import { Api } from './api.js';
import { ChatView } from './chat_view.js';
import { ChatClient } from './client.js';
import { Composer } from './composer.js';
import { pagePath, prefixOf, shell } from './embed.js';
import { byId, el, icon, keepIcons } from './dom.js';
import { Flags } from './flags.js';
import { wanted } from './lazy.js';
import { openChannel } from './tabs.js';
import { text } from './text.js';
import { clock } from './time.js';

const storage = (() => { try { return sessionStorage; } catch { return shell?.storage ?? null; } })();

/** root: the element with data-session and so on. on: {row(row), live(body), over(row), gone()}. Gives {client, view, api}. */
export function openThread({ root, connection, on = {} }) {
  const { session, epoch, side, csrf, otherRead, member } = root.dataset;
  const api = new Api(csrf, { headers: shell?.headers });
  let typingTimer = null;

  const view = new ChatView({
    log: byId('log'), list: byId('messages'), pill: byId('pill'), side, base: () => `${prefixOf(pagePath())}${side === 'M' ? '' : '/agent'}/chat/${session}`, otherRead: Number(otherRead) || 0,
    on: { again: (id) => client.again(id), discard: (id) => client.discard(id) },
  });
  const client = new ChatClient({
    sessionId: session, epoch, last: view.lastSeq, connection, api, storage, channel: () => openChannel(member, session),
    on: {
      show: (row, mine) => { view.show(row, mine); on.row?.(row); if (row.senderType !== side) { showTyping(false); sayRead(); } },
      reset: () => view.reset(),
      pending: (e) => view.pending(e),
      stored: (e) => view.stored(e),
      settled: (e) => view.settled(e),
      failed: (e) => view.failed(e),
      over: (row) => on.over?.(row),
      state: (s) => flags.show(s),
      live: onLive,
      signedOut: () => { connection.stop(); notice('signed-out', 'bad', text('signedOut')); },
      gone: () => { notice('gone', 'bad', text('notYours')); on.gone?.(); },
    },
  });
  const flags = new Flags({ line: byId('connection'), box: byId('flags'), dot: byId('agent-dot'), hurry: () => client.resync() });

  const form = byId('composer');
  if (form) {
    let uploads = null; // its script is fetched with the first file
    const upload = async (files) => {
      const { Uploads } = await wanted('upload');
      uploads ??= new Uploads({ list: byId('uploads'), sessionId: session, csrf, onRow: (row) => client.receive(row) });
      uploads.add(files);
    };
    new Composer({
      form, field: byId('say'), left: byId('spare'), draftKey: `sangdam.draft.${session}`, storage,
      on: { send: (content) => { client.write(content, Number(form.quoteSeq.value) || undefined); quote(0); }, typing: (t) => client.typing(t), files: upload },
    });
    const file = byId('file');
    file.multiple = true;
    form.querySelector('[data-do=attach]').addEventListener('click', () => file.click());
    file.addEventListener('change', () => { upload([...file.files]); file.value = ''; });
  }

  /** The next message answers the row seq; 0: none. */
  function quote(seq) {
    const bar = byId('answering');
    form.quoteSeq.value = seq;
    bar.hidden = !seq;
    if (!seq) return;
    bar.firstElementChild.textContent = view.words(seq);
    byId('say').focus();
  }
  form?.parentNode.querySelector('[data-do=unquote]').addEventListener('click', (e) => { e.preventDefault(); quote(0); });
  byId('messages').addEventListener('click', async (e) => {
    const link = e.target.closest('a.more');
    if (!link) return;
    e.preventDefault();
    (await wanted('act')).openAct({ url: link.href, api, quote, onRow: (row) => client.receive(row) });
  });

  function onLive(body) {
    if (body.kind === 'READ' && body.side && otherSide(body.side)) view.readUpTo(body.readSeq);
    else if (body.kind === 'TYPING' && otherSide(body.side)) showTyping(body.typing);
    else if (body.kind === 'PRESENCE') showAway(body);
    on.live?.(body);
  }
  const otherSide = (s) => (s === 'MEMBER' || s === 'M' ? 'M' : 'A') !== side;

  function showTyping(typing) {
    const p = byId('typing');
    clearTimeout(typingTimer);
    if (!p) return;
    p.hidden = !typing;
    if (!typing) return;
    p.lastElementChild.textContent = text('typing', { name: byId('who').textContent });
    typingTimer = setTimeout(showTyping, 8000, false);
  }

  /** The grace time of an absent side stands on both pages. */
  function showAway(body) {
    const agent = body.side === 'ADMIN' || body.side === 'A';
    const isAway = body.state === 'INACTIVE';
    byId('away-flag')?.remove();
    if (agent) byId('agent-dot')?.classList.toggle('off', isAway);
    if (!isAway || agent !== (side === 'M') || !body.graceUntil) return;
    notice('away-flag', 'warn', text(agent ? 'awayUntilA' : 'awayUntilM', { time: clock(body.graceUntil) }));
  }

  function notice(id, tone, words) {
    byId(id)?.remove();
    const p = el(`p.flag.${tone}`, icon(tone === 'bad' ? 'warning' : 'clock'), el('span', words));
    p.id = id;
    byId('flags').prepend(p);
  }

  let readTo = 0;
  function sayRead() {
    if (document.hidden || !document.hasFocus() || client.last <= readTo || root.dataset.readOnly) return;
    readTo = client.last;
    client.read(readTo);
  }
  for (const type of ['focus', 'visibilitychange']) addEventListener(type, sayRead);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) client.resync(); sayRead(); });
  addEventListener('online', () => client.online());
  addEventListener('offline', () => client.offline());
  addEventListener('pagehide', () => { client.leave(); connection.stop(); });
  addEventListener('pageshow', (e) => { if (e.persisted) { connection.start(); client.back(); } });

  keepIcons();
  client.start({ shown: view.shownIds });
  connection.addEventListener('up', sayRead, { once: true });
  return { client, view, api };
}
