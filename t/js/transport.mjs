// One chat over two doors: push while there is push, polling while there is not, the same id over either, and the state said.
import { Backoff } from '../../static/js/lib/backoff.js';
import { ChatState } from '../../static/js/lib/chat_state.js';
import { Connection } from '../../static/js/lib/connection.js';
import { Transport } from '../../static/js/lib/transport.js';
import { FakeApi, FakeTime, fakeStomp, settle } from './fakes.mjs';
import { done, is } from './tap.mjs';

const time = new FakeTime().install();
const S = '/api/chat/sessions/s1';

/** A server with a log: what REST answers from it. */
class Server {
  rows = [];
  isUp = true;
  add(content, clientMessageId = null, senderType = 'M') {
    const known = this.rows.find((r) => clientMessageId && r.clientMessageId === clientMessageId);
    if (known) return known;
    const row = { seq: this.rows.length + 1, kind: 'TEXT', content, clientMessageId, senderType };
    this.rows.push(row);
    return row;
  }
  answer = (method, path, body) => {
    if (!this.isUp) throw Object.assign(new Error('down'), { status: 0, isUnknown: true });
    if (method === 'POST' && path === `${S}/messages`) return { data: this.add(body.content, body.clientMessageId) };
    const after = Number(/after=(\d+)/.exec(path)?.[1] ?? 0);
    return { data: this.rows.filter((r) => r.seq > after), log: { sessionId: 's1', epoch: 'e1', head: this.rows.length } };
  };
}

async function make() {
  const server = new Server(), api = new FakeApi(), stomp = fakeStomp(), shown = [], states = [], failed = [];
  api.answer = server.answer;
  const connection = new Connection({ stomp: stomp.load, url: 'ws://x/ws', backoff: new Backoff({ random: () => 0.5 }), now: time.now });
  let id = 0;
  const transport = new Transport({ connection, api, sessionId: 's1', now: time.now, isHidden: () => false });
  const chat = new ChatState({
    sessionId: 's1', epoch: 'e1', newId: () => `id${++id}`,
    on: { show: (r) => shown.push(r.content), need: () => transport.fetchAfter(), send: (e) => transport.send(e), failed: (e) => failed.push(e.why) },
  });
  transport.addEventListener('state', (e) => states.push(e.detail.state));
  transport.start(chat);
  connection.start();
  await settle();
  const end = () => { transport.stop(); connection.stop(); };
  return { server, api, stomp, shown, states, failed, connection, transport, chat, end };
}
const topic = '/topic/chat/s1';
const last = (list) => list.at(-1);

{ // push
  const t = await make();
  t.stomp.last().up();
  is(last(t.states), 'push', 'a connection is push');
  is(t.stomp.last().subscriptions.find((s) => s.destination === topic).headers, { after: '0', epoch: 'e1' }, 'it subscribes with after and epoch');
  t.stomp.last().deliver(topic, t.server.add('a'));
  t.server.add('b'); t.stomp.last().deliver(topic, t.server.add('c'));
  await settle();
  is(t.shown, ['a', 'b', 'c'], 'a gap is fetched');
  t.server.add('d');
  t.stomp.last().deliver(`${topic}/live`, { kind: 'HEAD', head: 4 });
  await settle();
  is(t.shown, ['a', 'b', 'c', 'd'], 'HEAD finds a lost last row');
  t.api.take();
  await time.pass(30000);
  is(t.api.take(), [], 'nothing is polled meanwhile');
  t.chat.write('mine');
  await settle();
  const frame = last(t.stomp.last().published);
  is([frame.destination, JSON.parse(frame.body)], ['/app/chat.sendMessage', { sessionId: 's1', content: 'mine', clientMessageId: 'id1' }], 'sends go over STOMP');
  t.server.add('mine', 'id1');
  t.stomp.last().cut();
  await time.pass(10);
  is(t.shown.filter((c) => c === 'mine').length, 1, 'cut before the RECEIPT: the row is found by polling, once');
  is(t.server.rows.length, 5, 'and stored once');
  is(last(t.states), 'polling', 'and the page says polling');
  t.end();
}

