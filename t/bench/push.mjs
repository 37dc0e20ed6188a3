// push: the scenarios without storage: memory, connections, messages under the open prefix, slow readers, an idle crowd. Each is an async function of the
// bench that adds figures; doc/performance.md says what each means.
import { hold, load } from './load.mjs'
import { renewPushd, privateKb, pushdPid, rssKb, settled } from './system.mjs'
import { runSql } from './seed.mjs'

const IDLE = 19000
const IDLE_PEER = { ws: 19000, mosquitto: 10000, nchan: 10000, rabbitmq: 1000 }
const PAIRS = 200
const GENERATOR_FLOOR = 110000 // pair messages a second that the generator must do against the bare relay

const base = bench => ({ unix: bench.system.socket, path: '/ws', vars: bench.vars, header: 'Cookie: sid=%1', pid: pushdPid(bench.system) })
const roles = bench => ({ unix: bench.system.socket, path: '/ws', vars: bench.vars, cust_header: 'Cookie: sid=%1', agent_header: 'Cookie: sid=%2', pid: pushdPid(bench.system) })
const PAIR = { mode: 'pair', count: PAIRS, duration: 4, warmup: 1 }
const FANOUT = { mode: 'fanout', count: 1000, window: 4, duration: 3, warmup: 1 }
const OPEN = { mode: 'pair', count: 100, rate: 1000, duration: 5, warmup: 1 }

const ownTopics = { cust_sub: '/open/a.%d', cust_dest: '/open/b.%d', agent_sub: '/open/b.%d', agent_dest: '/open/a.%d' }
const oneTopic = { sub: '/open/p.%d', dest: '/open/p.%d' }
const mean = list => list.reduce((a, b) => a + b, 0) / list.length

const idleCount = bench => Math.min(IDLE, bench.seeded)

// How a peer does what pushd does under that figure's name: {value, detail}.
const theirs = {
  async idle(peer) {
    const r = await load({ ...peer.reach, ...peer.one, mode: 'idle', count: IDLE_PEER[peer.name], inflight: 128, settle: 2, duration: 1, pid: peer.pids() }, { seconds: 40 })
    return { value: r.bytes_per_connection, detail: r }
  },
  async connect_warm(peer) {
    const r = await load({ ...peer.reach, ...peer.one, mode: 'connect', count: peer.name === 'rabbitmq' ? 500 : 5000, inflight: 256 }, { seconds: 40 })
    return { value: r.connects_per_s, detail: r }
  },
  async pair(peer) {
    const r = await load({ ...PAIR, ...peer.reach, ...peer.pair, duration: 2, pid: peer.pids() }, { seconds: 20 })
    return { value: r.delivered_per_s, detail: r }
  },
  async fanout(peer) {
    const r = await load({ ...FANOUT, ...peer.reach, ...peer.fan, duration: 2, pid: peer.pids() }, { seconds: 20 })
    return { value: r.delivered_per_s, detail: r }
  },
  async open(peer) {
    const r = await load({ ...OPEN, ...peer.reach, ...peer.pair, duration: 3 }, { seconds: 20 })
    return { value: r.p99_ms, detail: r }
  },
}

// Starts each peer for itself, measures it and ends it.
async function besides(bench, id) {
  for (const name of bench.peers.filter(one => one !== 'rabbitmq')) await bench.withPeer(name, id, peer => theirs[id](peer))
}

export async function rabbitmq(bench) {
  if (bench.peers.includes('rabbitmq')) await bench.withPeer('rabbitmq', Object.keys(theirs), (peer, id) => theirs[id](peer))
}

export async function idle(bench) {
  await renewPushd(bench.system)
  const pid = pushdPid(bench.system)
  await settled(pid)
  bench.add('rss', 'base RSS', { value: rssKb(pid) / 1024, unit: 'MB', most: 14 })
  bench.add('private', 'private memory before the first connection', { value: privateKb(pid) / 1024, unit: 'MB', most: 4 })
  const count = idleCount(bench)
  const kinds = [['idle', 'idle connection, subscribed to its own chat', '/topic/chat/%3', 1200], ['idle_open', 'the same, all subscribed to one open destination', '/open/idle', 1200]]
  for (const [id, what, sub, most] of kinds) {
    if (id !== 'idle') await renewPushd(bench.system)
    await settled(pushdPid(bench.system))
    const r = await load({ ...base(bench), mode: 'idle', count, sub, inflight: 128, settle: 2, duration: 1 })
    bench.add(id, `${what} (${r.opened} connections)`, {
      value: r.bytes_per_connection, unit: 'bytes', most, failed: r.opened < count && `only ${r.opened} of ${count} were opened`, detail: r,
    })
  }
  await besides(bench, 'idle')
}

