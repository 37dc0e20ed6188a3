// Whatever the server, the network and the reader do: what is shown is the log, in order, every message once, and every acknowledged send
// once. Random runs by seed: `1405-misbehaving.t SEED` runs one alone and says what happened in it.
import { Api } from '../../static/js/lib/api.js';
import { Backoff } from '../../static/js/lib/backoff.js';
import { ChatClient } from '../../static/js/lib/client.js';
import { Connection } from '../../static/js/lib/connection.js';
import { BadServer, isBad, randomBy, SESSION } from './bad_server.mjs';
import { FakeTime } from './fakes.mjs';
import { done, is } from './tap.mjs';

const SEEDS = 250, STEPS = 120;
const time = new FakeTime().install();

const memory = () => {
  const m = new Map();
  return { getItem: (k) => m.get(k) ?? null, setItem: (k, v) => m.set(k, String(v)), removeItem: (k) => m.delete(k) };
};

/** BroadcastChannels of one name. */
class Air {
  #open = new Set();
  channel = () => {
    const one = new EventTarget();
    one.postMessage = (data) => {
      const copy = structuredClone(data);
      for (const other of this.#open) if (other !== one) setTimeout(() => { if (this.#open.has(other)) other.dispatchEvent(Object.assign(new Event('message'), { data: copy })); });
    };
    one.close = () => this.#open.delete(one);
    this.#open.add(one);
    return one;
  };
}

/** A tab: the page that a person sees, put on a ChatClient as thread.js does. */
class Tab {
  storage = memory();
  written = new Map(); // id -> content
  wrong = [];
  isHere = true;
  reloads = 0;

  constructor(name, world) {
    Object.assign(this, { name, world, server: world.server, device: world.device });
    this.load();
  }

  load() {
    const { random, server, device } = this.world;
    const api = new Api('');
    api.get = (path) => server.request('GET', path, null, device);
    api.getNewer = async (path, tag) => { // unchanged: as a 304 comes
      const answer = await api.get(path), now = JSON.stringify(answer);
      return now === tag ? null : { ...answer, tag: now };
    };
    api.post = (path, body) => this.#watched(body, server.request('POST', path, body, device));
    const connection = new Connection({ stomp: server.stompFor(device), url: 'ws://x/ws', backoff: new Backoff({ random }), now: time.now });
    const send = connection.send.bind(connection);
    connection.send = (destination, body) => this.#watched(body, send(destination, body));
    this.shown = server.rows.slice(); // the server renders the page
    this.bubbles = new Map();
    this.out = new Set();
    this.connection = connection;
    this.client = new ChatClient({
      sessionId: SESSION, epoch: server.epoch, last: this.shown.length, connection, api, storage: this.storage, channel: this.world.air.channel,
      random, now: time.now, newId: () => `${this.name}-${this.reloads}-${this.written.size}`, isHidden: () => false,
      on: {
        show: (row, mine) => this.#show(row, mine),
        reset: () => { this.shown = []; this.bubbles.clear(); },
        pending: (e) => this.bubbles.set(e.id, 'pending'),
        stored: (e) => this.bubbles.set(e.id, 'stored'),
        failed: (e) => this.bubbles.set(e.id, 'failed'),
        settled: (e) => this.bubbles.delete(e.id),
      },
    });
    // a long chat's page holds the last rows only, and so not every id
    this.client.start({ shown: random() < 0.6 ? this.shown.map((r) => r.clientMessageId).filter(Boolean) : [] });
    connection.start();
    this.isHere = true;
  }

  /** A send begins only when the one before it has an outcome, or its row is here. */
  #watched(body, promise) {
    const id = body?.clientMessageId;
    if (!id) return promise;
    for (const other of this.out) if (!this.shown.some((r) => r.clientMessageId === other)) this.wrong.push(`${id} goes out while ${other} does`);
    this.out.add(id);
    const end = () => this.out.delete(id);
    promise.then(end, end);
    return promise;
  }

  #show(row, mine) {
    if (row.seq !== this.shown.length + 1) this.wrong.push(`${row.seq} shown behind ${this.shown.length}`);
    if (this.bubbles.has(row.clientMessageId) !== (mine?.id === row.clientMessageId)) this.wrong.push(`the bubble of ${row.clientMessageId} is shown twice`);
    this.bubbles.delete(row.clientMessageId);
    this.out.delete(row.clientMessageId);
    this.shown.push(row);
  }

  write(content) {
    const e = this.client.write(content);
    this.written.set(e.id, content);
  }

  leave() {
    if (!this.isHere) return;
    this.isHere = false;
    this.client.leave();
    this.connection.stop();
  }

  back() {
    if (this.isHere) return;
    this.isHere = true;
    this.connection.start();
    this.client.back();
  }

  reload() {
    if (!this.server.isRestUp || this.device.isOffline) return;
    this.leave();
    this.client.end();
    this.reloads++;
    this.load();
  }
}

