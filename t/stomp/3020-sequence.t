#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The main job without a browser, by unmodified @stomp/stompjs and plain HTTP calls: request, notification, accept, talk with Korean, emoji and a
// file, a cut connection and the return with `after`, change of agent, end, history and figures.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { consultation, guest, history, isDense, requestChat, say, staff } from '../lib/people.mjs'
import { rows, talker } from '../lib/stomp.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system, 'agent', `한지수 ${process.pid}`)
const two = await staff(system, 'agent', `오세린 ${process.pid}`)
const boss = await staff(system, 'admin')
const customer = await guest(system)
const admin = id => `/api/admin/chat/sessions/${id}`
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

const before = (await boss.expect(200, boss.get('/stats/summary.json'))).json.rows[0]
const agents = []
let id, customerTalk, customerRows, agentRows

await test('agents listen to notifications and lists', async () => {
  for (const person of [one, two]) {
    const talk = await talker(system, person)
    agents.push({
      talk,
      notes: await talk.subscribe('/topic/admin/notifications'),
      fresh: await talk.subscribe('/topic/chat/new-session'),
      sessions: await talk.subscribe('/topic/chat/sessions'),
      previews: await talk.subscribe('/topic/chat/messages'),
    })
  }
})

await test('the request reaches every agent at once, without asking', async () => {
  const began = Date.now()
  id = (await requestChat(customer, { categoryId: 'EXCHANGE', title: '노트 교환' })).sessionId
  for (const agent of agents) {
    const note = await until(() => agent.notes.find(row => row.sessionId === id), { seconds: 5, say: 'the notification' })
    assert.equal(note.content, `새로운 상담 요청: ${customer.nickname}`)
    const fresh = await until(() => agent.fresh.find(row => row.sessionId === id), { seconds: 5 })
    assert.equal(fresh.memberId, customer.memberId)
    assert.equal(fresh.categoryId, 201)
    assert.equal(fresh.statusId, 1)
  }
  assert.ok(Date.now() - began < 5000)
})

await test('the customer listens from the beginning and knows the place in the queue', async () => {
  customerTalk = await talker(system, customer)
  await customerTalk.refusals()
  const live = await customerTalk.subscribe(`/topic/chat/${id}/live`)
  customerRows = await customerTalk.subscribe(`/topic/chat/${id}`, { after: '0' })
  const place = await until(() => live.find(row => row.kind === 'QUEUE'), { say: 'the place in the queue' })
  assert.ok(place.position >= 1)
})

await test('one accepts; the customer sees the start, the other agent that it was taken', async () => {
  await one.expect(200, one.post(`${admin(id)}/accept`, {}))
  const start = await until(() => customerRows.find(row => row.kind === 'START'))
  assert.equal(start.content, `상담이 시작되었습니다. 상담사: ${one.nickname}`)
  const change = await until(() => agents[1].sessions.find(row => row.sessionId === id && row.statusId === 2))
  assert.equal(change.adminId, one.memberId)
  await until(() => agents[1].notes.find(row => row.sessionId === id && row.kind === 'TAKEN'))
  agentRows = await agents[0].talk.subscribe(`/topic/chat/${id}`, { after: '0' })
})

await test('both talk in Korean with emoji; RECEIPT means stored; both see one order', async () => {
  const key = uuid()
  assert.equal(await customerTalk.say(id, '안녕하세요 👋 별밤 노트를 교환하고 싶어요 🙏🏽', key), 'RECEIPT')
  assert.equal((await history(customer, id)).at(-1).clientMessageId, key)
  assert.equal(await agents[0].talk.say(id, '네, 무엇이 문제인가요? 😊'), 'RECEIPT')
  await say(customer, id, '회색이 왔어요 (REST로 보냄)')
  assert.equal(await customerTalk.say(id, '안녕하세요 👋 별밤 노트를 교환하고 싶어요 🙏🏽', key), 'RECEIPT')
  const all = await history(customer, id)
  for (const list of [customerRows, agentRows]) {
    await until(() => rows(list).at(-1)?.seq === all.length)
    assert.deepEqual(rows(list).map(row => [row.seq, row.content, row.senderType]), all.map(row => [row.seq, row.content, row.senderType]))
  }
  const preview = await until(() => agents[0].previews.find(row => row.sessionId === id && row.preview.startsWith('안녕하세요')))
  assert.ok([...preview.preview].length <= 80)
})

await test('typing and read marks reach the other side', async () => {
  const live = await agents[0].talk.subscribe(`/topic/chat/${id}/live`)
  assert.equal(await customerTalk.send('/app/chat.typing', { sessionId: id }), 'RECEIPT')
  const typing = await until(() => live.find(row => row.kind === 'TYPING'))
  assert.equal(typing.side, 'MEMBER')
  assert.equal(typing.typing, true)
  assert.equal(await agents[0].talk.send('/app/chat.read', { sessionId: id, senderId: one.memberId, senderType: 'ADMIN' }), 'RECEIPT')
  const read = await until(() => customerRows.find(row => row.kind === 'READ'))
  assert.equal(read.content, 'READ_EVENT')
  assert.equal(read.isRead, 'Y')
  assert.equal(read.seq, null)
  assert.equal(read.side, 'ADMIN')
  assert.equal(read.readSeq, rows(agentRows).at(-1).seq)
})

