// The client's half of the delivery contract: order, no gap, no repeat, one send in flight, the same id after an unknown outcome.
import { Backoff } from '../../static/js/lib/backoff.js';
import { ChatState } from '../../static/js/lib/chat_state.js';
import { done, is } from './tap.mjs';

const memory = () => {
  const m = new Map();
  return { getItem: (k) => m.get(k) ?? null, setItem: (k, v) => m.set(k, String(v)), removeItem: (k) => m.delete(k), m };
};

function make(options = {}) {
  const seen = [];
  const note = (name, pick = (x) => x) => (...args) => seen.push([name, ...args.map(pick)]);
  let id = 0;
  const chat = new ChatState({
    sessionId: 's', epoch: 'e1', storage: memory(), newId: () => `id${++id}`, now: () => 7, ...options,
    on: {
      show: (row, mine) => seen.push(mine ? ['show', row.seq, mine.id] : ['show', row.seq]),
      reset: note('reset'), need: note('need'), over: (row) => seen.push(['over', row.seq]),
      settled: note('settled', (e) => e.id), pending: note('pending', (e) => e.id), stored: note('stored', (e) => e.id), failed: note('failed', (e) => e.id), send: note('send', (e) => e.id),
    },
  });
  return { chat, seen, take: () => seen.splice(0) };
}
const row = (seq, more = {}) => ({ seq, kind: 'TEXT', content: `c${seq}`, ...more });

{ // receiving
  const { chat, take } = make();
  chat.receive(row(1)); chat.receive(row(2)); chat.receive(row(2)); chat.receive(row(1));
  is(take(), [['show', 1], ['show', 2]], 'each seq is shown once');
  chat.receive(row(5)); chat.receive(row(4));
  is(take(), [['need', 2]], 'a gap is held and asked for once');
  chat.fetched([row(3), row(4)], { epoch: 'e1', head: 5 });
  is(take(), [['show', 3], ['show', 4], ['show', 5]], 'the fetch fills it, and what was held follows in order');
  chat.seeHead(5);
  is(take(), [], 'a known head asks for nothing');
  chat.seeHead(7);
  is(take(), [['need', 5]], 'a head beyond the last row asks');
  chat.fetchFailed(); chat.seeHead(7);
  is(take(), [['need', 5]], 'a failed fetch may be asked for again');
  chat.fetched([row(6)], { epoch: 'e1', head: 7 });
  is(take(), [['show', 6], ['need', 6]], 'an answer that ends before the head asks on');
  for (const seq of [0, -1, 1.5, '8', null, undefined]) chat.receive(row(seq));
  is(take(), [], 'a seq that is none is dropped');
}

{ // every order of five rows, with repeats, shows 1..5
  const orders = (list) => (list.length < 2 ? [list] : list.flatMap((x, i) => orders([...list.slice(0, i), ...list.slice(i + 1)]).map((o) => [x, ...o])));
  const wrong = orders([1, 2, 3, 4, 5]).filter((order) => {
    const { chat, seen } = make();
    for (const n of [...order, ...order]) chat.receive(row(n));
    return seen.filter(([what]) => what === 'show').map(([, n]) => n).join() !== '1,2,3,4,5';
  });
  is(wrong, [], 'all 120 orders of five rows, each twice, show 1..5');
}

{ // epoch
  const { chat, take } = make();
  chat.receive(row(1)); chat.write('x'); take();
  chat.fetched([row(9)], { epoch: 'e2', head: 9 });
  is(take(), [['reset'], ['pending', 'id1'], ['need', 0]], 'another epoch forgets the log, keeps what is unsent, and asks from the start');
  chat.fetched([row(1), row(2)], { epoch: 'e2', head: 2 });
  is(take(), [['show', 1], ['show', 2]], 'and shows the log anew');
  chat.resync('e3');
  is([take()[0], chat.epoch], [['reset'], 'e3'], 'RESYNC does the same');
}

