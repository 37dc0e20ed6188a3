// Files on their way up, with a line each that says so. The file's row comes back like any other; sending the same id again after an
// unknown outcome stores nothing twice.
import { el, icon } from '../lib/dom.js';
import { shell } from '../lib/embed.js';
import { text } from '../lib/text.js';
import { newUuid } from '../lib/uuid.js';

export const FILE_MAX = 10 * 1024 * 1024;
const TRIES = 4;

export class Uploads {
  /** onRow(row): what the server answered. */
  constructor({ list, sessionId, csrf, onRow }) {
    Object.assign(this, { list, onRow, csrf, url: `/api/chat/sessions/${sessionId}/files` });
  }

  add(files) { for (const file of files) this.#one(file); }

  async #one(file) {
    const li = el('li', icon('file'), el('span', text('uploading', { name: file.name })));
    this.list.append(li);
    const why = file.size > FILE_MAX ? text('tooLarge') : await this.#send(file);
    if (!why) {
      li.remove();
      return;
    }
    const close = el('button.btn.bare.s', text('discard'));
    close.type = 'button';
    close.addEventListener('click', () => li.remove());
    li.classList.add('is-bad');
    li.replaceChildren(icon('warning'), el('span', text('uploadFailed', { name: file.name, why })), close);
  }

  /** '' when stored, else why not. */
  async #send(file) {
    const id = newUuid();
    for (let k = 0; ; k++) {
      const body = new FormData();
      body.append('clientMessageId', id);
      body.append('file', file);
      try {
        const answer = await fetch(this.url, { method: 'POST', body, credentials: 'same-origin',
          headers: { Accept: 'application/json', 'X-CSRF-Token': this.csrf, ...shell?.headers } });
        const json = await answer.json().catch(() => null);
        if (answer.ok) {
          if (json?.data) this.onRow(json.data);
          return '';
        }
        if (answer.status === 413) return text('tooLarge');
        if (answer.status === 415) return text('badType');
        if (answer.status < 500 && answer.status !== 429) return json?.message ?? text('tryLater');
      } catch { /* unknown: the same id again */ }
      if (k + 1 === TRIES) return text('tryLater');
      await new Promise((r) => setTimeout(r, 1000 * 2 ** k * (0.5 + Math.random())));
    }
  }
}
