// The list of bubbles: it only grows. Rows that the server rendered stay as they are; new ones follow the same rules
// (cgi/thread_rows.h): one face and name a speaker, the time once a speaker and minute, a divider a day.
import { changeIcon, el, icon } from './dom.js';
import { shell } from './embed.js';
import { text } from './text.js';
import { clock, day, sameDay, sameMinute, size } from './time.js';

const NEAR = 80; // px from the end that count as reading the end
const IMAGES = /^image\/(png|jpeg|gif|webp)$/;
const SYSTEM = { START: 'start', JOIN: 'join', LEAVE: 'leave', TRANSFER: 'transfer', CANCEL: 'cancel' };

/** What a system row says, as cgi/system_text.c has it. */
export function systemText(row) {
  const { by, name } = row.args ?? {}, reason = row.args?.[document.documentElement.lang]; // a code's name in the reader's language
  if (row.kind === 'END') return reason ? text('endReason', { reason }) : text('end');
  if (row.kind === 'AWAY' && by) return by === 'A' ? text('awayA') : reason ? text('awayMReason', { reason }) : text('awayM');
  if (row.kind === 'BACK' && by) return text(by === 'A' ? 'backA' : 'backM');
  if (row.kind === 'TEXT') return reason ?? row.content; // what the site says by itself, in both languages
  const key = SYSTEM[row.kind];
  if (!key) return row.content;
  const said = text(key, { name });
  return said.includes('{name}') ? row.content : said;
}

export class ChatView {
  /** side: own 'M' or 'A'. base(): the thread's path, where each message has its page. on: {again(id), discard(id)} */
  constructor({ log, list, pill, side, base, otherRead = 0, on }) {
    Object.assign(this, { log, list, pill, side, base, otherRead, on, unseen: 0, waiting: new Map() });
    this.last = null; // the last row shown: {side, senderId, time, li, isSystem}
    for (const li of list.querySelectorAll('li[data-seq]')) this.#adopt(li);
    for (const t of list.querySelectorAll('time[datetime*="T"]')) t.textContent = clock(t.dateTime);
    this.pinned = true; // the reader is at the end: stays there when a banner, a picture or a keyboard changes the room
    log.addEventListener('scroll', () => { this.pinned = this.atEnd(); if (this.pinned) this.#seen(); }, { passive: true });
    const sizes = new ResizeObserver(() => { if (this.pinned) this.toEnd(); });
    sizes.observe(log);
    sizes.observe(list);
    pill?.addEventListener('click', () => this.toEnd());
    this.toEnd();
  }

  get lastSeq() { return Number(this.list.querySelector(':scope > li[data-seq]:nth-last-child(1 of [data-seq])')?.dataset.seq ?? 0); }

  /** clientMessageIds of the own rows that the page came with. */
  get shownIds() { return [...this.list.querySelectorAll('li[data-client]')].map((li) => li.dataset.client); }

  atEnd() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR; }

  toEnd() {
    this.pinned = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.#seen();
  }

  /** A new row; mine is the outbox entry that it settles, if any. */
  show(row, mine) {
    if (row.targetSeq) {
      this.#revise(this.row(row.targetSeq), row, row.kind === 'REDACT');
      return;
    }
    const stay = this.pinned;
    const time = row.timestamp, isSystem = row.senderType === 'S', before = this.last;
    if (!before || !sameDay(before.time, time)) this.#place(el('li.day', this.#time(time, day)));
    const own = row.senderType === this.side;
    const same = Boolean(before && !isSystem && !before.isSystem && before.side === row.senderType && before.senderId === row.senderId && sameDay(before.time, time));
    const li = isSystem ? this.#system(row) : this.#message(row, own, same, mine && this.waiting.get(mine.id));
    li.dataset.seq = row.seq;
    li.id = `m${row.seq}`;
    li.dataset.kind = row.kind ?? 'TEXT';
    if (same && sameMinute(before.time, time)) before.li.querySelector('.when > time')?.remove();
    if (mine) this.waiting.delete(mine.id);
    this.#place(li);
    this.last = { side: row.senderType, senderId: row.senderId, time, li, isSystem };
    if (own) this.#mark(li, row.seq);
    if (!isSystem) this.#more(li, row.seq);
    if (row.redacted || row.edited) this.#revise(li, row, row.redacted);
    if (stay || own) this.toEnd();
    else if (!isSystem) this.#unseen();
  }

  /** The bubble of the row seq, if it is shown. */
  row(seq) { return this.list.querySelector(`li[data-seq="${seq}"]`); }

  /** What a quote of a row says: its text's beginning. */
  words(seq) { return this.row(seq)?.querySelector('p.bubble:not(.gone)')?.textContent.slice(0, 120) || text('earlierMessage'); }

  reset() {
    this.list.replaceChildren();
    this.waiting.clear();
    this.last = null;
  }

  pending(entry) {
    const known = this.waiting.get(entry.id);
    const li = known ?? this.#bubble({ content: entry.content, quoteSeq: entry.quoteSeq, own: true, same: this.last?.side === this.side });
    li.classList.remove('failed');
    li.classList.add('pending');
    li.querySelector('.again')?.remove();
    this.#state(li, 'clock', 'pending');
    if (known) return;
    this.waiting.set(entry.id, li);
    this.list.append(li);
    this.toEnd();
  }

  /** Stored, its row is on the way. */
  stored(entry) {
    const li = this.waiting.get(entry.id);
    if (!li) return;
    li.classList.remove('pending');
    this.#state(li, 'check', 'stored');
  }

  /** Its row stands in the list already: the waiting bubble goes. */
  settled(entry) {
    this.waiting.get(entry.id)?.remove();
    this.waiting.delete(entry.id);
  }

  failed(entry) {
    this.pending(entry);
    const li = this.waiting.get(entry.id);
    li.classList.replace('pending', 'failed');
    this.#state(li, null);
    const again = el('button', text('again')), discard = el('button', text('discard'));
    again.type = discard.type = 'button';
    again.addEventListener('click', () => this.on.again(entry.id));
    discard.addEventListener('click', () => {
      li.remove();
      this.waiting.delete(entry.id);
      this.on.discard(entry.id);
    });
    li.append(el('p.again', icon('warning'), entry.why || text('failed'), ' ', again, discard));
  }

  /** The other side has read up to seq. */
  readUpTo(seq) {
    if (!(seq > this.otherRead)) return;
    this.otherRead = seq;
    for (const li of this.list.querySelectorAll('li.own[data-seq]:not(.read)')) this.#mark(li, Number(li.dataset.seq));
  }

  #adopt(li) {
    const isSystem = li.classList.contains('sys');
    const time = li.dataset.time ?? li.querySelector('time')?.dateTime;
    if (time) this.last = { side: li.dataset.side ?? 'S', senderId: undefined, time, li, isSystem };
  }

