#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Asking for a chat: code lists, one open chat, the queue, cancel.
import assert from 'node:assert/strict'
import { Person } from '../lib/client.mjs'
import { customer, guest, history, requestChat, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system)

await test('code lists are public and in the reader\'s language', async () => {
  const korean = await new Person(system, { lang: 'ko' }).get('/api/chat/categories')
  const english = await new Person(system, { lang: 'en' }).get('/api/chat/categories')
  assert.deepEqual(korean.data.find(one => one.codeId === 200), { codeId: 200, code: 'DELIVERY', decode: '배송' })
  assert.equal(english.data.find(one => one.codeId === 200).decode, 'Delivery')
  const exits = await new Person(system).get('/api/chat/exit-reasons')
  assert.deepEqual(exits.data.map(one => one.codeId).filter(id => id <= 150), [144, 145, 146, 147, 148, 149, 150])
  const types = await new Person(system).get('/api/chat/message-types')
  assert.deepEqual(types.data.map(one => [one.codeId, one.code]), [[11, 'NORMAL'], [12, 'SYSTEM'], [13, 'FILE']])
})

await test('the name of a category by code and by number; an unknown one is 404', async () => {
  const person = new Person(system, { lang: 'ko' })
  assert.equal((await person.get('/api/chat/category/DELIVERY')).data.categoryName, '배송')
  assert.equal((await person.get('/api/chat/category/200')).data.categoryName, '배송')
  assert.equal((await person.get('/api/chat/category/NOTHING')).status, 404)
  assert.equal((await person.get('/api/chat/category/144')).status, 404)
})

await test('codes are taken as number, decimal string or name', async () => {
  for (const categoryId of [201, '201', 'EXCHANGE']) {
    const person = await guest(system)
    const chat = await requestChat(person, { categoryId, title: '교환하고 싶어요' })
    assert.equal(chat.categoryId, 201)
    assert.equal(chat.status, 'WAITING')
    assert.equal(chat.statusId, 1)
    assert.equal(chat.title, '교환하고 싶어요')
    assert.equal(chat.adminId, null)
  }
})

await test('existing pages ask by /session/popup {category}', async () => {
  const person = await guest(system)
  const answer = await person.post('/api/chat/session/popup', { category: 'ORDER' })
  assert.equal(answer.status, 201)
  assert.equal(answer.data.categoryId, 202)
})

await test('an unknown category and a code of another group: 422; none: 400', async () => {
  const person = await guest(system)
  for (const categoryId of [999, 'NOPE', 144, 1]) {
    assert.equal((await person.post('/api/chat/session', { categoryId })).status, 422, String(categoryId))
  }
  assert.equal((await person.post('/api/chat/session', {})).status, 400)
  assert.equal((await person.post('/api/chat/session', { categoryId: null })).status, 400)
  assert.deepEqual((await person.get('/api/chat/sessions/resumable')).data, [])
})

await test('a title of 200 code points is kept, 201 are refused', async () => {
  const person = await guest(system)
  assert.equal((await person.post('/api/chat/session', { categoryId: 200, title: '가'.repeat(201) })).status, 422)
  const chat = await requestChat(person, { title: '😀'.repeat(200) })
  assert.equal([...chat.title].length, 200)
})

await test('asking again while one is open: 200 and that one', async () => {
  const person = await guest(system)
  const chat = await requestChat(person)
  const again = await person.post('/api/chat/session', { categoryId: 203, title: '다른 것' })
  assert.equal(again.status, 200)
  assert.equal(again.data.sessionId, chat.sessionId)
  assert.equal(again.data.categoryId, 200)
})

await test('50 at once by one visitor: one open chat, 50 equal ids', async () => {
  const person = await guest(system)
  const answers = await Promise.all(Array.from({ length: 50 }, () => person.post('/api/chat/session', { categoryId: 200 })))
  assert.equal(new Set(answers.map(one => one.data.sessionId)).size, 1)
  assert.equal(answers.filter(one => one.status === 201).length, 1)
  const rows = await system.sql(`SELECT COUNT(*) FROM chat_session WHERE member_id = ${person.memberId}`)
  assert.equal(rows[0][0], '1')
})

await test('resumable is an array of none or one', async () => {
  const person = await guest(system)
  assert.deepEqual((await person.get('/api/chat/sessions/resumable')).data, [])
  const chat = await requestChat(person)
  assert.deepEqual((await person.get('/api/chat/sessions/resumable')).data.map(one => one.sessionId), [chat.sessionId])
  await person.expect(200, person.post(`/api/chat/sessions/${chat.sessionId}/end`, {}))
  assert.deepEqual((await person.get('/api/chat/sessions/resumable')).data, [])
})

await test('the customer sees the place in the queue', async () => {
  const person = await guest(system)
  const chat = await requestChat(person)
  const answer = await person.get(`/api/chat/sessions/${chat.sessionId}`)
  assert.ok(answer.json.queue.position >= 1)
})

await test('agents see who waits, in the order of the queue', async () => {
  const one = await requestChat(await customer(system), { title: '먼저' })
  const two = await requestChat(await guest(system), { title: '나중' })
  const ids = []
  for (let cursor = ''; cursor !== null;) {
    const answer = await agent.expect(200, agent.get(`/api/admin/chat/sessions/waiting?limit=200${cursor ? `&cursor=${cursor}` : ''}`))
    ids.push(...answer.data.map(row => row.sessionId))
    cursor = answer.json.paging.next
  }
  assert.ok(ids.indexOf(one.sessionId) >= 0)
  assert.ok(ids.indexOf(one.sessionId) < ids.indexOf(two.sessionId))
  const row = (await agent.get(`/api/admin/chat/sessions/${one.sessionId}`)).data
  assert.match(row.memberEmail, /@example\.org$/)
})

await test('the customer cancels: CANCEL row, COMPLETED, and again changes nothing', async () => {
  const person = await guest(system)
  const chat = await requestChat(person)
  const end = await person.post(`/api/chat/sessions/${chat.sessionId}/end`, {})
  assert.equal(end.status, 200)
  assert.equal(end.data.status, 'COMPLETED')
  assert.equal(end.data.exitReasonId, 151)
  assert.equal(end.data.endedBy, 'M')
  const rows = await history(person, chat.sessionId)
  assert.equal(rows.at(-1).kind, 'CANCEL')
  assert.equal(rows.at(-1).content, '고객이 상담 요청을 취소했습니다.')
  assert.equal((await person.post(`/api/chat/sessions/${chat.sessionId}/end`, {})).status, 200)
  assert.equal((await history(person, chat.sessionId)).length, rows.length)
})

await test('staff can\'t ask for a chat: 403', async () => {
  assert.equal((await agent.post('/api/chat/session', { categoryId: 200 })).status, 403)
})

await test('keys that existing pages send are ignored, others refused', async () => {
  const person = await guest(system)
  const answer = await person.post('/api/chat/session', { categoryId: 200, memberId: 1, adminId: 2, senderName: '상담원', timestamp: 'x', side: 'ADMIN', endedBy: 'A', isRead: 'Y', messageId: 5, senderId: 3, senderType: 'S' })
  assert.equal(answer.status, 201)
  assert.equal(answer.data.memberId, person.memberId)
  assert.equal((await (await guest(system)).post('/api/chat/session', { categoryId: 200, status: 'ACTIVE' })).status, 400)
})

await finish()
