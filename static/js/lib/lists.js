// The agent's lists: who waits, and my chats. Pushed changes are applied at once; after every (re)connection, and every few seconds while
// there is no push, the lists are read again from the server, so that a lost notice cannot leave them wrong.
import { byId, changeIcon } from './dom.js';
import { text } from './text.js';
import { span } from './time.js';

const POLL_MS = 5000;
const OPEN = ['ACTIVE', 'DISCONNECTED'];
const MOST = 100; // of a log, to count what is unread
const TALK = ['TEXT', 'FILE'];

export class Lists {
  #rows = new Map(); // sessionId -> {li, sessionId, name, category, status, since, unread, seq: the last row that was counted, head: of the log, isBehind: one was missed}
  #reading = null;
  #heard = new Set(); // while the lists are read: chats of which something was pushed, which is newer than the answer
  #quiet = true; // until the page's own list is complete: what waited before is no news
  #clockAhead;       // of the server, ms
  #isPressed = false; // a row is being pressed: were it moved now, its click would be lost
  #topics = new Map(); // categoryId -> its name in the reader's language: what is pushed says it in Korean
  #behind = 0;       // how many wait behind those of the list

  /** on: {request(row, isReturned), waiting(rows): who waits, whenever that may have changed, note(body): a note was written in a chat,
   *  notice(body): anything else that the staff are told, registered(): from now on they are told, lost(): a colleague has taken the open chat} */
  constructor({ root, api, connection, on }) {
    Object.assign(this, { root, api, connection, on, here: root.dataset.session, me: Number(root.dataset.member) });
    this.showAll = new URLSearchParams(location.search).get('list') === 'all';
    this.lateS = Number(root.dataset.lateS) || 40;
    this.#clockAhead = Date.parse(root.dataset.now) - Date.now() || 0;
    this.waiting = byId('list-waiting');
    this.mine = byId('list-mine');
    for (const li of [...this.waiting.children, ...this.mine.children]) if (li.dataset.session) this.#adopt(li);
    this.#behind = Math.max(0, Number(byId('n-waiting').textContent) - this.waiting.children.length);
  }

