// search: what a search in the history costs when there are N messages: the 100 most frequent and 100 rare two-syllable words of generated chats, by REST behind
// the whole house (nginx, FastCGI, MariaDB). With --designs also what other indexes would cost for the same words, by SQL alone: a FULLTEXT index over
// tokens of hexadecimal digits (the server's own cuts no Korean), and a plain row for each token and message.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { staff } from '../lib/people.mjs'
import { buildFolder } from '../lib/system.mjs'
import { cleanup } from '../lib/tap.mjs'
import { describe, load1 } from './machine.mjs'
import { startBench, stopBench } from './system.mjs'

const usage = `usage: t/bench/run search [OPTION...]

  --messages N   messages to generate (10000000)
  --words N      words of the generated language (50000)
  --days N       over so many days (730)
  --designs      other indexes too (small numbers of messages alone: all tokens go through this program's memory)
  --compare N    so many random words compared with LIKE at the end (0)
  --buffer SIZE  innodb_buffer_pool_size (1G)
  --json FILE    where the details go (bench-search.json in the build folder)`

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000000' }, words: { type: 'string', default: '50000' }, days: { type: 'string', default: '730' }, designs: { type: 'boolean' },
    compare: { type: 'string', default: '0' }, buffer: { type: 'string', default: '1G' }, json: { type: 'string' }, help: { type: 'boolean' },
  },
})
const MESSAGES_A_CHAT = 9.7 // of demo generate, system rows included
const KIND = 100 // words of each kind
const messages = Number(options.messages)

const say = text => console.error(text)
const figures = []
function add(what, value, unit, { most, note } = {}) {
  figures.push({ what, value, unit, most, note, good: most === undefined ? undefined : value <= most })
  say(`  ${what}: ${value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)} ${unit}${most === undefined ? '' : ` (<= ${most}) ${value <= most ? 'yes' : 'NO'}`}${note ? `; ${note}` : ''}`)
}
const rank = (list, p) => [...list].sort((a, b) => a - b)[Math.max(0, Math.ceil(list.length * p) - 1)]
const seconds = async work => {
  const began = Date.now()
  await work()
  return (Date.now() - began) / 1000
}

const sql = (system, text) => execFileSync('mariadb', ['--no-defaults', '-uroot', '-S', system.mariadb, '--default-character-set=utf8mb4', '--local-infile=1', '-N', '-B', '-r', 'sangdam'],
  { input: text, encoding: 'utf8', maxBuffer: 1 << 30 }).trim()
