// The agents' page: lists that stay true without a reload, and one thread.
import './menu.js';
import { badge, badgeMore, badgeWaiting, chime, isSoundOn, notify } from './lib/attention.js';
import { Api } from './lib/api.js';
import { Connection, pushUrl } from './lib/connection.js';
import { Desk } from './lib/desk.js';
import { byId, el, icon } from './lib/dom.js';
import { faviconCount } from './lib/favicon.js';
import { Flags } from './lib/flags.js';
import { openFormAsDialog } from './lib/form_dialog.js';
import { Lists } from './lib/lists.js';
import { calls, openNotes } from './lib/notes.js';
import { Offers } from './lib/offers.js';
import { Shortcuts } from './lib/shortcuts.js';
import { showSound } from './lib/sound_button.js';
import { staffDialogs } from './lib/staff_dialogs.js';
import { text } from './lib/text.js';
import { openThread } from './lib/thread.js';
import { Toasts } from './lib/toasts.js';
import { Watchers } from './lib/watchers.js';

const root = byId('app');
const here = root.dataset.session;
const api = new Api(root.dataset.csrf);
const toasts = new Toasts(byId('toasts'));
const connection = new Connection({ url: pushUrl(root) });
let shift = null; // while it lasts, or its dialog was opened
const lists = new Lists({ root, api, connection, on: { request, waiting, lost, note, notice, registered: () => { offers.refresh(); notes?.refresh(); } } });
const offers = new Offers({ list: byId('offers'), api, csrf: root.dataset.csrf, on: { offered } });

const me = Number(root.dataset.member);
const failed = () => toasts.show('warning', text('tryLater'), '', true);

/** Says it so that it is not missed: a toast, a sound, the badge, a notification that leads to path. */
function call(icon, words, more, path) {
  toasts.show(icon, words, more);
  chime();
  if (document.hidden || !document.hasFocus()) badgeMore();
  notify(words, () => { location.href = path; });
}

function offered(offer) { call('transfer', text('offered', { name: offer.memberName }), offer.note ?? offer.categoryName, '/agent'); }

/** What the staff are told of chats that are handed on or were on hold. */
function notice(body) {
  const isMine = body.adminId === me, name = body.memberName;
  if (['OFFER', 'OFFER_OVER', 'TAKEN'].includes(body.kind)) offers.refresh();
  if (body.kind === 'OFFER_OVER' && isMine) {
    if (body.sessionId === here) byId('offer-flag')?.remove();
    if (body.reason === 'TIMED_OUT') call('clock', text('offerTimedOut', { name }), '', `/agent/chat/${body.sessionId}`);
    if (body.reason === 'REFUSED') call('close', text('offerRefused', { name }), '', `/agent/chat/${body.sessionId}`);
  }
  if (body.kind === 'TAKEN' && body.oldAdminId === me) desk.readSoon(); // of the chat itself we hear no more
  if (body.kind === 'TAKEN' && body.oldAdminId === me && !isMine) toasts.show('check', text('offerTaken', { name: body.adminName }), name);
  if (body.kind === 'WAKE' && isMine) {
    if (body.sessionId === here) byId('hold-flag')?.remove();
    call('bell', text('holdOver', { name }), '', `/agent/chat/${body.sessionId}`);
  }
}

function request(row, isReturned) {
  const words = text(isReturned ? 'returned' : 'newChat', { name: row.name });
  toasts.show('bell', words, row.category);
  if (document.hidden || !document.hasFocus()) badgeMore();
  if (shift?.isOn) return; // it calls, once over all tabs
  chime();
  notify(words, () => { location.href = `/agent/chat/${row.sessionId}`; });
}

function waiting(rows) {
  badgeWaiting(rows.length);
  faviconCount(rows.length);
  shift?.waiting(rows);
}

const storage = (() => { try { return sessionStorage; } catch { return null; } })();
const lasting = (() => { try { return localStorage; } catch { return null; } })();
const seenNotes = new Set();

function called(note) {
  if (seenNotes.has(note.noteId)) return;
  seenNotes.add(note.noteId);
  const words = text('noteCalled', { name: note.memberName });
  toasts.show('note', words, note.content.slice(0, 80));
  chime();
  if (document.hidden || !document.hasFocus()) badgeMore();
  notify(words, () => { location.href = `/agent/chat/${note.sessionId}`; });
}

/** A note was written: the open chat shows it; of another one it is told when it calls me, or when the chat is mine. */
async function note(body) {
  if (body.sessionId === here) {
    notes?.refresh();
    return;
  }
  try {
    const last = (await api.get(`/api/admin/chat/sessions/${body.sessionId}/notes`)).data.at(-1);
    if (!last || last.memberId === Number(root.dataset.member) || seenNotes.has(last.noteId)) return;
    if (calls(last.content, root.dataset.name)) called(last);
    else if (body.adminId === Number(root.dataset.member)) toasts.show('note', text('noteNew', { name: body.memberName }), last.content.slice(0, 80));
  } catch { /* ours no more */ }
}

async function accept(form) {
  const [, sessionId, step] = form.action.match(/chat\/([0-9a-f-]{36})\/(accept|take-over|transfer\/accept)$/);
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    await api.post(`/api/admin/chat/sessions/${sessionId}/${step}`);
    location.href = `/agent/chat/${sessionId}`;
  } catch (e) {
    button.disabled = false;
    const winner = e.body?.adminName;
    toasts.show('warning', e.status === 409 ? (winner ? text('taken', { name: winner }) : e.message || text('gone')) : text('tryLater'), '', true);
    lists.refresh();
  }
}

