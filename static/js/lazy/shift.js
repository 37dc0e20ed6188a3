// An agent's shift: everything that calls when somebody waits, tried when the shift begins and watched while it lasts. Fetched then: who only reads needs none
// of it. The rules of calling are calling.js; here they are heard and seen. localStorage: shift (the member whose shift it is), rang, notify, firstLine.
import { isSoundOn } from '../lib/attention.js';
import { Calling, isShiftGood } from '../lib/calling.js';
import { byId, changeIcon } from '../lib/dom.js';
import { Leader } from '../lib/leader.js';
import { Ring } from '../lib/ring.js';
import { text } from '../lib/text.js';
import { subscribe, unsubscribe } from '../lib/web_push.js';

const SIGNS = { ok: ['check', 'ok'], off: ['mute', 'warn'], site: ['mute', 'warn'], testing: ['clock', ''] };
const keep = (key, value) => { try { localStorage[key] = value; } catch { /* closed */ } };
const kept = (key, preset) => { try { return localStorage[key] ?? preset; } catch { return preset; } };

function openChannel(name) {
  try { return new BroadcastChannel(name); } catch { return null; }
}

export class Shift {
  #states = { sound: 'testing', notify: 'testing', push: 'testing', closed: 'testing' };
  #ring = new Ring();
  #told = new Map(); // sessionId -> Notification
  #isOn = false;
  #calling = null;

