// One open chat without a page: its log, its doors, its unsent messages, its other tabs. The pages put bubbles on it (thread.js); a program
// in node is a client by the very same rules. This is its whole interface, and it stays as it is:
//
//   const connection = new Connection({ url: 'wss://host/ws', stomp, socket, headers });   // connection.js; one for many chats
//   const api = new Api(csrfToken, { fetch });                                             // api.js; fetch is given paths of the site
//   const client = new ChatClient({ sessionId, epoch, last, connection, api, storage, channel, on });
//   client.start(); connection.start();
//   client.write('text', quoteSeq?) -> {id, content, ...}       later: on.stored or on.show(row, mine) or on.failed, always for that id
//   client.leave(); connection.stop();               the page is hidden for good, or put into the browser's cache
//   connection.start(); client.back();               it came back
//   client.end();                                    done; what is unsent stays in storage for the next client of that chat
//
//   on: show(row, mine), reset(), pending(e), stored(e), settled(e), failed(e), over(row)    as chat_state.js says
//       state({state: 'push'|'polling'|'offline', waitMs})      said again whenever it changes
//       live(body)     READ, TYPING, QUEUE, PRESENCE            (of a poll: READ and QUEUE as they stand)
//       signedOut()    nobody is signed in any more             gone()         the chat may not be read any more: nothing is asked again
//   last, epoch, state, unsent: what is so now.
import { ChatState } from './chat_state.js';
import { Tabs } from './tabs.js';
import { Transport } from './transport.js';

export class ChatClient {
  /** last: the highest seq shown already (0: none); storage: like sessionStorage, one for each tab; channel(): see tabs.js.
   *  now, random, newId, isHidden: for tests. */
  constructor({ sessionId, epoch = '', last = 0, connection, api, storage = null, channel, on = {}, now, random, newId, isHidden }) {
    const call = (name, ...args) => on[name]?.(...args);
    const pass = Object.fromEntries(['reset', 'pending', 'stored', 'settled', 'failed', 'over'].map((name) => [name, (x) => call(name, x)]));
    this.connection = connection;
    this.chat = new ChatState({
      sessionId, epoch, last, storage, now, newId,
      on: {
        ...pass,
        show: (row, mine) => { call('show', row, mine); this.tabs.shown(row); },
        need: () => this.transport.fetchAfter(),
        send: (entry) => { this.transport.news(); this.transport.send(entry); },
      },
    });
    this.tabs = new Tabs(channel, this.chat);
    this.transport = new Transport({ connection, api, sessionId, now, random, isHidden });
    const hear = (type, name) => this.transport.addEventListener(type, (e) => call(name, e.detail));
    hear('state', 'state');
    hear('live', 'live');
    this.transport.addEventListener('signedout', () => { this.transport.stop(); call('signedOut'); });
    this.transport.addEventListener('gone', () => { this.transport.end(); this.tabs.stop(); call('gone'); });
  }

  get last() { return this.chat.last; }
  get epoch() { return this.chat.epoch; }
  get state() { return this.transport.state; }
  get unsent() { return this.chat.outbox.list(); }

  /** shown: clientMessageIds of own rows that are shown already. */
  start({ shown = [] } = {}) {
    this.chat.start({ shown });
    this.tabs.start();
    this.transport.start(this.chat);
  }

  write(content, quoteSeq) { return this.chat.write(content, quoteSeq); }
  again(id) { this.chat.again(id); }
  discard(id) { this.chat.discard(id); }

  /** A row that came by another way (the answer to an upload). */
  receive(row) { this.chat.receive(row); }

  typing(typing) { this.transport.typing(typing); }
  read(seq) { this.transport.read(seq); }

  resync() { this.transport.resync(); }
  online() { this.transport.online(); }
  offline() { this.transport.offline(); }

  leave() {
    this.transport.stop();
    this.tabs.stop();
  }

  back() {
    this.chat.merge();
    this.tabs.start();
    this.transport.resume();
  }

  end() {
    this.transport.end();
    this.tabs.stop();
  }
}
