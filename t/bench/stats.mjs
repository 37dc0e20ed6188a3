// stats: what the figures and the history cost when there is much of everything: N chats, generated, behind the whole house (nginx, FastCGI, MariaDB), each
// question beside the same one in plain SQL over the raw rows with the best covering index that we know, its EXPLAIN printed.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { consultation, signIn, staff } from '../lib/people.mjs'
import { buildFolder } from '../lib/system.mjs'
import { cleanup } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { describe, load1 } from './machine.mjs'
import { QUESTIONS, sqlIndexes } from './stats_sql.mjs'
import { rssKb, startBench, stopBench } from './system.mjs'

const usage = `usage: t/bench/run stats [OPTION...]

  --sessions N   chats to generate, about ten messages each (1000000); the tenth of it is measured first
  --days N       over so many days (730)
  --rounds N     questions of each kind (200)
  --no-sql       without the plain SQL beside (its indexes take minutes to build)
  --no-verify    without \`sangdamctl stats verify\` at the end
  --buffer SIZE  innodb_buffer_pool_size (1G)
  --json FILE    where the details go (bench-stats.json in the build folder)`

const { values: options } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1000000' }, days: { type: 'string', default: '730' }, rounds: { type: 'string', default: '200' }, 'no-sql': { type: 'boolean' },
    'no-verify': { type: 'boolean' }, buffer: { type: 'string', default: '1G' }, json: { type: 'string' }, help: { type: 'boolean' },
  },
})
const sessions = Number(options.sessions), days = Number(options.days), rounds = Number(options.rounds)

const say = text => console.error(text)
const figures = []
function add(what, value, unit, { most, least, note } = {}) {
  const good = most !== undefined ? value <= most : least !== undefined ? value >= least : undefined
  figures.push({ what, value, unit, most, least, note, good })
  say(`  ${what}: ${round(value)} ${unit}${most !== undefined ? ` (<= ${most})` : ''}${least !== undefined ? ` (>= ${least})` : ''}${good === undefined ? '' : good ? ' yes' : ' NO'}${note ? `; ${note}` : ''}`)
}
const round = v => (v >= 100 ? Math.round(v).toLocaleString('en-US') : v >= 10 ? v.toFixed(1) : v.toFixed(2))
const rank = (list, p) => [...list].sort((a, b) => a - b)[Math.max(0, Math.ceil(list.length * p) - 1)]

// ---- the system ----

const sql = (system, text, { raw = false } = {}) =>
  execFileSync('mariadb', ['--no-defaults', '-uroot', '-S', system.mariadb, '--default-character-set=utf8mb4', ...(raw ? ['-t'] : ['-N', '-B']), 'sangdam'], { input: text, encoding: 'utf8', maxBuffer: 1 << 28 }).trim()