export async function connect(bench) {
  const count = Math.min(5000, bench.seeded / 2)
  const disabled = 100
  await renewPushd(bench.system)
  const options = { ...base(bench), mode: 'connect', count, sub: '/topic/chat/%3', inflight: 256 }
  const cold = await load({ ...options })
  bench.add('connect_cold', `connect + subscribe by cookie, ${count} members with a chat each, new to this pushd`, {
    value: cold.connects_per_s, unit: '/s', least: 5000, failed: cold.opened < count && `${cold.failed} failed, ${cold.refused} were refused`, detail: cold,
  })
  const out = bench.chats.slice(0, disabled).map(chat => chat.memberId).join(',')
  const began = Date.now()
  await runSql(bench.system, ['START TRANSACTION;', `UPDATE member SET status = 0 WHERE member_id IN (${out});`,
    `INSERT INTO right_change (member_id, cdate) SELECT member_id, NOW(3) FROM member WHERE member_id IN (${out});`, 'COMMIT;'])
  const between = Date.now() - began
  const warm = await load({ ...options })
  const rightOnes = warm.refused_ids.length === disabled && warm.refused_ids.every(id => id < disabled)
  bench.add('connect_warm', `the same again after ${between} ms`, {
    value: warm.connects_per_s, unit: '/s', least: 15000, failed: warm.opened !== count - disabled && `${warm.opened} of ${count - disabled} were let in`, detail: warm,
  })
  bench.add('disabled', `of ${disabled} members disabled between the two: let in or served`, {
    value: rightOnes ? warm.refused_but_served : disabled - warm.refused, unit: '', most: 0, failed: !rightOnes && 'others were refused', detail: { refused: warm.refused },
  })
  await runSql(bench.system, [`UPDATE member SET status = 1 WHERE member_id IN (${out});`])
  await renewPushd(bench.system)
  const bearer = await load({ ...options, pid: pushdPid(bench.system), header: 'Authorization: Bearer %4' })
  bench.add('connect_bearer', 'the same by bearer token, new to this pushd', {
    value: bearer.connects_per_s, unit: '/s', least: 5000, failed: bearer.opened < count && `${bearer.failed} failed, ${bearer.refused} were refused`, detail: bearer,
  })
  await besides(bench, 'connect_warm')
}

// The bare relay before and behind: what else the machine did shows in both.
async function beside(bench, what, bareOptions, ours) {
  const before = await load({ ...bench.bare.reach, ...bareOptions, pid: bench.bare.pids() })
  const r = await load(ours)
  const behind = await load({ ...bench.bare.reach, ...bareOptions, pid: bench.bare.pids() })
  return { r, floor: mean([before.delivered_per_s, behind.delivered_per_s]), detail: { [what]: r, bare: [before, behind] } }
}

export async function pair(bench) {
  await renewPushd(bench.system)
  const shapes = [
    ['pair', `pair messages, ${PAIRS} pairs, one under way in each`, ownTopics, bench.bare.pair, {}],
    ['pair_topic', 'the same, both on one destination (the sender hears itself)', oneTopic, { path: '/room/%d' }, {}],
    ['pair_8', 'the first with 8 under way in each pair', ownTopics, bench.bare.pair, { window: 8 }],
  ]
  for (const [id, what, topics, paths, more] of shapes) {
    const { r, floor, detail } = await beside(bench, id, { ...PAIR, ...paths, ...more, duration: 2 }, { ...PAIR, ...roles(bench), ...topics, ...more })
    bench.add(id, what, {
      value: r.delivered_per_s, unit: '/s', detail, p50: r.p50_ms, p99: r.p99_ms,
      least: id === 'pair' ? 0.8 * floor : undefined, goal: id === 'pair' ? '0.8 of the bare relay' : undefined,
      failed: r.lost_messages > 0 && `${r.lost_messages} were lost`,
      unmeasured: id === 'pair' && floor < GENERATOR_FLOOR && `the generator reached ${Math.round(floor)}/s against the bare relay, ${GENERATOR_FLOOR} are needed`,
    })
    bench.beside(id, 'bare', { value: floor })
  }
  await besides(bench, 'pair')
}

