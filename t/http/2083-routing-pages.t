#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The pages under /admin on which supervisors set who is offered the chats of a topic, and how many at once a member may have: what they save is what holds,
// nonsense is refused at its field, and each change is in the audit log.
import assert from 'node:assert/strict'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { chats_max: '7' } })
const agent = await staff(system, 'agent', '한지수'), chief = await staff(system, 'supervisor'), admin = await staff(system, 'admin')
const page = async (who, target, status = 200) => (await who.expect(status, who.get(target, { check: false }))).text
const post = (target, fields, who = chief) => who.form(target, fields, { check: false })
const done = async (target, fields) => assert.equal((await post(target, fields)).status, 303)
const error = (text, id) => new RegExp(`id="${id}-err">.*?</svg>([^<]*)`).exec(text)?.[1]
const chosen = text => /<select class="in" id="mode".*?<option value="([^"]*)" selected>/.exec(text)[1]
const value = (text, name) => new RegExp(`id="${name}" name="${name}"[^>]* value="([^"]*)"`).exec(text)[1]
const refused = async (target, fields, field, wrong) => {
  const answer = await post(target, fields)
  assert.equal(answer.status, 422, JSON.stringify(fields))
  assert.ok(error(answer.text, field), field)
  if (wrong !== undefined) assert.equal(value(answer.text, field), wrong, 'what was typed stays')
}
const logged = async action => (await system.sql(`SELECT target, detail FROM audit_log WHERE action = '${action}' AND member_id = ${chief.memberId} ORDER BY audit_no`)).map(row => row.join(' | '))
const rule = async id => (await chief.expect(200, chief.get('/api/admin/chat/routing'))).data.find(r => r.categoryId === id)
const [[sub]] = await system.sql("INSERT INTO code (code_id, gcode, code, decode, decode_en, pcode, sort_no) VALUES (900, 'CHAT_CATEGORY', 'SUB', '환불', 'Refund', 200, 900); SELECT 900")

await test('a topic: as preset at first, then what was saved, which is what REST says and chats are offered by', async () => {
  const path = '/admin/categories/200'
  let text = await page(chief, path)
  assert.deepEqual([chosen(text), value(text, 'priority')], ['', '0'])
  assert.match(text, /기본값대로: 배정 안 함/)
  await done(`${path}/routing`, { mode: 'least-busy', priority: '-5' })
  text = await page(chief, path)
  assert.deepEqual([chosen(text), value(text, 'priority')], ['least-busy', '-5'])
  assert.deepEqual([(await rule(200)).mode, (await rule(200)).priority], ['least-busy', -5])
  assert.match(await page(chief, '/admin/categories'), /<a href="\/admin\/categories\/200">[^]*?<td>상담이 가장 적은 상담사<\/td><td class="n">-5<\/td>/)
  await agent.expect(200, agent.ask('PUT', '/api/admin/chat/me/state', { json: { state: 'ONLINE' } }))
  const { sessionId } = await requestChat(await guest(system), { categoryId: 200 })
  await until(async () => (await agent.expect(200, agent.get('/api/admin/chat/sessions/waiting'))).data.find(s => s.sessionId === sessionId)?.routedTo === agent.memberId, { say: 'the offer' })
})

await test('the topic below has that as its preset, until it has a rule of its own', async () => {
  const path = `/admin/categories/${sub}`
  let text = await page(chief, path)
  assert.deepEqual([chosen(text), value(text, 'priority')], ['', '-5'])
  assert.match(text, /기본값대로: 상담이 가장 적은 상담사/)
  await done(`${path}/routing`, { mode: 'pull', priority: '3' })
  text = await page(chief, path)
  assert.deepEqual([chosen(text), value(text, 'priority')], ['pull', '3'])
  await done(`${path}/routing`, { mode: '', priority: '3' })
  assert.equal((await rule(Number(sub))).mode, null)
})

await test('wrong rules are refused in their field, agents at the door; the log has the changes', async () => {
  const path = '/admin/categories/200/routing'
  for (const priority of ['101', '-101', '', 'x', '1.5', '99999999999']) await refused(path, { mode: 'pull', priority }, 'priority', priority)
  await refused(path, { mode: 'push', priority: '1' }, 'mode')
  assert.equal((await rule(200)).mode, 'least-busy', 'nothing of it holds')
  assert.equal((await post('/admin/categories/144/routing', { mode: 'pull', priority: '1' })).status, 404, 'other groups of codes are not topics')
  assert.equal((await post(path, { mode: 'pull', priority: '1' }, agent)).status, 403)
  const [[code]] = await system.sql('SELECT code FROM code WHERE code_id = 200')
  assert.deepEqual(await logged('category.routing'), [`${code} | least-busy -5`, 'SUB | pull 3', 'SUB | - 3'])
})

await test('a member\'s limit: as configured, one of their own, none at all; nonsense stays in its field', async () => {
  const path = `/admin/members/${agent.memberId}`
  const max = async () => (await agent.expect(200, agent.get('/api/admin/chat/me/state'))).data.chatsMax ?? 0
  const text = await page(chief, path)
  assert.equal(value(text, 'chatsMax'), '')
  assert.match(text, /비워 두면 설정값: 7\./)
  await done(`${path}/limit`, { chatsMax: '2' })
  assert.deepEqual([value(await page(chief, path), 'chatsMax'), await max()], ['2', 2])
  for (const chatsMax of ['-1', 'x', '10001', '2.5', '99999999999']) await refused(`${path}/limit`, { chatsMax }, 'chatsMax', chatsMax)
  assert.equal(await max(), 2)
  await done(`${path}/limit`, { chatsMax: '0' })
  assert.deepEqual([value(await page(chief, path), 'chatsMax'), await max()], ['0', 0])
  await done(`${path}/limit`, { chatsMax: '' })
  assert.deepEqual([value(await page(chief, path), 'chatsMax'), await max()], ['', 7])
  assert.equal((await post(`${path}/limit`, { chatsMax: '1' }, agent)).status, 403)
  const person = await guest(system)
  assert.equal((await page(chief, `/admin/members/${person.memberId}`)).includes('chatsMax'), false, 'customers have none')
  assert.equal((await post(`/admin/members/${person.memberId}/limit`, { chatsMax: '1' })).status, 404)
  assert.deepEqual((await logged('agent.limit')).map(line => line.split(' | ')[1]), ['-1 -> 2', '2 -> 0', '0 -> -1'])
  assert.match(await page(admin, '/admin/audit?action=agent.limit'), /상담사의 동시 상담 수 변경/)
})

await finish()