class World {
  constructor(seed) {
    this.random = randomBy(seed);
    this.server = new BadServer(this.random);
    this.device = { isOffline: false };
    this.air = new Air();
    this.tabs = [new Tab('a', this), ...(this.random() < 0.6 ? [new Tab('b', this)] : [])];
    this.n = 0;
    this.mayRestore = this.random() < 0.4;
  }

  pick(list) { return list[Math.floor(this.random() * list.length)]; }

  /** One thing happens. */
  step() {
    const { server, device } = this, tab = this.pick(this.tabs), r = this.random();
    if (r < 0.34) tab.write(`${this.random() < 0.04 ? 'bad' : 'm'}${++this.n}`);
    else if (r < 0.62) for (let i = Math.floor(this.random() * 4); i >= 0; i--) server.store(`a${++this.n}`, null, 'A');
    else if (r < 0.67) server.isPushUp = !server.isPushUp;
    else if (r < 0.69) { server.isPushUp = false; for (const s of [...server.sockets]) s.cut(); }
    else if (r < 0.73) server.isRestUp = !server.isRestUp;
    else if (r < 0.78) for (const s of [...server.sockets]) { if (this.random() < 0.7) s.cut(); }
    else if (r < 0.80) for (const s of server.sockets) s.isMute = true; // dead, and nobody says so
    else if (r < 0.83) { if (server.isFrozen) server.thaw(); else server.isFrozen = true; }
    else if (r < 0.88) this.network(!device.isOffline);
    else if (r < 0.92) tab.leave();
    else if (r < 0.96) tab.back();
    else if (r < 0.975) tab.reload();
    else if (this.mayRestore) server.restore();
  }

  network(isOffline) {
    this.device.isOffline = isOffline;
    for (const tab of this.tabs) if (tab.isHere) tab.client[isOffline ? 'offline' : 'online']();
  }

  calm() {
    const { server } = this;
    server.isCalm = server.isPushUp = server.isRestUp = true;
    server.thaw();
    if (this.device.isOffline) this.network(false);
    for (const tab of this.tabs) tab.back();
  }

  end() { for (const tab of this.tabs) { tab.leave(); tab.client.end(); } }

  /** Everything that is not as promised, in words. */
  wrong() {
    const { server } = this, log = server.rows.map((r) => `${r.seq} ${r.content}`).join();
    const all = [];
    for (const tab of this.tabs) {
      const say = (what) => all.push(`tab ${tab.name}: ${what}`);
      tab.wrong.forEach(say);
      const shown = tab.shown.map((r) => `${r.seq} ${r.content}`).join();
      if (shown !== log) say(`shows ${tab.shown.length} rows [${shown.slice(-80)}], the log has ${server.rows.length} [${log.slice(-80)}]`);
      if (tab.client.state !== 'push') say(`is on ${tab.client.state}`);
      for (const [id, state] of tab.bubbles) if (!isBad(tab.written.get(id))) say(`${id} is still ${state}`);
      for (const e of tab.client.unsent) if (e.state !== 'failed') say(`${e.id} is still in the outbox`);
      const seqs = [];
      for (const [id, content] of tab.written) {
        const rows = server.rows.filter((r) => r.clientMessageId === id);
        const wanted = isBad(content) ? 0 : 1;
        if (rows.length !== wanted && !(rows.length === 0 && server.restored.has(id))) say(`${id} has ${rows.length} rows`);
        if (rows[0]) seqs.push(rows[0].seq);
      }
      if (!server.restored.size && seqs.some((n, i) => i > 0 && n < seqs[i - 1])) say(`what was written in turn is not stored in turn: ${seqs}`);
    }
    if (server.sockets.size !== this.tabs.length) all.push(`${server.sockets.size} sockets are open`);
    return all;
  }
}

async function run(seed) {
  const world = new World(seed);
  for (let i = 0; i < STEPS; i++) {
    world.step();
    await time.pass(world.random() < 0.03 ? 70000 * world.random() : 2000 * world.random());
  }
  world.calm();
  await time.pass(110000);
  world.server.storeUnseen('the last one, and no hint of it');
  await time.pass(30000);
  const wrong = world.wrong();
  const sum = { rows: world.server.rows.length, written: world.tabs.reduce((n, t) => n + t.written.size, 0), faults: world.server.faults };
  world.end();
  time.clear();
  return { wrong, ...sum };
}

const only = Number(process.argv[2]);
const seeds = only ? [only] : Array.from({ length: SEEDS }, (_, i) => i + 1), total = { rows: 0, written: 0 }, faults = {};
for (const seed of seeds) {
  const { wrong, rows, written, faults: done_ } = await run(seed);
  total.rows += rows;
  total.written += written;
  for (const [name, n] of Object.entries(done_)) faults[name] = (faults[name] ?? 0) + n;
  if (only || wrong.length || seed % 25 === 0) is(wrong, [], `seed ${seed}`);
}
console.log(`# ${seeds.length} seeds, ${total.written} messages written, ${total.rows} rows; ${Object.entries(faults).map(([k, n]) => `${k} ${n}`).join(', ')}`);
if (!only) is([total.written > 4000, Object.keys(faults).length, Object.values(faults).every((n) => n > 20)], [true, 20, true], 'there was enough of everything that goes wrong');
done();
