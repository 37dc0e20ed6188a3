#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Internal notes: the staff's, in their place, once; and no door of the customer's ever gives one away.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { consultation, guest, history, requestChat, say, staff } from '../lib/people.mjs'
import { Talker } from '../lib/stomp.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system), two = await staff(system), supervisor = await staff(system, 'supervisor')
const notesOf = id => `/api/admin/chat/sessions/${id}/notes`
const write = (who, id, content, clientNoteId = uuid()) => who.post(notesOf(id), { content, clientNoteId })

await test('a note stands behind the row that was the last, and the same id again is the same note', async () => {
  const { person, id } = await consultation(system, one)
  const row = await say(person, id, '뚜껑이 깨졌어요')
  const key = uuid()
  const first = await write(one, id, '세 번째 파손', key)
  assert.equal(first.status, 201)
  assert.equal(first.data.afterSeq, row.seq)
  assert.equal(first.data.memberName, one.nickname)
  const again = await write(one, id, '세 번째 파손', key)
  assert.equal(again.status, 200)
  assert.equal(again.data.noteId, first.data.noteId)
  await say(person, id, '교환되나요?')
  await one.expect(201, write(one, id, '교환으로\r\n처리'))
  const list = (await one.expect(200, one.get(notesOf(id)))).data
  assert.deepEqual(list.map(note => note.content), ['세 번째 파손', '교환으로\n처리'])
  assert.ok(list[1].afterSeq > list[0].afterSeq)
  assert.equal((await history(one, id)).some(one => /파손/.test(one.content)), false)
})

await test('what is no note: empty, blank, too long, control characters, a wrong id', async () => {
  const { id } = await consultation(system, one)
  for (const content of ['', ' \u3164\n', 'ㄱ'.repeat(2001), 'a\u0007b']) assert.equal((await write(one, id, content)).status, 422, JSON.stringify(content.slice(0, 5)))
  assert.equal((await write(one, id, '메모', 'X')).status, 400)
  assert.equal((await one.post(notesOf(id), { note: '메모' })).status, 400)
  assert.deepEqual((await one.get(notesOf(id))).data, [])
})

await test('a colleague who may not read the chat has no notes of it; supervisors have, and anyone has those of a chat that waits', async () => {
  const { id } = await consultation(system, one)
  await one.expect(201, write(one, id, '비밀'))
  assert.equal((await two.get(notesOf(id))).status, 404)
  assert.equal((await write(two, id, '나도')).status, 404)
  assert.equal((await supervisor.expect(200, supervisor.get(notesOf(id)))).data.length, 1)
  await supervisor.expect(201, write(supervisor, id, '환불은 제가 확인했습니다'))
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/transfer`, {}))
  assert.equal((await two.expect(200, two.get(notesOf(id)))).data.length, 2)
})

await test('the customer meets it at no door: REST, poll, files, page, form, STOMP replay, live, queue, after the end', async () => {
  const marker = `비밀메모${uuid()}`
  const person = await guest(system)
  const { sessionId: id } = await requestChat(person)
  await one.expect(201, write(one, id, `${marker} 대기`))
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  const talker = await new Talker(system, person).start()
  const lists = []
  for (const [destination, headers] of [[`/topic/chat/${id}`, { after: '0' }], [`/topic/chat/${id}/live`, {}], ['/user/queue/messages', {}]]) lists.push(await talker.subscribe(destination, headers))
  const colleague = await new Talker(system, one).start()
  const told = await colleague.subscribe('/topic/admin/notifications')
  await one.expect(201, write(one, id, `${marker} 상담 중`))
  await until(() => told.some(body => body.kind === 'NOTE' && body.sessionId === id), { say: 'the staff hear of it' })
  assert.equal(JSON.stringify(told).includes(marker), false, 'the notice carries nothing of it')
  await say(one, id, '안녕하세요')
  await until(() => lists[0].some(row => row.content === '안녕하세요') && lists[2].some(row => row.content === '안녕하세요'), { say: 'the row that came behind it' })
  const replay = await talker.subscribe(`/topic/chat/${id}`, { after: '0', id: 'again' })
  await until(() => replay.some(row => row.content === '안녕하세요'), { say: 'the replay' })
  const rest = `/api/chat/sessions/${id}`
  const look = async () => {
    const got = [await person.get(rest), await person.get(`${rest}/messages?after=0&limit=200`), await person.get(`${rest}/messages?before=1000&limit=200`), await person.get('/api/chat/sessions/resumable'),
      await person.get(`/chat/${id}`, { check: false }), await person.get(`/chat/${id}?write=1`, { check: false }), await person.form(`/chat/${id}/refresh`, { content: 'x', clientMessageId: uuid() }), await person.get('/my', { check: false })]
    for (const answer of got) {
      assert.equal(answer.status, 200)
      assert.equal(answer.text.includes(marker), false, answer.text.slice(0, 80))
      assert.equal(/class="msg memo|data-note="\d|note-form/.test(answer.text), false)
    }
  }
  await look()
  for (const answer of [await person.get(notesOf(id)), await person.post(notesOf(id), { content: '나도' }), await person.form(`/agent/chat/${id}/note`, { note: '나도' })]) assert.equal(answer.status, 403)
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await one.expect(201, write(one, id, `${marker} 끝난 뒤`))
  await look()
  assert.equal(JSON.stringify([lists, replay]).includes(marker), false)
  const head = (await person.get(rest)).data.messageCount
  assert.equal(head, (await history(person, id)).length, 'a note takes no number of the log')
  const page = await one.get(`/history/${id}`, { check: false })
  for (const words of ['대기', '상담 중', '끝난 뒤']) assert.ok(page.text.includes(`${marker} ${words}`), 'the staff see all of them in the history')
})

await test('the form of a note is another one than a message\'s: neither takes the other\'s field, and a refused note keeps its text', async () => {
  const { id } = await consultation(system, one)
  assert.equal((await one.form(`/agent/chat/${id}/note`, { content: '메모' })).status, 400)
  assert.equal((await one.form(`/agent/chat/${id}/send`, { note: '메모', clientMessageId: uuid() })).status, 400)
  const done = await one.form(`/agent/chat/${id}/note`, { note: '폼으로 남김', clientNoteId: uuid() })
  assert.equal(done.status, 303)
  assert.equal(done.headers.location, `/agent/chat/${id}`)
  assert.match((await one.get(`/agent/chat/${id}`, { check: false })).text, /class="msg memo"[^]*폼으로 남김/)
  const long = 'ㄴ'.repeat(2001)
  const refused = await one.form(`/agent/chat/${id}/note`, { note: long, clientNoteId: uuid() })
  assert.equal(refused.status, 422)
  assert.ok(refused.text.includes(`>${long}</textarea>`))
  assert.equal((await history(one, id)).some(row => /메모|폼으로/.test(row.content)), false)
})

await finish()
