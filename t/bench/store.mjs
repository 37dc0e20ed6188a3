// store: the scenarios with storage: COMMIT before each delivery, on a disk that flushes.
import { load, program } from './load.mjs'
import { flushTimes, fsyncsPerSecond, isMemory } from './machine.mjs'
import { seedWaiting, seedChats, writeVars } from './seed.mjs'
import { allPids, pushdPid, renewPushd, setKeys, startBench, stopBench } from './system.mjs'

const PAIRS = 200
const WINDOW = 2 // under way in each pair: people answer, they don't pile up
const SLOW_US = 5000

const body = '{"sessionId":"%3","content":"%s","clientMessageId":"%u"}'
export const chatting = (system, vars, pid = pushdPid(system)) => ({
  mode: 'pair', unix: system.socket, path: '/ws', vars, cust_header: 'Cookie: sid=%1', agent_header: 'Cookie: sid=%2', sub: '/topic/chat/%3',
  dest: '/app/chat.sendMessage', body, send_receipt: true, drain: 5, pid,
})

async function flushes(system) {
  const rows = await system.sql('SHOW GLOBAL STATUS WHERE variable_name IN (\'Innodb_os_log_fsyncs\', \'Innodb_data_fsyncs\')')
  return Math.max(...rows.map(row => Number(row[1])))
}

const emptyLog = async system => Number((await system.sql('SELECT COUNT(*) FROM chat_message'))[0][0])

// What was acknowledged is in the table, once, dense, under the head of its chat. Returns what is wrong, or undefined.
async function checkRows(system, before, r) {
  const [[rows, ids]] = await system.sql('SELECT COUNT(*), COUNT(DISTINCT client_message_id) FROM chat_message WHERE kind = \'TEXT\'')
  const wrong = await system.sql('SELECT m.session_no FROM chat_message m JOIN chat_session s USING (session_no) GROUP BY m.session_no'
    + ' HAVING COUNT(*) <> MAX(m.seq) OR MAX(m.seq) <> MAX(s.message_count)')
  if (wrong.length) return `${wrong.length} chats are not dense`
  if (rows !== ids) return `${rows} rows but ${ids} client ids`
  const stored = Number(rows) - before
  if (stored !== r.sent_total || r.acked_total !== r.sent_total || r.lost_messages) return `${r.sent_total} sent, ${stored} rows, ${r.acked_total} receipts, ${r.lost_messages} not delivered`
  return undefined
}

async function storedPairs(system, vars, options) {
  const before = await emptyLog(system)
  const began = Date.now()
  const flushed = await flushes(system)
  const r = await load({ ...chatting(system, vars), count: PAIRS, window: WINDOW, duration: 5, warmup: 1, ...options }, { seconds: 60 })
  r.flushes_per_s = (await flushes(system) - flushed) / ((Date.now() - began) / 1000)
  return { r, wrong: await checkRows(system, before, r) }
}

const refuseMemory = bench => isMemory(bench.machine.fileSystem) && `the database lies on ${bench.machine.fileSystem}`

export async function stored(bench) {
  const { system, pairVars: vars } = bench
  const unmeasured = refuseMemory(bench)
  await renewPushd(system)
  const open = await load({
    ...chatting(system, vars), count: PAIRS, window: WINDOW, duration: 3, warmup: 1, sub: '/open/p.%d', dest: '/open/p.%d', send_receipt: undefined,
  })
  const { r, wrong } = await storedPairs(system, vars)
  bench.add('stored', `stored pair messages, ${PAIRS} pairs, ${WINDOW} under way in each, rows checked`, {
    value: r.delivered_per_s, unit: '/s', least: 35000, p50: r.p50_ms, p99: r.p99_ms, failed: wrong, unmeasured, detail: r,
  })
  bench.add('stored_flushes', 'flushes of MariaDB meanwhile', { value: r.flushes_per_s, unit: '/s', detail: { disk: bench.machine.fsyncsPerSecond } })
  bench.add('stored_open', 'beside the same messages without storage', { value: r.delivered_per_s / open.delivered_per_s, unit: 'times', least: 0.5, unmeasured, detail: open })
  bench.storedRate = r.delivered_per_s
  await plain(bench, r, unmeasured)
}

// The same pushd with a transaction a message, on 8 connections.
async function plain(bench, r, unmeasured) {
  const { system, pairVars: vars } = bench
  if (!await setKeys(system, { writer: 'plain' })) {
    bench.add('stored_plain', 'beside `writer = plain`', { unit: 'times', least: 3, unmeasured: 'this pushd has no key `writer`' })
    return
  }
  const p = await storedPairs(system, vars)
  await setKeys(system, { writer: 'batch' })
  bench.add('stored_plain', 'beside `writer = plain` with 8 connections', {
    value: r.delivered_per_s / p.r.delivered_per_s, unit: 'times', least: 3, failed: p.wrong, unmeasured, detail: p.r,
  })
}

