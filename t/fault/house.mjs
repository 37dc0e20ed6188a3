// house: a sangdam for a proof: its start, its programs, its figures, its tables.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import readline from 'node:readline'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import { isAlive, startIn, wide } from '../lib/system.mjs'
import { until } from '../lib/until.mjs'

const run = promisify(execFile)

// A database folder that a start copies instead of making its own, for 10 s less; SANGDAM_DB_COPY names one.
export function emptyDatabase(folder) {
  const copy = process.env.SANGDAM_DB_COPY ?? path.join(folder, 'empty-db')
  if (!fs.existsSync(copy)) {
    execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${copy}`, '--auth-root-authentication-method=normal', '--skip-test-db',
      '--innodb-log-file-size=48M', '--skip-log-bin', ...(process.getuid() === 0 ? ['--user=root'] : [])], { stdio: 'pipe' })
  }
  return copy
}

// Limits off, since a load is not an attack; short times, so that every state of a chat's life comes in a short run.
const set = { ...wide, limits: 'off', linger: '4s', grace_agent: '15s', grace_customer: '40s', out_queue_max: '16k', log_level: 'info' }

// nodes: how many pushds, with a Redis between them when there are several.
export const startHouse = (dir, { more = {}, env = {}, copy, nodes = 1 }) => startIn(dir, {
  demo: 'none', set: { ...set, ...more }, env: { SANGDAM_DB_COPY: copy, ...env }, options: nodes > 1 ? ['--nodes', String(nodes), '--redis'] : [],
})

const inRun = (system, pattern) => fs.readdirSync(path.join(system.dir, 'run')).filter(name => pattern.test(name)).sort()

// "pushd", or "pushd-1", "pushd-2", ... with several nodes
export const pushds = system => inRun(system, /^pushd(-\d+)?\.pid$/).map(name => name.slice(0, -4))

export const fcgi = ['account', 'chat', 'agent', 'stats', 'file']
export const isReady = async system => {
  try {
    const answer = await fetch(`${system.url}/readyz`, { signal: AbortSignal.timeout(3000) })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}
export const ready = (system, seconds = 60) => until(() => isReady(system), { seconds, every: 100, say: 'ready' })

function getBySocket(socketPath, target) {
  return new Promise((yes, no) => {
    const request = http.get({ socketPath, path: target, agent: false, timeout: 3000 }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', piece => { text += piece })
      answer.on('end', () => yes(text))
      answer.on('error', no)
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', no)
  })
}

// What each pushd that answers counts: [[socket, {name: value}]].
export async function metrics(system) {
  const list = []
  for (const socket of inRun(system, /^pushd(-\d+)?\.sock$/)) {
    const text = await getBySocket(path.join(system.dir, 'run', socket), '/metrics').catch(() => '')
    const all = {}
    for (const line of text.split('\n')) {
      const m = /^sangdam_(?:push_)?([a-z_]+?)(?:_total)?(?:\{.*\})? ([-0-9.e+]+)$/.exec(line)
      if (m) all[m[1]] = (all[m[1]] ?? 0) + Number(m[2])
    }
    if (text) list.push([socket, all])
  }
  return list
}

// What the programs hold now: descriptors, threads, memory; connections of the database.
export async function resources(system) {
  const all = {}
  for (const name of [...fcgi, ...pushds(system)]) {
    const one = { fds: 0, threads: 0, rssKb: 0 }
    for (const pid of system.pids(name).filter(isAlive)) {
      try {
        one.fds += fs.readdirSync(`/proc/${pid}/fd`).length
        const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
        one.threads += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0)
        one.rssKb += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
      } catch { /* it ended between two looks */ }
    }
    all[name] = one
  }
  const [[count]] = await system.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE user='sangdam'")
  all.mariadbd = { connections: Number(count) }
  return all
}

// ---- the tables, afterwards ----
async function split(file, mark, ...parts) {
  const outs = parts.map(part => fs.createWriteStream(part))
  let out = outs.shift()
  for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) {
    if (line === mark) {
      out.end()
      out = outs.shift()
    } else if (!out.write(`${line}\n`)) {
      await once(out, 'drain')
    }
  }
  out.end()
  await finished(out)
  fs.rmSync(file)
}

const query = (system, sql, file) => new Promise((yes, no) => {
  const out = fs.openSync(file, 'w')
  const child = spawn('mariadb', [`--defaults-file=${path.join(system.dir, 'my.cnf')}`, '-u', 'root', '-N', '-B', '--quick', '--raw', '-e', sql, 'sangdam'], { stdio: ['ignore', out, 'pipe'] })
  let said = ''
  child.stderr.on('data', bytes => { said += bytes })
  child.on('close', code => {
    fs.closeSync(out)
    code === 0 ? yes() : no(new Error(`mariadb: ${said}`))
  })
})

const ms = column => `CAST(UNIX_TIMESTAMP(${column}) * 1000 AS INTEGER)`

const rowsOf = {
  messages: `SELECT JSON_OBJECT('s', session_id, 'seq', seq, 'sender', sender_id, 'type', sender_type, 'k', kind, 'h', LEFT(SHA1(content), 16),
    'key', client_message_id, 'name', JSON_VALUE(args, '$.name'), 'at', ${ms('cdate')}) FROM chat_message ORDER BY session_no, seq`,
  sessions: `SELECT JSON_OBJECT('s', session_id, 'member', member_id, 'admin', admin_id, 'status', status_id, 'head', message_count,
    'from', ${ms('cdate')}, 'to', ${ms('end_time')}) FROM chat_session ORDER BY session_no`,
}

// messages.jsonl and sessions.jsonl for the checker, of one moment: time goes on, and an absence is a row; all.sql for people.
export async function dump(system, dir) {
  const both = path.join(dir, 'both')
  await query(system, `START TRANSACTION WITH CONSISTENT SNAPSHOT; ${rowsOf.messages}; SELECT '-- sessions'; ${rowsOf.sessions}; COMMIT`, both)
  await split(both, '-- sessions', path.join(dir, 'messages.jsonl'), path.join(dir, 'sessions.jsonl'))
  const { stdout } = await run('sh', ['-c', 'command -v mariadb-dump || true'])
  if (stdout.trim()) {
    execFileSync(stdout.trim(), [`--defaults-file=${path.join(system.dir, 'my.cnf')}`, '-u', 'root', '--single-transaction', '--hex-blob', `--result-file=${path.join(dir, 'all.sql')}`, 'sangdam'])
  }
}

export { isAlive }
