#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Absence and return over REST, with short times: disconnect, reconnect, presence, grace, a lost agent, the queue's time-out.
import assert from 'node:assert/strict'
import { consultation, guest, history, requestChat, say, send, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { stays, until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { grace_customer: '3s', grace_agent: '2s', rest_idle: '4s', linger: '1s', queue_timeout: '8s' } })
const agent = await staff(system)
const kinds = rows => rows.map(row => row.kind)
const state = async (who, id) => (await who.expect(200, who.get(`/api/chat/sessions/${id}`))).data
const viaDatabase = async id => (await system.sql(`SELECT c.code FROM chat_session s JOIN code c ON c.code_id = s.status_id WHERE session_id = '${id}'`))[0][0]

await test('the customer leaves and returns: DISCONNECTED with graceUntil, then ACTIVE; both are rows', async () => {
  const { person, id } = await consultation(system, agent)
  const away = await person.expect(200, person.post(`/api/chat/sessions/${id}/disconnect`, { disconnectReasonId: 161, graceMinutes: 5 }))
  assert.equal(away.data.status, 'DISCONNECTED')
  assert.ok(Date.parse(away.data.graceUntil) > Date.now())
  const back = await person.expect(200, person.post(`/api/chat/sessions/${id}/reconnect`, {}))
  assert.equal(back.data.status, 'ACTIVE')
  assert.equal(back.data.graceUntil, null)
  const rows = await history(person, id)
  assert.deepEqual(kinds(rows).slice(-2), ['AWAY', 'BACK'])
  assert.match(rows.at(-2).content, /고객이 일시적으로 이탈했습니다. \(이탈 사유: .+\)/)
  assert.equal(rows.at(-1).content, '고객이 다시 접속했습니다.')
})

await test('both may send while one is away; the absent side\'s message is its return', async () => {
  const { person, id } = await consultation(system, agent)
  await person.expect(200, person.post(`/api/chat/sessions/${id}/presence`, { side: 'MEMBER', state: 'INACTIVE', reason: 'PAGE_HIDE' }))
  await say(agent, id, '잠시 기다릴게요')
  await say(person, id, '돌아왔어요')
  const rows = await history(agent, id)
  assert.deepEqual(kinds(rows).slice(-4), ['AWAY', 'TEXT', 'BACK', 'TEXT'])
  assert.equal(await viaDatabase(id), 'ACTIVE')
})

await test('presence ACTIVE and last-seen of someone present change nothing', async () => {
  const { person, id } = await consultation(system, agent)
  const before = await history(person, id)
  await person.expect(200, person.post(`/api/chat/sessions/${id}/presence`, { state: 'ACTIVE' }))
  await person.expect(200, person.post(`/api/chat/sessions/${id}/last-seen`, {}))
  await person.expect(200, person.post(`/api/chat/sessions/${id}/reconnect`, {}))
  assert.deepEqual(await history(person, id), before)
})

await test('a state that is none, a reason that is none, a grace below zero: refused, nothing changed', async () => {
  const { person, id } = await consultation(system, agent)
  const before = await history(person, id)
  assert.equal((await person.post(`/api/chat/sessions/${id}/presence`, { state: 'GONE' })).status, 400)
  assert.equal((await person.post(`/api/chat/sessions/${id}/presence`, { state: 'INACTIVE', reason: 'NOPE' })).status, 422)
  assert.equal((await person.post(`/api/chat/sessions/${id}/presence`, { state: 'INACTIVE', graceSeconds: -1 })).status, 400)
  assert.equal((await person.post(`/api/chat/sessions/${id}/disconnect`, { disconnectReasonId: 144 })).status, 422)
  assert.deepEqual(await history(person, id), before)
})

await test('the customer\'s grace runs out: COMPLETED by time-out', async () => {
  const { person, id } = await consultation(system, agent)
  await person.expect(200, person.post(`/api/chat/sessions/${id}/disconnect`, {}))
  await until(async () => {
    await agent.post(`/api/chat/sessions/${id}/last-seen`, {})
    return (await viaDatabase(id)) === 'COMPLETED'
  }, { seconds: 20, every: 200 })
  const end = await state(person, id)
  assert.equal(end.exitReasonId, 152)
  assert.equal(end.endedBy, 'S')
  assert.equal((await history(person, id)).at(-1).kind, 'END')
}, { seconds: 40 })

await test('the agent\'s grace runs out: the chat is the queue\'s first, and another goes on', async () => {
  const second = await staff(system)
  const waiting = await guest(system)
  const { person, id } = await consultation(system, agent)
  const later = await requestChat(waiting)
  await agent.expect(200, agent.post(`/api/chat/sessions/${id}/disconnect`, { disconnectReasonId: 'NETWORK_ERROR' }))
  await until(async () => {
    await person.post(`/api/chat/sessions/${id}/last-seen`, {})
    await waiting.get('/api/chat/sessions/resumable')
    return (await viaDatabase(id)) === 'WAITING'
  }, { seconds: 20, every: 200 })
  const list = await second.expect(200, second.get('/api/admin/chat/sessions/waiting'))
  const places = list.data.map(row => row.sessionId)
  assert.ok(places.indexOf(id) >= 0 && places.indexOf(id) < places.indexOf(later.sessionId), `${places.indexOf(id)} of ${places.length}`)
  await second.expect(200, second.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await say(second, id, '제가 이어서 도와 드리겠습니다.')
  const rows = await history(person, id)
  assert.ok(kinds(rows).includes('AWAY'))
  assert.equal(rows.find(row => row.kind === 'AWAY').content, '상담사의 연결이 끊겼습니다.')
  assert.equal((await send(agent, id, '아직 저예요')).status, 404)
  await person.post(`/api/chat/sessions/${id}/end`, {})
}, { seconds: 40 })

await test('polling is life: a customer who asks now and then is not away', async () => {
  const { person, id } = await consultation(system, agent)
  await stays(async () => {
    await agent.get(`/api/chat/sessions/${id}/messages?after=0`)
    await person.get(`/api/chat/sessions/${id}/messages?after=0`)
    return (await viaDatabase(id)) === 'ACTIVE'
  }, { seconds: 7, every: 500, say: 'ACTIVE' })
  assert.ok(!kinds(await history(person, id)).includes('AWAY'))
  await person.post(`/api/chat/sessions/${id}/end`, {})
})

await test('silence longer than rest_idle is absence; a poll is the return', async () => {
  const { person, id } = await consultation(system, agent)
  await until(async () => {
    await agent.post(`/api/chat/sessions/${id}/last-seen`, {})
    return (await viaDatabase(id)) === 'DISCONNECTED'
  }, { seconds: 20, every: 200 })
  await person.expect(200, person.get(`/api/chat/sessions/${id}/messages?after=0`))
  assert.equal(await viaDatabase(id), 'ACTIVE')
  assert.deepEqual(kinds(await history(person, id)).slice(-2), ['AWAY', 'BACK'])
  await person.post(`/api/chat/sessions/${id}/end`, {})
}, { seconds: 40 })

await test('nobody comes in time: the waiting chat is COMPLETED, TIMEOUT', async () => {
  const person = await guest(system)
  const chat = await requestChat(person)
  await until(async () => {
    const now = await state(person, chat.sessionId)
    return now.status === 'COMPLETED' && now.exitReasonId === 152
  }, { seconds: 25, every: 300 })
}, { seconds: 40 })

await finish()