export async function lone(bench) {
  const { system, pairVars: vars } = bench
  await renewPushd(system)
  const r = await load({ ...chatting(system, vars), count: 1, rate: 50, duration: 6, warmup: 1 })
  bench.add('lone', 'one lone message, committed and delivered, p50', { value: r.p50_ms, unit: 'ms', most: 1, p99: r.p99_ms, unmeasured: refuseMemory(bench), detail: r })
  bench.add('lone_disk', 'one flush of this disk', { value: 1000 / fsyncsPerSecond(system.dir), unit: 'ms' })
}

export async function storedOpen(bench) {
  const { system, pairVars: vars } = bench
  await renewPushd(system)
  const r = await load({ ...chatting(system, vars), count: PAIRS, rate: 1000, duration: 6, warmup: 1 })
  bench.add('stored_open_loop', 'open loop of 1000 stored messages a second, p99', {
    value: r.p99_ms, unit: 'ms', most: 3, p50: r.p50_ms, failed: r.lost_messages > 0 && `${r.lost_messages} were lost`, unmeasured: refuseMemory(bench), detail: r,
  })
  const flushed = flushTimes(system.dir)
  bench.add('stored_open_disk', 'one flush of this disk, p99', { value: flushed[Math.floor(flushed.length * 0.99)], unit: 'ms' })
}

export async function post(bench) {
  const { system, pairVars: vars } = bench
  await renewPushd(system)
  const before = await emptyLog(system)
  const r = await load({
    mode: 'post', port: system.port, count: 8, vars, path: '/api/chat/sessions/%3/messages', header: 'Authorization: Bearer %4', host: `127.0.0.1:${system.port}`,
    body: '{"content":"안녕하세요 %d","clientMessageId":"%u"}', duration: 5, warmup: 1, pid: allPids(system),
  })
  const stored = await emptyLog(system) - before
  const failed = r.errors.http > 0 ? `answers ${JSON.stringify(r.codes)}` : stored !== r.delivered_total && `${r.delivered_total} answers of 201, ${stored} rows`
  bench.add('post', 'POST of a message by REST through nginx, 8 connections', { value: r.delivered_per_s, unit: '/s', least: 6000, p50: r.p50_ms, p99: r.p99_ms, failed, unmeasured: refuseMemory(bench), detail: r })
  bench.add('post_cpu', 'CPU of one POST over all processes', { value: r.server_us_per_delivery / 1000, unit: 'ms', most: 0.25 })
}

// The list of who waits, by its URL: an agent's program that asks again and again, whole answers of 200.
export async function waiting(bench) {
  const { system } = bench
  const { bearer, rows } = await seedWaiting(system, 500)
  for (const [limit, least] of [[50, 2400], [200, 600]]) {
    const url = `/api/admin/chat/sessions/waiting?limit=${limit}`
    const { data } = await (await fetch(`${system.url}${url}`, { headers: { Authorization: `Bearer ${bearer}` } })).json()
    const r = await load({
      mode: 'get', port: system.port, count: 8, path: url, header: `Authorization: Bearer ${bearer}`, host: `127.0.0.1:${system.port}`, duration: 5, warmup: 1, pid: allPids(system),
    })
    const failed = r.errors.http > 0 ? `answers ${JSON.stringify(r.codes)}` : data.length !== limit && `${data.length} rows of ${rows}`
    bench.add(`waiting_${limit}`, `GET of the waiting list with ${rows} waiting, limit=${limit}, through nginx, 8 connections`, {
      value: r.delivered_per_s, unit: '/s', least, p50: r.p50_ms, p99: r.p99_ms, failed, detail: r,
    })
  }
}

// The same on a disk whose flush takes 5 ms more: only a group of messages a flush carries that.
export async function slowDisk(bench) {
  if (bench.storedRate === undefined) await stored(bench)
  const system = await startBench({ set: bench.set, env: { LD_PRELOAD: program('slow_fsync.so'), SLOW_FSYNC_US: String(SLOW_US) } })
  try {
    const vars = writeVars(`${system.dir}/pairs`, await seedChats(system, PAIRS))
    const { r, wrong } = await storedPairs(system, vars)
    const unmeasured = refuseMemory(bench)
    bench.add('slow_disk', `stored pair messages with ${SLOW_US / 1000} ms more a flush, beside without`, {
      value: r.delivered_per_s / bench.storedRate, unit: 'times', least: 0.6, failed: wrong, unmeasured, detail: r,
    })
    bench.add('slow_disk_p99', 'p99 of these', { value: r.p99_ms, unit: 'ms', most: 40, p50: r.p50_ms, unmeasured })
  } finally {
    await stopBench(system)
  }
}