async function generate(system, n, seed) {
  const began = Date.now()
  await new Promise((yes, no) => {
    const child = spawn(system.program('bin', 'sangdamctl'), ['-c', path.join(system.dir, 'sangdam.conf'), 'demo', 'generate', '--sessions', String(n), '--days', String(days), '--seed', String(seed)], { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('close', code => (code === 0 ? yes() : no(new Error(`demo generate exits ${code}`))))
  })
  return (Date.now() - began) / 1000
}

// Until the database has cleared away what so many changes left behind.
async function settle(system) {
  const left = () => Number(sql(system, "SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'").split('\t')[1])
  await until(() => left() < 100, { seconds: 120, every: 500, say: 'the purge' }).catch(error => say(error.message))
}

// ---- asking ----

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
function get(system, admin, target, onData = () => {}) {
  return new Promise((yes, no) => {
    const request = http.request({ host: '127.0.0.1', port: system.port, path: target, agent, headers: { Cookie: admin.cookie } }, response => {
      response.on('data', onData)
      response.on('error', no)
      response.on('end', () => yes(response))
    })
    request.setTimeout(300000, () => request.destroy(new Error(`${target}: no answer`)))
    request.on('error', no)
    request.end()
  })
}

// The processor time of the programs that answer, in ms: what a question costs also while others keep the machine busy.
function cpuMs(system) {
  const ticks = ['mariadbd', 'stats', 'agent'].flatMap(name => system.pids(name)).map(pid => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' '))
  return ticks.reduce((sum, fields) => sum + Number(fields[11]) + Number(fields[12]), 0) * 10
}

async function timesOf(system, admin, targets) {
  const times = []
  for (let i = 0; i < 5; i++) await get(system, admin, targets[i % targets.length]) // connections and caches
  const cpu = cpuMs(system)
  for (let i = 0; i < rounds; i++) {
    const target = targets[i % targets.length], began = process.hrtime.bigint()
    const response = await get(system, admin, target)
    times.push(Number(process.hrtime.bigint() - began) / 1e6)
    if (response.statusCode !== 200) throw new Error(`${target}: ${response.statusCode}`)
  }
  return { p50: rank(times, 0.5), p95: rank(times, 0.95), cpu: (cpuMs(system) - cpu) / rounds }
}

const day = ago => new Date(Date.now() - ago * 86400000).toISOString().slice(0, 10)
// Whole months at different places, and a span of two years whose ends differ: no two questions in a row are the same.
const monthSpans = Array.from({ length: 20 }, (_, i) => (17 * i) % (days - 31)).map(ago => `from=${day(31 + ago)}&to=${day(ago)}`)
const longSpans = Array.from({ length: 20 }, (_, i) => `from=${day(days - 1 - i)}&to=${day(i % 5)}`)
const VIEWS = ['summary', 'agents', 'categories', 'hours']

async function measureViews(system, admin) {
  const found = { live: await timesOf(system, admin, ['/stats/live.json']) }
  for (const view of VIEWS) {
    found[`${view} month`] = await timesOf(system, admin, monthSpans.map(span => `/stats/${view}.json?${span}`))
    const group = view === 'hours' ? '&group=weekday-hour' : ''
    found[`${view} long`] = await timesOf(system, admin, longSpans.map(span => `/stats/${view}.json?${span}${group}`))
  }
  return found
}

const limitOf = name => (name === 'live' ? 10 : name.endsWith('month') ? 30 : 80)
function addViews(found, before) {
  for (const [name, t] of Object.entries(found)) {
    const grown = before && t.p50 / before[name].p50 // the middle: what the machine does meanwhile is not in it
    add(`/stats/${name.replace('long', `${days} days`)} p95`, t.p95, 'ms', { most: limitOf(name), note: `p50 ${round(t.p50)}, processor ${round(t.cpu)} ms` })
    if (before) add(`/stats/${name.replace('long', `${days} days`)}: cost at 10 times the chats`, grown, 'x', { most: 1.3, note: `p50 ${round(before[name].p50)} -> ${round(t.p50)} ms` })
  }
}

// ---- the export ----

async function measureExport(system, admin) {
  const pids = system.pids('stats')
  const rss = () => Math.max(...pids.map(rssKb))
  let rows = 0, most = 0
  const began = Date.now(), idle = rss()
  const watch = setInterval(() => { most = Math.max(most, rss()) }, 50)
  const response = await get(system, admin, `/stats/chats.csv?from=${day(days + 2)}&to=${day(-1)}`, chunk => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows++
  })
  clearInterval(watch)
  if (!response.complete) throw new Error('the export was cut')
  const seconds = (Date.now() - began) / 1000
  add('CSV of all chats', (rows - 1) / seconds, 'rows/s', { least: 100000, note: `${(rows - 1).toLocaleString('en-US')} rows in ${seconds.toFixed(1)} s` })
  add('CSV: memory of stats.fcgi above idle', Math.max(0, most - idle) / 1024, 'MB', { most: 32 })
}

// ---- the history ----

async function measureHistory(system, admin) {
  const [low, high, count] = sql(system, 'SELECT MIN(session_no), MAX(session_no), COUNT(*) FROM chat_session').split('\t').map(Number)
  const cursors = Array.from({ length: 20 }, (_, i) => Math.round(low + 60 + ((high - low - 60) * (i + 1)) / 20))
  const pages = Math.min(100000, Math.floor(count / 20) - 1)
  for (const [what, targets] of [
    ['history page, by cursor', cursors.map(no => `/history?cursor=${no}`)],
    ['history in JSON, by cursor', cursors.map(no => `/api/admin/chat/sessions/history?cursor=${no}`)],
    // for pages of before, which name a place by its number: the way there is walked, so it grows with the depth; our own pages go by cursor
    ['history in JSON, by number of page', cursors.map((_, i) => `/api/admin/chat/sessions/history?page=${Math.floor((pages * i) / 19)}&size=20`)],
    ['/stats/chats page, by cursor', cursors.map((_, i) => `/stats/chats.html?from=${day(days + 2)}&to=${day(-1)}&cursor=${Date.now() - Math.round((days * 86400000 * (i + 1)) / 22)}-${high}`)],
  ]) {
    const t = await timesOf(system, admin, targets)
    add(`${what}, any depth, p95`, t.p95, 'ms', { ...(/number/.test(what) ? {} : { most: 30 }), note: `p50 ${round(t.p50)}, processor ${round(t.cpu)} ms` })
  }
}