  /** button: opens this; lists: who waits; connection: whether lists change by themselves */
  constructor({ button, member, lists, connection, api }) {
    Object.assign(this, { button, member, lists, connection, api, dialog: byId('shift-dialog'), alarm: byId('alarm') });
    // who can be heard rings; anybody may tell
    this.bell = new Leader(`sangdam.bell.${member}`, { onMine: () => this.#calling?.again() });
    this.voice = new Leader(`sangdam.voice.${member}`);
    this.#listen();
  }

  get isOn() { return this.#isOn; }

  /** The button was pressed: what needs a click to be allowed is asked for now. */
  async begin() {
    if (!this.dialog.open) this.dialog.showModal();
    if (!this.#isOn) this.#start();
    await this.#tryAll();
  }

  /** A page of somebody whose shift goes on. */
  async resume() {
    this.#start();
    this.#set('notify', this.#notifyState());
    this.#set('closed', kept('closed', 'none'));
    this.#pushIs();
    await this.#unlock();
  }

  waiting(rows) { this.#calling?.waiting(rows.filter((row) => !row.isOffline)); }

  end() {
    this.#isOn = false;
    try { delete localStorage.shift; } catch { /* closed */ }
    if (this.#calling) unsubscribe(this.api);
    this.#calling?.stop();
    this.#calling = null;
    this.bell.resign();
    this.voice.resign();
    this.dialog.close();
    this.#draw();
  }

  #start() {
    this.#isOn = true;
    keep('shift', this.member);
    this.#calling = new Calling({
      on: { ring: () => this.#ring.ring(), tell: (row) => this.#tell(row), forget: (id) => this.#forget(id), show: (rows, loud) => this.#show(rows, loud) },
      isMuted: () => !isSoundOn(), isSeen: () => !document.hidden && document.hasFocus(),
      hasBell: () => this.bell.isMine && this.#ring.isReady, hasVoice: () => this.voice.isMine,
      channel: openChannel(`sangdam.shift.${this.member}`), spreadMs: this.bell.isShared ? 400 : 0,
      rang: { get: () => Number(kept('rang', 0)), set: (ms) => keep('rang', ms) },
    });
    this.voice.stand();
    this.waiting(this.lists.waitingRows());
  }

  #listen() {
    this.dialog.addEventListener('click', (e) => {
      if (e.target === this.dialog) this.dialog.close();
      const { do: what } = e.target.closest('[data-do]')?.dataset ?? {};
      if (what === 'try-shift') this.#tryAll();
      if (what === 'close-shift') this.dialog.close();
      if (what === 'end-shift') this.end();
    });
    for (const [key, preset] of [['notify', 'on'], ['firstLine', 'on']]) {
      const box = this.dialog.querySelector(`[name=${key}]`);
      box.checked = kept(key, preset) === 'on';
      box.addEventListener('change', () => { keep(key, box.checked ? 'on' : 'off'); this.#tryNotify().then(() => this.#tryClosed()); });
    }
    this.alarm.querySelector('[data-do=hush]').addEventListener('click', () => this.#calling?.hush());
    for (const type of ['up', 'down']) this.connection.addEventListener(type, () => this.#pushIs());
    // the loudspeaker of the top bar, here or in another tab
    new MutationObserver(() => this.#soundChanged()).observe(document.querySelector('.top [data-do=sound]'), { attributeFilter: ['aria-pressed'] });
    addEventListener('storage', (e) => {
      if (e.key === 'sound') this.#soundChanged();
      if (e.key === 'shift' && this.#isOn && e.newValue !== this.member) this.end();
    });
    for (const type of ['pointerdown', 'keydown']) addEventListener(type, () => { if (this.#isOn && !this.#ring.isReady) this.#unlock(); }, { capture: true });
    addEventListener('pagehide', () => { this.bell.resign(); this.voice.resign(); }); // a held lock would keep the page out of the browser's back and forward cache
    addEventListener('pageshow', (e) => { if (e.persisted && this.#isOn) { this.voice.stand(); this.#unlock(); } });
  }

  // ---- trying ----

  async #tryAll() {
    this.#pushIs();
    await Promise.all([this.#trySound(), this.#tryNotify().then(() => this.#tryClosed())]);
    if (this.dialog.open) this.dialog.querySelector('[data-do=close-shift]').focus();
  }

  async #trySound() {
    this.#set('sound', 'testing');
    const state = isSoundOn() ? await this.#ring.test() : 'off';
    this.#canBeHeard();
    this.#set('sound', state);
  }

  async #unlock() {
    const state = await this.#ring.unlock();
    this.#canBeHeard();
    this.#set('sound', isSoundOn() ? state : 'off');
  }

  #canBeHeard() { if (this.#isOn && this.#ring.isReady) this.bell.stand(); }

  #soundChanged() {
    if (!this.#isOn) return;
    this.#set('sound', isSoundOn() ? (this.#ring.isReady ? 'ok' : 'locked') : 'off');
    this.#calling?.again();
  }

  #notifyState() {
    if (kept('notify', 'on') !== 'on') return 'off';
    if (!('Notification' in globalThis) || !globalThis.isSecureContext) return 'none';
    return { granted: 'ok', denied: 'denied' }[Notification.permission] ?? 'ask';
  }

  async #tryNotify() {
    this.#set('notify', 'testing');
    // a browser may leave the question open for as long as nobody answers: the rest goes on
    if (this.#notifyState() === 'ask') {
      this.#set('notify', 'ask');
      try { await Notification.requestPermission(); } catch { /* it says so itself */ }
    }
    this.#set('notify', this.#notifyState());
  }

  /** Asked for behind the permission to notify, without which there is none. */
  async #tryClosed() {
    this.#set('closed', 'testing');
    const state = this.#notifyState() === 'ok' ? await subscribe(this.api, kept('firstLine', 'on') === 'on') : 'off';
    if (state === 'off') unsubscribe(this.api);
    if (!this.#isOn) return;
    keep('closed', state);
    this.#set('closed', state);
  }

  #pushIs() { this.#set('push', this.connection.isUp ? 'ok' : 'down'); }

  #set(check, state) {
    this.#states[check] = state;
    const li = this.dialog.querySelector(`[data-check=${check}]`);
    const [sign, colour] = SIGNS[state] ?? ['warning', 'bad'];
    li.dataset.state = state;
    li.querySelector('.badge').className = `badge ${colour}`;
    changeIcon(li.querySelector('.badge .i'), sign);
    for (const p of li.querySelectorAll('[data-say]')) p.hidden = p.dataset.say !== state;
    this.#draw();
  }

  #draw() {
    const isGood = this.#isOn && isShiftGood(this.#states);
    const isTesting = Object.values(this.#states).includes('testing');
    const state = !this.#isOn ? 'off' : isGood ? 'ok' : isTesting ? 'testing' : 'bad';
    this.button.dataset.state = state;
    this.button.classList.toggle('bad', state === 'off' || state === 'bad');
    this.button.classList.toggle('ok', state === 'ok');
    changeIcon(this.button.querySelector('.i'), isGood ? 'check' : 'warning');
    this.button.querySelector('.say').textContent = this.button.dataset[state];
    this.dialog.querySelector('[data-do=end-shift]').hidden = !this.#isOn;
  }

  // ---- calling ----

  #tell(row) {
    if (this.#notifyState() !== 'ok') return;
    try {
      const n = new Notification(text('newChat', { name: row.name }), { body: kept('firstLine', 'on') === 'on' ? row.line : row.category, tag: `sangdam.${row.sessionId}` });
      n.onclick = () => { window.focus(); n.close(); location.href = `/agent/chat/${row.sessionId}`; };
      this.#told.set(row.sessionId, n);
    } catch { /* phones show them by a service worker alone */ }
  }

  #forget(id) {
    this.#told.get(id)?.close();
    this.#told.delete(id);
  }

  /** The strip over the lists, for eyes: who has waited longest stands in it. */
  #show(rows, loud) {
    const [first] = rows;
    this.alarm.hidden = !first;
    this.alarm.classList.toggle('loud', loud > 0);
    document.documentElement.classList.toggle('calls', loud > 0);
    this.alarm.querySelector('[data-do=hush]').hidden = !loud;
    if (!first) return;
    this.alarm.querySelector('.count').textContent = rows.length;
    const link = this.alarm.querySelector('a');
    link.href = `/agent/chat/${first.sessionId}`;
    link.querySelector('b').textContent = first.name;
    link.querySelector('small').textContent = first.category;
    link.querySelector('span').textContent = first.line;
    this.alarm.querySelector('form').action = `/agent/chat/${first.sessionId}/accept`;
  }
}
