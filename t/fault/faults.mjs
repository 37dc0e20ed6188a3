// faults: what can be done to a running system, a function each. It returns when the fault is over and what it hit answers again.
// place: { system, random, brief, ... }: brief runs freeze for seconds, long ones for longer than any time-out.
import { setTimeout as pause } from 'node:timers/promises'
import { Final, until } from '../lib/until.mjs'
import { fcgi, isAlive, pushds, ready } from './house.mjs'
import { slowReader } from './slow.mjs'

const kill = (which, by = 'SIGKILL') => async ({ system, random }) => {
  const name = which === 'pushd' ? random.pick(pushds(system)) : which
  const old = system.kill(name, by)
  await system.renewed(name, old, 60)
  await ready(system)
}

const stop = (names, seconds, brief) => async ({ system, random, isBrief }) => {
  const pids = (names[0] === 'pushd' ? [random.pick(pushds(system))] : names).flatMap(name => system.pids(name))
  const signal = what => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, what)
  }
  signal('SIGSTOP')
  try {
    await pause((isBrief ? brief : seconds) * 1000 + random.int(0, 1000))
  } finally {
    signal('SIGCONT')
  }
  await ready(system)
}

// A call of the programs fails for a while.
const failing = (call, share, from, to) => async ({ shim, random, note }) => {
  const before = shim.count(call)
  shim.set(call, share)
  try {
    await pause(random.int(from, to))
  } finally {
    shim.set(call, 0)
  }
  note(`${call} failed ${shim.count(call) - before} times`)
}

// lane: one fault at a time on each. needs: what the place must have. blind: pushd can't look at rights meanwhile.
export const faults = {
  'pushd kill': { run: kill('pushd') },
  'pushd stop': { blind: true, run: stop(['pushd'], 32, 5) },
  'pushd restart': { run: kill('pushd', 'SIGTERM') },
  'Redis kill': { needs: 'redis', run: kill('redis') },
  'Redis stop': { needs: 'redis', run: stop(['redis'], 30, 5) },
  'FastCGI kill': {
    async run(place) { await kill(place.random.pick(['chat', 'agent', 'account']))(place) },
  },
  'FastCGI stop': { run: stop(fcgi, 22, 4) },
  'mariadbd kill': { blind: true, run: kill('mariadbd') },
  'mariadbd stop': { blind: true, run: stop(['mariadbd'], 12, 7) },
  'nginx kill': { run: kill('nginx') },
  'nginx reload': {
    async run({ system }) {
      process.kill(system.pids('nginx')[0], 'SIGHUP')
      await pause(1000)
      await ready(system)
    },
  },
  'rows locked': {
    // somebody else holds rows longer than a lock wait may last
    async run({ system, random }) {
      const statements = `BEGIN; SELECT COUNT(*) FROM (SELECT 1 FROM chat_session WHERE status_id IN (2, 4) AND session_no % 3 = ${random.int(0, 3)} FOR UPDATE) t; SELECT SLEEP(${random.int(1, 3)}); ROLLBACK`
      await until(() => system.sql(statements).then(() => true, error => { // it may be the one that a deadlock is decided against
        if (!/1213|1205/.test(error.message)) throw new Final(error.message, { cause: error })
      }), { seconds: 20 })
    },
  },
  'read only': {
    async run({ system, random }) {
      await system.sql('SET GLOBAL read_only = 1')
      await pause(random.int(1000, 3000))
      await until(async () => { await system.sql('SET GLOBAL read_only = 0'); return true }, { seconds: 30 })
    },
  },

  // ---- the lines ----
  'link cut at COMMIT\'s answer': {
    lane: 'line', needs: 'links',
    async run({ links, random, note }) {
      await links.ask('commits', { count: random.int(1, 12), mode: random.pick(['answer', 'answer', 'any']) })
      await pause(random.int(300, 1500))
      note(`${await links.ask('disarm')} COMMITs cut`)
    },
  },
  'link cut before COMMIT': {
    lane: 'line', needs: 'links',
    async run({ links, random, note }) {
      await links.ask('commits', { count: random.int(1, 12), mode: 'request' })
      await pause(random.int(300, 1500))
      note(`${await links.ask('disarm')} COMMITs cut`)
    },
  },
  'database link reset': {
    lane: 'line', needs: 'links', blind: true,
    async run({ links, random }) { await links.ask('cut', { kind: 'database', share: 0.4, bytes: 300 }); await pause(random.int(300, 1000)) },
  },
  'client reset mid-frame': {
    lane: 'line', needs: 'links',
    async run({ links, random }) { await links.ask('cut', { kind: 'client', share: random.pick([0.1, 0.3, 1]), bytes: 400 }); await pause(random.int(300, 1500)) },
  },
  'silent client cut': {
    lane: 'line', needs: 'links',
    async run({ links, random, isBrief }) {
      await links.ask('silence', { share: random.pick([0.05, 0.2]) })
      await pause((isBrief ? 5 : 30) * 1000 + random.int(0, 3000))
      await links.ask('bury')
    },
  },
  'stalled client': {
    lane: 'line', needs: 'links',
    async run({ links, random }) {
      const ms = random.int(1000, 9000)
      await links.ask('stall', { share: 0.2, ms })
      await pause(ms)
    },
  },
  'stalled database link': {
    lane: 'line', needs: 'links', blind: true,
    async run({ links, random }) {
      const ms = random.int(500, 7000)
      await links.ask('stall', { kind: 'database', share: 0.3, ms })
      await pause(ms)
    },
  },
  'dribbling client': {
    lane: 'line', needs: 'links',
    async run({ links, random }) {
      await links.ask('dribble', { share: 0.1, bytes: random.int(1, 40) })
      await pause(random.int(1000, 4000))
      await links.ask('straight')
    },
  },
  'slow reader': { lane: 'line', needs: 'people', run: slowReader },

  // ---- calls that fail ----
  'hints lost': { lane: 'line', needs: 'shim', run: failing('hintsLost', 1, 2000, 6000) },
  'some hints lost': { lane: 'line', needs: 'shim', run: failing('hintsLost', 0.1, 2000, 6000) },
  'notify socket full': { lane: 'line', needs: 'shim', run: failing('hintsFull', 1, 1000, 5000) },
  'memory out': { lane: 'line', needs: 'shim', run: failing('memory', 0.0005, 500, 1500) },
  'sockets refuse': { lane: 'line', needs: 'shim', run: failing('writes', 0.005, 500, 1500) },
}
