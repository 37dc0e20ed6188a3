#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// What the site says by itself: nothing by default; a greeting, a word when nobody comes, a warning to the silent and the end of the chat, each once however many
// timers look, in the reader's language. Time is moved in the database. A system of its own: the setting is for all chats.
import assert from 'node:assert/strict'
import { consultation, guest, history, requestChat, say, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none' })
const boss = await staff(system, 'supervisor'), agent = await staff(system)
const post = fields => boss.form('/admin/messages', fields, { check: false })
const done = async fields => assert.equal((await post(fields)).status, 303)
const own = async (person, id) => (await history(person, id)).filter(row => row.kind === 'TEXT' && row.senderType === 'S')
const tick = n => Promise.all(Array.from({ length: n }, () => system.ctl(['tick'])))
const at = (id, column, ms) => system.sql(`UPDATE chat_session SET ${column} = ${column} - INTERVAL ${ms} SECOND WHERE session_id = '${id}'`)
const age = (row, id, s) => system.sql(`UPDATE chat_message SET cdate = cdate - INTERVAL ${s} SECOND WHERE session_id = '${id}' AND seq = ${row.seq}`)
const texts = { text: '<b>반갑습니다</b>', textEn: '<i>Hello</i>' }

await test('nothing is said by default', async () => {
  const person = await guest(system)
  const { sessionId: id } = await requestChat(person)
  await at(id, 'queue_entered', 600)
  await tick(2)
  assert.deepEqual(await own(person, id), [])
  await person.expect(200, person.post(`/api/chat/sessions/${id}/end`, {}))
})

await test('nonsense is refused in its own form, with what was typed', async () => {
  const good = { kind: 'silent', on: 'on', delay: '10', ...texts }
  for (const [change, field] of [[{ text: ' ' }, 'text-silent'], [{ textEn: 'x'.repeat(201) }, 'textEn-silent'], [{ delay: '1' }, 'delay-silent'], [{ delay: '1e3' }, 'delay-silent'], [{ delay: '' }, 'delay-silent'],
    [{ delay: '99999999999' }, 'delay-silent'], [{ kind: 'nobody', delay: '4' }, 'delay-nobody']]) {
    const answer = await post({ ...good, ...change })
    assert.equal(answer.status, 422, JSON.stringify(change))
    assert.ok(answer.text.includes(`id="${field}-err"`), field)
    assert.equal((answer.text.match(/class="err"/g) ?? []).length, 1)
    if (!change.textEn) assert.ok(answer.text.includes('&lt;i&gt;Hello&lt;/i&gt;</textarea>'))
  }
  assert.equal((await post({ ...good, kind: 'shout' })).status, 422)
  assert.deepEqual(await system.sql('SELECT COUNT(*) FROM auto_message'), [['0']])
})

await test('a greeting, once, in both languages, as text', async () => {
  await done({ kind: 'greeting', on: 'on', ...texts })
  const person = await guest(system)
  const { sessionId: id } = await requestChat(person)
  await tick(4)
  const [row, ...more] = await until(async () => { const rows = await own(person, id); return rows.length && rows }, { say: 'the greeting' })
  assert.deepEqual(more, [])
  assert.deepEqual([row.content, row.args, row.messageType], [texts.text, { ko: texts.text, en: texts.textEn }, 'SYSTEM'])
  const page = async lang => (await person.get(`/chat/${id}`, { check: false, headers: { 'Accept-Language': lang } })).text
  assert.ok((await page('ko')).includes('&lt;b&gt;반갑습니다&lt;/b&gt;'))
  assert.ok((await page('en')).includes('&lt;i&gt;Hello&lt;/i&gt;'))
  await done({ kind: 'greeting', ...texts })
  await person.expect(200, person.post(`/api/chat/sessions/${id}/end`, {}))
})

await test('a word when nobody has come for so long, once for each time in the queue', async () => {
  await done({ kind: 'nobody', on: 'on', delay: '60', ...texts })
  const person = await guest(system)
  const { sessionId: id } = await requestChat(person)
  await tick(1)
  assert.deepEqual(await own(person, id), [])
  await at(id, 'queue_entered', 61)
  await tick(4)
  await until(async () => (await own(person, id)).length === 1, { say: 'the word' })
  await tick(3)
  assert.equal((await own(person, id)).length, 1)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await tick(1)
  assert.equal((await own(person, id)).length, 1)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await done({ kind: 'nobody', delay: '60', ...texts })
})

await test('a silent customer is warned once; who answers stays; who does not is let go a minute later', async () => {
  await done({ kind: 'silent', on: 'on', delay: '2', ...texts })
  const { person, id } = await consultation(system, agent)
  const keep = () => system.sql(`UPDATE chat_session SET member_last_seen = NOW(3), admin_last_seen = NOW(3) WHERE session_id = '${id}'`)
  await tick(1)
  assert.deepEqual(await own(person, id), [], 'nobody has said anything yet')
  const question = await say(person, id, '여보세요')
  await age(question, id, 3600)
  await tick(1)
  assert.deepEqual(await own(person, id), [], 'the agent\'s turn')
  const first = await say(agent, id, '무엇을 도와드릴까요?')
  await age(first, id, 61)
  await tick(4)
  await until(async () => (await own(person, id)).length === 1, { say: 'the warning' })
  await say(person, id, '잠시만요')
  await system.sql(`UPDATE session_auto SET warned_time = warned_time - INTERVAL 70 SECOND`)
  await tick(2)
  assert.equal((await agent.get(`/api/admin/chat/sessions/${id}`)).data.status, 'ACTIVE')
  const second = await say(agent, id, '네, 기다릴게요.')
  await age(second, id, 7200)
  await keep()
  await tick(4)
  await until(async () => (await own(person, id)).length === 2, { say: 'a warning of its own, however late the timer is' })
  await tick(2)
  assert.equal((await agent.get(`/api/admin/chat/sessions/${id}`)).data.status, 'ACTIVE', 'not before a minute has gone')
  await system.sql(`UPDATE session_auto SET warned_time = warned_time - INTERVAL 61 SECOND`)
  await keep()
  await tick(4)
  const chat = await until(async () => { const s = (await agent.get(`/api/admin/chat/sessions/${id}`)).data; return s.status === 'COMPLETED' && s }, { say: 'the end' })
  assert.deepEqual([chat.endedBy, chat.exitReasonId], ['S', 152])
  const rows = await history(agent, id)
  assert.equal(rows.filter(row => row.kind === 'END').length, 1)
  assert.equal((await own(agent, id)).length, 2)
})

await test('each change stands in the audit log', async () => {
  assert.equal((await system.sql(`SELECT COUNT(*) FROM audit_log WHERE action = 'auto.change' AND member_id = ${boss.memberId}`))[0][0], '5')
})

await finish()
