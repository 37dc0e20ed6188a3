#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Whether the staff take chats: REST, the form of the top bar, what a supervisor sets, and what is pushed.
import assert from 'node:assert/strict'
import { staff } from '../lib/people.mjs'
import { Talker } from '../lib/stomp.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const agent = await staff(system, 'agent', '한지수'), other = await staff(system), supervisor = await staff(system, 'supervisor')
const own = '/api/admin/chat/me/state'
const stateOf = async who => (await who.expect(200, who.get(own))).data
const put = (who, json, path = own) => who.ask('PUT', path, { json })

await test('one chooses a state, with a reason for being away', async () => {
  assert.equal((await stateOf(agent)).state, 'ONLINE')
  const away = (await agent.expect(200, put(agent, { state: 'AWAY', reason: 'MEAL' }))).data
  assert.deepEqual([away.state, away.reason, away.reasonId, away.chats, away.chatsMax], ['AWAY', 'MEAL', 181, 0, 8])
  assert.equal((await agent.expect(200, put(agent, { state: 'AWAY', reasonId: 182 }))).data.reasonName, '회의')
  assert.equal((await agent.expect(200, put(agent, { state: 'NO_NEW_CHATS' }))).data.reason, null)
  for (const [body, status, field] of [[{ state: 'LUNCH' }, 422, 'state'], [{ state: 'AWAY', reason: 'IDLE' }, 422, 'reason'], [{ state: 'ONLINE', reason: 'MEAL' }, 422, 'reason'], [{}, 400, 'state'], [{ state: 'AWAY', reason: 144 }, 422, 'reason']]) {
    const answer = await put(agent, body)
    assert.equal(answer.status, status, JSON.stringify(body))
    assert.equal(answer.json.errors[0].field, field)
  }
  assert.equal((await stateOf(agent)).state, 'NO_NEW_CHATS')
  await agent.expect(200, agent.post('/api/admin/chat/me/active', {}))
})

await test('a change is pushed to the staff, whoever made it and by whichever door', async () => {
  const talker = await new Talker(system, other).start()
  const told = await talker.subscribe('/topic/chat/presence')
  const heard = state => until(() => told.some(body => body.kind === 'STAFF' && body.memberId === agent.memberId && body.state === state), { say: state })
  await agent.expect(200, put(agent, { state: 'OFFLINE' }))
  await heard('OFFLINE')
  const answer = await agent.form('/agent/state/TRAINING', {})
  assert.equal(answer.status, 303)
  await heard('AWAY')
  assert.equal(told.findLast(body => body.memberId === agent.memberId).reason, 'TRAINING')
  await supervisor.expect(200, put(supervisor, { state: 'ONLINE' }, `/api/admin/chat/agent-states/${agent.memberId}`))
  await heard('ONLINE')
  await talker.stop()
})

await test('a supervisor sees all of the staff, sets a state and a limit, and it is audited', async () => {
  const path = `/api/admin/chat/agent-states/${agent.memberId}`
  for (const who of [agent, other]) assert.equal((await put(who, { state: 'OFFLINE' }, path)).status, 403)
  await supervisor.expect(200, put(supervisor, { state: 'NO_NEW_CHATS' }, path))
  assert.equal((await supervisor.expect(200, put(supervisor, { chatsMax: 2 }, `${path}/limit`))).data.chatsMax, 2)
  assert.equal((await put(supervisor, { chatsMax: 10001 }, `${path}/limit`)).status, 400)
  const seen = (await supervisor.expect(200, supervisor.get('/api/admin/chat/agent-states'))).data.find(row => row.memberId === agent.memberId)
  assert.deepEqual([seen.state, seen.chatsMax, seen.nickname], ['NO_NEW_CHATS', 2, agent.nickname])
  assert.equal((await supervisor.expect(200, put(supervisor, { chatsMax: null }, `${path}/limit`))).data.chatsMax, 8)
  const audit = (await supervisor.get('/admin/audit', { check: false })).text
  assert.ok(audit.includes('agent.state') && audit.includes('agent.limit'))
  assert.equal((await put(supervisor, { state: 'ONLINE' }, '/api/admin/chat/agent-states/1')).status, 404)
})

await test('the top bar works without script, in both languages, and leads back', async () => {
  const page = (await agent.get('/agent', { check: false })).text
  assert.match(page, /id="desk-text">새 상담 안 받음</)
  assert.match(page, /id="desk-load">0\/8</)
  const back = '/agent/chat/00000000-0000-4000-8000-000000000000'
  assert.equal((await agent.form('/agent/state/ONLINE', { back })).headers.location, back)
  assert.equal((await agent.form('/agent/state/ONLINE', { back: '//evil.example' })).headers.location, '/agent')
  assert.equal((await agent.form('/agent/state/IDLE', {})).status, 422)
  assert.equal((await agent.form('/agent/state/x', {})).status, 422)
  await agent.form('/lang', { lang: 'en' })
  assert.match((await agent.get('/agent', { check: false })).text, /Taking chats/)
})

await finish()