  #place(li) {
    const first = this.waiting.values().next().value;
    if (first && first !== li && first.parentNode === this.list) first.before(li);
    else if (li.parentNode !== this.list || li.nextElementSibling) this.list.append(li);
  }

  #time(time, format = clock) {
    const t = el('time', format(time));
    t.dateTime = time;
    return t;
  }

  #system(row) { return el('li.sys', systemText(row), ' ', this.#time(row.timestamp)); }

  #message(row, own, same, li) {
    if (!li) li = this.#bubble({ own, same, content: this.#words(row), name: row.senderName, plain: row.senderType === 'M', file: row.attachment, quoteSeq: row.quoteSeq });
    li.classList.remove('pending', 'failed');
    li.classList.toggle('same', same);
    li.querySelector('.again')?.remove();
    li.dataset.side = row.senderType;
    li.dataset.time = row.timestamp;
    li.querySelector('.when').append(this.#time(row.timestamp));
    return li;
  }

  #words(row) { return row.attachment && row.content === row.attachment.name ? '' : row.content; }

  /** Another text, or none any more. */
  #revise(li, { content }, isGone) {
    const bubble = li?.querySelector('.bubble');
    if (!bubble) return;
    if (isGone) {
      bubble.replaceWith(el('p.bubble.gone', text('redacted')));
      for (const e of li.querySelectorAll('.more, .edited, .quote')) e.remove();
      return;
    }
    bubble.textContent = content;
    if (!li.querySelector('.edited')) li.querySelector('.when').append(el('span.edited', text('edited')));
  }

  #more(li, seq) {
    const a = el('a.more', icon('menu'));
    a.href = `${this.base()}/messages/${seq}`;
    a.setAttribute('aria-label', text('act'));
    li.querySelector('.say').append(a);
  }

  #bubble({ content, own, same, name, plain, file, quoteSeq }) {
    const li = el('li.msg');
    if (own) li.classList.add('own');
    if (same) li.classList.add('same');
    if (!own && !same) {
      const face = el('span.face', [...(name ?? '')][0]?.toUpperCase() ?? '');
      face.setAttribute('aria-hidden', 'true');
      if (plain) face.classList.add('plain');
      li.append(face, el('p.who', name ?? ''));
    } else if (own && !same) li.append(el('span.hush', text('me')));
    if (quoteSeq) {
      const a = el('a.quote', this.words(quoteSeq));
      a.href = `#m${quoteSeq}`;
      li.append(a);
    }
    const say = el('div.say');
    if (file) say.append(this.#file(file));
    if (content) {
      const p = el('p.bubble', content);
      p.dir = 'auto';
      say.append(p);
    }
    say.append(el('div.when'));
    li.append(say);
    return li;
  }

  #file(file) {
    const a = el('a');
    a.href = file.url;
    if (IMAGES.test(file.contentType)) {
      const img = el('img');
      img.alt = file.name;
      if (shell?.headers) shell.show(img, file.url);
      else img.src = file.url;
      if (file.width) Object.assign(img, { width: file.width, height: file.height });
      a.className = 'bubble pic';
      a.target = '_blank';
      a.rel = 'noopener';
      a.append(img);
    } else {
      a.className = 'bubble doc';
      a.download = '';
      a.append(icon('file'), el('span', el('b', file.name), el('span.small.soft', size(file.size))), icon('download'));
    }
    return a;
  }

  #mark(li, seq) {
    const read = seq <= this.otherRead;
    li.classList.toggle('read', read);
    this.#state(li, read ? 'check2' : 'check', read ? 'read' : 'stored');
  }

  #state(li, name, key) {
    const when = li.querySelector('.when');
    let state = when.querySelector('.state');
    if (!name) {
      state?.remove();
      return;
    }
    if (!state) {
      state = el('span.state', icon(name), el('span.hush'));
      when.prepend(state);
    }
    changeIcon(state.firstElementChild, name);
    state.lastElementChild.textContent = text(key);
  }

  #unseen() {
    this.unseen++;
    if (!this.pill) return;
    this.pill.lastElementChild.textContent = text('newMessages', { n: this.unseen });
    this.pill.hidden = false;
  }

  #seen() {
    this.unseen = 0;
    if (this.pill) this.pill.hidden = true;
  }
}