const ctl = (system, args) => execFileSync(system.program('bin', 'sangdamctl'), ['-c', path.join(system.dir, 'sangdam.conf'), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
const megabytes = (system, table) => Number(sql(system, `ANALYZE TABLE ${table}; SELECT data_length + index_length FROM information_schema.tables WHERE table_schema = 'sangdam' AND table_name = '${table}'`).split('\n').at(-1)) / 1e6

// ---- words ----

// Two Hangul syllables in a row are a token of their own: search_token itself says how many chats have it.
function chooseWords(system) {
  const rows = sql(system, `SELECT token, SUM(BIT_COUNT(chats)) n FROM search_token WHERE token BETWEEN (0xAC00 << 21) AND (0xD7A4 << 21) AND (token & 0x1FFFFF) BETWEEN 0xAC00 AND 0xD7A3
    GROUP BY token ORDER BY n DESC, token`).split('\n').map(line => line.split('\t').map(Number))
  const few = rows.findIndex(([, n]) => n <= 20), rare = rows.slice(Math.min(few < 0 ? Infinity : few, rows.length - KIND)) // the rarest hundred when all are said more often
  const text = token => String.fromCodePoint(Math.floor(token / 2 ** 21), token % 2 ** 21)
  const some = Array.from({ length: KIND }, (_, i) => rare[Math.floor(i * rare.length / KIND)])
  return { frequent: rows.slice(0, KIND).map(([token, n]) => ({ token, n, word: text(token) })), rare: some.map(([token, n]) => ({ token, n, word: text(token) })) }
}

// ---- asking ----

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
function get(system, who, query) {
  return new Promise((yes, no) => {
    const began = process.hrtime.bigint()
    const request = http.request({ host: '127.0.0.1', port: system.port, path: `/api/admin/chat/sessions/history?${new URLSearchParams(query)}`, agent, headers: { Cookie: who.cookie } }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', part => { text += part })
      response.on('error', no)
      response.on('end', () => yes({ status: response.statusCode, ms: Number(process.hrtime.bigint() - began) / 1e6, json: JSON.parse(text) }))
    })
    request.setTimeout(60000, () => request.destroy(new Error('no answer')))
    request.on('error', no)
    request.end()
  })
}

async function ask(system, who, words, what, extra = {}) {
  const took = []
  let found = 0
  for (const { word } of words) {
    const answer = await get(system, who, { q: word, limit: 20, ...extra })
    if (answer.status !== 200) throw new Error(`${word}: ${answer.status}`)
    took.push(answer.ms)
    found += answer.json.data.length
  }
  add(`${what}, p95`, rank(took, 0.95), 'ms', { most: 200, note: `p50 ${rank(took, 0.5).toFixed(1)}, max ${rank(took, 1).toFixed(1)}; ${(found / words.length).toFixed(1)} chats a page` })
}

// ---- other designs ----

const isSpace = /\s/u
function tokensOf(text) {
  const found = new Set(), points = [...text.normalize('NFC').toLowerCase()]
  points.forEach((point, i) => {
    if (isSpace.test(point)) return
    found.add(point.codePointAt(0))
    if (i > 0 && !isSpace.test(points[i - 1])) found.add(points[i - 1].codePointAt(0) * 2 ** 21 + point.codePointAt(0))
  })
  return found
}

function fillDesigns(system) {
  const rows = sql(system, "SELECT session_no, seq, REPLACE(REPLACE(content, '\\n', ' '), '\\t', ' ') FROM chat_message WHERE kind IN ('TEXT', 'FILE') AND sender_type <> 'S'").split('\n')
  const posting = path.join(system.dir, 'posting.tsv'), full = path.join(system.dir, 'full.tsv')
  const to = [fs.openSync(posting, 'w'), fs.openSync(full, 'w')]
  for (let i = 0; i < rows.length; i += 1000) {
    const lines = [[], []]
    for (const row of rows.slice(i, i + 1000)) {
      const [no, seq, content] = row.split('\t')
      const tokens = [...tokensOf(content)]
      for (const token of tokens) lines[0].push(`${token}\t${no}\t${seq}\n`)
      lines[1].push(`${no}\t${seq}\t${tokens.map(token => token.toString(16)).join(' ')}\n`)
    }
    to.forEach((fd, k) => fs.writeSync(fd, lines[k].join('')))
  }
  to.forEach(fd => fs.closeSync(fd))
  return { posting, full }
}

// Each word's milliseconds within the server.
function timeSql(system, words, query) {
  const out = sql(system, words.map(one => `SET @began = SYSDATE(6); SELECT COUNT(*) INTO @n FROM (${query(one)}) t; SELECT TIMESTAMPDIFF(MICROSECOND, @began, SYSDATE(6));`).join('\n'))
  return out.split('\n').map(line => Number(line) / 1000)
}

async function designs(system, words) {
  const files = fillDesigns(system)
  const kinds = {
    'a row for each token and message': {
      table: 'bench_posting', make: 'token BIGINT, session_no BIGINT, seq INT, PRIMARY KEY (token, session_no, seq)', file: files.posting,
      query: ({ token }) => `SELECT DISTINCT session_no FROM bench_posting WHERE token = ${token} ORDER BY session_no DESC LIMIT 21`,
    },
    'FULLTEXT over hexadecimal tokens': {
      table: 'bench_full', make: 'session_no BIGINT, seq INT, tokens TEXT CHARACTER SET ascii, PRIMARY KEY (session_no, seq), FULLTEXT KEY (tokens)', file: files.full,
      query: ({ token }) => `SELECT DISTINCT session_no FROM bench_full WHERE MATCH (tokens) AGAINST ('+${token.toString(16)}' IN BOOLEAN MODE) ORDER BY session_no DESC LIMIT 21`,
    },
    'a bit for each token and chat (ours)': {
      table: 'search_token', query: ({ token }) => `SELECT block, chats FROM search_token WHERE token = ${token} ORDER BY block DESC LIMIT 64`,
    },
  }
  for (const [name, kind] of Object.entries(kinds)) {
    let fill
    if (kind.make) fill = await seconds(() => sql(system, `CREATE TABLE ${kind.table} (${kind.make}) ENGINE=InnoDB; LOAD DATA LOCAL INFILE '${kind.file}' INTO TABLE ${kind.table}`))
    add(`${name}: size`, megabytes(system, kind.table), 'MB', { note: fill && `filled in ${fill.toFixed(1)} s` })
    for (const [of, list] of Object.entries(words)) {
      const took = timeSql(system, list, kind.query)
      add(`${name}: ${of} words, p95 in the server`, rank(took, 0.95), 'ms', { note: `p50 ${rank(took, 0.5).toFixed(2)}` })
    }
  }
}

async function main() {
  if (options.help) return console.log(usage)
  const system = await startBench()
  cleanup(() => stopBench(system))
  system.mariadb = path.join(system.dir, 'run/mariadb.sock')
  if (!fs.existsSync(system.mariadb)) system.mariadb = /^db_socket\s*=\s*(\S+)/m.exec(fs.readFileSync(path.join(system.dir, 'sangdam.conf'), 'utf8'))[1]
  const before = load1(), machine = describe(system.dir)
  try {
    sql(system, `SET GLOBAL innodb_buffer_pool_size = ${Number.parseInt(options.buffer, 10)} * 1024 * 1024 * ${/G$/i.test(options.buffer) ? 1024 : 1}; SET GLOBAL local_infile = 1`)
    const boss = await staff(system, 'admin')
    say(`${messages.toLocaleString('en-US')} messages`)
    const sessions = Math.ceil(messages / MESSAGES_A_CHAT)
    const made = await seconds(() => ctl(system, ['demo', 'generate', '--sessions', String(sessions), '--words', options.words, '--days', options.days]))
    add('generating', made, 's', { note: `${sessions.toLocaleString('en-US')} chats` })
    // pushd fills, too: whoever has the claim
    const filled = await seconds(async () => {
      do ctl(system, ['search', 'fill'])
      while (sql(system, 'SELECT COUNT(*) FROM (SELECT 1 FROM chat_session WHERE search_due = 1 LIMIT 1) t') !== '0' && !(await new Promise(yes => setTimeout(yes, 500))))
    })
    add('entering what ended', filled, 's')
    add('search_token', megabytes(system, 'search_token'), 'MB', { note: `chat_message ${Math.round(megabytes(system, 'chat_message'))} MB` })
    const words = chooseWords(system)
    await ask(system, boss, words.frequent, 'the 100 most frequent words, first time')
    await ask(system, boss, words.frequent, 'the 100 most frequent words')
    await ask(system, boss, words.rare, '100 rare words')
    await ask(system, boss, words.frequent, 'the 100 most frequent words, a page from the middle', { cursor: Math.ceil(sessions / 2) })
    const pairs = words.frequent.map((one, i) => ({ word: `${one.word} ${words.rare[i].word}` }))
    await ask(system, boss, pairs, 'a frequent and a rare word together')
    if (options.designs) await designs(system, words)
    if (Number(options.compare)) say(ctl(system, ['search', 'compare', '--words', options.compare]))
  } finally {
    await stopBench(system)
  }
  const file = options.json ?? path.join(buildFolder(), 'bench-search.json')
  fs.writeFileSync(file, `${JSON.stringify({ machine, load: [before, load1()], messages, figures }, null, 1)}\n`)
  say(`details: ${file}`)
}

await main()
process.exit(figures.some(f => f.good === false) ? 1 : 0)
