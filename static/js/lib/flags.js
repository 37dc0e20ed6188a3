// What the page says about its connection: one quiet line always (role=status, data-state), and a banner while something is missing.
import { el, icon } from './dom.js';
import { text } from './text.js';

export class Flags {
  #flag = null;
  #tick = null;

  /** line: #connection; box: where banners go; hurry(): connect now. */
  constructor({ line, box, dot, hurry }) {
    Object.assign(this, { line, box, dot, hurry, state: '' });
  }

  show({ state, waitMs }) {
    const was = this.state;
    this.state = state;
    if (this.line && (was !== state || !this.line.textContent.trim())) {
      this.line.dataset.state = state;
      this.line.querySelector('.dot').className = `dot${state === 'push' ? '' : state === 'polling' ? ' warn' : ' bad'}`;
      this.line.querySelector('.say-state').textContent = text(state);
    }
    this.dot?.classList.toggle('off', state === 'offline');
    clearInterval(this.#tick);
    if (state === 'push') {
      if (this.#flag && was === 'offline') this.#put('ok', 'check', text('backOnline'), 3000);
      else this.#put();
    } else if (state === 'offline') this.#put('bad', 'warning', text('offlineFlag'));
    else if (waitMs > 1500) this.#count(waitMs);
    else if (!this.#flag) this.#put('', 'refresh', text('pollingFlag'));
  }

  #count(waitMs) {
    const end = Date.now() + waitMs;
    const say = () => {
      const n = Math.ceil((end - Date.now()) / 1000);
      if (n > 0) this.#put('warn', 'refresh', text('reconnect', { n }));
      else clearInterval(this.#tick);
    };
    say();
    this.#tick = setInterval(say, 1000);
  }

  #put(tone, name, words, leaveMs) {
    if (words && this.#flag?.dataset.tone === tone) {
      this.#flag.children[1].textContent = words;
    } else {
      this.#flag?.remove();
      this.#flag = null;
      if (!words || !this.box) return;
      this.#flag = el('div.flag', icon(name), el('p', words));
      this.#flag.dataset.tone = tone;
      if (tone) this.#flag.classList.add(tone);
      if (tone === 'warn') {
        const now = el('button.btn.s', text('connectNow'));
        now.type = 'button';
        now.addEventListener('click', () => this.hurry());
        this.#flag.append(now);
      }
      this.box.append(this.#flag);
    }
    const flag = this.#flag;
    if (leaveMs) setTimeout(() => { if (this.#flag === flag) this.#put(); }, leaveMs);
  }
}
