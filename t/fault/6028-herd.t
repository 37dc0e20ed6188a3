#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A herd: hundreds of clients are dropped at once and come back as our pages do, each after a random wait that grows. All are back in time with all rows, REST goes
// on meanwhile without a failure, and MariaDB sees no more connections than the programs have threads. t/bench does it with 5,000.
import assert from 'node:assert/strict'
import { randomUUID as uuid } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import WebSocket from 'ws'
import { consultation, guest, history, isDense, send, staff } from '../lib/people.mjs'
import { frame } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { cleanup, finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const MANY = 400, CHATS = 8, BACK_S = 30

const system = await startSystem({ demo: 'none', set: { limits: 'off', fcgi_threads: 4 } })
const agent = await staff(system)
const chats = []
for (let i = 0; i < CHATS; i++) chats.push(await consultation(system, agent, await guest(system)))

// One of the herd: a subscription that is renewed with `after` whenever it is lost, by the rule of doc/DELIVERY.
class Client {
  constructor({ person, id }) {
    Object.assign(this, { person, id, last: 0, tries: 0, opens: 0, failures: 0, wrong: [] })
    this.open()
  }

  open() {
    this.isUp = false
    const socket = this.socket = new WebSocket(system.wsUrl, ['v12.stomp'], { headers: { Cookie: this.person.cookie, Origin: system.url }, perMessageDeflate: false })
    socket.on('error', () => { this.failures++ })
    socket.on('open', () => socket.send(frame('CONNECT', ['accept-version:1.2', 'host:sangdam'])))
    socket.on('close', () => this.comeBack())
    socket.on('message', data => this.take(data.toString()))
  }

  take(text) {
    if (text.startsWith('CONNECTED')) this.socket.send(frame('SUBSCRIBE', ['id:0', `destination:/topic/chat/${this.id}`, `after:${this.last}`, 'receipt:s']))
    else if (text.startsWith('RECEIPT')) Object.assign(this, { isUp: true, tries: 0, opens: this.opens + 1 })
    else if (text.startsWith('ERROR')) this.wrong.push(text)
    else if (text.startsWith('MESSAGE')) {
      const { seq } = JSON.parse(text.slice(text.indexOf('\n\n') + 2, text.lastIndexOf('\0')))
      if (seq === this.last + 1) this.last = seq
      else if (seq > this.last) this.wrong.push(`${seq} behind ${this.last}`)
    }
  }

  async comeBack() {
    this.isUp = false
    if (this.isOver) return
    await pause(Math.random() * Math.min(30000, 500 * 2 ** this.tries++))
    if (!this.isOver) this.open()
  }

  end() { this.isOver = true; this.socket.terminate() }
}

const herd = Array.from({ length: MANY }, (_, i) => new Client(chats[i % CHATS]))
cleanup(() => herd.forEach(one => one.end()))
const allUp = opens => until(() => herd.every(one => one.isUp && one.opens >= opens), { seconds: BACK_S, say: `all ${MANY} (${herd.filter(one => one.isUp).length} up)` })
await allUp(1)

for (const [signal, what] of [['SIGKILL', 'pushd is killed'], ['SIGTERM', 'pushd is told to stop']]) {
  await test(`${what}: ${MANY} clients are back within ${BACK_S} s with all rows, no request fails meanwhile`, async () => {
    const before = new Map(herd.map(one => [one, one.opens]))
    const statuses = new Map()
    let isOver = false, most = 0
    const posting = chats.map(async ({ person, id }) => {
      while (!isOver) {
        const { status } = await send(person, id, '그동안', uuid())
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        await pause(20)
      }
    })
    const counting = (async () => {
      while (!isOver) {
        most = Math.max(most, Number((await system.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'sangdam'"))[0][0]))
        await pause(100)
      }
    })()
    const began = Date.now()
    await system.renewed('pushd', system.kill('pushd', signal))
    await until(() => herd.every(one => one.isUp && one.opens > before.get(one)), { seconds: BACK_S, say: 'all back' })
    const took = Date.now() - began
    isOver = true
    await Promise.all([...posting, counting])
    const heads = new Map((await system.sql('SELECT session_id, message_count FROM chat_session')).map(([id, n]) => [id, Number(n)]))
    await until(() => herd.every(one => one.last === heads.get(one.id)), { say: 'all rows' })
    note(`back after ${took} ms; ${herd.reduce((n, one) => n + one.failures, 0)} failed tries; posts: ${[...statuses].map(([status, n]) => `${n} times ${status}`)}; at most ${most} database connections`)
    assert.deepEqual(herd.flatMap(one => one.wrong), [])
    assert.deepEqual([...statuses.keys()], [201])
    const threads = 4 + 4 + 5 * 2 * 4 // of pushd: workers, writers; of five programs, two processes each
    assert.ok(most <= threads, `${most} connections of ${threads} threads`)
  })
}

await test('the logs have no holes', async () => {
  for (const { person, id } of chats) assert.ok(isDense(await history(person, id)))
})

await finish()
