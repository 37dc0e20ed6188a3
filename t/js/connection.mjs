// The STOMP connection: settings, back-off, subscriptions that come back, answers to sends, silence.
import { Backoff } from '../../static/js/lib/backoff.js';
import { Connection } from '../../static/js/lib/connection.js';
import { FakeTime, fakeStomp, settle } from './fakes.mjs';
import { done, is } from './tap.mjs';

const time = new FakeTime().install();

function make() {
  const stomp = fakeStomp(), downs = [];
  const connection = new Connection({ stomp: stomp.load, url: 'ws://x/ws', backoff: new Backoff({ random: () => 0.5 }), now: time.now });
  connection.addEventListener('down', (e) => downs.push(e.detail.waitMs));
  return { stomp, connection, downs };
}

{ // settings
  const { stomp, connection } = make();
  connection.start();
  await settle();
  const c = stomp.last().config;
  is([c.brokerURL, c.reconnectDelay, c.connectionTimeout, c.heartbeatStrategy], ['ws://x/ws', 0, 10000, 'interval'], 'stompjs gets our settings');
  connection.stop();
}

{ // subscriptions
  const { stomp, connection } = make(), got = [];
  let after = 0;
  connection.subscribe('/topic/a', (b) => got.push(b), () => ({ after: String(after) }));
  connection.start();
  await settle();
  is(stomp.last().subscriptions.length, 0, 'nothing is subscribed before CONNECTED');
  stomp.last().up();
  is(stomp.last().subscriptions.map((s) => s.destination), ['/user/queue/errors', '/topic/a'], 'errors first, then the topics');
  stomp.last().deliver('/topic/a', { n: 1 });
  after = 7;
  stomp.last().cut();
  is([connection.isUp, stomp.clients.length], [false, 1], 'a cut is seen at once');
  await time.pass(300);
  stomp.last().up();
  is([stomp.clients.length, stomp.last().subscriptions[1].headers], [2, { after: '7' }], 'it comes back by itself and asks from where it was');
  stomp.clients[0].deliver('/topic/a', { n: 'old' });
  is(got.length >= 1 && got[0].n, 1, 'bodies are parsed');
  connection.stop();
}

{ // back-off
  const { stomp, connection, downs } = make();
  connection.start();
  await settle();
  for (let i = 0; i < 5; i++) { stomp.last().cut(); await time.pass(20000); }
  is(downs, [250, 500, 1000, 2000, 4000], 'waits grow while it does not come up');
  stomp.last().up();
  await time.pass(11000);
  stomp.last().cut();
  is(downs.at(-1), 250, 'and are short again after a steady connection');
  const before = stomp.clients.length;
  connection.hurry();
  await settle();
  is(stomp.clients.length, before + 1, 'hurry() does not wait');
  connection.stop();
  await time.pass(60000);
  is(stomp.clients.length, before + 1, 'stop() ends it');
}

{ // sends
  const { stomp, connection } = make(), results = [];
  const note = (p) => p.then(() => results.push('stored'), (e) => results.push(e.unknown ? 'unknown' : `refused ${e.code}`));
  connection.start();
  await settle();
  note(connection.send('/app/x', {}));
  await settle();
  is(results.splice(0), ['unknown'], 'without a connection the outcome is unknown');
  stomp.last().up();
  note(connection.send('/app/chat.sendMessage', { content: '가' }));
  is([stomp.last().published[0].destination, JSON.parse(stomp.last().published[0].body), Boolean(stomp.last().published[0].headers.receipt)],
    ['/app/chat.sendMessage', { content: '가' }, true], 'a send asks for a receipt');
  stomp.last().acknowledge();
  await settle();
  is(results.splice(0), ['stored'], 'RECEIPT: stored');
  note(connection.send('/app/x', {}));
  stomp.last().deliver('/user/queue/errors', { code: '02' }, { 'receipt-id': stomp.last().published[1].headers.receipt });
  await settle();
  is(results.splice(0), ['refused 02'], 'a body on /user/queue/errors: refused');
  note(connection.send('/app/x', {}));
  stomp.last().cut();
  await settle();
  is(results.splice(0), ['unknown'], 'a cut: unknown');
  await time.pass(1000);
  stomp.last().up();
  note(connection.send('/app/x', {}));
  const was = stomp.clients.length;
  await time.pass(15000);
  is(results.splice(0), ['unknown'], 'no answer for 15 s: unknown');
  await time.pass(2000);
  is(stomp.clients.length, was + 1, 'and a new connection');
  connection.stop();
}

{ // silence
  const { stomp, connection } = make();
  connection.subscribe('/topic/a', () => {});
  connection.start();
  await settle();
  stomp.last().up();
  await time.pass(50000);
  stomp.last().deliver('/topic/a', {});
  await time.pass(50000);
  is(stomp.clients.length, 1, 'a frame within 60 s keeps the connection');
  await time.pass(20000);
  is(stomp.clients.length, 2, '60 s without one end it');
  connection.stop();
}

{ // the library can't be had
  const downs = [];
  const connection = new Connection({ stomp: async () => { throw new Error('404'); }, url: '', backoff: new Backoff({ random: () => 0.5 }), now: time.now });
  connection.addEventListener('down', (e) => downs.push(e.detail.waitMs));
  connection.start();
  await time.pass(1000);
  is([connection.isUp, downs.length > 0], [false, true], 'without the library the page goes on by polling');
  connection.stop();
}
done();
