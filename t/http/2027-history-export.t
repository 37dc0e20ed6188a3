#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The history as a file: a reason first, noted in the audit log; CSV and JSON lines of what the filter leaves; nothing in it runs in a spreadsheet.
import assert from 'node:assert/strict'
import { consultation, guest, say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system)
const boss = await staff(system, 'supervisor')
const mark = `내보냄${process.pid}`
const door = '/api/admin/chat/sessions/history/export'

const ended = []
for (const nickname of [`=cmd|' /C calc'!A0 ${process.pid}`, `쉼표, "따옴표" ${process.pid}`, `보통 ${process.pid}`]) {
  const { person, id } = await consultation(system, agent, await guest(system, { nickname }))
  await say(person, id, `${mark} <b> 입니다`)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  ended.unshift(id)
}

const post = (who, fields) => who.post(door, { purpose: '월간 보고', q: mark, ...fields })
const lines = answer => answer.text.trimEnd().split('\r\n')

await test('CSV: a row a chat, newest first, formulas made harmless', async () => {
  const answer = await boss.expect(200, post(boss))
  assert.match(answer.headers['content-type'], /^text\/csv/)
  assert.match(answer.headers['content-disposition'], /^attachment; filename="history-\d{4}-\d\d-\d\d\.csv"$/)
  const [head, ...rows] = lines(answer)
  assert.equal(head, 'session_id,customer,email,category,agent,title,requested,accepted,first_answer,ended,exit_reason,abandoned,rating,messages')
  assert.deepEqual(rows.map(row => row.slice(0, 36)), ended)
  assert.ok(rows[2].includes(`,"'=cmd|' /C calc'!A0 ${process.pid}",`))
  assert.ok(rows[1].includes(`,"쉼표, ""따옴표"" ${process.pid}",`))
  assert.equal((await boss.expect(200, post(boss, { bom: 1 }))).text.charCodeAt(0), 0xFEFF)
})

await test('JSON lines, with the messages when they are wanted', async () => {
  const rows = async fields => (await boss.expect(200, post(boss, { format: 'jsonl', ...fields }))).text.trimEnd().split('\n').map(line => JSON.parse(line))
  const plain = await rows()
  assert.deepEqual(plain.map(row => row.session.sessionId), ended)
  assert.ok(plain.every(row => row.rating === null && row.messages === undefined))
  const full = await rows({ messages: 1 })
  assert.ok(full.every(row => row.messages.some(one => one.content === `${mark} <b> 입니다`)))
  assert.ok(full.every(row => row.messages.every((one, i) => one.seq === i + 1)))
})

await test('filters; an export of nothing is a head alone', async () => {
  assert.equal(lines(await post(boss, { agent: boss.memberId })).length, 1)
  assert.equal(lines(await post(boss, { agent: agent.memberId, reason: 'SOLVED' })).length, 4)
  assert.ok(lines(await post(boss, { q: undefined, agent: agent.memberId })).length >= 4)
})

await test('who, why and what stand in the audit log before anything goes out', async () => {
  const page = (await boss.expect(200, boss.get('/admin/audit?action=history.export'))).text
  assert.ok(page.includes('월간 보고') && page.includes(`q=${mark}`) && page.includes('format=jsonl'))
})

await test('refused: no reason, a wrong format, a part, agents', async () => {
  for (const [fields, status] of [[{ purpose: '  ' }, 422], [{ purpose: 'x'.repeat(201) }, 422], [{ purpose: undefined }, 422], [{ format: 'xls' }, 400], [{ limit: 5 }, 400], [{ cursor: 5 }, 400],
    [{ from: 'nonsense' }, 400], [{ nonsense: 1 }, 400]]) assert.equal((await post(boss, fields)).status, status, JSON.stringify(fields))
  assert.equal((await post(agent)).status, 403)
  assert.equal((await agent.get('/history/export')).status, 403)
})

await test('the page: the filter is kept, a missing reason stands at the field, with it the file comes', async () => {
  const list = (await boss.get(`/history?q=${encodeURIComponent(mark)}&agent=${agent.memberId}`)).text
  const link = /href="(\/history\/export\?[^"]*)"/.exec(list)[1].replaceAll('&amp;', '&')
  assert.ok(!(await agent.get('/history')).text.includes('/history/export'))
  const html = (await boss.expect(200, boss.get(link))).text
  assert.ok(html.includes(`name="q" value="${mark}"`) && html.includes(`name="agent" value="${agent.memberId}"`))
  const form = { csrfToken: boss.csrf, q: mark, agent: agent.memberId, format: 'jsonl', purpose: '' }
  const refused = await boss.form('/history/export', form)
  assert.equal(refused.status, 422)
  assert.ok(refused.text.includes('aria-invalid="true"') && refused.text.includes(`name="q" value="${mark}"`))
  const file = await boss.form('/history/export', { ...form, purpose: '확인' })
  assert.equal(file.status, 200)
  assert.equal(file.text.trimEnd().split('\n').length, 3)
})

await finish()
