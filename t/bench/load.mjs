// load: runs the load generator and the bare server, whose programs `make bench-programs` leaves in the build folder.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { buildFolder } from '../lib/system.mjs'

export const program = name => path.join(buildFolder(), 't/bench', name)

// Options by name: true is a flag, a list repeats it, undefined leaves it out.
function argsOf(options) {
  const args = []
  for (const [key, value] of Object.entries(options)) {
    const name = '--' + key.replaceAll('_', '-')
    for (const one of [value].flat()) {
      if (one === true) args.push(name)
      else if (one !== undefined && one !== false) args.push(name, String(one))
    }
  }
  return args
}

const children = new Set()
let isGivenUp = false

// A scenario is given up: what it started ends (but for these processes), and it can start nothing more until resume().
export function giveUp(spared = []) {
  isGivenUp = true
  for (const child of children) if (!spared.includes(child.pid)) child.kill('SIGTERM')
}
export function resume() { isGivenUp = false }

export function start(command, args, options = {}) {
  if (isGivenUp) throw new Error('given up')
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  children.add(child)
  child.on('close', () => children.delete(child))
  return child
}

// A run that goes on: `ready` resolves when all connections are open, stop() ends it; both or `done` give its result.
export function hold(options, { seconds = 60 } = {}) {
  const child = start(program('load'), argsOf(options))
  let out = ''
  let err = ''
  let isReady
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
  child.stdout.on('data', bytes => { out += bytes })
  const done = new Promise((yes, no) => {
    child.on('error', no)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      try {
        yes({ ...JSON.parse(out), code, said: err })
      } catch {
        no(new Error(`load ${argsOf(options).join(' ')} ends with ${signal ?? code}: ${err.slice(-500)}`))
      }
    })
  })
  const ready = new Promise((yes, no) => {
    child.stderr.on('data', bytes => {
      err += bytes
      if (!isReady && /^ready /m.test(err)) yes(isReady = true)
    })
    done.then(() => yes(true), no)
  })
  ready.catch(() => {}) // who does not wait for it learns it by `done`
  const stop = () => {
    child.kill('SIGTERM')
    return done
  }
  return { ready, done, stop }
}

export const load = (options, limits) => hold(options, limits).done
