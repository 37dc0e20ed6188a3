// Chats that colleagues hand on to me, or to whoever takes them: above the lists, until somebody took them or their time is over. What is pushed only says that there is something
// to read; the list itself comes from the server.
import { el } from './dom.js';
import { text } from './text.js';
import { clock } from './time.js';

const POLL_MS = 15000; // a notice may be lost, and there may be no push

export class Offers {
  #rows = new Map(); // sessionId -> {li, name, until}
  #isFirst = true;   // what was there before is no news

  /** list: the ul; on: {offered(offer)} */
  constructor({ list, api, csrf, on }) {
    Object.assign(this, { list, api, csrf, on });
    for (const li of list.children) this.#rows.set(li.dataset.session, { li, name: li.querySelector('b').textContent, until: Date.parse(li.dataset.until) });
    setInterval(() => this.refresh(), POLL_MS);
    setInterval(() => this.#dropOld(), 1000);
  }

  async refresh() {
    let offers;
    try {
      offers = (await this.api.get('/api/admin/chat/transfers')).data;
    } catch { return; }
    for (const [id, row] of this.#rows) if (!offers.some((offer) => offer.sessionId === id)) this.#drop(id, row);
    for (const offer of offers) if (!this.#rows.has(offer.sessionId)) this.#add(offer);
    this.#isFirst = false;
  }

  /** Not for me: it is shown no more, though others may still take it. */
  hide(sessionId) { this.#rows.get(sessionId)?.li.remove(); }

  #add(offer) {
    const until = el('time', clock(offer.until));
    until.dateTime = offer.until;
    const li = el('li', el('p', el('b', offer.memberName), ' ', el('small', offer.categoryName)),
      el('p.soft.small', `${text(offer.isToAll ? 'offerToAll' : 'offerToMe', { from: offer.fromName })} · ${text('until')} `, until),
      offer.title && el('p.small', offer.title), offer.note && el('p.small.note-line', offer.note),
      el('div.bar', this.#form(offer, 'accept', 'take-offer', 'btn.main.s', text('takeOffer')), offer.isToAll ? null : this.#form(offer, 'refuse', 'refuse-offer', 'btn.s', text('refuseOffer'))));
    li.dataset.session = offer.sessionId;
    this.#rows.set(offer.sessionId, { li, name: offer.memberName, until: Date.parse(offer.until) });
    this.list.append(li);
    if (!this.#isFirst) this.on.offered(offer);
  }

  #form(offer, step, name, classes, words) {
    const button = el(`button.${classes}`, words, el('span.hush', ` ${offer.memberName}`)), token = el('input'), form = el('form', token, button);
    Object.assign(token, { type: 'hidden', name: 'csrfToken', value: this.csrf });
    button.dataset.do = name;
    form.method = 'post';
    form.action = `/agent/chat/${offer.sessionId}/transfer/${step}`;
    return form;
  }

  #drop(id, row) {
    row.li.remove();
    this.#rows.delete(id);
  }

  #dropOld() {
    for (const [id, row] of this.#rows) if (row.until < Date.now() - 2000) this.#drop(id, row); // the server's clock decides; ours may be a little off
  }
}
