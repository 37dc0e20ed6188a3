#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Going on with a chat that is over: a new one that names it, once however often the button is pressed, within its time, by its customer alone; the
// staff see what was said before.
import assert from 'node:assert/strict'
import { consultation, customer, guest, history, requestChat, say, staff } from '../lib/people.mjs'
import { talker } from '../lib/stomp.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const agent = await staff(system), other = await staff(system), boss = await staff(system, 'supervisor')
const reopen = (who, id) => who.post(`/api/chat/sessions/${id}/reopen`, {})
const end = (who, id) => who.expect(200, who.post(`/api/chat/sessions/${id}/end`, {}))
const page = async (who, target, lang = 'ko') => (await who.get(target, { check: false, headers: { 'Accept-Language': lang } })).text

// A chat that is over, with something said in it.
async function over(who, title = '<b>주문</b> 1234') {
  const person = who ?? await guest(system)
  const { sessionId: id } = await requestChat(person, { categoryId: 201, title })
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await say(person, id, '뚜껑이 <i>깨졌어요</i>')
  await say(agent, id, '교환해 드릴게요')
  await end(person, id)
  return { person, id }
}

await test('a new chat in the queue, with the topic and the title of the one that it names; that one stays over', async () => {
  const { person, id } = await over()
  const told = await (await talker(system, agent)).subscribe('/topic/admin/notifications')
  const made = (await person.expect(201, reopen(person, id))).data
  assert.notEqual(made.sessionId, id)
  assert.deepEqual([made.previousSessionId, made.status, made.categoryId, made.title, made.messageCount], [id, 'WAITING', 201, '<b>주문</b> 1234', 0])
  assert.equal((await person.get(`/api/chat/sessions/${id}`)).data.status, 'COMPLETED')
  assert.equal((await person.get(`/api/chat/sessions/${id}`)).data.previousSessionId, null)
  await until(() => told.some(body => body.sessionId === made.sessionId), { say: 'the agents hear of it' })
  assert.equal((await person.expect(200, reopen(person, id))).data.sessionId, made.sessionId, 'again: the same')
  assert.deepEqual(await history(person, made.sessionId), [], 'its log is its own')
})

await test('of many at once one new chat', async () => {
  const { person, id } = await over()
  const answers = await Promise.all(Array.from({ length: 10 }, () => reopen(person, id)))
  assert.deepEqual(answers.map(answer => answer.status).sort(), [...Array(9).fill(200), 201])
  assert.equal(new Set(answers.map(answer => answer.data.sessionId)).size, 1)
})

await test('who has an open chat goes there, whatever became of the old one', async () => {
  const { person, id } = await over()
  const open = (await requestChat(person)).sessionId
  await system.sql(`UPDATE chat_session SET end_time = end_time - INTERVAL 9 DAY WHERE session_id = '${id}'`)
  for (const one of [id, open]) assert.equal((await person.expect(200, reopen(person, one))).data.sessionId, open)
})

await test('what is refused: others, staff, when the time is over, a topic that is gone', async () => {
  const { person, id } = await over()
  const stranger = await guest(system)
  const refused = async (answer, status, code) => {
    const got = await answer
    assert.equal(got.status, status, got.text)
    assert.equal(got.json.code, code)
  }
  await refused(reopen(stranger, id), 404, '03')
  for (const who of [agent, other, boss]) await refused(reopen(who, id), 403, '05')
  await refused(reopen(person, 'nonsense'), 404, '03')
  await refused(person.post(`/api/chat/sessions/${id}/reopen`, { title: 'x' }), 400, '01')
  await system.sql(`UPDATE chat_session SET end_time = end_time - INTERVAL 25 HOUR WHERE session_id = '${id}'`)
  await refused(reopen(person, id), 409, '02')
  assert.equal(/\/reopen"/.test(await page(person, `/chat/${id}`)), false, 'nor is there a button')
  assert.equal(/\/reopen"/.test(await page(person, '/my')), false)
  const late = await person.form(`/chat/${id}/reopen`, {})
  assert.equal(late.status, 409)
  assert.match(late.text, /role="alert"[^]*기간이 지났습니다/)
  assert.deepEqual((await person.get('/api/chat/sessions/resumable')).data, [])
})

await test('by forms: on the page of the chat and under My chats; the new one leads back to it', async () => {
  const person = await customer(system)
  const { id } = await over(person)
  assert.match(await page(person, `/chat/${id}`), new RegExp(`action="/chat/${id}/reopen"[^]*상담 이어 하기`))
  assert.match(await page(person, '/my'), new RegExp(`action="/chat/${id}/reopen"`))
  assert.match(await page(person, '/my', 'en'), /Go on with this chat/)
  const done = await person.form(`/chat/${id}/reopen`, {})
  assert.equal(done.status, 303)
  const next = /^\/chat\/([0-9a-f-]{36})$/.exec(done.headers.location)[1]
  assert.notEqual(next, id)
  assert.match(await page(person, `/chat/${next}`), new RegExp(`href="/chat/${id}"[^<]*>이전 상담에서`))
  assert.equal(/\/reopen"/.test(await page(person, '/my')), false, 'no button while a chat is open')
})

await test('the agent\'s thread shows the chat before: its words, never its notes, and a stone for what was deleted', async () => {
  const { person, id } = await over()
  const marker = (await history(person, id)).find(row => row.content.startsWith('뚜껑')).seq
  await agent.expect(201, agent.post(`/api/admin/chat/sessions/${id}/notes`, { content: '메모는 따로' }))
  const next = (await person.expect(201, reopen(person, id))).data.sessionId
  const thread = await page(other, `/agent/chat/${next}`)
  assert.match(thread, /<details class="before" open>[^]*뚜껑이 &lt;i&gt;깨졌어요&lt;\/i&gt;[^]*교환해 드릴게요[^]*<\/details>/)
  assert.match(thread, new RegExp(`<details class="before"[^]*href="/history/${id}"[^]*</details>`))
  assert.equal(thread.includes('메모는 따로'), false)
  await person.expect(200, person.delete(`/api/chat/sessions/${id}/messages/${marker}`))
  await other.expect(200, other.post(`/api/admin/chat/sessions/${next}/accept`, {}))
  const again = await page(other, `/agent/chat/${next}`)
  assert.equal(again.includes('깨졌어요'), false)
  assert.match(again, /삭제된 메시지입니다/)
  const plain = await consultation(system, agent)
  assert.equal((await page(agent, `/agent/chat/${plain.id}`)).includes('class="before"'), false)
})

await finish()
