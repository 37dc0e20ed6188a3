// run: the scenarios in turn, each bounded in time, on a sangdam of the bench's own; a table on stdout, all details in a JSON file.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { cleanup } from '../lib/tap.mjs'
import { buildFolder } from '../lib/system.mjs'
import { giveUp, resume } from './load.mjs'
import { describe, load1 } from './machine.mjs'
import { PEERS, startPeer, TITLES } from './peers.mjs'
import * as push from './push.mjs'
import * as recover from './recover.mjs'
import { seedChats, writeVars } from './seed.mjs'
import * as store from './store.mjs'
import { startBench, stopBench } from './system.mjs'
import { tableOf, verdict } from './table.mjs'

// name: [function, most seconds]
const SCENARIOS = {
  idle: [push.idle, 150], connect: [push.connect, 90], pair: [push.pair, 90], fanout: [push.fanout, 60], open: [push.open, 60],
  stalled: [push.stalled, 60], crowd: [push.crowd, 90], stored: [store.stored, 60], lone: [store.lone, 30], stored_open: [store.storedOpen, 30],
  post: [store.post, 30], waiting: [store.waiting, 40], resume: [recover.resume, 60], comeback: [recover.comeback, 90], second_node: [recover.secondNode, 90], slow_disk: [store.slowDisk, 120], rabbitmq: [push.rabbitmq, 120],
}

const usage = `usage: t/bench/run [OPTION...] [SCENARIO...]

Scenarios (all when none is named): ${Object.keys(SCENARIOS).join(' ')}
  --set KEY=VALUE     a key of pushd's configuration, may be repeated
  --peers LIST        some of ${PEERS.join(',')}, or none; t/bench/install installs them
  --seed N            customers with a chat each (19000)
  --json FILE         where the details go (bench.json in the build folder)
  --markdown FILE     prints the table of such a file and measures nothing

SANGDAM_BUILD names the build folder, SANGDAM_BENCH_DIR a folder on the disk to measure (/var/tmp).`

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    set: { type: 'string', multiple: true, default: [] }, peers: { type: 'string', default: PEERS.join(',') }, seed: { type: 'string', default: '19000' },
    json: { type: 'string' }, markdown: { type: 'string' }, help: { type: 'boolean' },
  },
})

class Bench {
  figures = []
  missing = {}
  early = {} // what stands beside a figure that is not there yet

  add(id, what, figure) {
    const kept = this.early[id]
    const f = { id, what, ...figure, ...(kept && { beside: kept }) }
    for (const key of ['failed', 'unmeasured']) if (!f[key]) delete f[key]
    this.figures.push(f)
    console.error(`  ${id}: ${f.value === undefined ? '-' : f.value.toFixed(2)} ${f.unit ?? ''} ${verdict(f)}${f.failed ? `: ${f.failed}` : ''}`)
  }

  figure(id) { return this.figures.find(f => f.id === id) ?? { beside: this.early[id] } }

  beside(id, name, theirs) {
    const f = this.figures.find(one => one.id === id)
    const at = f ? (f.beside ??= {}) : (this.early[id] ??= {})
    at[name] = theirs
    console.error(`    ${TITLES[name]}: ${theirs.missing ?? theirs.value.toFixed(2)}`)
  }

  // Starts a peer, measures what stands beside one or several figures, ends it.
  async withPeer(name, ids, measure) {
    const peer = await startPeer(name, this.system.dir)
    if (peer.missing) this.missing[name] = peer.missing
    for (const id of [ids].flat()) {
      try {
        const found = peer.missing ? { missing: peer.missing } : await measure(peer, id)
        this.beside(id, name, found.missing || Number.isFinite(found.value) ? found : { missing: 'it gave no figure' })
      } catch (error) {
        this.beside(id, name, { missing: `it was not measured: ${error.message.slice(0, 300)}` })
      }
    }
    await peer.stop?.()
  }
}

// Runs it, and gives it up when the time is over; returns when nothing of it goes on.
async function within(seconds, scenario, bench) {
  let timer
  const running = scenario(bench)
  const limit = new Promise((_, no) => { timer = setTimeout(() => no(new Error(`not done after ${seconds} s`)), seconds * 1000) })
  try {
    await Promise.race([running, limit])
  } catch (error) {
    giveUp(bench.bare.pids?.())
    await running.catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
    resume()
  }
}

async function prepare(bench) {
  bench.set = Object.fromEntries(options.set.map(text => text.split(/=(.*)/s, 2)))
  bench.peers = options.peers === 'none' ? [] : options.peers.split(',')
  for (const name of bench.peers) if (!PEERS.includes(name)) throw new Error(`unknown peer ${name}`)
  console.error('starting sangdam')
  bench.system = await startBench({ set: bench.set })
  cleanup(() => stopBench(bench.system))
  bench.machine = describe(bench.system.dir)
  bench.seeded = Number(options.seed)
  console.error(`seeding ${bench.seeded} chats`)
  bench.chats = await seedChats(bench.system, bench.seeded)
  bench.vars = writeVars(path.join(bench.system.dir, 'vars'), bench.chats)
  // chats that people talk in are not those that connect counts as new
  bench.pairVars = writeVars(path.join(bench.system.dir, 'pairs'), bench.chats.slice(-200))
  bench.bare = await startPeer('bare', bench.system.dir)
  cleanup(() => bench.bare.stop?.())
}

async function runAll(bench, chosen) {
  const before = load1()
  for (const name of chosen) {
    const [scenario, seconds] = SCENARIOS[name]
    const began = Date.now()
    console.error(name)
    try {
      await within(seconds, scenario, bench)
    } catch (error) {
      bench.add(name, name, { failed: error.message })
    }
    console.error(`  ${((Date.now() - began) / 1000).toFixed(0)} s`)
  }
  return { machine: bench.machine, load: [before, load1()], set: bench.set, figures: bench.figures, missing: bench.missing }
}

async function main() {
  if (options.help) {
    console.log(usage)
    return 0
  }
  if (options.markdown) {
    console.log(tableOf(JSON.parse(fs.readFileSync(options.markdown, 'utf8'))))
    return 0
  }
  const chosen = names.length ? names : Object.keys(SCENARIOS)
  for (const name of chosen)
    if (!SCENARIOS[name]) {
      console.error(usage)
      return 64
    }
  const bench = new Bench()
  let result
  try {
    await prepare(bench)
    result = await runAll(bench, chosen)
  } finally {
    await bench.bare?.stop?.()
    if (bench.system) await stopBench(bench.system)
  }
  const file = options.json ?? path.join(buildFolder(), 'bench.json')
  fs.writeFileSync(file, JSON.stringify(result, null, 1) + '\n')
  console.log(tableOf(result))
  console.error(`details: ${file}`)
  return bench.figures.some(f => f.failed) ? 1 : 0
}

process.exit(await main())
