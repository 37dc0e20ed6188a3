// system: a whole sangdam for a test, by ./start in a folder of its own.
//
// theSystem() gives the one that t/lib/with-system.mjs started for all files of a run (its limits are wide, so that the files do not
// brake each other), or starts one for this file alone. startSystem({set}) always starts one: for tests of limits, of short times, of faults.
import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cleanup } from './tap.mjs'
import { until } from './until.mjs'

const run = promisify(execFile)
export const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const start = path.join(top, 'start')

export const openPrefix = '/topic/open/' // where any signed-in client may SEND and SUBSCRIBE
export const wide = { login_tries: '1000000/1m', signup_rate: '1000000/1m', send_rate: '1000000/10s', debug_open_prefix: openPrefix }

export class System {
  constructor(dir, url) {
    this.dir = dir
    this.url = url
    this.port = Number(new URL(url).port)
  }

  get wsUrl() { return `ws://127.0.0.1:${this.port}/ws` }

  // All process ids of a program, as the keeper knows them.
  pids(name) {
    try {
      return fs.readFileSync(path.join(this.dir, 'run', `${name}.pid`), 'utf8').split('\n').filter(Boolean).map(Number)
    } catch {
      return []
    }
  }

  // Kills each process of a program, by its number, and gives the numbers.
  kill(name, signal = 'SIGKILL') {
    const pids = this.pids(name)
    for (const pid of pids) {
      try {
        process.kill(pid, signal)
      } catch (error) {
        if (error.code !== 'ESRCH') throw error
      }
    }
    return pids
  }

  // The keeper leaves it dead until release().
  hold(name) { fs.writeFileSync(path.join(this.dir, 'run', `${name}.down`), '') }
  release(name) { fs.rmSync(path.join(this.dir, 'run', `${name}.down`), { force: true }) }

  // Waits for a program whose processes are all new.
  async renewed(name, old, seconds = 20) {
    await until(() => {
      const now = this.pids(name)
      return now.length > 0 && now.every(pid => !old.includes(pid) && isAlive(pid))
    }, { seconds, say: `a new ${name}` })
  }

  // One statement as the database's own root: rows of text cells.
  async sql(statement) {
    const { stdout } = await run('mariadb', [`--defaults-file=${path.join(this.dir, 'my.cnf')}`, '-u', 'root', '-N', '-B', '--default-character-set=utf8mb4',
      '-e', statement, 'sangdam'], { maxBuffer: 64 << 20 })
    return stdout.split('\n').filter(line => line !== '').map(line => line.split('\t'))
  }

  log(name) {
    try {
      return fs.readFileSync(path.join(this.dir, 'log', `${name}.log`), 'utf8')
    } catch {
      return ''
    }
  }

  conf(key) {
    const lines = fs.readFileSync(path.join(this.dir, 'sangdam.conf'), 'utf8').split('\n')
    for (const line of lines.reverse()) {
      const m = /^\s*([a-z_]+)\s*=\s*(.*)$/.exec(line)
      if (m && m[1] === key) return m[2]
    }
    return undefined
  }

  program(kind, name) {
    const build = buildFolder()
    return path.join(build, 'inst', kind, name)
  }

  // sangdamctl on this system's configuration.
  async ctl(args, input = '') {
    return feed(this.program('bin', 'sangdamctl'), ['-c', path.join(this.dir, 'sangdam.conf'), ...args], input)
  }

  async stop() { await run(start, ['--dir', this.dir, '--stop'], { timeout: 120000 }) }
}

export function buildFolder() {
  return process.env.SANGDAM_BUILD ? path.resolve(process.env.SANGDAM_BUILD) : path.join(top, 'build-start')
}

// A zombie (its parent has not looked yet) is not alive.
export function isAlive(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat[stat.lastIndexOf(')') + 2] !== 'Z'
  } catch {
    return false
  }
}

async function feed(program, args, input) {
  return new Promise((yes, no) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', bytes => { out += bytes })
    child.stderr.on('data', bytes => { err += bytes })
    child.on('error', no)
    child.on('close', code => (code === 0 ? yes(out) : no(new Error(`${path.basename(program)} ${args.join(' ')} exits ${code}: ${err}`))))
    child.stdin.on('error', () => {}) // it may be gone before it read this: its exit code says what was wrong
    child.stdin.end(input)
  })
}

export function newFolder() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sd-t-'))
  fs.chmodSync(dir, 0o755) // the database's user passes through
  return dir
}

// Starts one in `dir` and waits for its `ready`.
export async function startIn(dir, { set = {}, demo = 'full', env = {}, options = [] } = {}) {
  const args = ['--dir', dir, '--port', '0', '--detach', '--demo', demo, ...options]
  // two loops even where the default is one, so that what one must tell the other is told
  for (const [key, value] of Object.entries({ push_loops: 2, ...set })) args.push('--set', `${key}=${value}`)
  const log = fs.openSync(path.join(dir, 'start.out'), 'w+')
  // output into a file: what ./start leaves behind would hold a pipe open
  const code = await new Promise((yes, no) => {
    const child = spawn(start, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } })
    child.on('error', no)
    child.on('close', yes)
  })
  fs.closeSync(log)
  const said = fs.readFileSync(path.join(dir, 'start.out'), 'utf8')
  const ready = /^ready (http:\S+)\/$/m.exec(said)
  if (code !== 0 || !ready) throw new Error(`./start ${args.join(' ')} exits ${code}:\n${said}`)
  return new System(dir, ready[1])
}

// A system of this file's own, gone when the file is done.
export async function startSystem(options = {}) {
  const dir = newFolder()
  cleanup(() => fs.rmSync(dir, { recursive: true, force: true }))
  const set = options.narrow ? {} : { ...wide }
  const system = await startIn(dir, { ...options, set: { ...set, ...options.set } })
  cleanup(() => system.stop())
  return system
}

let shared
export async function theSystem() {
  if (!shared && process.env.SANGDAM_TEST_DIR) {
    const dir = process.env.SANGDAM_TEST_DIR
    shared = new System(dir, `http://127.0.0.1:${fs.readFileSync(path.join(dir, 'port'), 'utf8').trim()}`)
  }
  shared ??= await startSystem()
  return shared
}
