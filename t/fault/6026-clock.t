#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Clocks that jump under running programs: the monotonic one by five minutes, as after a suspend; the wall clock by hours, forth and back. Nobody who is there is
// cut off or called absent, timers fire once and not in a storm, rates do not shut people out, and the order of a chat is that of its seqs.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { consultation, contents, guest, history, isDense, requestChat, say, send, staff } from '../lib/people.mjs'
import { rows, talker } from '../lib/stomp.mjs'
import { newFolder, startSystem } from '../lib/system.mjs'
import { cleanup, finish, note, skip, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { Shim } from './shim.mjs'

const MINUTE = 60000, HOUR = 60 * MINUTE
const folder = newFolder()
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
const shim = Shim.make(folder)
if (!shim) {
  skip('clocks that jump', 'a sanitizer wants to be the first library')
  await finish()
}
const system = await startSystem({ demo: 'none', set: { send_rate: '60/2s', linger: '2s', grace_customer: '1m', grace_agent: '1m' }, env: shim.env })
const agent = await staff(system)
const { person, id } = await consultation(system, agent)
const talks = [await talker(system, person), await talker(system, agent)]
const lists = await Promise.all(talks.map(talk => talk.subscribe(`/topic/chat/${id}`)))
const said = []

// Both say things by both doors, and both hear them.
async function talkOn(what) {
  for (const [i, who] of [person, agent].entries()) {
    for (const door of ['stomp', 'rest']) {
      const text = `${what} ${door} ${i}`
      if (door === 'stomp') assert.equal(await talks[i].say(id, text), 'RECEIPT')
      else await say(who, id, text)
      said.push(text)
    }
  }
  for (const list of lists) await until(() => list.some(row => row.content === said.at(-1)))
}

const ticks = pid => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

// What holds after each jump: the same connections, the same state, no notice of an absence, all in order.
async function allIsWell(what) {
  const [pid] = system.pids('pushd')
  const before = ticks(pid)
  await talkOn(what)
  await pause(1500) // timers that are due come in this time
  const spent = ticks(pid) - before
  assert.ok(spent < 1000, `pushd used ${spent} ms in 1.5 s`)
  await talkOn(`${what}, still`)
  assert.deepEqual(talks.map(talk => [talk.connects, talk.closes.length]), [[1, 0], [1, 0]])
  assert.deepEqual((await system.sql(`SELECT status_id, member_grace_until, admin_grace_until FROM chat_session WHERE session_id = '${id}'`))[0], ['2', 'NULL', 'NULL'])
  const log = await history(person, id)
  assert.ok(isDense(log))
  assert.deepEqual(contents(log), said)
  assert.deepEqual([...new Set(log.map(row => row.kind))].sort(), ['START', 'TEXT'])
  for (const list of lists) assert.deepEqual(rows(list).map(row => row.seq), [...rows(list).map(row => row.seq)].sort((a, b) => a - b))
}

await test('before all', () => allIsWell('먼저'))

await test('the monotonic clock is five minutes ahead, as after a suspend', async () => {
  shim.ahead('monotonic', 5 * MINUTE)
  await allIsWell('아침')
})

await test('and a day', async () => {
  shim.ahead('monotonic', 24 * HOUR)
  await allIsWell('다음 날')
})

await test('the wall clock goes three hours forth', async () => {
  shim.ahead('wall', 3 * HOUR)
  await allIsWell('세 시간 뒤')
})

await test('and two back: rates let people in again, new chats begin', async () => {
  shim.ahead('wall', HOUR)
  await allIsWell('두 시간 전')
  const statuses = new Set()
  for (let i = 0; i < 40; i++) statuses.add((await send(person, id, `빨리 ${i}`)).status)
  note(`forty in a row: ${[...statuses]}`)
  await until(async () => (await send(person, id, '이제')).status === 201, { seconds: 10, every: 200, say: 'the rate is over' })
  assert.equal((await requestChat(await guest(system))).status, 'WAITING')
}, { seconds: 60 })

await finish()
