// prove: a run from its start to its verdict.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { guest, staff } from '../lib/people.mjs'
import { until } from '../lib/until.mjs'
import { Agent } from './agent.mjs'
import { check } from './check/check.mjs'
import { readHistory } from './check/read.mjs'
import { Customer } from './customer.mjs'
import { Driver } from './driver.mjs'
import { dump, emptyDatabase, metrics, ready, resources, startHouse } from './house.mjs'
import { Journal } from './journal.mjs'
import { Links } from './links_control.mjs'
import { Random } from './random.mjs'
import { reportText } from './report.mjs'
import { Shim } from './shim.mjs'
import { Stranger } from './stranger.mjs'

const range = n => Array.from({ length: n }, (_, i) => i)

// o: see run.mjs; atEnd(fn) has fn run when the process ends before its time.
export async function prove(o) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sd-proof-'))
  fs.chmodSync(folder, 0o755)
  const out = o.keep ?? path.join(folder, 'history')
  fs.mkdirSync(out, { recursive: true })
  const journal = new Journal(path.join(out, 'history.jsonl'))
  const random = new Random(o.seed)
  const links = new Links(), shim = Shim.make(folder)
  let system
  let isDone = false
  o.atEnd?.(async () => {
    if (isDone) return
    await system?.stop()
    links.end()
    fs.rmSync(folder, { recursive: true, force: true })
  })
  try {
    journal.write('run', { seed: o.seed, seconds: o.seconds, customers: o.customers, agents: o.agents, nodes: o.nodes })
    const dir = path.join(folder, 's')
    fs.mkdirSync(dir)
    const database = path.join(folder, 'db.sock')
    await links.ask('seed', { seed: `${o.seed}/links` })
    await links.ask('database', { path: database, to: path.join(dir, 'run', 'mysql.sock') })
    system = await startHouse(dir, { more: { db_socket: database, ...o.more }, env: { ...shim?.env, ...o.env }, copy: emptyDatabase(folder), nodes: o.nodes })
    await o.prepare?.(system)
    await play({ ...o, system, door: await door(system, links), links, shim, journal, random })
    journal.close()
    await dump(system, out)
  } finally {
    if (system) {
      fs.cpSync(path.join(system.dir, 'log'), path.join(out, 'log'), { recursive: true })
      await system.stop()
      system = undefined
    }
    links.end()
  }
  isDone = true
  fs.rmSync(path.join(folder, 's'), { recursive: true, force: true })
  const result = check(await readHistory(out), { seconds: o.seconds, least: o.least })
  result.text = reportText(result)
  fs.writeFileSync(path.join(out, 'report.md'), result.text)
  if (o.report) fs.writeFileSync(o.report, result.text)
  if (result.verdict === 'pass' || o.keep) fs.rmSync(folder, { recursive: true, force: true })
  else o.say?.(`history: ${out}`)
  return { ...result, out }
}

// The system as people reach it: by a line that can be cut.
async function door(system, links) {
  const port = await links.ask('client', { port: system.port })
  return Object.assign(Object.create(system), { port, url: `http://127.0.0.1:${port}` })
}

async function cast({ door: system, journal, random, customers, agents, pauseMs = 60, bug, gives = 0.12, quota = [15, 60] }) {
  const plan = { least: quota[0], most: quota[1], gives, bug, pause: pauseMs, chats: Math.ceil(customers / agents) + 1 }
  const list = []
  for (const number of range(agents)) {
    const person = await staff(system, 'agent', `상담사 ${number}`)
    list.push(new Agent({ person, number, journal, random: random.fork(`a${number}`), plan }))
  }
  for (const number of range(customers)) {
    const person = await guest(system, { nickname: `고객 ${number}` })
    list.push(new Customer({ person, number, journal, random: random.fork(`c${number}`), plan }))
  }
  for (const number of range(2)) list.push(new Stranger({ person: await guest(system, { nickname: `남 ${number}` }), number, journal, random: random.fork(`s${number}`) }))
  for (const one of list) journal.write('person', { name: one.name, id: one.person.memberId, role: one.person.role, nickname: one.person.nickname })
  return list
}