async function refuseOffer(form) {
  const [, sessionId] = form.action.match(/chat\/([0-9a-f-]{36})\//);
  offers.hide(sessionId);
  try {
    await api.post(`/api/admin/chat/sessions/${sessionId}/transfer/refuse`);
  } catch { failed(); }
  offers.refresh();
}

let leaving = false; // a form or a step takes us elsewhere: nothing may reload under it
const reload = () => { if (!leaving) location.reload(); };
let thread = null, notes = null, canned = null, watchers = null;

/** The open chat is a colleague's now, and not ours to read: nothing more is asked about it. */
function lost() {
  if (leaving) return;
  leaving = true;
  thread?.client.end();
  location.replace(`/agent?lost=${here}`);
}

document.addEventListener('submit', (e) => {
  if (e.submitter?.matches('[data-do=refuse-offer]')) {
    e.preventDefault();
    refuseOffer(e.target);
    return;
  }
  if (!e.submitter?.matches('[data-do=accept], [data-do=take-over], [data-do=take-offer]')) {
    leaving = !e.defaultPrevented;
    return;
  }
  e.preventDefault();
  accept(e.target);
});

/** The list of canned replies, with its script, is fetched when / or # is first typed. */
function openCanned() {
  const field = byId('say');
  const isAsked = () => /(^|\s)[/#]/.test(field.value);
  const fetchIt = async () => {
    if (!isAsked()) return;
    field.removeEventListener('input', fetchIt);
    try {
      const { Canned } = await import('/static/js/lazy/canned.js');
      await (canned ??= new Canned({ field, api, sessionId: here })).start();
    } catch { field.addEventListener('input', fetchIt); }
  };
  field?.addEventListener('input', fetchIt);
}

/** What calls the agent during a shift is fetched when that begins, and with every page while it lasts. */
function openShift() {
  const button = document.querySelector('[data-do=shift]'), { member } = root.dataset;
  const fetchIt = async () => {
    const [{ Shift }] = await Promise.all([import('/static/js/lazy/shift.js'), staffDialogs()]);
    return (shift ??= new Shift({ button, member, lists, connection, api }));
  };
  button.addEventListener('click', async () => {
    try { (await fetchIt()).begin(); } catch { failed(); }
  });
  let isOn = false;
  try { isOn = localStorage.shift === member; } catch { /* closed */ }
  if (isOn) fetchIt().then((it) => it.resume()).catch(() => { /* the button stays red */ });
}

function closeThread() {
  watchers?.stop();
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  if (byId('foot')) byId('foot').hidden = true;
  byId('away-flag')?.remove();
  for (const b of document.querySelectorAll('.head [data-do]')) b.hidden = true;
  byId('status').className = 'badge';
  byId('status').textContent = text('end');
}

/** A colleague has the open chat now: it stays as it was, to be read, and says whose it is. */
function moved(name) {
  leaving = true;
  thread.client.end();
  closeThread();
  byId('status').remove();
  for (const id of ['offer-flag', 'hold-flag', 'note-box']) byId(id)?.remove();
  byId('flags').replaceChildren(el('p.flag', icon('transfer'), el('span', text('moved', { name }))));
}

function onRow(row) {
  const badgeOf = byId('status');
  if (row.kind === 'BACK') byId('away-flag')?.remove();
  if (row.kind === 'AWAY') badgeOf.classList.replace('ok', 'warn');
  if (row.kind === 'BACK') badgeOf.classList.replace('warn', 'ok');
  if (row.kind === 'TRANSFER' && root.dataset.mine && !root.dataset.chief && row.args?.name && row.args.name !== root.dataset.name) moved(row.args.name);
  else if (row.kind === 'TRANSFER') reload();
  if (row.kind === 'START' && !root.dataset.mine) (root.dataset.chief || row.args?.name === root.dataset.name ? reload : lost)();
  if (row.senderType === 'M' && (document.hidden || !document.hasFocus())) {
    badgeMore();
    chime();
    notify(`${row.senderName}: ${row.content.slice(0, 80)}`);
  }
}

if (here && root.dataset.status !== 'COMPLETED') {
  if (!root.dataset.mine) root.dataset.readOnly = '1'; // looking on is not reading
  thread = openThread({ root, connection, on: { row: onRow, live: (body) => { if (body.kind === 'WATCH') watchers?.hear(body); }, over: closeThread, gone: lost, polled: () => notes.refresh() } });
} else {
  const flags = new Flags({ line: byId('connection'), box: null, hurry: () => connection.hurry() });
  connection.addEventListener('up', () => flags.show({ state: 'push' }));
  connection.addEventListener('down', (e) => flags.show({ state: navigator.onLine ? 'polling' : 'offline', ...e.detail }));
  addEventListener('online', () => connection.renew());
  addEventListener('offline', () => flags.show({ state: 'offline' })); // the socket would notice by its heart-beat alone
  addEventListener('pagehide', () => connection.stop());
  addEventListener('pageshow', (e) => { if (e.persisted) { connection.start(); lists.refresh(); } });
}
if (here) {
  notes = openNotes({ root, api, view: thread?.view, storage, on: { called } });
  if (thread) {
    watchers = new Watchers({
      line: byId('watching'), me, fields: [byId('say'), byId('note')].filter(Boolean), tell: (state) => connection.tell('/app/chat.watch', { sessionId: here, state }),
    });
    connection.addEventListener('up', () => watchers.start());
  }
}
openCanned();
new Shortcuts({ member: root.dataset.member, storage: lasting, failed });
const desk = new Desk({ api, connection, me, failed });
lists.start();
connection.start();
openShift();
showSound(document.querySelector('.top [data-do=sound]'), isSoundOn());
addEventListener('focus', () => badge(0));
for (const name of ['end', 'hold', 'transfer']) openFormAsDialog(document.querySelector(`.head [data-do=${name}]`), name, failed);
