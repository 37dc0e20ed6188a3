#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A POST that is handed to pushd's writers: stored once and answered alike, whether pushd runs, stands still or is killed meanwhile.
import assert from 'node:assert/strict'
import { randomUUID as uuid } from 'node:crypto'
import fs from 'node:fs'
import process from 'node:process'
import { Person } from '../lib/client.mjs'
import { consultation, contents, guestByToken, history, isDense, requestChat, say, send, staff } from '../lib/people.mjs'
import { talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { send_rate: '30000/10s' } })
const agent = await staff(system)

async function metric(name) {
  const text = (await new Person(system).get('/metrics')).text
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]) // NaN from a pushd that is not there yet
}
const handedOver = () => metric('sangdam_handed_over_total')

await test('a plain message is handed over, and is the same for all', async () => {
  const { person, id } = await consultation(system, agent)
  const talk = await talker(system, agent)
  const seen = await talk.subscribe(`/topic/chat/${id}`)
  const before = await handedOver()
  const key = uuid()
  const row = await say(person, id, '한 줄\r\n두 줄', key)
  assert.equal(await handedOver(), before + 1)
  assert.equal(row.content, '한 줄\n두 줄')
  assert.deepEqual([row.sessionId, row.clientMessageId, row.senderType, row.senderName, row.kind, row.messageType], [id, key, 'M', person.nickname, 'TEXT', 'NORMAL'])
  assert.deepEqual(row, (await history(person, id)).at(-1))
  await until(() => seen.some(one => one.clientMessageId === key))
  assert.equal(seen.find(one => one.clientMessageId === key).seq, row.seq)
  await talk.stop?.()
})

await test('repeats, refusals and strangers hear what they hear without pushd', async () => {
  const { person, id } = await consultation(system, agent)
  const key = uuid()
  const first = await say(person, id, '처음', key)
  const again = await send(person, id, '처음', key)
  assert.deepEqual([again.status, again.data.seq], [200, first.seq])
  assert.equal((await send(person, id, '다른 말', key)).status, 409)
  assert.equal((await send(person, id, ' ')).status, 422)
  assert.equal((await send(person, id, '가'.repeat(2001))).status, 422)
  assert.equal((await send(person, id, '말', 'no-uuid')).status, 400)
  assert.equal((await send(person, uuid(), '말')).status, 404)
  const stranger = await guestByToken(system)
  assert.equal((await send(stranger, id, '남의 상담')).status, 404)
  stranger.token = 'A'.repeat(43)
  assert.equal((await send(stranger, id, '아무나')).status, 401)
  const other = await guestByToken(system)
  const own = (await requestChat(other)).sessionId
  const before = await handedOver()
  assert.equal((await say(other, own, '토큰으로')).senderName, other.nickname)
  assert.equal(await handedOver(), before + 1)
  await person.expect(200, person.post(`/api/chat/sessions/${id}/end`, {}))
  assert.equal((await send(person, id, '끝난 뒤')).status, 409)
  assert.deepEqual(contents(await history(person, id)), ['처음'])
})

await test('the same message forty times at once is one row', async () => {
  const { person, id } = await consultation(system, agent)
  const key = uuid()
  const answers = await Promise.all(Array.from({ length: 40 }, () => send(person, id, '한 번', key)))
  assert.deepEqual([...new Set(answers.map(one => one.data.seq))].length, 1)
  assert.equal(answers.filter(one => one.status === 201).length, 1)
  assert.equal(answers.filter(one => one.status === 200).length, 39)
  assert.deepEqual(contents(await history(person, id)), ['한 번'])
})

await test('pushd stands still: a message goes the whole way, and is stored once when pushd goes on', async () => {
  const { person, id } = await consultation(system, agent)
  await say(person, id, '멈추기 전')
  const [pid] = system.pids('pushd')
  process.kill(pid, 'SIGSTOP')
  const words = Array.from({ length: 6 }, (_, i) => `멈춘 동안 ${i}`)
  try {
    for (const text of words) await say(person, id, text)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  const before = await handedOver()
  await until(async () => { // pushd has read what lay there, and takes messages again
    await say(person, id, '다시')
    return await handedOver() > before
  }, { seconds: 30, every: 200 })
  const rows = await history(person, id)
  assert.ok(isDense(rows))
  assert.deepEqual(contents(rows).slice(0, 7), ['멈추기 전', ...words])
  assert.ok(contents(rows).slice(7).every(text => text === '다시'))
}, { seconds: 60 })

await test('pushd killed under a stream of messages: each is stored once', async () => {
  const { person, id } = await consultation(system, agent)
  const keys = []
  let isOver = false
  const stream = (async () => {
    while (!isOver) {
      const key = uuid()
      keys.push(key)
      assert.ok([200, 201].includes((await send(person, id, `말 ${keys.length}`, key)).status))
    }
  })()
  for (let round = 0; round < 3; round++) {
    const at = keys.length
    await until(() => keys.length > at + 20)
    await system.renewed('pushd', system.kill('pushd'))
  }
  isOver = true
  await stream
  const rows = await history(person, id)
  assert.ok(isDense(rows))
  assert.deepEqual(rows.filter(row => row.kind === 'TEXT').map(row => row.clientMessageId), keys)
}, { seconds: 60 })

await test('pushd is told to stop while messages wait behind a database that stands still: each is answered as new', async () => {
  const { person, id } = await consultation(system, agent)
  await say(person, id, '멈추기 전')
  const database = system.pids('mariadbd'), old = system.pids('pushd')
  const isFrozen = pid => fs.readdirSync(`/proc/${pid}/task`).every(task => /\) T/.test(fs.readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')))
  const stopsBefore = (system.log('pushd').match(/ stopping /g) ?? []).length
  for (const pid of database) process.kill(pid, 'SIGSTOP')
  const answers = []
  try {
    await until(() => database.every(isFrozen))
    await until(async () => { // some are with the writer, the next waits for it
      answers.push(send(person, id, `기다린 말 ${answers.length}`))
      return await metric('sangdam_push_writer_queue') > 0
    }, { every: 50 })
    system.kill('pushd', 'SIGTERM')
    await until(() => (system.log('pushd').match(/ stopping /g) ?? []).length > stopsBefore)
  } finally {
    for (const pid of database) process.kill(pid, 'SIGCONT')
  }
  assert.deepEqual((await Promise.all(answers)).map(one => one.status), answers.map(() => 201))
  await system.renewed('pushd', old)
  const rows = await history(person, id)
  assert.ok(isDense(rows))
  assert.deepEqual(contents(rows).slice(1).sort(), answers.map((_, i) => `기다린 말 ${i}`).sort())
}, { seconds: 60 })

await test('pushd is stopped under many streams of messages: whatever it was handed it answers, so that each is answered as new', async () => {
  const rooms = await Promise.all(Array.from({ length: 12 }, () => consultation(system, agent)))
  let isOver = false, count = 0
  const statuses = new Map()
  const streams = rooms.map(async ({ person, id }) => {
    while (!isOver) {
      const { status } = await send(person, id, `말 ${++count}`)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  })
  for (let round = 0; round < 5; round++) {
    const at = count, handed = await until(handedOver)
    await until(async () => count > at + 100 && await handedOver() > handed) // the programs hand over again
    await system.renewed('pushd', system.kill('pushd', 'SIGTERM'))
  }
  isOver = true
  await Promise.all(streams)
  assert.deepEqual([...statuses.keys()], [201])
  for (const { person, id } of rooms) assert.ok(isDense(await history(person, id)))
}, { seconds: 90 })

await finish()