// One chat of 1,000 rows: in five pages by REST, as a client that comes back reads them.
async function measureThousand(system, admin, one) {
  const { person, id } = await consultation(system, one)
  sql(system, `SET @no = (SELECT session_no FROM chat_session WHERE session_id = '${id}'), @head = (SELECT message_count FROM chat_session WHERE session_id = '${id}');
    INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, kind, content, cdate)
    SELECT @no, @head + seq, '${id}', ${person.memberId}, 'M', 'TEXT', CONCAT('배송이 언제 되는지 궁금합니다. ', seq), UTC_TIMESTAMP(3) FROM seq_1_to_1000;
    UPDATE chat_session SET message_count = message_count + 1000 WHERE session_no = @no`)
  const head = Number(sql(system, `SELECT message_count FROM chat_session WHERE session_id = '${id}'`)), times = []
  for (let i = 0; i < rounds / 4 + 5; i++) {
    const began = process.hrtime.bigint()
    for (let after = head - 1000; after < head; after += 200) await get(system, admin, `/api/admin/chat/sessions/${id}/messages?after=${after}&limit=200`)
    if (i >= 5) times.push(Number(process.hrtime.bigint() - began) / 1e6)
  }
  add("one chat's 1,000 messages, in five answers of 200, p95", rank(times, 0.95), 'ms', { note: `p50 ${round(rank(times, 0.5))}` })
  const inside = []
  for (let i = 0; i < 5; i++) inside.push(Number(sql(system, `SET @t = NOW(6); SELECT COUNT(content) INTO @n FROM chat_message WHERE session_id = '${id}' ORDER BY seq; SELECT TIMESTAMPDIFF(MICROSECOND, @t, SYSDATE(6)) / 1000`)))
  add("one chat's 1,000 messages, read by the database", rank(inside, 0.5), 'ms', { most: 5, note: 'SELECT ... WHERE session_id = ?' })
}

// What a customer and an agent wait for when a chat ends: REST, beside other chats that were closed just before.
async function measureClose(system, one) {
  const times = []
  for (let i = 0; i < Math.min(rounds, 100); i++) {
    const { id } = await consultation(system, one)
    const began = process.hrtime.bigint()
    await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
    times.push(Number(process.hrtime.bigint() - began) / 1e6)
  }
  return rank(times, 0.5)
}

// ---- plain SQL ----

function measureSql(system) {
  say('indexes for plain SQL')
  for (const statement of sqlIndexes) sql(system, statement)
  for (const [name, question] of Object.entries(QUESTIONS)) {
    for (const [span, from, to] of [['month', day(62), day(31)], [`${days} days`, day(days - 1), day(0)]]) {
      const text = question.replaceAll(':from', `'${from}'`).replaceAll(':to', `'${to}'`)
      const began = Date.now()
      try {
        sql(system, `SET SESSION max_statement_time = 40; ${text}`)
        add(`plain SQL: ${name}, ${span}`, Date.now() - began, 'ms')
      } catch (error) {
        add(`plain SQL: ${name}, ${span}`, Date.now() - began, 'ms', { note: `given up: ${String(error.stderr ?? error.message).slice(0, 120)}` })
      }
      if (span === 'month') say(sql(system, `EXPLAIN ${text}`, { raw: true }))
    }
  }
}

// ---- all ----