{ // sending
  const { chat, take } = make();
  chat.write('a'); chat.write('b');
  is(take(), [['pending', 'id1'], ['pending', 'id2']], 'nothing is sent while no door is open');
  chat.setConnected(true);
  is(take(), [['send', 'id1']], 'one send is in flight');
  chat.pump();
  is(take(), [], 'and no second');
  chat.stored('id1');
  is(take(), [['stored', 'id1'], ['send', 'id2']], 'the next goes when it is acknowledged');
  chat.receive(row(1, { clientMessageId: 'id1' }));
  is(take(), [['show', 1, 'id1']], 'its row comes later and takes the same bubble');
  chat.receive(row(2, { clientMessageId: 'id2' }));
  is(take(), [['show', 2, 'id2']], 'a row before the RECEIPT settles its own bubble');
  chat.stored('id2');
  is(take(), [], 'and the RECEIPT behind it changes nothing');
  is(chat.outbox.list(), [], 'the outbox is empty');
}

{ // the own row arrives behind a gap
  const { chat, take } = make();
  chat.setConnected(true); chat.write('a'); take();
  chat.receive(row(2, { clientMessageId: 'id1' }));
  is([take(), chat.outbox.list().length], [[['need', 0]], 1], 'held rows settle nothing yet');
  chat.fetched([row(1), row(2, { clientMessageId: 'id1' })], { epoch: 'e1', head: 2 });
  is([take(), chat.outbox.list().length], [[['show', 1], ['show', 2, 'id1']], 0], 'they do when they are shown');
}

{ // unknown outcome
  const { chat, take } = make();
  chat.setConnected(true); chat.write('a'); chat.write('b'); take();
  chat.unknown('id1'); chat.pump();
  is(take(), [['send', 'id1']], 'an unknown outcome sends the same id again, and first');
  chat.setConnected(false); chat.setConnected(true);
  is(take(), [], 'a door that closes and opens is no outcome: what is in flight stays so');
  chat.unknown('id1'); chat.setConnected(false); chat.setConnected(true);
  is(take(), [['send', 'id1']], 'but then it goes out by the next door');
  chat.receive(row(1, { clientMessageId: 'id1' }));
  is(take(), [['show', 1, 'id1'], ['send', 'id2']], 'its row ends the doubt');
}

{ // stored before, and its row stands among those shown
  const { chat, take } = make();
  chat.setConnected(true); chat.receive(row(1)); chat.write('a'); take();
  chat.receive(row(1, { clientMessageId: 'id1' }));
  is(take(), [['settled', 'id1']], 'the answer to a POST that names a shown row takes the bubble away');
  chat.write('b'); take();
  const before = chat.ask();
  chat.stored('id2');
  is(take(), [['stored', 'id2']], 'a RECEIPT alone leaves it');
  chat.fetched([], { epoch: 'e1', head: 1 }, before);
  is(take(), [], 'an answer to an earlier question says nothing about it');
  chat.fetched([], { epoch: 'e1', head: 1 }, chat.ask());
  is(take(), [['settled', 'id2']], 'a later one without news does: the row was there before');
}

{ // answers of an earlier age
  const { chat, take } = make();
  chat.setConnected(true); chat.receive(row(1)); chat.write('a');
  const asked = chat.ask();
  chat.resync('e2'); take();
  chat.fetched([row(2)], { epoch: 'e1', head: 2 }, asked);
  is([take(), chat.epoch], [[], 'e2'], 'rows asked for before RESYNC are dropped, and their epoch too');
  chat.stored('id1', asked);
  is(take(), [['send', 'id1']], 'an acknowledgement by the log that is gone counts for nothing: the same id goes out again');
  chat.stored('id1'); chat.resync('e3');
  is(take(), [['stored', 'id1'], ['reset'], ['pending', 'id1'], ['need', 0], ['send', 'id1']], 'what was acknowledged and never seen goes out again');
}

