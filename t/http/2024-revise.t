#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Editing, deleting and quoting messages: rows at the end of the log, and no door that still gives the old text.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { guest, history, isDense, requestChat, say, staff } from '../lib/people.mjs'
import { frame, raw, talker } from '../lib/stomp.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const person = await guest(system)
const agent = await staff(system)
const chief = await staff(system, 'supervisor')
const { sessionId: id } = await requestChat(person)
await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
const at = seq => `/api/chat/sessions/${id}/messages/${seq}`
const edit = (who, seq, content) => who.put(at(seq), { content })
const remove = (who, seq) => who.delete(at(seq))
const secret = `계좌번호 ${uuid()}`
const first = await say(person, id, secret)

await test('an own message gets another text: a row at the end, and the row meant reads so', async () => {
  const answer = (await person.expect(200, edit(person, first.seq, '계좌번호는 지웠어요'))).data
  assert.equal(answer.kind, 'EDIT')
  assert.equal(answer.targetSeq, first.seq)
  const rows = await history(agent, id)
  assert.ok(isDense(rows))
  assert.equal(rows[first.seq - 1].content, '계좌번호는 지웠어요')
  assert.equal(rows[first.seq - 1].edited, true)
  assert.equal(rows.at(-1).kind, 'EDIT')
  assert.ok(!JSON.stringify(rows).includes(secret), 'the old text is given to nobody')
  const [[kept]] = await system.sql(`SELECT content FROM chat_message WHERE session_id = '${id}' AND seq = ${first.seq}`)
  assert.equal(kept, secret, 'and is kept in the table')
})

await test('the same text again changes nothing', async () => {
  const before = (await history(person, id)).length
  const answer = (await person.expect(200, edit(person, first.seq, '계좌번호는 지웠어요'))).data
  assert.equal(answer.kind, 'TEXT')
  assert.equal((await history(person, id)).length, before)
})

await test('what may not be: somebody else\'s, the system\'s, nonsense', async () => {
  const refused = async (answer, status, code) => {
    const got = await answer
    assert.equal(got.status, status, got.text)
    assert.equal(got.json.code, code)
  }
  await refused(edit(agent, first.seq, '남의 글'), 403, '05')
  await refused(remove(agent, first.seq), 403, '05')
  await refused(edit(chief, first.seq, '감독도 고치지는 못해요'), 403, '05')
  await refused(edit(person, 1, '시작'), 409, '02')
  await refused(edit(person, 999, '없는 글'), 404, '03')
  for (const seq of ['0', '-1', '1e3', '1048577', '99999999999999999999', 'x']) await refused(edit(person, seq, '없는 글'), 404, '03')
  await refused(edit(person, first.seq, ' \n'), 422, '01')
  await refused(edit(person, first.seq, '가'.repeat(2001)), 422, '01')
  await refused(remove(await guest(system), first.seq), 404, '03')
})

await test('a deleted message is a stone without a name: its text, its file, its resend', async () => {
  const clientMessageId = uuid()
  const sent = (await person.expect(201, person.post(`/api/chat/sessions/${id}/messages`, { content: secret, clientMessageId }))).data
  const answer = (await person.expect(200, remove(person, sent.seq))).data
  assert.deepEqual([answer.kind, answer.targetSeq, answer.content], ['REDACT', sent.seq, ''])
  const rows = await history(agent, id)
  assert.deepEqual([rows[sent.seq - 1].content, rows[sent.seq - 1].redacted], ['', true])
  assert.equal((await person.expect(200, remove(person, sent.seq))).data.seq, sent.seq, 'again: it is gone already')
  assert.equal((await edit(person, sent.seq, '다시')).status, 409)
  const again = await person.expect(200, person.post(`/api/chat/sessions/${id}/messages`, { content: secret, clientMessageId }))
  assert.equal(again.data.seq, sent.seq, 'a late resend of it stores nothing')
  for (const page of [await person.get(`/chat/${id}`), await agent.get(`/agent/chat/${id}`)]) {
    assert.equal(page.status, 200)
    assert.ok(!page.text.includes(secret))
    assert.match(page.text, /삭제된 메시지|삭제되었|삭제한/)
  }
})

await test('a file that is deleted is erased', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const sent = (await person.expect(201, person.upload(`/api/chat/sessions/${id}/files`, [{ name: 'file', filename: '신분증.png', type: 'image/png', bytes: png }]))).data
  assert.equal((await agent.get(sent.attachment.url, { check: false })).status, 200)
  assert.equal((await edit(person, sent.seq, '이름만')).status, 409)
  await person.expect(200, remove(person, sent.seq))
  assert.equal((await agent.get(sent.attachment.url, { check: false })).status, 410)
  const row = (await history(agent, id))[sent.seq - 1]
  assert.deepEqual([row.content, row.attachment, row.redacted], ['', undefined, true])
})

