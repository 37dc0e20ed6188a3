#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Waiting chats offered to agents by pushd's clock: whose turn it is, pushed to the lists; the next one's; who is away; rules by topic.
import assert from 'node:assert/strict'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { Talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { routing: 'round-robin', offer_timeout: '2s' } })
const one = await staff(system, 'agent', '한지수'), two = await staff(system, 'agent', '김하늘'), chief = await staff(system, 'supervisor')
const put = (who, path, json) => who.ask('PUT', path, { json })
const state = (who, name) => who.expect(200, put(who, '/api/admin/chat/me/state', { state: name }))
for (const who of [one, two]) await state(who, 'ONLINE')
const told = await (await new Talker(system, one).start()).subscribe('/topic/chat/sessions')
await new Talker(system, two).start()
const offers = id => told.filter(body => body.change === 'ROUTED' && body.sessionId === id).map(body => body.session.routedTo)
const shown = async (who, id) => (await who.expect(200, who.get('/api/admin/chat/sessions/waiting'))).data.find(s => s.sessionId === id)

await test('a chat is offered to one, then to the next; everybody still sees it waiting; who takes it has it', async () => {
  const { sessionId: id } = await requestChat(await guest(system))
  await until(() => offers(id).length >= 2, { say: 'the next one\'s turn' })
  assert.deepEqual(offers(id).slice(0, 2).sort(), [one.memberId, two.memberId].sort())
  for (const who of [one, two]) assert.equal((await shown(who, id)).status, 'WAITING')
  const taken = await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  assert.deepEqual([taken.data.routedTo, taken.data.routedUntil, taken.data.adminId], [null, null, one.memberId])
})

await test('who is away is offered nothing; nobody there: it waits as ever', async () => {
  await state(two, 'NO_NEW_CHATS')
  const { sessionId: id } = await requestChat(await guest(system))
  await until(() => offers(id).length >= 2, { say: 'two offers' })
  assert.deepEqual([...new Set(offers(id))], [one.memberId])
  assert.match((await one.get('/agent', { check: false })).text, new RegExp(`data-session="${id}"`))
  await state(one, 'AWAY')
  const { sessionId: late } = await requestChat(await guest(system))
  await until(async () => (await chief.expect(200, chief.get('/api/admin/chat/agent-states'))).data.find(row => row.memberId === one.memberId).state === 'AWAY')
  assert.equal((await shown(two, late)).routedTo, null)
  await two.expect(200, two.post(`/api/admin/chat/sessions/${late}/accept`, {}))
  await two.expect(200, two.post(`/api/admin/chat/sessions/${id}/accept`, {}))
})

await test('a topic has a rule of its own, set by supervisors, audited', async () => {
  const path = '/api/admin/chat/routing'
  assert.equal((await one.get(path)).status, 403)
  assert.equal((await put(one, `${path}/200`, { mode: 'pull' })).status, 403)
  const rule = (await chief.expect(200, put(chief, `${path}/200`, { mode: 'pull', priority: 5 }))).data
  assert.deepEqual([rule.categoryId, rule.mode, rule.priority], [200, 'pull', 5])
  assert.equal((await chief.expect(200, chief.get(path))).data.find(r => r.categoryId === 200).mode, 'pull')
  for (const [id, body, status, field] of [['999', { mode: 'pull' }, 404], ['200', { mode: 'push' }, 422, 'mode'], ['200', { priority: 101 }, 422, 'priority'], ['200', { priority: 'x' }, 400, 'priority']]) {
    const answer = await put(chief, `${path}/${id}`, body)
    assert.equal(answer.status, status, JSON.stringify(body))
    if (field) assert.equal(answer.json.errors[0].field, field)
  }
  await chief.expect(200, put(chief, `${path}/200`, { mode: null }))
  assert.match((await chief.get('/admin/audit', { check: false })).text, /category\.routing/)
})

await finish()
