#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Messages over REST: once, in order, paged; read marks.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { consultation, contents, guest, history, isDense, requestChat, say, send, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system)
const messages = id => `/api/chat/sessions/${id}/messages`

await test('a message is stored and given back as it was received, Korean and emoji', async () => {
  const { person, id } = await consultation(system, agent)
  const text = '안녕하세요 👋🏽 한글 자모 \u1112\u1161\u11ab, 👨‍👩‍👧‍👦, 🏳️‍🌈, <b>"굵게"</b> & \\ \t끝  '
  const key = uuid()
  const answer = await send(person, id, text, key)
  assert.equal(answer.status, 201)
  const row = answer.data
  assert.equal(row.content, text)
  assert.equal(row.clientMessageId, key)
  assert.equal(row.senderType, 'M')
  assert.equal(row.senderId, person.memberId)
  assert.equal(row.senderName, person.nickname)
  assert.equal(row.messageType, 'NORMAL')
  assert.equal(row.messageTypeId, 11)
  assert.equal(row.kind, 'TEXT')
  assert.equal(row.isRead, 'N')
  assert.ok(Math.abs(Date.parse(row.timestamp) - Date.now()) < 60000)
  const reply = await say(agent, id, '네, 무엇을 도와 드릴까요? 🙂')
  assert.equal(reply.senderType, 'A')
  assert.equal(reply.seq, row.seq + 1)
  const stored = await system.sql(`SELECT HEX(content) FROM chat_message WHERE session_id = '${id}' ORDER BY seq DESC LIMIT 1 OFFSET 1`)
  assert.equal(stored[0][0], Buffer.from(text).toString('hex').toUpperCase())
})

await test('the customer talks while waiting', async () => {
  const person = await guest(system)
  const chat = await requestChat(person)
  const row = await say(person, chat.sessionId, '기다리는 동안 먼저 적을게요')
  assert.ok(row.seq >= 1)
})

await test('the same id again: 200 with the first row; another body: 409; another member\'s is another key', async () => {
  const { person, id } = await consultation(system, agent)
  const key = uuid()
  const first = await send(person, id, '한 번만', key)
  for (let i = 0; i < 3; i++) {
    const again = await send(person, id, '한 번만', key)
    assert.equal(again.status, 200)
    assert.deepEqual(again.data, first.data)
  }
  const other = await send(person, id, '다른 말', key)
  assert.equal(other.status, 409)
  assert.equal(other.json.code, '02')
  assert.equal((await send(agent, id, '다른 말', key)).status, 201)
  assert.deepEqual(contents(await history(person, id)), ['한 번만', '다른 말'])
})

await test('one id 30 times at once: one row, one 201', async () => {
  const { person, id } = await consultation(system, agent)
  const key = uuid()
  const answers = await Promise.all(Array.from({ length: 30 }, () => send(person, id, '동시에', key)))
  assert.equal(answers.filter(one => one.status === 201).length, 1)
  assert.equal(answers.filter(one => one.status === 200).length, 29)
  assert.equal(new Set(answers.map(one => one.data.seq)).size, 1)
})

await test('a resend after the end: still 200 with the first row', async () => {
  const { person, id } = await consultation(system, agent)
  const key = uuid()
  const first = await send(person, id, '마지막 말', key)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  const again = await send(person, id, '마지막 말', key)
  assert.equal(again.status, 200)
  assert.equal(again.data.seq, first.data.seq)
})

await test('clientMessageId: absent is fine, anything but a lower-case UUID is 400', async () => {
  const { person, id } = await consultation(system, agent)
  assert.equal((await person.post(messages(id), { content: 'x' })).data.clientMessageId, null)
  for (const clientMessageId of ['', 'x', 'a'.repeat(200), uuid().toUpperCase(), uuid().replaceAll('-', ''), `{${uuid()}}`, `${uuid()} `, 5, true, [], {}]) {
    const answer = await person.post(messages(id), { content: 'x', clientMessageId })
    assert.equal(answer.status, 400, JSON.stringify(clientMessageId))
  }
})

await test('200 messages by both sides at once: dense, one order for both, real-time order kept', async () => {
  const { person, id } = await consultation(system, agent)
  const chain = async (who, name) => {
    let last = 0
    for (let i = 0; i < 100; i++) {
      const row = await say(who, id, `${name} ${i}`)
      assert.ok(row.seq > last, 'a later message has a lower seq')
      last = row.seq
    }
  }
  await Promise.all([chain(person, '고객'), chain(agent, '상담사')])
  const one = await history(person, id)
  const two = await history(agent, id, 7, '/api/admin/chat')
  assert.ok(isDense(one))
  assert.deepEqual(two, one)
  assert.equal(contents(one).length, 200)
  assert.equal(new Set(contents(one)).size, 200)
  assert.equal((await agent.get(`/api/admin/chat/sessions/${id}`)).data.messageCount, one.length)
}, { seconds: 120 })