{ // a gap that opens while rows are on their way
  const { chat, take } = make();
  chat.receive(row(1)); chat.seeHead(3);
  take();
  chat.receive(row(5));
  chat.fetched([row(2), row(3)], { epoch: 'e1', head: 3 });
  is([take(), chat.isBehind], [[['show', 2], ['show', 3]], true], 'whoever fetches sees that more is missing');
}

{ // waits
  let at = 0;
  const { chat, take } = make({ now: () => at });
  chat.setConnected(true); chat.write('a'); take();
  chat.wait(500); chat.unknown('id1'); chat.receive(row(1)); chat.pump();
  is(take(), [['show', 1]], 'nothing goes out before its time');
  at = 500; chat.pump();
  is(take(), [['send', 'id1']], 'then the same id');
}

{ // two pages of one tab (the browser's back and forward cache)
  const storage = memory();
  const cached = make({ storage }), fresh = make({ storage });
  fresh.chat.newId = () => 'later';
  fresh.chat.write('x');
  cached.chat.merge();
  is(cached.take(), [['pending', 'later']], 'what the later page left unsent is taken in');
}

{ // refused
  const storage = memory();
  const { chat, take } = make({ storage });
  chat.setConnected(true); chat.write('a'); chat.write('b'); take();
  chat.refused('id1', 'too long');
  is(take(), [['failed', 'id1'], ['send', 'id2']], 'a refused one fails and lets the next go');
  chat.stored('id2'); take();
  chat.again('id1');
  is(take(), [['pending', 'id1'], ['send', 'id1']], 'it is sent again with its id when the writer asks');
  chat.refused('id1'); chat.discard('id1'); take();
  is([chat.outbox.list(), storage.m.size], [[], 0], 'or discarded, and nothing of it stays in storage');
}

{ // reload
  const storage = memory();
  const one = make({ storage });
  one.chat.write('a'); one.chat.write('b'); one.chat.refused('id2');
  const { chat, take } = make({ storage });
  chat.start();
  is(take(), [['pending', 'id1'], ['failed', 'id2']], 'a reload finds the outbox');
  chat.setConnected(true);
  is(take(), [['send', 'id1']], 'and sends what was pending, under the same id');
  const twin = make({ storage });
  twin.chat.receive(row(1, { clientMessageId: 'id1' }));
  twin.chat.start();
  is(twin.take(), [['show', 1, 'id1'], ['failed', 'id2']], 'what the log already holds is not shown twice');
  const third = make({ storage: one.chat.outbox.storage, last: 4 });
  third.chat.start({ shown: ['id2'] });
  is([third.take(), storage.m.size], [[], 0], 'nor what the page came with');
}

{ // storage that fails
  const broken = { getItem() { throw new Error('no'); }, setItem() { throw new Error('no'); }, removeItem() { throw new Error('no'); } };
  const { chat, take } = make({ storage: broken });
  chat.setConnected(true); chat.write('a'); chat.stored('id1');
  is(take().map(([what]) => what), ['pending', 'send', 'stored'], 'closed storage leaves memory');
  const odd = memory();
  odd.setItem('sangdam.outbox.s', '[1,{"id":5},{"id":"x","content":"y","state":"pending"}]');
  const again = make({ storage: odd });
  again.chat.start();
  is(again.take(), [['pending', 'x']], 'and odd storage is read with care');
}

{ // the end
  const { chat, take } = make();
  chat.receive(row(1, { kind: 'END' }));
  is([take(), chat.closed], [[['show', 1], ['over', 1]], true], 'END closes the chat');
}

{ // back-off
  const most = new Backoff({ random: () => 0.999999 }), waits = Array.from({ length: 9 }, () => most.next());
  is(waits, [499, 999, 1999, 3999, 7999, 15999, 29999, 29999, 29999], 'waits grow to the cap');
  most.reset();
  is([most.next(), new Backoff({ random: () => 0 }).next()], [499, 0], 'with full jitter, and start anew');
}
done();