await test('pushed in order to who listens, and a late reader gets what holds', async () => {
  const sent = await say(agent, id, '잘못 보낸 안내')
  const talk = await talker(system, person)
  const rows = await talk.subscribe(`/topic/chat/${id}`, { after: String(sent.seq) })
  await agent.expect(200, edit(agent, sent.seq, '바른 안내'))
  const row = await until(() => rows.find(one => one.kind === 'EDIT' && one.targetSeq === sent.seq), { say: 'the EDIT row' })
  assert.equal(row.content, '바른 안내')
  const late = await talk.subscribe(`/topic/chat/${id}`, { after: String(sent.seq - 1) })
  await until(() => late.length >= 2, { say: 'the replay' })
  assert.deepEqual(late.slice(0, 2).map(one => [one.seq, one.content]), [[sent.seq, '바른 안내'], [row.seq, '바른 안내']])
  await talk.stop()
})

await test('a quote names an earlier row, by REST and by STOMP', async () => {
  const answer = (await agent.expect(201, agent.post(`/api/chat/sessions/${id}/messages`, { content: '이 말씀이지요?', clientMessageId: uuid(), quoteSeq: first.seq }))).data
  assert.equal(answer.quoteSeq, first.seq)
  const head = (await history(person, id)).length
  const beyond = await agent.post(`/api/chat/sessions/${id}/messages`, { content: '없는 글', quoteSeq: head + 1 })
  assert.deepEqual([beyond.status, beyond.json.errors?.[0]?.field], [422, 'quoteSeq'])
  assert.equal((await agent.post(`/api/chat/sessions/${id}/messages`, { content: '수', quoteSeq: 'x' })).status, 400)
  const one = await raw(system, { person })
  await one.connect()
  one.send(frame('SEND', ['destination:/app/chat.sendMessage', 'receipt:r1', 'content-type:application/json'], JSON.stringify({ sessionId: id, content: '네', clientMessageId: uuid(), quoteSeq: answer.seq })))
  await one.expect('receipt-id:r1')
  one.end()
  assert.equal((await history(agent, id)).at(-1).quoteSeq, answer.seq)
})

await test('after the end one may still delete; much later only a supervisor', async () => {
  const sent = await say(person, id, secret)
  const old = await say(person, id, secret)
  await person.expect(200, person.post(`/api/chat/sessions/${id}/end`, {}))
  await person.expect(200, remove(person, sent.seq))
  await system.sql(`UPDATE chat_message SET cdate = cdate - INTERVAL 6 MINUTE WHERE session_id = '${id}' AND seq = ${old.seq}`)
  const late = await remove(person, old.seq)
  assert.deepEqual([late.status, late.json.code], [409, '02'])
  assert.equal((await edit(person, old.seq, '늦었어요')).status, 409)
  await chief.expect(200, remove(chief, old.seq))
  const rows = await history(person, id)
  assert.equal(rows[old.seq - 1].redacted, true)
  assert.equal(rows.filter(row => row.kind === 'END').length, 1)
  assert.ok(isDense(rows))
})

await test('the page of a message: a form each, without script', async () => {
  const other = await guest(system)
  const { sessionId: chat } = await requestChat(other)
  await say(other, chat, '오타 입니디')
  const seq = (await history(other, chat)).at(-1).seq
  const page = await other.expect(200, other.get(`/chat/${chat}/messages/${seq}`))
  assert.match(page.text, /오타 입니디/)
  assert.equal((await other.form(`/chat/${chat}/messages/${seq}`, { content: '오타입니다' })).status, 303)
  assert.match((await other.get(`/chat/${chat}`)).text, /오타입니다/)
  const blank = await other.form(`/chat/${chat}/messages/${seq}`, { content: '  ' })
  assert.equal(blank.status, 422)
  assert.match(blank.text, /role="alert"|class="flag/)
  assert.match((await other.get(`/chat/${chat}?quote=${seq}`)).text, new RegExp(`name="quoteSeq" value="${seq}"`))
  assert.equal((await other.form(`/chat/${chat}/send`, { content: '인용', clientMessageId: uuid(), quoteSeq: String(seq) })).status, 303)
  assert.equal((await history(other, chat)).at(-1).quoteSeq, seq)
  assert.equal((await other.form(`/chat/${chat}/messages/${seq}/delete`, {})).status, 303)
  assert.doesNotMatch((await other.get(`/chat/${chat}`)).text, /오타/)
})

await finish()