{ // polling
  const t = await make();
  t.stomp.last().cut();
  await time.pass(100);
  t.server.add('a', null, 'A');
  await time.pass(2100);
  is(t.shown, ['a'], 'polled within 2 s while there is talk');
  t.chat.write('x');
  await settle();
  is([t.shown, t.server.rows.length], [['a', 'x'], 2], 'sends go over REST');
  t.server.isUp = false;
  t.chat.write('y');
  await time.pass(3000);
  is(last(t.states), 'offline', 'with both doors closed it says offline');
  t.server.isUp = true;
  await time.pass(40000);
  is([t.shown, t.server.rows.length, last(t.states)], [['a', 'x', 'y'], 3, 'polling'], 'what was written is sent once when a door opens');
  const asked = t.api.answer, tags = [];
  t.api.getNewer = async (path, tag) => { tags.push(tag); return tag ? null : { ...await t.api.get(path), tag: 'W/"1"' }; };
  await time.pass(40000);
  is([tags.at(-1), last(t.states)], ['W/"1"', 'polling'], 'what is unchanged is answered by its tag');
  t.server.add('z', null, 'A');
  t.api.getNewer = (path) => t.api.get(path);
  await time.pass(20000);
  is(t.shown.at(-1), 'z', 'and news come after that');
  t.api.answer = asked;
  t.api.take();
  await time.pass(1200000);
  t.api.take();
  await time.pass(120000);
  const polls = t.api.take().length;
  is(polls >= 3 && polls <= 5, true, 'a quiet chat is polled every 30 s');
  t.end();
}

{ // refusals and rates
  const t = await make();
  t.stomp.last().up();
  t.chat.write('bad');
  t.chat.write('good');
  await settle();
  const refuse = (body) => t.stomp.last().deliver('/user/queue/errors', body, { 'receipt-id': last(t.stomp.last().published).headers.receipt });
  refuse({ code: '06', message: 'slow', retryAfterMs: 3000 });
  await time.pass(2900);
  is(t.stomp.last().published.length, 1, 'over the rate: it waits as long as it is told');
  await time.pass(200);
  is(JSON.parse(last(t.stomp.last().published).body).clientMessageId, 'id1', 'then sends the same id');
  refuse({ code: '01', message: 'too long' });
  await settle();
  is([t.failed, JSON.parse(last(t.stomp.last().published).body).clientMessageId], [['too long'], 'id2'], 'a rule refuses one; the next goes');
  refuse({ code: '99', message: 'away' });
  await time.pass(5000);
  is([t.failed.length, JSON.parse(last(t.stomp.last().published).body).clientMessageId], [1, 'id2'], 'an unknown outcome sends the same id again');
  t.end();
}

{ // the device goes off line without the socket noticing
  const t = await make();
  t.stomp.last().up();
  t.transport.offline();
  t.chat.write('a');
  await time.pass(1000);
  is([last(t.states), t.stomp.last().published.length], ['offline', 0], 'off line nothing is sent');
  t.transport.online();
  await settle();
  is(t.stomp.clients.map((c) => c.closed), [true, false], 'on line again: a new socket, at once');
  t.stomp.last().up();
  await settle();
  is([last(t.states), t.server.rows.length + t.stomp.last().published.length], ['push', 1], 'and what was written goes out');
  t.end();
}

{ // RESYNC
  const t = await make();
  t.stomp.last().up();
  t.stomp.last().deliver(topic, t.server.add('a'));
  t.stomp.last().deliver(topic, { kind: 'RESYNC', seq: null, epoch: 'e2', head: 1 });
  t.stomp.last().deliver(topic, t.server.rows[0]);
  is([t.shown, t.chat.epoch], [['a', 'a'], 'e2'], 'RESYNC shows the log anew');
  t.end();
}

