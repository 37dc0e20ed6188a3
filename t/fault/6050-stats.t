#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A day's work in small, with faults: chats are generated, people talk, hand over, end and rate while pushd, the programs and the database die. Afterwards what was fixed
// and added up is what the messages say: `stats verify` finds no difference, and rebuilding everything changes no answer.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { guest, requestChat, send, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { ready } from './house.mjs'
import { Random } from './random.mjs'

const system = await startSystem({ demo: 'none', set: { limits: 'off', stats_settle: '100ms', grace_customer: '2s', grace_agent: '1s', linger: '200ms', sweep_interval: '500ms' } })
const random = new Random(process.env.SANGDAM_SEED ?? '7')
const pick = list => list[random.int(0, list.length)]
const supervisor = await staff(system, 'supervisor'), agents = [await staff(system), await staff(system), await staff(system)]
const verify = async () => JSON.parse(await system.ctl(['stats', 'verify', '--json']))
let asked = 0, refused = 0

// One thing that somebody does; refusals, 503 and cut connections are part of the day.
async function act(what) {
  asked++
  const answer = await what().catch(() => undefined)
  if (!answer || answer.status >= 400) refused++
  return answer
}

async function oneChat() {
  const person = await guest(system).catch(() => undefined)
  const request = person && await act(() => person.post('/api/chat/session', { categoryId: pick([200, 201, 202]) }))
  const id = request?.data?.sessionId
  if (!id) return
  const path = `/api/admin/chat/sessions/${id}`
  await act(() => send(person, id, '문의드립니다'))
  if (random.int(0, 8) === 0) return act(() => person.post(`/api/chat/sessions/${id}/end`, {}))
  let agent = pick(agents)
  await act(() => agent.post(`${path}/accept`, {}))
  for (let i = random.int(0, 5); i >= 0; i--) {
    await act(() => send(agent, id, `답변 ${i}`))
    await act(() => send(person, id, `질문 ${i}`))
    if (random.int(0, 4) === 0) await act(() => agent.post(`${path}/transfer`, {})).then(() => { agent = pick(agents) }).then(() => act(() => agent.post(`${path}/accept`, {})))
    if (random.int(0, 6) === 0) await act(() => person.post(`/api/chat/sessions/${id}/disconnect`, {}))
  }
  if (random.int(0, 10) === 0) return undefined // the grace ends it, or nobody does
  await act(() => (random.int(0, 2) ? pick([agent, supervisor]).post(`${path}/end`, {}) : person.post(`/api/chat/sessions/${id}/end`, {})))
  if (random.int(0, 2)) await act(() => person.post(`/api/chat/sessions/${id}/rating`, { score: 1 + random.int(0, 5) }))
}

await test('people work for 15 s while pushd, the programs and the database die', async () => {
  await system.ctl(['demo', 'generate', '--sessions', '2000', '--days', '40'])
  let isOver = false
  const working = Array.from({ length: 6 }, async () => { while (!isOver) await oneChat() })
  const end = Date.now() + 15000
  for (const name of ['pushd', 'stats', 'chat', 'mariadbd', 'pushd', 'agent', 'mariadbd']) {
    await pause(1500 + random.int(0, 500)) // the faults' own rhythm
    await system.renewed(name, system.kill(name), 30)
  }
  await until(() => Date.now() >= end, { seconds: 30, every: 100 })
  isOver = true
  await Promise.all(working)
  await ready(system)
  note(`${asked} requests, ${refused} refused or lost`)
  assert.ok(asked > 300 && refused < asked)
}, { seconds: 120 })

await test('then nothing differs: figures of chats, blocks, and after a rebuild the answers', async () => {
  const first = await verify() // as pushd left it, in the middle of its work
  note(JSON.stringify(first))
  assert.equal(first.differences, 0)
  assert.ok(first.chats > 2000 && first.blocks > 100)
  // chats that were left alone come to their end by the clock: what is compared is of a time in which none did
  const stamp = async () => JSON.stringify(await system.sql('SELECT status_id, COUNT(*), SUM(message_count) FROM chat_session GROUP BY status_id'))
  const atRest = look => until(async () => {
    const was = await stamp(), seen = await look()
    return await stamp() === was && seen
  }, { seconds: 60 })
  const [live, done] = await atRest(async () => {
    await system.ctl(['stats', 'roll'])
    return [(await supervisor.expect(200, supervisor.get('/stats/live.json'))).json, await verify()]
  })
  assert.equal(done.differences, 0)
  assert.equal(done.notFixedYet, live.waiting + live.active, 'all but the open ones are fixed')
  const asked = ['summary', 'agents', 'categories', 'hours', 'csat', 'messages'].map(view => `/stats/${view}.json?from=2020-01-01&to=2030-01-01&group=${view === 'hours' ? 'weekday-hour' : 'month'}`)
  // what goes on with open chats and open pages is no longer the same a moment later
  const still = ({ concurrency, online_s, away_s, ...row }) => row
  const rows = async () => Promise.all(asked.map(async target => (await supervisor.expect(200, supervisor.get(target))).json.rows.map(still)))
  const [before, after] = await atRest(async () => {
    const first = await rows()
    JSON.parse(await system.ctl(['stats', 'rebuild', '--json']))
    return [first, await rows()]
  })
  assert.deepEqual(after, before)
  assert.equal((await verify()).differences, 0)
}, { seconds: 120 })

await finish()