async function main() {
  if (options.help) {
    console.log(usage)
    return 0
  }
  if (!(sessions >= 1000) || !(days >= 40) || !(rounds >= 20)) {
    console.error(usage)
    return 64
  }
  const before = load1()
  say('starting sangdam')
  const system = await startBench({ set: { stats_settle: '1s', send_rate: '1000000/10s', login_tries: '1000000/1m', signup_rate: '1000000/1m' } })
  cleanup(() => stopBench(system))
  try {
    system.mariadb = path.join(system.dir, 'run/mariadb.sock')
    if (!fs.existsSync(system.mariadb)) system.mariadb = /^db_socket\s*=\s*(\S+)/m.exec(fs.readFileSync(path.join(system.dir, 'sangdam.conf'), 'utf8'))[1]
    sql(system, `SET GLOBAL innodb_buffer_pool_size = ${Number.parseInt(options.buffer, 10)} * 1024 * 1024 * ${/G$/i.test(options.buffer) ? 1024 : 1}`)
    const boss = await staff(system, 'admin'), admin = await signIn(system, boss.email), one = await staff(system)
    const machine = describe(system.dir)
    const log = sql(system, 'SELECT @@innodb_log_file_size')
    const closeBefore = await measureClose(system, one)
    // how the chats get in is not what is measured: a crash may lose them
    sql(system, 'SET GLOBAL innodb_flush_log_at_trx_commit = 0, innodb_log_file_size = 1073741824')

    say(`generating ${Math.round(sessions / 10)} chats`)
    let took = await generate(system, Math.round(sessions / 10), 1)
    await settle(system)
    const first = await measureViews(system, admin)
    say(`generating ${sessions - Math.round(sessions / 10)} chats more`)
    took += await generate(system, sessions - Math.round(sessions / 10), 2)
    sql(system, `SET GLOBAL innodb_flush_log_at_trx_commit = 1, innodb_log_file_size = ${log}`)
    const messages = Number(sql(system, 'SELECT COUNT(*) FROM chat_message'))
    add('generating', sessions / took, 'chats/s', { note: `${sessions.toLocaleString('en-US')} chats, ${messages.toLocaleString('en-US')} messages, in ${took.toFixed(0)} s, figures and sums included` })
    await settle(system)
    sql(system, 'ANALYZE TABLE chat_session, chat_message, chat_figure, stats_cell, stats_block')

    say('figures')
    addViews(await measureViews(system, admin), first)
    await measureExport(system, admin)
    say('history')
    await measureHistory(system, admin)
    await measureThousand(system, admin, one)
    const closeAfter = await measureClose(system, one)
    add('closing a chat beside all of them, to closing one in an empty house', closeAfter / closeBefore, 'x', { most: 1.1, note: `p50 ${round(closeBefore)} -> ${round(closeAfter)} ms` })
    if (!options['no-verify']) {
      const began = Date.now()
      const said = JSON.parse(await system.ctl(['stats', 'verify', '--json']))
      add('stats verify: differences', said.differences, '', { most: 0, note: `${said.chats.toLocaleString('en-US')} chats, ${said.blocks} blocks, ${((Date.now() - began) / 1000).toFixed(0)} s` })
    }
    if (!options['no-sql']) measureSql(system)
    const size = sql(system, "SELECT ROUND(SUM(data_length + index_length) / 1048576) FROM information_schema.tables WHERE table_schema = 'sangdam'")
    print(machine, [before, load1()], size)
    fs.writeFileSync(options.json ?? path.join(buildFolder(), 'bench-stats.json'), JSON.stringify({ machine, load: [before, load1()], sessions, messages, days, rounds, figures }, null, 1) + '\n')
  } finally {
    await stopBench(system)
  }
  return figures.some(f => f.good === false) ? 1 : 0
}

function print(m, load, megabytes) {
  console.log(`Measured ${m.date}${m.commit ? ` at ${m.commit}` : ''}: ${m.cores} cores (${m.cpu}), ${m.memoryGb} GB, CFLAGS ${m.cflags}; the database on ${m.fileSystem}, ${megabytes} MB with the`)
  console.log(`indexes of plain SQL, a buffer pool of ${options.buffer}; load of the machine ${load.map(l => l.toFixed(1)).join(' to ')}. ${rounds} questions of each kind, one after the other, through nginx.\n`)
  console.log('| figure | measured | goal | reached |\n|---|---|---|---|')
  for (const f of figures)
    console.log(`| ${f.what} | ${round(f.value)} ${f.unit}${f.note ? ` (${f.note})` : ''} | ${f.most !== undefined ? `<= ${f.most} ${f.unit}` : f.least !== undefined ? `>= ${f.least} ${f.unit}` : ''} | ${f.good === undefined ? '' : f.good ? 'yes' : 'no'} |`)
}

process.exit(await main())
