// system: a sangdam of the bench's own: no limits, an open prefix beside the real chats, and times so long that nobody seeded counts as absent.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { startIn, top } from '../lib/system.mjs'
import { until } from '../lib/until.mjs'

const SET = {
  push_loops: '0', limits: 'off', debug_open_prefix: '/open/', connections_max: '19900',
  linger: '1h', rest_idle: '24h', queue_timeout: '168h', grace_agent: '24h', grace_customer: '24h',
}

export const PROGRAMS = ['mariadbd', 'account', 'chat', 'agent', 'stats', 'file', 'pushd', 'nginx']

// A folder on a disk: /tmp may be memory, and a socket's path is short.
function benchFolder() {
  const dir = fs.mkdtempSync(path.join(process.env.SANGDAM_BENCH_DIR ?? '/var/tmp', 'sd-bench-'))
  fs.chmodSync(dir, 0o755)
  return dir
}

export async function startBench({ set = {}, env = {}, options = [] } = {}) {
  const dir = benchFolder()
  const system = await startIn(dir, { demo: 'none', set: { ...SET, ...set }, env, options })
  return Object.assign(system, { socket: path.join(dir, 'run/pushd.sock') })
}

export async function stopBench(system) {
  await system.stop()
  fs.rmSync(system.dir, { recursive: true, force: true })
}

export const pushdPid = system => system.pids('pushd')[0]
export const allPids = system => PROGRAMS.flatMap(name => system.pids(name))

// A new pushd: nothing that it learnt before helps, and its memory is counted from the start.
export async function renewPushd(system) {
  await renewed(system, 'pushd')
  await until(async () => (await fetch(`${system.url}/readyz`)).status === 200, { seconds: 30, say: 'pushd to be ready' })
}

async function renewed(system, name) {
  await system.renewed(name, system.kill(name, 'SIGTERM'), 60)
}

// Changes keys and starts pushd anew; false when it does not know one of them.
export async function setKeys(system, set) {
  for (const [key, value] of Object.entries(set))
    if (spawnSync(system.program('bin', 'sangdamctl'), ['config-check', `${key}=${value}`]).status !== 0) return false
  const file = path.join(system.dir, 'sangdam.conf')
  const kept = fs.readFileSync(file, 'utf8').split('\n').filter(line => !Object.keys(set).some(key => new RegExp(`^\\s*${key}\\s*=`).test(line)))
  fs.writeFileSync(file, [...kept, ...Object.entries(set).map(([key, value]) => `${key} = ${value}`), ''].join('\n'))
  await renewPushd(system)
  return true
}

// The numbers of /proc/PID/FILE in kB.
function procKb(pid, file, name) {
  const line = fs.readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\n').find(text => text.startsWith(`${name}:`))
  return Number(/\d+/.exec(line)[0])
}
export const rssKb = pid => procKb(pid, 'smaps_rollup', 'Rss')
export const privateKb = pid => rssKb(pid) - procKb(pid, 'status', 'RssFile')

// Waits until a program's memory stands still for two seconds (the work of each second is in it then), at most `seconds`.
export async function settled(pid, seconds = 8) {
  let last = -1
  let same = 0
  await until(() => {
    const now = rssKb(pid)
    same = now === last ? same + 1 : 0
    last = now
    return same >= 20
  }, { seconds, every: 100 }).catch(() => {})
}

export { top }
