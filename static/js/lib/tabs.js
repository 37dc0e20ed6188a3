// Several tabs of one person with the same chat: what one has got from the server, the others need not wait for. A row that a tab shows
// goes to the others once; each shows it by its own rule (chat_state.js), so nothing is repeated. Unsent messages stay with their tab.
export class Tabs {
  #fromTab = false;

  /** openChannel(): a BroadcastChannel whose name holds member and chat; null: there is none, and nothing is told. */
  constructor(openChannel, chat) {
    Object.assign(this, { openChannel, chat, channel: null });
  }

  start() {
    this.channel ??= this.openChannel?.() ?? null;
    this.channel?.addEventListener('message', (e) => this.#onMessage(e.data));
  }

  /** An open channel would keep the page out of the browser's back and forward cache. */
  stop() {
    this.channel?.close();
    this.channel = null;
  }

  shown(row) {
    if (!this.#fromTab) this.channel?.postMessage({ epoch: this.chat.epoch, row });
  }

  #onMessage({ epoch, row }) {
    if (epoch !== this.chat.epoch) return;
    this.#fromTab = true;
    try { this.chat.receive(row); } finally { this.#fromTab = false; }
  }
}

/** The channel of one member's tabs with one chat; null where browsers have none. */
export function openChannel(memberId, sessionId) {
  try { return new BroadcastChannel(`sangdam.${memberId}.${sessionId}`); } catch { return null; }
}