await test('paging by after and before, with log and paging beside data', async () => {
  const { person, id } = await consultation(system, agent)
  for (let i = 0; i < 20; i++) await say(person, id, `${i}`)
  const all = await history(person, id)
  const head = all.length
  const page = async query => (await person.expect(200, person.get(`${messages(id)}?${query}`))).json
  const first = await page('after=0&limit=5')
  assert.deepEqual(first.data, all.slice(0, 5))
  assert.deepEqual(first.paging, { limit: 5, next: '5' })
  assert.equal(first.log.head, head)
  assert.equal(first.log.sessionId, id)
  const [[epoch]] = await system.sql('SELECT epoch FROM installation')
  assert.equal(first.log.epoch, epoch)
  assert.deepEqual((await page(`after=${head - 3}`)).data, all.slice(-3))
  assert.equal((await page(`after=${head - 3}`)).paging.next, null)
  assert.deepEqual((await page(`after=${head}`)).data, [])
  assert.deepEqual((await page(`after=${head + 100}`)).data, [])
  assert.deepEqual((await page(`before=${head}&limit=4`)).data, all.slice(-5, -1))
  assert.deepEqual((await page('before=4&limit=200')).data, all.slice(0, 3))
  assert.deepEqual((await page('before=1')).data, [])
  assert.deepEqual((await page('limit=1')).data, all.slice(0, 1))
  const fifty = await person.get(messages(id))
  assert.equal(fifty.json.paging.limit, 50)
  assert.equal((await person.get(`${messages(id)}?after=1&before=5`)).status, 400)
})

await test('a client can\'t choose who speaks, when, or what kind it is', async () => {
  const { person, id } = await consultation(system, agent)
  const answer = await person.post(messages(id), { content: '저예요', senderId: agent.memberId, senderType: 'ADMIN', senderName: '상담원', timestamp: '1999-01-01T00:00:00Z', isRead: 'Y', messageId: 1 })
  assert.equal(answer.status, 201)
  assert.equal(answer.data.senderType, 'M')
  assert.equal(answer.data.senderId, person.memberId)
  assert.equal(answer.data.isRead, 'N')
  assert.ok(!answer.data.timestamp.startsWith('1999'))
  for (const messageTypeId of [12, 13, 'SYSTEM', 'FILE', 99, 'x']) {
    assert.equal((await person.post(messages(id), { content: 'x', messageTypeId })).status, 422, String(messageTypeId))
  }
  for (const messageTypeId of [11, '11', 'NORMAL', null]) assert.equal((await person.post(messages(id), { content: 'x', messageTypeId })).status, 201)
  assert.equal((await person.post(messages(id), { content: 'x', kind: 'END' })).status, 400)
})

await test('read marks grow and never shrink; the other side\'s rows are then read', async () => {
  const { person, id } = await consultation(system, agent)
  for (let i = 0; i < 3; i++) await say(person, id, `${i}`)
  const head = (await history(person, id)).length
  const target = `/api/chat/sessions/${id}/read`
  assert.equal((await agent.expect(200, agent.post(target, { seq: head - 1 }))).data.readSeq, head - 1)
  assert.equal((await agent.post(target, { seq: 1 })).data.readSeq, head - 1)
  const rows = await history(person, id)
  assert.deepEqual(rows.slice(-2).map(row => row.isRead), ['Y', 'N'])
  assert.equal((await agent.post(target, {})).data.readSeq, head)
  assert.equal((await agent.post(target, { seq: head + 1000 })).data.readSeq, head)
  assert.equal((await history(person, id)).at(-1).isRead, 'Y')
  assert.equal((await person.get(`/api/chat/sessions/${id}`)).data.adminReadSeq, head)
  for (const seq of [-1, 1.5, '1', true, [], 99999999999999]) assert.equal((await agent.post(target, { seq })).status, 400, String(seq))
})

await test('someone else\'s chat does not exist', async () => {
  const { id } = await consultation(system, agent)
  const stranger = await guest(system)
  const foreign = await stranger.get(messages(id))
  const absent = await stranger.get(messages(uuid()))
  assert.equal(foreign.status, 404)
  assert.equal(absent.status, 404)
  assert.equal(foreign.text, absent.text)
  assert.equal((await send(stranger, id, '안녕')).status, 404)
  for (const bad of ['x', '1', id.toUpperCase() === id ? 'y' : `${id}0`, id.slice(1), '%20', `${id}%00`, '..', '%2e%2e', "'OR'1"]) {
    const answer = await stranger.get(messages(bad))
    assert.ok([400, 404].includes(answer.status), `${bad}: ${answer.status}`)
  }
})

await finish()
