// Whether I take chats: the menu in the top bar, kept true by what is pushed, and signs of life while there is input.
import { byId } from './dom.js';

const SIGN_MS = 60000; // how often input is told; the idle limit is minutes

export class Desk {
  #told = 0;
  #reading = 0; // only the latest answer is shown

  constructor({ api, connection, me, failed }) {
    this.menu = byId('desk');
    if (!this.menu) return;
    Object.assign(this, { api, me, failed, buttons: [...this.menu.querySelectorAll('ul button')] });
    byId('desk-form').addEventListener('submit', (e) => this.#choose(e));
    for (const kind of ['keydown', 'pointerdown']) addEventListener(kind, () => this.#sign(), { passive: true, capture: true });
    connection.subscribe('/topic/chat/presence', (b) => { if (b.kind === 'STAFF' && b.memberId === me) this.#show(b); });
    connection.subscribe('/topic/chat/sessions', (b) => { if (b.change !== 'READ' && (b.adminId === me || b.change === 'RETURNED' || b.change === 'TAKEN')) this.readSoon(); }, () => connection.registered(() => this.#read()));
  }

  async #choose(e) {
    e.preventDefault();
    const choice = e.submitter.dataset.choice, isReason = e.submitter.dataset.reason !== undefined;
    this.menu.open = false;
    this.menu.querySelector('summary').focus();
    try {
      this.#show((await this.api.post('/api/admin/chat/me/state', isReason ? { state: 'AWAY', reason: choice } : { state: choice }, 'PUT')).data);
    } catch { this.failed(); }
  }

  #sign() {
    if (Date.now() - this.#told < SIGN_MS) return;
    this.#told = Date.now();
    this.api.post('/api/admin/chat/me/active').catch(() => { this.#told = 0; });
  }

  /** Many things change at once: one reading serves them. */
  readSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.#read(), 500);
  }

  async #read() {
    const turn = ++this.#reading;
    try {
      const { data } = await this.api.get('/api/admin/chat/me/state');
      if (turn === this.#reading) this.#show(data);
    } catch { /* the next one tells */ }
  }

  #show({ state, reason, chats, chatsMax }) {
    const shown = this.buttons.find((b) => b.dataset.choice === (state === 'AWAY' ? reason : state));
    for (const b of this.buttons) {
      if (b === shown) b.setAttribute('aria-current', 'true');
      else b.removeAttribute('aria-current');
    }
    byId('desk-text').textContent = shown?.textContent ?? (reason ? this.menu.dataset.idle : this.menu.dataset.away);
    byId('desk-text').classList.toggle('ok', state === 'ONLINE');
    this.menu.dataset.state = state;
    if (chats !== undefined) byId('desk-load').textContent = chatsMax ? `${chats}/${chatsMax}` : chats;
  }
}
