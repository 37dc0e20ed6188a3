// When waiting chats call, with several tabs and a clock of the test's own.
import { Calling, REPEAT_MS, isShiftGood } from '../../static/js/lib/calling.js';
import { Leader } from '../../static/js/lib/leader.js';
import { FakeTime, settle } from './fakes.mjs';
import { done, is } from './tap.mjs';

const time = new FakeTime().install();
const row = (sessionId) => ({ sessionId, name: `손님 ${sessionId}`, line: '안녕하세요' });
const A = row('a'), B = row('b'), C = row('c');

/** navigator.locks: the first in the line has it. */
class FakeLocks {
  line = [];
  request(name, { signal }, run) {
    return new Promise((resolve, reject) => {
      const wish = { run, resolve };
      signal.addEventListener('abort', () => {
        if (this.line[0] === wish) return; // it has it: giving back is its own affair
        this.line = this.line.filter((w) => w !== wish);
        reject(new Error('aborted'));
      });
      this.line.push(wish);
      if (this.line.length === 1) this.#next();
    });
  }

  async #next() {
    const wish = this.line[0];
    if (!wish) return;
    await wish.run();
    this.line.shift();
    wish.resolve();
    this.#next();
  }
}

class FakeChannels {
  all = new Set();
  open() {
    const hear = new Set(), channels = this.all;
    const one = { hear, addEventListener: (_, f) => hear.add(f), removeEventListener: (_, f) => hear.delete(f),
      postMessage: (data) => { for (const other of channels) if (other !== one) for (const f of other.hear) f({ data }); } };
    channels.add(one);
    return one;
  }
}

/** n tabs of one person; each tab tells in log what it does. */
function tabs(n, { locks = true, seen = () => false, muted = () => false } = {}) {
  time.clear();
  const log = [], channels = new FakeChannels(), bell = locks ? new FakeLocks() : null, voice = locks ? new FakeLocks() : null;
  let last = -1e9;
  const all = Array.from({ length: n }, (_, i) => {
    const tab = { shown: [], loud: 0 };
    tab.bell = new Leader('bell', { locks: bell, onMine: () => tab.calling?.again() });
    tab.voice = new Leader('voice', { locks: voice });
    tab.calling = new Calling({
      on: {
        ring: () => log.push(`ring ${i} ${time.now() - start}`), tell: (r) => log.push(`tell ${i} ${r.sessionId}`), forget: (id) => log.push(`forget ${i} ${id}`),
        show: (rows, loud) => Object.assign(tab, { shown: rows.map((r) => r.sessionId), loud }),
      },
      isMuted: () => muted(), isSeen: () => seen(i), hasBell: () => tab.bell.isMine, hasVoice: () => tab.voice.isMine,
      channel: channels.open(), rang: { get: () => last, set: (ms) => { last = ms; } }, spreadMs: locks ? 0 : 300, now: time.now,
    });
    tab.bell.stand();
    tab.voice.stand();
    return tab;
  });
  const start = time.now();
  const take = () => log.splice(0);
  const waiting = (...rows) => { for (const tab of all) tab.calling.waiting(rows); };
  return { all, take, waiting };
}
const rings = (log) => log.filter((line) => line.startsWith('ring'));

{
  const { all, take, waiting } = tabs(10);
  await settle();
  waiting();
  waiting(A);
  is(rings(take()), ['ring 0 0'], 'ten tabs ring once');
  await time.pass(400);
  is(take(), ['tell 0 a'], '... and tell once, when nobody looks');
  await time.pass(REPEAT_MS - 400);
  is(take(), [`ring 0 ${REPEAT_MS}`], 'until it is accepted, it rings again');
  waiting(A, B);
  await time.pass(500);
  is(take(), ['tell 0 b'], 'a second chat in the same breath does not ring twice');
  is(all[9].shown, ['a', 'b'], 'every tab shows who calls');
  waiting(B);
  is(take().length, 10, 'a chat that was taken elsewhere is forgotten by every tab');
  waiting();
  take();
  await time.pass(5 * REPEAT_MS);
  is(take(), [], 'nobody waits: silence');
  is(all[3].shown, [], '... and nothing shown');
}
{
  const { all, take, waiting } = tabs(3);
  await settle();
  waiting(A);
  is(rings(take()), ['ring 0 0'], 'who waited before the page came rings too');
  await time.pass(1000);
  is(take(), [], '... but is no news');
  all[0].bell.resign();
  await settle();
  is(take(), [], 'the bell passes on without a ring of its own');
  await time.pass(REPEAT_MS - 1000);
  is(take(), [`ring 1 ${REPEAT_MS}`], '... and the next tab goes on in time');
  all[2].calling.hush();
  await time.pass(3 * REPEAT_MS);
  is(take(), [], 'hushed in one tab, quiet in all');
  is(all.map((tab) => [tab.shown.length, tab.loud]), [[1, 0], [1, 0], [1, 0]], '... but still shown');
  waiting(A, C);
  is(rings(take()).length, 1, 'who comes then rings');
  waiting(A);
  take();
  await time.pass(3 * REPEAT_MS);
  is(take(), [], '... and leaves the hushed one quiet');
  waiting();
  waiting(A);
  is(rings(take()).length, 1, 'a chat that comes back calls anew');
  for (const tab of all) tab.calling.stop();
  take();
  waiting(A, B);
  await time.pass(3 * REPEAT_MS);
  is(take(), [], 'after the shift: nothing');
}
{
  let looked = -1;
  const { take, waiting } = tabs(3, { seen: (i) => i === looked });
  await settle();
  waiting();
  looked = 2;
  waiting(A);
  await time.pass(1000);
  is(take().filter((line) => line.startsWith('tell')), [], 'somebody looks at one of the tabs: no notification');
  looked = -1;
  waiting(A, B);
  await time.pass(100);
  waiting(A);
  await time.pass(1000);
  is(take().filter((line) => line.startsWith('tell')), [], 'taken before it was told: no notification');
}
{
  let isMuted = true;
  const { all, take, waiting } = tabs(2, { muted: () => isMuted });
  await settle();
  waiting();
  waiting(A);
  await time.pass(2 * REPEAT_MS);
  is(rings(take()), [], 'muted');
  isMuted = false;
  all[0].calling.again();
  is(rings(take()).length, 1, 'the sound is on again: at once');
}
{
  const { take, waiting } = tabs(5, { locks: false });
  await settle();
  waiting();
  waiting(A);
  await time.pass(1000);
  is(rings(take()).length, 1, 'without locks five tabs ring once too');
}
is(isShiftGood({ sound: 'ok', notify: 'ok', push: 'ok' }), true, 'all pass');
is(isShiftGood({ sound: 'off', notify: 'ok', push: 'ok' }), true, 'the sound off by choice');
is(isShiftGood({ sound: 'off', notify: 'off', push: 'ok' }), false, '... but not with the notifications off too');
is(isShiftGood({ sound: 'ok', notify: 'denied', push: 'ok' }), false, 'one that fails');
is(isShiftGood({ sound: 'ok', notify: 'ok', push: 'down' }), false, 'no live connection');
is(isShiftGood({ sound: 'testing', notify: 'ok', push: 'ok' }), false, 'not yet known');
done();