await test('a file reaches the other side and can be read there', async () => {
  const sent = await customer.upload(`/api/chat/sessions/${id}/files`, [{ name: 'content', value: '이렇게 왔어요' }, { name: 'file', filename: '회색 노트.png', type: 'image/png', bytes: png }])
  assert.equal(sent.status, 201, sent.text)
  const row = await until(() => agentRows.find(one => one.kind === 'FILE'))
  assert.equal(row.messageType, 'FILE')
  assert.equal(row.attachment.name, '회색 노트.png')
  assert.equal(row.attachment.width, 1)
  const file = await one.get(row.attachment.url)
  assert.equal(file.status, 200)
  assert.ok(file.bytes.equals(png))
})

await test('the connection is cut; what was said meanwhile comes once, in order, after the return', async () => {
  const last = rows(customerRows).at(-1).seq
  customerTalk.cut()
  for (let i = 0; i < 5; i++) assert.equal(await agents[0].talk.say(id, `그사이 ${i}`), 'RECEIPT')
  customerTalk = await talker(system, customer)
  await customerTalk.refusals()
  const returned = await customerTalk.subscribe(`/topic/chat/${id}`, { after: String(last), epoch: customerTalk.connected.headers.epoch })
  assert.equal(await customerTalk.say(id, '돌아왔어요'), 'RECEIPT')
  await until(() => rows(returned).some(row => row.content === '돌아왔어요'))
  assert.ok(isDense(rows(returned), last + 1))
  customerRows.push(...returned.splice(0))
  customerRows = Object.assign(returned, {})
  assert.deepEqual((await history(customer, id)).map(row => row.seq), Array.from({ length: (await history(customer, id)).length }, (_, i) => i + 1))
})

await test('change of agent: the other one accepts and has the whole log, the first is out', async () => {
  await one.expect(200, one.post(`${admin(id)}/transfer`, {}))
  await until(() => customerRows.some(row => row.kind === 'TRANSFER'))
  await until(() => agents[1].notes.some(row => row.sessionId === id && row.kind === 'RETURNED'))
  await two.expect(200, two.post(`${admin(id)}/accept`, {}))
  agentRows = await agents[1].talk.subscribe(`/topic/chat/${id}`, { after: '0' })
  await agents[1].talk.refusals()
  assert.equal(await agents[1].talk.say(id, '이어서 도와 드리겠습니다.'), 'RECEIPT')
  await until(() => customerRows.some(row => row.content === '이어서 도와 드리겠습니다.'))
  await until(() => rows(agentRows).at(-1)?.content === '이어서 도와 드리겠습니다.')
  assert.ok(isDense(rows(agentRows)))
})

const why = () => JSON.stringify([agents[0].talk.errors.map(one => one.headers), agents[0].talk.closes])
await test('the end: both see it, nothing can be sent after it', async () => {
  await customer.expect(200, customer.post(`/api/chat/sessions/${id}/end`, { exitReasonId: 144 }))
  for (const list of [customerRows, agentRows]) {
    const end = await until(() => list.find(row => row.kind === 'END'))
    assert.match(end.content, /상담이 종료되었습니다/)
  }
  await until(() => agents[0].sessions.some(row => row.sessionId === id && row.type === 'SESSION_ENDED'), { say: `SESSION_ENDED ${why()}` })
  const refusal = await customerTalk.say(id, '아 참')
  assert.equal(refusal.code, '02')
  assert.equal(refusal.sessionId, id)
  assert.equal(customerTalk.client.connected, true)
  assert.equal((await agents[1].talk.say(id, '네?')).code, '02')
})

await test('history and figures show it', async () => {
  const found = await two.expect(200, two.get(`/api/admin/chat/sessions/history?agent=${two.memberId}`))
  assert.deepEqual(found.data.map(row => row.sessionId), [id])
  assert.equal(found.data[0].exitReasonId, 144)
  const after = (await boss.expect(200, boss.get('/stats/summary.json'))).json.rows[0]
  assert.ok(after.chats >= before.chats + 1)
  assert.ok(after.wait_s.n >= before.wait_s.n + 1)
  const mine = (await boss.expect(200, boss.get(`/stats/agents.json?agent=${two.memberId}`))).json.rows
  assert.equal(mine.find(row => row.chats === 1) !== undefined, true)
  const chats = (await boss.expect(200, boss.get(`/stats/chats.json?agent=${two.memberId}`))).json.rows
  assert.equal(chats[0].sessionId, id)
})

await test('REST to push: 50 messages, half of them under a tenth of a second', async () => {
  const { person, id: other } = await consultation(system, one)
  const list = await agents[0].talk.subscribe(`/topic/chat/${other}`)
  const times = []
  for (let i = 0; i < 50; i++) {
    const key = uuid()
    const began = process.hrtime.bigint()
    await say(person, other, `${i}`, key)
    await until(() => list.some(row => row.clientMessageId === key), { every: 1 })
    times.push(Number(process.hrtime.bigint() - began) / 1e6)
  }
  times.sort((a, b) => a - b)
  assert.ok(times[25] < 1000, `median ${times[25]} ms`)
  console.log(`# REST to push: median ${times[25].toFixed(0)} ms, worst ${times[49].toFixed(0)} ms`)
})

await finish()
