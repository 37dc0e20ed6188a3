// faults: what can be done to a running system, a function each. It returns when the fault is over and what it hit answers again.
// place: { system, random, brief, ... }: brief runs freeze for seconds, long ones for longer than any time-out.
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../lib/until.mjs'
import { fcgi, isAlive, ready } from './house.mjs'

const kill = name => async ({ system }) => {
  const old = system.kill(name)
  await system.renewed(name, old, 60)
  await ready(system)
}

const stop = (names, seconds, brief) => async ({ system, random, isBrief }) => {
  const pids = names.flatMap(name => system.pids(name))
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

export const faults = {
  'pushd kill': { run: kill('pushd') },
  'pushd stop': { run: stop(['pushd'], 32, 5) },
  'pushd restart': {
    async run({ system }) {
      const old = system.kill('pushd', 'SIGTERM')
      await system.renewed('pushd', old, 60)
      await ready(system)
    },
  },
  'FastCGI kill': {
    async run(place) { await kill(place.random.pick(['chat', 'agent', 'account']))(place) },
  },
  'FastCGI stop': { run: stop(fcgi, 22, 4) },
  'mariadbd kill': { run: kill('mariadbd') },
  'mariadbd stop': { run: stop(['mariadbd'], 12, 7) },
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
      await system.sql(`BEGIN; SELECT COUNT(*) FROM (SELECT 1 FROM chat_session WHERE status_id IN (2, 4) AND session_no % 3 = ${random.int(0, 3)} FOR UPDATE) t; SELECT SLEEP(${random.int(1, 3)}); ROLLBACK`)
    },
  },
  'read only': {
    async run({ system, random }) {
      await system.sql('SET GLOBAL read_only = 1')
      await pause(random.int(1000, 3000))
      await until(async () => { await system.sql('SET GLOBAL read_only = 0'); return true }, { seconds: 30 })
    },
  },
}
