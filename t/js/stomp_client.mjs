// The page's STOMP client by the bytes of its socket: what it says, what it makes of frames however they are cut, heart-beats, and the end, told once.
import fs from 'node:fs';
import { clientOf } from '../../static/js/lib/stomp_client.js';
import { FakeTime } from './fakes.mjs';
import { done, is } from './tap.mjs';

// the file that pages load: a module, or one that defines a global
const vendor = await import(`data:text/javascript;base64,${fs.readFileSync(process.argv[2]).toString('base64')}`);
const Client = clientOf(globalThis.StompJs ?? vendor);
const time = new FakeTime().install();
Date.now = time.now;

function make(more = {}) {
  const said = [], socket = { sent: said, closes: 0, send: (data) => said.push(data), close() { this.closes++; } }, heard = [];
  const tell = (name) => () => heard.push(name);
  const client = new Client({
    webSocketFactory: () => socket, connectHeaders: {}, connectionTimeout: 10000, heartbeatIncoming: 10000, heartbeatOutgoing: 10000,
    onConnect: tell('up'), onHeartbeatReceived: tell('beat'), onStompError: () => { heard.push('error'); client.forceDisconnect(); }, onWebSocketClose: tell('closed'), ...more,
  });
  client.activate();
  return { client, socket, said, heard, take: (data) => socket.onmessage?.({ data }) };
}
const CONNECTED = 'CONNECTED\nversion:1.2\nheart-beat:10000,10000\n\n\0';
function up(more) {
  const one = make(more);
  one.socket.onopen();
  one.take(CONNECTED);
  one.said.length = one.heard.length = 0;
  return one;
}

{ // the beginning
  const one = make({ connectHeaders: { Authorization: 'Bearer a:b' } });
  is([one.said.length, one.socket.binaryType], [0, 'arraybuffer'], 'nothing is said before the socket is open');
  one.socket.onopen();
  is(one.said, ['CONNECT\nAuthorization:Bearer a:b\naccept-version:1.2\nheart-beat:10000,10000\n\n\0'], 'CONNECT, its values as they are');
  one.take(CONNECTED);
  await time.pass(10001);
  is([one.heard, one.socket.closes], [['up'], 0], 'CONNECTED in time');
  one.client.deactivate();
}
{
  const one = make();
  one.socket.onopen();
  await time.pass(10001);
  is([one.heard, one.socket.closes], [['closed'], 1], 'no CONNECTED for 10 s: it is over');
  one.take(CONNECTED);
  is(one.heard, ['closed'], 'what comes later is not heard');
}

{ // what is said
  const { client, said } = up();
  const s = client.subscribe('/topic/a', () => {}, { after: '3', epoch: 'x:y\\z\n' });
  client.publish({ destination: '/app/x', headers: { receipt: 'r1', 'content-type': 'application/json' }, body: '{"a":"가:\\n"}' });
  s.unsubscribe();
  is(said, ['SUBSCRIBE\nafter:3\nepoch:x\\cy\\\\z\\n\nid:s1\ndestination:/topic/a\n\n\0', 'SEND\ndestination:/app/x\nreceipt:r1\ncontent-type:application/json\n\n{"a":"가:\\n"}\0', 'UNSUBSCRIBE\nid:s1\n\n\0'], 'SUBSCRIBE, SEND and UNSUBSCRIBE, with what STOMP 1.2 escapes');
  client.deactivate();
  let thrown = 0;
  try { client.publish({ destination: '/app/x', body: '{}' }); } catch { thrown++; }
  is(thrown, 1, 'without a socket it throws');
}

{ // what is heard: whole, cut at every byte, several at once
  const bytes = new TextEncoder().encode('\nMESSAGE\nsubscription:s1\nsubscription:s2\nname:a\\cb\\\\n\ncontent-length:8\n\n"한글"\0\nRECEIPT\nreceipt-id:r\\c1\n\n\0');
  const whole = new TextDecoder().decode(bytes);
  for (const [how, parts] of [['whole', [whole]], ['in bytes', [bytes.buffer]], ['byte by byte', [...bytes].map((b) => Uint8Array.of(b).buffer)], ['twice at once', [whole + whole]]]) {
    const { client, heard, take } = up(), got = [];
    client.subscribe('/topic/a', (m) => got.push([m.body, m.headers.name]));
    client.watchForReceipt('r:1', () => got.push('stored'));
    for (const part of parts) take(part);
    const n = how === 'twice at once' ? 2 : 1;
    is([got, heard.length], [n === 2 ? [['"한글"', 'a:b\\n'], 'stored', ['"한글"', 'a:b\\n']] : [['"한글"', 'a:b\\n'], 'stored'], 2 * n], `frames and heart-beats, ${how}; a receipt once`);
    client.deactivate();
  }
}
{
  const { client, heard, take } = up(), got = [];
  const s = client.subscribe('/topic/a', (m) => { got.push(m.body); if (m.body === 'last') client.deactivate(); }), frame = (body) => `MESSAGE\nsubscription:s1\n\n${body}\0`;
  s.unsubscribe();
  take(frame('late'));
  client.subscribe('/topic/a', (m) => { got.push(m.body); client.deactivate(); });
  take(`${frame('late')}MESSAGE\nsubscription:s2\n\n1\0MESSAGE\nsubscription:s2\n\n2\0`);
  is([got, heard], [['1'], []], 'nothing after the end of a subscription, nor of the client, though it came in the same breath');
}

{ // heart-beats
  const { client, said, heard, take } = up();
  await time.pass(10000);
  is(said, ['\n'], 'a line every 10 s');
  take('\n');
  await time.pass(20000);
  is(heard, ['beat'], 'two of the server may be missing');
  await time.pass(10000);
  is(heard, ['beat', 'closed'], 'three not');
  const n = said.length;
  await time.pass(60000);
  is(said.length, n, 'and nothing more is said');
  client.deactivate();
}
{
  const one = make();
  one.socket.onopen();
  one.take('CONNECTED\nversion:1.2\n\n\0');
  await time.pass(120000);
  is([one.heard, one.said.length], [['up'], 1], 'a server without heart-beats gets and owes none');
  one.client.deactivate();
}

{ // the end
  const { client, socket, heard } = up(), { onclose } = socket;
  onclose();
  onclose();
  client.forceDisconnect();
  is([heard, socket.onmessage, socket.onclose], [['closed'], null, null], 'a close is told once');
  const other = up();
  other.client.deactivate({ force: true });
  other.client.deactivate();
  is([other.heard, other.socket.closes, other.socket.onclose], [[], 1, null], 'deactivate(): let go at once, and nothing is told');
  const third = up();
  third.take('ERROR\nmessage:no\n\nno\0');
  is([third.heard, third.socket.closes], [['error', 'closed'], 1], 'ERROR is told before the close');
}
done();