{ // a connection that lives and says nothing of this chat
  const t = await make();
  t.stomp.last().up();
  for (let k = 0; k < 13; k++) { t.stomp.last().config.onHeartbeatReceived(); await time.pass(5000); }
  is(t.stomp.clients.length, 2, 'no row and no HEAD for 60 s: a new connection, though heart-beats come');
  t.end();
}

{ // RECEIPT for what was stored before
  const t = await make(), settled = [];
  t.server.add('x', 'id1');
  await time.pass(2000); // polled: shown before anybody here wrote it
  t.chat.on = { ...Object.fromEntries(['show', 'need', 'stored', 'pending'].map((k) => [k, () => {}])), need: () => t.transport.fetchAfter(), send: (e) => t.transport.send(e), settled: (e) => settled.push(e.id) };
  t.stomp.last().up();
  t.chat.write('x');
  await settle();
  t.stomp.last().acknowledge();
  await time.pass(1000);
  is(settled, [], 'its row may still come');
  await time.pass(1000);
  is(settled, ['id1'], 'it does not: the log is asked, and the bubble goes');
  t.end();
}

{ // a fetch that fails while push is up
  const t = await make();
  t.stomp.last().up();
  await time.pass(100);
  t.server.isUp = false;
  t.server.add('a');
  t.stomp.last().deliver(topic, t.server.add('b'));
  await time.pass(20000);
  const tries = t.api.take().length;
  is([t.shown, tries >= 4 && tries < 30], [[], true], 'it is tried again, with waits');
  t.server.isUp = true;
  await time.pass(5000);
  is(t.shown, ['a', 'b'], 'until the rows are there');
  t.end();
}

{ // the chat may not be read any more; nobody is signed in any more
  for (const [status, event] of [[404, 'gone'], [401, 'signedout']]) {
    const t = await make(), heard = [];
    for (const name of ['gone', 'signedout']) t.transport.addEventListener(name, () => { heard.push(name); t.transport.end(); });
    t.api.answer = () => { throw Object.assign(new Error('no'), { status, code: status === 404 ? '03' : '04' }); };
    await time.pass(5000);
    t.api.take();
    await time.pass(600000);
    t.stomp.last().up();
    t.stomp.last().deliver(topic, { seq: 9 });
    await time.pass(60000);
    is([heard, t.api.take().length, t.stomp.last().subscriptions.map((s) => s.destination)], [[event], 0, ['/user/queue/errors']], `${status}: it says so once, and nothing more is asked`);
    t.end();
  }
}

{ // Retry-After
  const t = await make();
  t.stomp.last().cut();
  t.api.answer = () => { throw Object.assign(new Error('busy'), { status: 503, isUnknown: true, retryAfterMs: 20000 }); };
  await time.pass(3000);
  t.api.take();
  await time.pass(15000);
  is(t.api.take(), [], 'polls wait as long as they are told');
  t.end();
}

{ // pagehide and pageshow
  const t = await make();
  t.stomp.last().up();
  t.transport.stop(); t.connection.stop();
  t.server.add('meanwhile');
  t.api.take();
  await time.pass(60000);
  is([t.api.take(), t.shown], [[], []], 'a page in the cache asks nothing');
  t.connection.start(); t.transport.resume();
  await time.pass(100);
  is(t.shown, ['meanwhile'], 'back, it has what it missed');
  t.end();
}

{ // back and forth: the same log, in order, each row once
  const t = await make();
  let n = 0;
  for (let k = 0; k < 12; k++) {
    if (k % 3 === 0) t.stomp.last().up();
    for (let i = 0; i < 5; i++) {
      const row = t.server.add(`r${++n}`);
      if (t.connection.isUp && i !== 2) t.stomp.last().deliver(topic, row);
    }
    if (k % 3 === 1) t.stomp.last().cut();
    await time.pass(2500);
  }
  await time.pass(5000);
  is(t.shown, t.server.rows.map((r) => r.content), 'twelve rounds of push and polling show every row once and in order');
  t.end();
}
done();