async function play(o) {
  const { system, journal, random, say, links, shim } = o
  journal.write('resources', { at: 'empty', ...await resources(system) })
  const people = await cast(o)
  const loops = people.map(one => one.run())
  for (const loop of loops) loop.catch(error => journal.write('trouble', { text: String(error?.stack ?? error) }))
  await until(() => (journal.counts.ok ?? 0) > people.length, { seconds: 60, say: 'the first acknowledgements' })
  journal.write('resources', { at: 'base', ...await resources(system) })
  say?.(`running ${o.seconds} s, seed ${o.seed}`)
  const end = Date.now() + o.seconds * 1000
  const isBrief = o.seconds < 300
  const driver = new Driver({ place: { system, links, shim, people, redis: o.nodes > 1, isBrief, between: o.between ?? (isBrief ? [500, 2500] : [500, 3000]) }, journal, random: random.fork('driver'), only: o.faults })
  const counted = countMetrics(system, journal), watch = watchStalls(journal)
  await Promise.all([driver.run(end), until(() => Date.now() >= end, { seconds: o.seconds + 60, every: 200 })])
  await quiet({ ...o, people, loops })
  clearInterval(watch)
  await counted.stop()
}

// How long this process itself had to wait for the machine: nobody can be found late by less.
function watchStalls(journal) {
  let last = Date.now()
  return setInterval(() => {
    const ms = Date.now() - last - 100
    if (ms > 300) journal.write('stall', { ms })
    last = Date.now()
  }, 100)
}

// pushd's counters begin anew with each pushd: their growth is added up look by look.
function countMetrics(system, journal) {
  const sums = {}, before = {}
  let isOver = false
  const look = async () => {
    for (const [socket, now] of await metrics(system)) {
      const last = before[socket] ?? {}
      for (const [name, value] of Object.entries(now)) sums[name] = (sums[name] ?? 0) + (value >= (last[name] ?? 0) ? value - (last[name] ?? 0) : value)
      before[socket] = now
    }
  }
  const loop = (async () => {
    while (!isOver) {
      await look()
      await new Promise(yes => setTimeout(yes, 500))
    }
  })()
  return {
    async stop() {
      isOver = true
      await loop
      await look()
      journal.write('metrics', sums)
    },
  }
}

// Faults are over: what waits is stored, and everybody gets to know everything.
async function quiet({ system, journal, people, loops, shim, patienceS = [60, 40] }) {
  await ready(system)
  journal.write('calm')
  shim?.set('hintsLost', 1) // the last words are those whose push is lost
  for (const one of people) one.stop()
  await Promise.allSettled(loops)
  const tabs = people.flatMap(one => one.tabs ?? [])
  const threads = () => tabs.flatMap(tab => [...tab.threads.values()]).filter(one => !one.isLost && !one.isEnded)
  await until(() => threads().every(one => one.waits === 0 || one.isOver), { seconds: patienceS[0], every: 50 }).catch(() => {})
  const heads = await until(async () => new Map((await system.sql('SELECT session_id, message_count FROM chat_session')).map(([s, n]) => [s, Number(n)])), { seconds: 30 })
  shim?.set('hintsLost', 0)
  journal.write('over', { up: tabs.filter(tab => tab.isUp).map(tab => tab.name) })
  await until(() => threads().every(one => one.last >= (heads.get(one.session) ?? 0)), { seconds: patienceS[1], every: 20 }).catch(() => {})
  for (const one of threads()) journal.write('rest', { who: one.tab.name, s: one.session, p: one.page, last: one.last, waits: one.waits, door: one.tab.door })
  journal.write('resources', { at: 'end', ...await resources(system) })
  for (const one of people) one.end()
  const connected = async () => (await metrics(system)).reduce((sum, [, all]) => sum + all.connections, 0)
  await until(async () => (await connected()) === 0, { seconds: 60, every: 100 }).catch(() => {}) // the descriptors tell what stayed
  journal.write('resources', { at: 'left', ...await resources(system) })
}
