#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Who of the staff looks on or writes: told to the staff who follow the chat, on every loop, and never to its customer.
import assert from 'node:assert/strict'
import { consultation, guest, say, staff } from '../lib/people.mjs'
import { Talker } from '../lib/stomp.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system, 'agent', '한지수'), chief = await staff(system, 'supervisor', '오세린'), other = await staff(system)
const { person, id } = await consultation(system, one)
const [agent, supervisor, customer, stranger] = await Promise.all([one, chief, person, other].map(who => new Talker(system, who).start()))
for (const talker of [agent, customer, stranger]) await talker.refusals()
const watch = (talker, state, session = id) => talker.send('/app/chat.watch', { sessionId: session, ...(state ? { state } : {}) })

await test('the staff hear of each other, with name and state; the customer, whatever she follows, hears nothing', async () => {
  const heard = await agent.subscribe(`/topic/chat/${id}/live`)
  const hers = []
  for (const [destination, headers] of [[`/topic/chat/${id}/live`, {}], [`/topic/chat/${id}`, { after: '0' }], ['/user/queue/messages', {}]]) hers.push(await customer.subscribe(destination, headers))
  for (const state of [undefined, 'TYPING', 'GONE']) assert.equal(await watch(supervisor, state), 'RECEIPT')
  await until(() => heard.filter(body => body.kind === 'WATCH').length === 3, { say: 'three of them' })
  assert.deepEqual(heard.filter(body => body.kind === 'WATCH').map(body => [body.memberId, body.name, body.state, body.sessionId]), ['READING', 'TYPING', 'GONE'].map(state => [chief.memberId, '오세린', state, id]))
  assert.equal(await agent.send('/app/chat.typing', { sessionId: id }), 'RECEIPT')
  await say(one, id, '뒤에 온 줄')
  await until(() => hers[0].some(body => body.kind === 'TYPING') && hers[1].some(row => row.content === '뒤에 온 줄'), { say: 'what came behind' })
  assert.equal(JSON.stringify(hers).includes('WATCH'), false)
  assert.equal(JSON.stringify(hers).includes('오세린'), false)
})

await test('who may not: its customer, a colleague whose chat it is not, nobody\'s chat', async () => {
  assert.equal((await watch(customer)).code, '05')
  assert.equal((await watch(stranger)).code, '03')
  assert.equal((await watch(stranger, 'READING', '00000000-0000-4000-8000-000000000000')).code, '03')
})

await test('a state that is none ends the connection, as any malformed body does', async () => {
  supervisor.client.publish({ destination: '/app/chat.watch', body: JSON.stringify({ sessionId: id, state: 'DANCING' }) })
  await until(() => supervisor.errors.length, { say: 'ERROR' })
})

await Promise.all([agent, supervisor, customer, stranger].map(talker => talker.stop()))
await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
await finish()
