#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Accepting: a race with one winner; change of agent, end, history.
import assert from 'node:assert/strict'
import { consultation, guest, history, requestChat, say, send, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const agents = []
for (let i = 0; i < 6; i++) agents.push(await staff(system))
const [one, two] = agents
const supervisor = await staff(system, 'supervisor')
const admin = id => `/api/admin/chat/sessions/${id}`

await test('six agents accept at once: one winner, five 409 with the winner', async () => {
  for (let round = 0; round < 5; round++) {
    const chat = await requestChat(await guest(system))
    const answers = await Promise.all(agents.map(agent => agent.post(`${admin(chat.sessionId)}/accept`, {})))
    const winners = agents.filter((_, i) => answers[i].status === 200)
    assert.equal(winners.length, 1)
    for (const answer of answers.filter(answer => answer.status !== 200)) {
      assert.equal(answer.status, 409)
      assert.equal(answer.json.code, '02')
      assert.equal(answer.json.adminId, winners[0].memberId)
      assert.equal(answer.json.adminName, winners[0].nickname)
    }
    const rows = await history(winners[0], chat.sessionId)
    assert.equal(rows.filter(row => row.kind === 'START').length, 1)
    assert.equal(rows.find(row => row.kind === 'START').content, `상담이 시작되었습니다. 상담사: ${winners[0].nickname}`)
  }
})

await test('the winner again: 200, nothing new', async () => {
  const { id } = await consultation(system, one)
  const before = await history(one, id)
  assert.equal((await one.post(`${admin(id)}/accept`, {})).status, 200)
  assert.deepEqual(await history(one, id), before)
})

await test('an accept after the customer cancelled: 409', async () => {
  const person = await guest(system)
  const chat = await requestChat(person)
  await person.expect(200, person.post(`/api/chat/sessions/${chat.sessionId}/end`, {}))
  assert.equal((await one.post(`${admin(chat.sessionId)}/accept`, {})).status, 409)
})

await test('cancel and accept at once: either it runs or it is cancelled, never both', async () => {
  for (let round = 0; round < 10; round++) {
    const person = await guest(system)
    const chat = await requestChat(person)
    const [end, accept] = await Promise.all([
      person.post(`/api/chat/sessions/${chat.sessionId}/end`, {}), one.post(`${admin(chat.sessionId)}/accept`, {}),
    ])
    assert.equal(end.status, 200)
    const kinds = (await history(person, chat.sessionId)).map(row => row.kind)
    if (accept.status === 200) assert.deepEqual(kinds.filter(kind => ['START', 'END', 'CANCEL'].includes(kind)), ['START', 'END'])
    else assert.deepEqual(kinds.filter(kind => ['START', 'END', 'CANCEL'].includes(kind)), ['CANCEL'])
  }
})

await test('another agent\'s open chat does not exist for an agent', async () => {
  const { id } = await consultation(system, one)
  for (const [method, path] of [['GET', ''], ['GET', '/messages'], ['POST', '/end'], ['POST', '/transfer'], ['GET', '/message-count']]) {
    assert.equal((await two.ask(method, admin(id) + path, method === 'POST' ? { json: {} } : {})).status, 404, path)
  }
})

await test('an agent may not end a chat that waits: 409', async () => {
  const chat = await requestChat(await guest(system))
  const answer = await one.post(`${admin(chat.sessionId)}/end`, {})
  assert.equal(answer.status, 409)
})

await test('change of agent: back in the queue with its age, then the next one goes on with the whole log', async () => {
  const { person, id, session } = await consultation(system, one)
  await say(person, id, '환불이 안 됐어요')
  await say(one, id, '담당자를 바꿔 드릴게요')
  const back = await one.post(`${admin(id)}/transfer`, {})
  assert.equal(back.status, 200)
  assert.equal(back.data.status, 'WAITING')
  assert.equal(back.data.adminId, null)
  assert.equal(back.data.queueSince, session.queueSince)
  assert.equal((await send(one, id, '아직 저예요')).status, 403)
  const next = await two.expect(200, two.post(`${admin(id)}/accept`, {}))
  assert.equal(next.data.adminId, two.memberId)
  const rows = await history(two, id)
  assert.ok(rows.some(row => row.kind === 'TRANSFER' && row.content === '상담사가 변경됩니다.'))
  assert.equal(rows.filter(row => row.kind === 'START').length, 2)
  assert.deepEqual(await history(person, id), rows)
  assert.equal((await one.get(`${admin(id)}/messages`)).status, 404)
})

await test('a supervisor takes over by transfer and accept: the first agent is out', async () => {
  const { person, id } = await consultation(system, one)
  assert.equal((await send(supervisor, id, '아직 안 돼요')).status, 403)
  await supervisor.expect(200, supervisor.post(`${admin(id)}/transfer`, {}))
  const answer = await supervisor.post(`${admin(id)}/accept`, {})
  assert.equal(answer.status, 200)
  assert.equal(answer.data.adminId, supervisor.memberId)
  await say(supervisor, id, '제가 이어서 도와 드리겠습니다')
  assert.equal((await send(one, id, '저요?')).status, 404)
  await say(person, id, '네')
})

for (const who of ['customer', 'agent', 'supervisor']) {
  await test(`the ${who} ends it: END row, reason, by whom, and nothing after it`, async () => {
    const { person, id } = await consultation(system, one)
    await say(person, id, '고맙습니다')
    const end = who === 'customer' ? await person.post(`/api/chat/sessions/${id}/end`, { exitReasonId: 'SOLVED' })
      : await (who === 'agent' ? one : supervisor).post(`${admin(id)}/end`, { exitReason: '144' })
    assert.equal(end.status, 200)
    assert.equal(end.data.status, 'COMPLETED')
    assert.equal(end.data.exitReasonId, 144)
    assert.equal(end.data.endedBy, who === 'customer' ? 'M' : 'A')
    assert.ok(end.data.endTime)
    const rows = await history(person, id)
    assert.equal(rows.at(-1).kind, 'END')
    assert.match(rows.at(-1).content, /상담이 종료되었습니다/)
    for (const late of [await send(person, id, '아 참'), await send(one, id, '네?')]) assert.equal(late.status, 409)
    assert.equal((await person.post(`/api/chat/sessions/${id}/read`, {})).status, 200)
    assert.equal((await person.post(`/api/chat/sessions/${id}/end`, {})).status, 200)
    assert.deepEqual(await history(person, id), rows)
  })
}

await test('end and sends at once: each send is before the end in the log or 409', async () => {
  for (let round = 0; round < 10; round++) {
    const { person, id } = await consultation(system, one)
    const sends = Array.from({ length: 8 }, (_, i) => send(person, id, `${i}`))
    const end = one.post(`${admin(id)}/end`, {})
    const answers = await Promise.all(sends)
    assert.equal((await end).status, 200)
    const rows = await history(person, id)
    assert.equal(rows.at(-1).kind, 'END')
    for (const answer of answers) {
      if (answer.status === 201) assert.equal(rows[answer.data.seq - 1].messageId, answer.data.messageId)
      else assert.equal(answer.status, 409)
    }
    assert.equal(rows.filter(row => row.kind === 'TEXT').length, answers.filter(answer => answer.status === 201).length)
  }
})

await test('the end may come by PUT status, as existing pages do', async () => {
  const { id } = await consultation(system, one)
  const answer = await one.put(`${admin(id)}/status`, { status: 'COMPLETED' })
  assert.equal(answer.status, 200)
  assert.equal(answer.data.status, 'COMPLETED')
  assert.equal((await one.put(`${admin(id)}/status`, { statusId: 2 })).status, 409)
  assert.equal((await one.put(`${admin(id)}/status`, { statusId: 99 })).status >= 400, true)
})

await test('a wrong exit reason: 422, the chat goes on', async () => {
  const { person, id } = await consultation(system, one)
  for (const exitReasonId of [999, 'NOPE', 200]) assert.equal((await person.post(`/api/chat/sessions/${id}/end`, { exitReasonId })).status, 422)
  assert.equal((await person.get(`/api/chat/sessions/${id}`)).data.status, 'ACTIVE')
})

await test('lists: my active chats, completed ones, statistics, history with search, status codes', async () => {
  const marker = `찾을말${process.pid}`
  const { person, id } = await consultation(system, one)
  await say(person, id, `이것은 ${marker} 입니다`)
  const mine = await one.expect(200, one.get('/api/admin/chat/sessions/active?limit=200'))
  assert.ok(mine.data.some(row => row.sessionId === id))
  assert.ok(mine.data.every(row => row.adminId === one.memberId))
  assert.equal((await two.get('/api/admin/chat/sessions/active?limit=200')).data.some(row => row.sessionId === id), false)
  await one.expect(200, one.post(`${admin(id)}/end`, {}))
  const found = await until(async () => {
    const answer = await one.expect(200, one.get(`/api/admin/chat/sessions/history?q=${encodeURIComponent(marker)}`))
    return answer.data.length === 1 && answer
  })
  assert.equal(found.data[0].sessionId, id)
  const page = await one.expect(200, one.get(`/api/admin/chat/sessions/history?page=0&size=10&search=${encodeURIComponent(marker)}`))
  assert.equal(page.data.totalElements, 1)
  assert.equal(page.data.sessions[0].sessionId, id)
  assert.equal((await one.get('/api/admin/chat/sessions/history?page=0&q=x')).status, 400)
  const counts = (await one.expect(200, one.get('/api/admin/chat/statistics'))).data
  assert.ok(counts.completed >= 1 && counts.totalMessages >= 3)
  assert.equal((await one.get('/api/admin/chat/status/completed')).data.statusId, 3)
  assert.equal((await one.get('/api/admin/chat/status/active')).data.statusId, 2)
  assert.ok((await one.get(`${admin(id)}/message-count`)).data.messageCount >= 3)
  const several = await one.expect(200, one.post('/api/admin/chat/sessions/message-counts', [id]))
  assert.ok(several.data.messageCounts[id] >= 3)
})

await test('history pages by keyset: no chat twice, none left out', async () => {
  const agent = await staff(system)
  const ids = []
  for (let i = 0; i < 5; i++) {
    const { id } = await consultation(system, agent)
    await agent.expect(200, agent.post(`${admin(id)}/end`, {}))
    ids.unshift(id)
  }
  const got = []
  for (let cursor = ''; cursor !== null;) {
    const answer = await agent.expect(200, agent.get(`/api/admin/chat/sessions/history?agent=${agent.memberId}&limit=2${cursor ? `&cursor=${cursor}` : ''}`))
    got.push(...answer.data.map(row => row.sessionId))
    cursor = answer.json.paging.next
  }
  assert.deepEqual(got, ids)
})

await finish()
