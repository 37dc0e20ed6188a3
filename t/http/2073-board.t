#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The board: figures, who waits, the staff with state and load, all open chats with their steps; the state of an agent is set there, audited, and customers
// are told that somebody is there only when one is.
import assert from 'node:assert/strict'
import { consultation, guest, requestChat, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const boss = await staff(system, 'supervisor'), agent = await staff(system, 'agent', '<i>상담</i> 하나')
const board = async () => (await boss.expect(200, boss.get('/board', { check: false }))).text
const rowOf = (text, member) => new RegExp(`<tr data-member="${member.memberId}">[^]*?</tr>`).exec(text)?.[0]
const set = (fields, member = agent, who = boss) => who.form(`/board/agents/${member.memberId}/state`, fields, { check: false })

await test('what experience.md names under live, a waiting chat, an open one with its steps, names as text', async () => {
  const visitor = await guest(system, { nickname: '<b>기다림</b>' })
  const { sessionId: waiting } = await requestChat(visitor, { title: '"><svg onload=x>' })
  const { id } = await consultation(system, agent)
  const text = await board()
  for (const key of ['waiting', 'longest_wait_s', 'active', 'agents_online', 'chats', 'missed', 'abandoned', 'frt_s']) assert.ok(text.includes(`data-key="${key}"`), key)
  assert.match(text, /<meta http-equiv="refresh" content="20">/)
  assert.ok(text.includes(`<tr data-session="${waiting}">`) && text.includes('&lt;b&gt;기다림') && !text.includes('<b>기다림') && !text.includes('<svg onload'))
  const open = new RegExp(`<tr data-session="${id}">[^]*?</tr>`).exec(text)[0]
  assert.ok(open.includes(`action="/agent/chat/${id}/take-over"`) && open.includes(`href="/agent/chat/${id}/end"`) && open.includes('&lt;i&gt;상담'))
  const row = rowOf(text, agent)
  assert.ok(row.includes('상담 가능') && /class="n">1\/8</.test(row), row)
  await boss.expect(303, boss.form(`/agent/chat/${id}/take-over`, {}))
  const after = await board()
  assert.equal(new RegExp(`<tr data-session="${id}">[^]*?</tr>`).exec(after)[0].includes('take-over'), false, 'one\'s own')
  assert.ok(/class="n">0\/8</.test(rowOf(after, agent)))
  await boss.expect(303, boss.form(`/agent/chat/${id}/end`, { exitReasonId: '144' }))
  assert.equal((await board()).includes(id), false)
  await visitor.expect(200, visitor.post(`/api/chat/sessions/${waiting}/end`, {}))
})

await test('an agent\'s state is set with a reason, shown, and audited with who did it', async () => {
  assert.equal((await set({ state: 'away', reason: '<점심>' })).status, 303)
  const row = rowOf(await board(), agent)
  assert.ok(row.includes('자리 비움') && row.includes('&lt;점심&gt;') && row.includes('<option value="away" selected>'))
  assert.equal((await set({ state: 'away', reason: '<점심>' })).status, 303)
  assert.equal((await set({ state: 'no-new', reason: '' })).status, 303)
  assert.equal((await set({ state: 'here', reason: '무시' })).status, 303)
  assert.deepEqual(await system.sql(`SELECT member_id, detail FROM audit_log WHERE action = 'agent.state' AND target = 'member ${agent.memberId}' ORDER BY audit_no`),
    [[String(boss.memberId), 'here -> away, <점심>'], [String(boss.memberId), 'away -> no-new'], [String(boss.memberId), 'no-new -> here']])
})

await test('nonsense is refused in the agent\'s row, with what was typed; nobody but the staff has a state', async () => {
  for (const fields of [{ state: 'asleep', reason: '남는 글' }, { state: 'away', reason: 'ㄱ'.repeat(101) }, { state: '', reason: '남는 글' }, { state: 'away', reason: 'a\u0007' }]) {
    const answer = await set(fields)
    assert.equal(answer.status, 422)
    const row = rowOf(answer.text, agent)
    assert.ok(row.includes(`id="wrong-${agent.memberId}"`) && row.includes(`value="${fields.reason}"`), row)
    assert.equal(answer.text.includes('http-equiv="refresh"'), false, 'it does not reload under a form')
  }
  assert.equal((await set({ state: 'away' }, await guest(system))).status, 404)
  assert.equal((await set({ state: 'away' }, { memberId: '1e3' })).status, 404)
  assert.equal((await set({ state: 'away' }, agent, agent)).status, 403)
})

await finish()
