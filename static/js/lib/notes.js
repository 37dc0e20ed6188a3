// Internal notes of the open chat: yellow, between the rows of the log, and never rows of it. They come by REST alone; what is pushed only says that there is one.
import { byId, el, icon } from './dom.js';
import { openDraft } from './draft.js';
import { text } from './text.js';
import { clock } from './time.js';
import { newUuid } from './uuid.js';

/** True when words call name by @name. */
export const calls = (words, name) => Boolean(name) && words.includes(`@${name}`);

export class Notes {
  #shown = new Set();
  #id = newUuid(); // of the note being written: the same one until the server has it

  /** on: {called(note): a colleague's note names me, added(): a note was put in} */
  constructor({ list, form, error, api, sessionId, me, name, storage, on }) {
    Object.assign(this, { list, form, error, api, sessionId, me, name, on });
    for (const li of list.querySelectorAll('li[data-note]')) this.#shown.add(Number(li.dataset.note));
    if (!form) return;
    this.field = form.querySelector('textarea');
    this.keep = openDraft(this.field, `sangdam.note.${sessionId}`, storage, () => {});
    if (this.field.value) form.closest('details').open = true;
    this.field.addEventListener('input', () => this.keep());
    this.field.addEventListener('keydown', (e) => {
      if (e.code === 'Enter' && (e.ctrlKey || e.metaKey) && !e.isComposing) { e.preventDefault(); form.requestSubmit(); }
    });
    form.addEventListener('submit', (e) => { e.preventDefault(); e.stopPropagation(); this.#send(); });
  }

  get #path() { return `/api/admin/chat/sessions/${this.sessionId}/notes`; }

  /** Puts in what is not shown yet. */
  async refresh() {
    if (this.isLost) return;
    try {
      for (const note of (await this.api.get(this.#path)).data) {
        if (this.#show(note) && note.memberId !== this.me && calls(note.content, this.name)) this.on.called(note);
      }
    } catch (e) { // the next notice, or the next reading of the page, brings them
      this.isLost = e.status === 403 || e.status === 404; // a colleague's chat now
    }
  }

  async #send() {
    const content = this.field.value;
    if (!content.trim() || this.sending) return;
    this.sending = true;
    this.#say('');
    try {
      const { data } = await this.api.post(this.#path, { content, clientNoteId: this.#id });
      this.#show(data);
      this.#id = newUuid();
      this.field.value = '';
      this.keep();
    } catch (e) {
      this.#say(e.isUnknown ? text('tryLater') : e.message);
    } finally {
      this.sending = false;
      this.field.focus();
    }
  }

  #show(note) {
    if (this.#shown.has(note.noteId)) return false;
    this.#shown.add(note.noteId);
    const face = el('span.face', [...note.memberName][0]?.toUpperCase() ?? ''), words = el('p.bubble', note.content), time = el('time', clock(note.timestamp));
    face.setAttribute('aria-hidden', 'true');
    words.dir = 'auto';
    time.dateTime = note.timestamp;
    const who = el('p.who', icon('note'), `${text('note')} · ${note.memberName} `, el('span.badge.warn', text('noteHidden')));
    const li = el('li.msg.memo', face, who, el('div.say', words, el('div.when', time)));
    Object.assign(li.dataset, { note: note.noteId, after: note.afterSeq });
    this.#place(li, note.afterSeq);
    this.on.added?.();
    return true;
  }

  /** Behind row `after` and the notes that stand there. */
  #place(li, after) {
    let before = null;
    for (const row of this.list.children) {
      const at = Number(row.dataset.seq ?? row.dataset.after ?? NaN);
      if (at <= after) before = row;
    }
    if (before) before.after(li);
    else this.list.prepend(li);
  }

  #say(words) {
    if (!this.error) return;
    this.error.textContent = words;
    this.error.hidden = !words;
  }
}

/** The notes of the page's own chat. */
export function openNotes({ root, api, view, storage, on }) {
  const { session, member, name } = root.dataset;
  return new Notes({
    list: byId('messages'), form: byId('note-form'), error: byId('note-error'), api, sessionId: session, me: Number(member), name, storage,
    on: { ...on, added: () => { if (view?.pinned) view.toEnd(); } },
  });
}
