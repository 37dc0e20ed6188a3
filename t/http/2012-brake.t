#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The brakes, with the limits that a site has by default: sign-in tries, new guests, messages.
import assert from 'node:assert/strict'
import { Person, uuid } from '../lib/client.mjs'
import { guest, password, requestChat, signIn } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ narrow: true, demo: 'none', set: { login_tries: '10/10m', signup_rate: '1000/1m' } })
const person = await guest(system)
const agent = await signIn(system, 'agent@example.com')

await test('200 parallel sign-in tries: exactly the limit is evaluated, the others are 429 with Retry-After', async () => {
  const tries = await Promise.all(Array.from({ length: 200 }, (_, i) => new Person(system).post('/api/account/login', { email: 'customer@example.com', password: `wrong ${i}` })))
  const counts = {}
  for (const { status } of tries) counts[status] = (counts[status] ?? 0) + 1
  // the agent's sign-in above was a good one, and gave its try back
  assert.deepEqual(counts, { 401: 10, 429: 190 })
  const late = tries.find(one => one.status === 429)
  assert.ok(Number(late.headers['retry-after']) >= 1)
  assert.equal(late.json.code, '06')
}, { seconds: 120 })

await test('the right password is braked too, so that a guess can\'t be told from a miss', async () => {
  assert.equal((await new Person(system).post('/api/account/login', { email: 'customer@example.com', password })).status, 429)
  assert.equal((await new Person(system).post('/api/account/token', { email: 'customer@example.com', password })).status, 429)
})

await test('those who are signed in are not touched', async () => {
  assert.equal((await agent.get('/api/account/me')).status, 200)
})

await test('messages: a burst of 10, then 429 with Retry-After, then again', async () => {
  const chat = await requestChat(person)
  const target = `/api/chat/sessions/${chat.sessionId}/messages`
  const first = []
  for (let i = 0; i < 16; i++) first.push(await person.post(target, { content: `빠른 ${i}`, clientMessageId: uuid() }))
  const stored = first.filter(one => one.status === 201)
  const refused = first.filter(one => one.status === 429)
  assert.equal(stored.length + refused.length, 16)
  assert.ok(stored.length >= 10 && stored.length <= 15, `${stored.length} stored`)
  assert.ok(refused.length >= 1)
  assert.equal(refused[0].json.code, '06')
  assert.ok(Number(refused[0].headers['retry-after']) >= 1)
  const id = uuid()
  const again = await until(async () => {
    const answer = await person.post(target, { content: '다시', clientMessageId: id })
    return answer.status === 201 && answer
  }, { every: 200 })
  assert.equal(again.data.content, '다시')
  const log = (await person.get(target)).data.filter(row => row.kind === 'TEXT')
  assert.equal(log.length, stored.length + 1)
})

await test('another member is not braked by it', async () => {
  const other = await guest(system)
  const chat = await requestChat(other)
  assert.equal((await other.post(`/api/chat/sessions/${chat.sessionId}/messages`, { content: '저는요' })).status, 201)
})

await test('the same message id again is no new message and needs no room', async () => {
  const other = await guest(system)
  const chat = await requestChat(other)
  const target = `/api/chat/sessions/${chat.sessionId}/messages`
  const id = uuid()
  assert.equal((await other.post(target, { content: '한 번', clientMessageId: id })).status, 201)
  const again = await other.post(target, { content: '한 번', clientMessageId: id })
  assert.equal(again.status, 200)
})

await finish()