export async function fanout(bench) {
  await renewPushd(bench.system)
  const ours = () => load({ ...FANOUT, ...roles(bench), sub: '/open/fan', dest: '/open/fan', inflight: 128 })
  const first = await ours()
  await besides(bench, 'fanout')
  const last = await ours() // on either side of those that it is compared with
  const value = mean([first.delivered_per_s, last.delivered_per_s])
  const lost = first.lost_messages + last.lost_messages
  bench.add('fanout', 'fan-out 1 to 1000, deliveries', {
    value, unit: '/s', least: 200000, p50: last.p50_ms, p99: last.p99_ms, failed: lost > 0 && `${lost} were lost`, detail: [first, last],
  })
  const ws = bench.figure('fanout').beside?.ws?.value
  bench.add('fanout_ws', 'fan-out beside npm ws 8', { value: ws && value / ws, unit: 'times', least: ws ? 1 : undefined, goal: '>= 1', unmeasured: !ws && 'npm ws is not present' })
  const bare = await load({ ...FANOUT, ...bench.bare.reach, ...bench.bare.fan, duration: 2 })
  bench.beside('fanout', 'bare', { value: bare.delivered_per_s })
}

export async function open(bench) {
  await renewPushd(bench.system)
  const r = await load({ ...OPEN, ...roles(bench), ...ownTopics })
  bench.add('open', 'open loop of 1000 messages a second, p99', { value: r.p99_ms, unit: 'ms', most: 1, p50: r.p50_ms, failed: r.lost_messages > 0 && `${r.lost_messages} were lost`, detail: r })
  const bare = await load({ ...OPEN, ...bench.bare.reach, ...bench.bare.pair })
  bench.beside('open', 'bare', { value: bare.p99_ms })
  await besides(bench, 'open')
}

// Readers that take nothing: their queues fill to out_queue_max each, then they are closed. Others must not notice.
export async function stalled(bench) {
  await renewPushd(bench.system)
  const busy = { mode: 'pair', count: 50, rate: 1000, warmup: 1, ...roles(bench), ...ownTopics }
  const before = await load({ ...busy, duration: 5 })
  const readers = 1000
  const held = hold({ ...base(bench), mode: 'stall', count: readers, sub: '/open/s.%d', dest: '/open/s.%d', rate: 2000, size: 16000, warmup: 0, duration: 24, inflight: 128 })
  await held.ready
  const during = await load({ ...busy, duration: 20 })
  const r = await held.stop()
  bench.add('stalled', `memory that ${readers} stalled readers cost at most`, {
    value: (r.rss_peak_kb - r.rss_before_kb) / 1024, unit: 'MiB', most: 300, failed: r.opened < readers && `only ${r.opened} were opened`, detail: r,
  })
  bench.add('stalled_closed', 'of them closed as slow', { value: r.dropped, unit: '', detail: r.codes })
  bench.add('stalled_p99', 'p99 of 1000 messages a second of others meanwhile, beside before', {
    value: during.p99_ms / before.p99_ms, unit: 'times', most: 2, failed: during.lost_messages > 0 && `${during.lost_messages} were lost`, detail: { before, during },
  })
}

export async function crowd(bench) {
  await renewPushd(bench.system)
  const busy = () => load({ mode: 'pair', count: 50, rate: 20000, duration: 5, warmup: 1, ...roles(bench), ...ownTopics })
  const alone = await busy()
  const count = idleCount(bench)
  const held = hold({ ...base(bench), mode: 'idle', count, sub: '/topic/chat/%3', inflight: 128, duration: 120 }, { seconds: 150 })
  await held.ready
  await settled(pushdPid(bench.system))
  const among = await busy()
  const r = await held.stop()
  bench.add('crowd', `CPU a delivered message with ${r.opened} idle beside 100 busy connections, beside without them`, {
    value: among.server_us_per_delivery / alone.server_us_per_delivery, unit: 'times', most: 1.1, failed: r.opened < count && `only ${r.opened} were opened`,
    detail: { alone, among },
  })
}