  start() {
    const c = this.connection;
    const awaited = new Set(); // topics that are not registered yet: the lists are read once, behind the last of them
    const again = (topic, then) => () => {
      awaited.add(topic);
      return c.registered(() => {
        awaited.delete(topic);
        if (!awaited.size) this.refreshSoon(0);
        then?.();
      });
    };
    c.subscribe('/topic/chat/sessions', (b) => this.#onSession(b), again('sessions'));
    c.subscribe('/topic/chat/new-session', () => this.refreshSoon(), again('new-session'));
    c.subscribe('/topic/admin/notifications', (b) => { if (b.kind === 'NOTE') { this.on.note(b); return; } this.on.notice(b); this.refreshSoon(); },
      again('notifications', () => this.on.registered()));
    c.subscribe('/topic/chat/messages', (b) => this.#onPreview(b));
    if (document.documentElement.lang !== 'ko') this.#learnTopics();
    setInterval(() => { this.#tick(); this.#catchUpAll(); }, 1000);
    setInterval(() => { if (!c.isUp) this.refresh(); }, POLL_MS);
    for (const list of [this.waiting, this.mine]) list.addEventListener('pointerdown', () => { this.#isPressed = true; });
    for (const type of ['pointerup', 'pointercancel']) {
      addEventListener(type, () => {
        if (this.#isPressed) setTimeout(() => this.#order()); // behind the click
        this.#isPressed = false;
      });
    }
    this.#tick();
    this.on.waiting(this.waitingRows());
  }

  /** Who waits, in the queue's order: [{sessionId, name, category, line, isOffline: a message left, which nobody waits for at a screen}]. */
  waitingRows() {
    return [...this.waiting.children].map((li) => this.#rows.get(li.dataset.session)).filter((row) => row?.status === 'WAITING')
      .map(({ sessionId, name, category, li, isOffline }) => ({ sessionId, name, category, line: li.querySelector('.line').textContent, isOffline }));
  }

  /** Many notices come at once: one reading serves them. */
  refreshSoon(ms = 50) {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.refresh(), ms);
  }

  async refresh() {
    if (this.#reading) {
      this.readAgain = true;
      return;
    }
    this.#reading = true;
    this.readAgain = false;
    this.#heard.clear();
    try {
      // more of the queue than the page came with: what is offered to me may stand far behind
      const [waiting, active] = await Promise.all(['waiting', 'active'].map((l) => this.api.get(`/api/admin/chat/sessions/${l}?limit=200&brief=true`)));
      const listed = new Set(waiting.data.map((s) => s.sessionId));
      const kept = waiting.paging.total > listed.size ? [...this.#rows.values()].filter((row) => !listed.has(row.sessionId) && this.#isMyTurn(row)).map((row) => row.sessionId) : [];
      this.#behind = Math.max(0, waiting.paging.total - listed.size - kept.length);
      this.#setTo([...waiting.data, ...active.data], kept);
    } catch (e) {
      if (e.status === 401) location.reload();
    } finally {
      this.#reading = null;
      if (this.readAgain) this.refreshSoon();
      else if (this.#heard.size) this.refreshSoon(500); // should a notice have been the older one
    }
  }

  async #learnTopics() {
    try {
      for (const { codeId, decode } of (await this.api.get('/api/chat/categories')).data) this.#topics.set(codeId, decode);
    } catch { /* the next reading of the lists tells those that it has */ }
  }

  /** It is offered to me, from behind what the list holds perhaps. */
  #isMyTurn(row) { return row.status === 'WAITING' && row.offered > Date.now() + this.#clockAhead; }

  /** kept: sessionIds that stay although they are not among the sessions. */
  #setTo(sessions, kept) {
    const seen = new Set(kept);
    sessions.forEach((s, place) => {
      this.#topics.set(s.categoryId, s.categoryName);
      if (!this.#belongs(s)) return;
      seen.add(s.sessionId);
      const isOld = s.udate < this.#rows.get(s.sessionId)?.udate; // the server keeps answers for a second
      if (!isOld && !this.#heard.has(s.sessionId)) this.#put(s);
      const row = this.#rows.get(s.sessionId);
      if (row) row.place = place; // of two who came within one millisecond the server knows who was first
    });
    for (const id of [...this.#rows.keys()]) if (!seen.has(id) && !this.#heard.has(id)) this.#remove(id);
    this.#order();
    this.#quiet = false;
  }

  #belongs(s) { return s.status === 'WAITING' || (OPEN.includes(s.status) && (this.showAll || s.adminId === this.me)); }

  #onSession(body) {
    if (body.change === 'READ') {
      this.#onRead(body.session);
      return;
    }
    this.#quiet = false; // pushed: news
    const s = body.session ?? body;
    if (!s.status) {
      this.refreshSoon();
      return;
    }
    this.#heard.add(s.sessionId);
    if (s.udate < this.#rows.get(s.sessionId)?.udate) return; // two programs tell: what was stored later may be told first
    if (body.change === 'ROUTED' && !this.#rows.has(s.sessionId)) {
      if (s.routedTo !== this.me) return; // it stands behind those of the list, and stays there
      this.#behind = Math.max(0, this.#behind - 1);
    }
    if (this.#belongs(s)) this.#put(s);
    else this.#remove(s.sessionId);
    if (s.sessionId === this.here && !this.root.dataset.chief && OPEN.includes(s.status) && s.adminId !== this.me) this.on.lost();
    this.#order();
  }

  #onPreview({ sessionId, seq, senderType, preview, timestamp }) {
    const row = this.#rows.get(sessionId);
    if (!row || seq <= row.seq) return;
    if (seq > row.seq + 1) row.isBehind = true; // at most once: it may have been lost
    row.seq = seq;
    if (senderType === 'S') return;
    this.#count(row, senderType, preview, timestamp);
    this.#readTo(row, 0); // who has the chat open may have been faster
    this.#draw(row);
    this.#order();
  }

  #count(row, senderType, line, timestamp) {
    row.li.querySelector('.line').textContent = line;
    if (senderType === 'M') {
      if (row.sessionId !== this.here || document.hidden) row.unread++;
      if (row.status !== 'WAITING' && !row.asked) { row.asked = true; row.since = timestamp; }
    } else {
      row.unread = 0;
      row.asked = false;
      if (row.status !== 'WAITING') row.since = timestamp; // the queue has its own order
    }
  }

  /** What was written where we heard nothing of it is counted from the log: a chat that came to me in the midst, notices that were lost, no push. */
  #catchUpAll() {
    for (const row of this.#rows.values()) if ((row.isBehind || row.head > row.seq) && !row.isReading) this.#catchUp(row);
  }

  async #catchUp(row) {
    const from = Math.max(row.readSeq ?? 0, (row.head ?? 0) - MOST, row.seq - MOST);
    let restMs = 0;
    row.isReading = row.isBehind = true;
    try {
      const { data, log } = await this.api.get(`/api/admin/chat/sessions/${row.sessionId}/messages?after=${from}&limit=200`);
      if (log.head < row.seq) return; // an answer that is older than what was pushed
      row.isBehind = false;
      row.seq = row.head = log.head;
      row.unread = 0;
      for (const m of data) if (TALK.includes(m.kind) && m.senderType !== 'S') this.#count(row, m.senderType, [...m.content ?? ''].slice(0, 80).join(''), m.timestamp);
      this.#readTo(row, log.adminReadSeq);
      this.#draw(row);
      this.#order();
    } catch (e) {
      if (e.status === 404) row.isBehind = false; // it is a colleague's
      else restMs = POLL_MS;
    } finally { setTimeout(() => { row.isReading = false; }, restMs); }
  }

  /** Of a customer's words up to seq somebody has taken notice: in this tab, another one, or at another console. */
  #readTo(row, seq) {
    row.readSeq = Math.max(row.readSeq ?? 0, seq);
    if (row.readSeq >= row.seq) row.unread = 0;
  }

  #onRead({ sessionId, adminReadSeq }) {
    const row = this.#rows.get(sessionId);
    if (!row) return;
    this.#readTo(row, adminReadSeq);
    this.#draw(row);
  }

  #put(s) {
    let row = this.#rows.get(s.sessionId);
    const isNew = !row, was = row?.status;
    if (isNew) row = this.#create(s);
    else if (s.memberName && s.memberName !== row.name) this.#rename(row, s.memberName);
    row.status = s.status;
    row.udate = s.udate;
    if (isNew && this.#quiet && s.status === 'WAITING') row.seq = s.messageCount; // the long queue of the first reading is not gone through
    row.head = Math.max(row.head ?? 0, s.messageCount);
    this.#readTo(row, s.adminReadSeq ?? 0); // a list does not tell it
    row.category = this.#topics.get(s.categoryId) ?? s.categoryName ?? '';
    row.li.querySelector('small').textContent = row.category;
    row.isOffline = s.offline;
    row.front = s.status === 'WAITING' && s.queueFront === true;
    if (s.status === 'WAITING' && was !== 'WAITING') {
      row.since = s.queueSince ?? s.cdate;
      row.asked = false; // whoever takes it answers
      row.li.querySelector('.line').textContent ||= s.title ?? '';
      if (!this.#quiet) this.on.request(row, Boolean(was));
    } else if (isNew || (was === 'WAITING' && s.status !== 'WAITING')) row.since = s.acceptTime ?? s.udate;
    if (this.showAll) row.li.querySelector('.owner').textContent = s.adminId ? `${s.adminName}: ` : '';
    row.away = s.status === 'DISCONNECTED';
    if (row.hold !== Boolean(s.holdSince)) {
      row.hold = Boolean(s.holdSince);
      row.late = undefined; // drawn anew by the tick
      row.li.querySelector('.held').textContent = row.hold ? text('hold') : '';
    }
    const until = s.status === 'WAITING' && s.routedTo === this.me ? Date.parse(s.routedUntil) : 0, offered = until > Date.now() + this.#clockAhead ? until : 0;
    if (offered && offered !== row.offered && !isNew && !this.#quiet) this.on.request(row, false); // my turn: call again
    row.offered = offered;
    this.#draw(row);
  }

  #create(s) {
    const li = byId('row').content.firstElementChild.cloneNode(true);
    li.dataset.session = s.sessionId;
    li.querySelector('a').href = `/agent/chat/${s.sessionId}`;
    li.querySelector('form').remove(); // #draw() gives one to what can be accepted
    li.querySelector('.face').firstElementChild.textContent = [...(s.memberName ?? '')][0]?.toUpperCase() ?? '';
    li.querySelector('b > span').textContent = s.memberName ?? '';
    li.querySelector('.line').textContent = s.title ?? '';
    const row = { li, sessionId: s.sessionId, name: s.memberName ?? '', unread: 0, seq: 0, since: s.queueSince ?? s.cdate };
    this.#rows.set(s.sessionId, row);
    return row;
  }

  /** A guest has signed in. */
  #rename(row, name) {
    row.name = name;
    row.li.querySelector('b').firstChild.textContent = `${name} `;
    row.li.querySelector('.face').firstChild.textContent = [...name][0].toUpperCase();
    if (row.sessionId !== this.here) return;
    byId('who').textContent = name;
    this.#redrawCustomer();
  }

  /** Who that is, and who says so, is the server's to tell. */
  async #redrawCustomer() {
    const answer = await fetch(`/agent/chat/${this.here}`).catch(() => null), head = '#panel .head > div';
    const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector(head);
    if (fresh) document.querySelector(head).replaceWith(document.importNode(fresh, true));
  }

  #adopt(li) {
    const b = li.querySelector('b');
    const category = b.querySelector('small').textContent;
    const name = b.textContent.slice(0, b.textContent.length - category.length).trim();
    const isWaiting = this.waiting.contains(li);
    const row = { li, sessionId: li.dataset.session, name, category, status: isWaiting ? 'WAITING' : 'ACTIVE', since: li.dataset.since,
      isOffline: 'offline' in li.dataset, seq: Number(li.dataset.head), head: Number(li.dataset.head), unread: Number(li.querySelector('.count .num').textContent) || 0, away: Boolean(li.querySelector('.dot.off')),
      hold: li.querySelector('.held').textContent !== '' };
    row.asked = !isWaiting && row.unread > 0;
    row.offered = Date.parse(li.dataset.routed) || 0;
    row.front = 'front' in li.dataset;
    this.#rows.set(row.sessionId, row);
  }

  #draw(row) {
    const { li } = row, isHere = row.sessionId === this.here;
    const list = row.status === 'WAITING' ? this.waiting : this.mine;
    if (li.parentNode !== list) list.append(li);
    this.#drawAccept(row, row.status === 'WAITING' && !isHere);
    li.classList.toggle('current', isHere);
    if (isHere) li.querySelector('a').setAttribute('aria-current', 'true');
    li.querySelector('.dot')?.classList.toggle('off', row.away);
    const count = li.querySelector('.count');
    count.hidden = !row.unread;
    count.querySelector('.num').textContent = row.unread;
    li.querySelector('a').classList.toggle('new', row.unread > 0);
  }

  #drawAccept({ li, sessionId }, can) {
    let form = li.querySelector('form');
    if (can && !form) {
      form = byId('row').content.querySelector('form').cloneNode(true);
      form.action = `/agent/chat/${sessionId}/accept`;
      li.append(form);
    }
    if (form) form.hidden = !can;
  }

  #remove(id) {
    this.#rows.get(id)?.li.remove();
    this.#rows.delete(id);
  }

  /** Waiting: as the queue is, chats whose agent was lost first, but my turn before all. Mine: whoever waits longest for an answer first. Rows only move, they are not made anew. */
  #order() {
    const by = (a, b) => this.#isMyTurn(b) - this.#isMyTurn(a) || (b.front ?? false) - (a.front ?? false) || (b.asked ?? false) - (a.asked ?? false) || Date.parse(a.since) - Date.parse(b.since) || a.place - b.place;
    for (const list of [this.waiting, this.mine]) {
      const rows = [...this.#rows.values()].filter((r) => r.li.parentNode === list).sort(by);
      if (!this.#isPressed) rows.forEach((row, i) => { if (list.children[i] !== row.li) list.insertBefore(row.li, list.children[i] ?? null); });
      const name = list === this.waiting ? 'waiting' : 'mine';
      byId(`none-${name}`).hidden = rows.length > 0;
      const n = rows.length + (name === 'waiting' ? this.#behind : 0);
      byId(`n-${name}`).textContent = n;
      if (name === 'waiting') {
        const top = byId('waiting-count');
        top.hidden = !n;
        top.textContent = n;
      }
    }
    this.#tick();
    this.on.waiting(this.waitingRows());
  }

  #tick() {
    const now = Date.now() + this.#clockAhead;
    let isOver = false;
    for (const row of this.#rows.values()) {
      if (row.offered && !this.#isMyTurn(row)) { isOver ||= row.status === 'WAITING'; row.offered = 0; }
      const left = Math.ceil((row.offered - now) / 1000), offer = row.li.querySelector('.offer');
      if (offer) {
        offer.hidden = !(left > 0);
        if (left > 0) offer.textContent = text('offeredToMe', { n: left });
      }
      const s = (now - Date.parse(row.since)) / 1000, time = row.li.querySelector('.timer time');
      if (Number.isNaN(s)) continue;
      const late = !row.hold && s > this.lateS && (row.status === 'WAITING' || row.asked === true);
      time.textContent = span(s);
      if (row.late === late) continue;
      row.late = late;
      row.li.querySelector('a').classList.toggle('late', late);
      row.li.querySelector('.timer').classList.toggle('bad', late);
      changeIcon(row.li.querySelector('.timer .i'), row.hold ? 'hold' : late ? 'warning' : 'clock');
    }
    if (isOver) this.#order();
  }
}
