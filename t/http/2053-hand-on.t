#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Handing a chat on: offered to a colleague or a topic it stays with its agent until somebody takes it, or until the time is over; every race has one winner. And hold.
import assert from 'node:assert/strict'
import { consultation, guest, history, say, staff } from '../lib/people.mjs'
import { Talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { transfer_timeout: '3s', chats_max: '3', send_rate: '1000/1s' } })
const [one, two, three] = [await staff(system, 'agent', '한지수'), await staff(system, 'agent', '최유진'), await staff(system, 'agent', '오세훈')]
const chief = await staff(system, 'supervisor')
const at = id => `/api/admin/chat/sessions/${id}`
const offer = (who, id, body) => who.post(`${at(id)}/transfer`, body)
const take = (who, id) => who.post(`${at(id)}/transfer/accept`, {})
const refuse = (who, id) => who.post(`${at(id)}/transfer/refuse`, {})
const look = async id => (await chief.expect(200, chief.get(at(id)))).data
const end = id => one.post(`${at(id)}/end`, {}).then(answer => answer.status === 404 ? chief.post(`${at(id)}/end`, {}) : answer)
const offersOf = async who => (await who.expect(200, who.get('/api/admin/chat/transfers'))).data
const row = async (id, columns) => (await system.sql(`SELECT ${columns} FROM chat_session WHERE session_id = '${id}'`))[0]

await test('offered to a colleague: it stays until she takes it; the note, the row, the age in the queue; then it is hers', async () => {
  const { person, id } = await consultation(system, one, await guest(system, { nickname: '이서연' }))
  const [since] = await row(id, 'queue_since')
  const targets = (await one.expect(200, one.get(`${at(id)}/transfer/targets`))).data
  assert.deepEqual(targets.agents.map(agent => agent.name).sort(), [two.nickname, three.nickname, chief.nickname].sort())
  assert.ok(targets.agents.every(agent => agent.max === 3 && !agent.isFull))
  const offered = await one.expect(200, offer(one, id, { toMemberId: two.memberId, note: '교환 건입니다' }))
  assert.equal(offered.data.offer.toMemberId, two.memberId)
  assert.equal(offered.data.adminId, one.memberId)
  assert.equal((await one.expect(200, offer(one, id, { toMemberId: two.memberId, note: '교환 건입니다' }))).data.offer.until, offered.data.offer.until, 'again: the same')
  const [seen] = await offersOf(two)
  assert.deepEqual([seen.sessionId, seen.memberName, seen.note, seen.fromName, seen.isToAll], [id, '이서연', '교환 건입니다', '한지수', false])
  assert.deepEqual(await offersOf(three), [])
  assert.equal((await two.get(at(id))).status, 404, 'until then it is not hers to read')
  await say(one, id, '아직 제가 답합니다')
  assert.equal('offer' in (await person.get(`/api/chat/sessions/${id}`)).data, false, 'the customer learns nothing of it')
  const taken = await two.expect(200, take(two, id))
  assert.equal(taken.data.adminId, two.memberId)
  assert.equal(taken.data.offer, null)
  await two.expect(200, take(two, id))
  assert.equal((await one.get(at(id))).status, 404)
  const last = (await history(person, id)).at(-1)
  assert.equal(last.kind, 'TRANSFER')
  assert.equal(last.args.name, '최유진')
  assert.equal((await row(id, 'queue_since'))[0], since)
  assert.deepEqual((await two.get(`${at(id)}/notes`)).data.map(note => [note.memberName, note.content]), [['한지수', '교환 건입니다']])
  await end(id)
})

await test('refused, withdrawn, in vain: the chat is its agent\'s as before, and she is told', async () => {
  const talker = await new Talker(system, one).start()
  const told = await talker.subscribe('/topic/admin/notifications')
  const over = (id, reason) => until(() => told.some(body => body.kind === 'OFFER_OVER' && body.sessionId === id && body.reason === reason && body.adminId === one.memberId), { say: reason })
  const { id } = await consultation(system, one)
  await one.expect(200, offer(one, id, { toMemberId: two.memberId }))
  await until(() => told.some(body => body.kind === 'OFFER' && body.toMemberId === two.memberId), { say: 'the offer is pushed' })
  assert.equal((await refuse(three, id)).status, 404, 'who was not asked')
  assert.equal((await offer(one, id, { toMemberId: three.memberId })).status, 409, 'one at a time')
  await two.expect(200, refuse(two, id))
  await over(id, 'REFUSED')
  assert.equal((await take(two, id)).status, 409)
  await one.expect(200, offer(one, id, { toMemberId: two.memberId }))
  await one.expect(200, one.ask('DELETE', `${at(id)}/transfer`, { json: {} }))
  await over(id, 'WITHDRAWN')
  await one.expect(200, offer(one, id, { toMemberId: two.memberId }))
  await over(id, 'TIMED_OUT')
  const late = await take(two, id)
  assert.equal(late.status, 409)
  assert.equal(late.json.adminName, '한지수')
  assert.equal((await look(id)).adminId, one.memberId)
  await talker.stop()
  await end(id)
})

await test('a colleague has a limit of their own: shown to whom one may hand on, and held', async () => {
  const limit = (who, chatsMax) => chief.expect(200, chief.ask('PUT', `/api/admin/chat/agent-states/${who.memberId}/limit`, { json: { chatsMax } }))
  const mine = await consultation(system, one), theirs = await consultation(system, two)
  const target = async () => (await one.expect(200, one.get(`${at(mine.id)}/transfer/targets`))).data.agents.find(agent => agent.memberId === two.memberId)
  await limit(two, 1)
  assert.deepEqual([(await target()).max, (await target()).isFull], [1, true])
  assert.match((await one.get(`/agent/chat/${mine.id}/transfer`, { check: false })).text, new RegExp(`value="member:${two.memberId}" required disabled`))
  const refused = await offer(one, mine.id, { toMemberId: two.memberId })
  assert.deepEqual([refused.status, refused.json.errors[0].field], [409, 'toMemberId'])
  await limit(two, 2)
  await one.expect(200, offer(one, mine.id, { toMemberId: two.memberId }))
  await two.expect(200, refuse(two, mine.id))
  await limit(two, 0)
  const more = [await consultation(system, two), await consultation(system, two), await consultation(system, two)]
  assert.deepEqual([(await target()).max, (await target()).isFull, (await target()).chats], [0, false, 4], 'no limit, above the configured one too')
  await one.expect(200, offer(one, mine.id, { toMemberId: two.memberId }))
  await two.expect(200, refuse(two, mine.id))
  await limit(two, null)
  assert.deepEqual([(await target()).max, (await target()).isFull], [3, true])
  for (const { id } of [mine, theirs, ...more]) await end(id)
})

await test('to a topic: whoever is first has it, the others are told who; the topic changes with it', async () => {
  const { id } = await consultation(system, one)
  await one.expect(200, offer(one, id, { toCategoryId: 201, note: '주문 쪽 문의' }))
  assert.equal((await offersOf(two))[0].isToAll, true)
  await two.expect(200, refuse(two, id))
  assert.equal((await offersOf(three)).length, 1, 'one who does not want it is not all')
  await system.sql(`INSERT INTO staff_category (member_id, category_id) VALUES (${three.memberId}, 202)`)
  assert.equal((await offersOf(three)).length, 0, 'only those of the topic are asked')
  await system.sql(`DELETE FROM staff_category WHERE member_id = ${three.memberId}`)
  const answers = await Promise.all([two, three, two, three].map(who => take(who, id)))
  const winner = (await look(id)).adminId, [ours, others] = winner === two.memberId ? [[0, 2], [1, 3]] : [[1, 3], [0, 2]]
  for (const i of ours) assert.equal(answers[i].status, 200)
  for (const i of others) assert.deepEqual([answers[i].status, answers[i].json.adminId], [409, winner])
  assert.equal((await look(id)).categoryId, 201)
  await end(id)
})

await test('races: take against end, take against time-out, a supervisor\'s take-over; one winner, no offer left', async () => {
  for (let k = 0; k < 4; k++) {
    const { id } = await consultation(system, one)
    await one.expect(200, offer(one, id, { toMemberId: two.memberId }))
    const [taken, ended] = await Promise.all([take(two, id), one.post(`${at(id)}/end`, {})])
    assert.ok([200, 404].includes(ended.status) && [200, 409].includes(taken.status))
    assert.ok(taken.status === 200 || ended.status === 200)
    const s = await look(id)
    assert.equal(s.status, ended.status === 200 ? 'COMPLETED' : 'ACTIVE')
    assert.equal(s.offer, null)
    await end(id)
  }
  const { id } = await consultation(system, one)
  await one.expect(200, offer(one, id, { toMemberId: two.memberId }))
  await system.sql(`UPDATE chat_session SET offer_until = UTC_TIMESTAMP(3) WHERE session_id = '${id}'`)
  assert.equal((await take(two, id)).status, 409)
  await until(async () => (await look(id)).offer === null, { say: 'the clock takes the offer away' })
  await one.expect(200, offer(one, id, { toMemberId: two.memberId }))
  await chief.expect(200, chief.post(`${at(id)}/take-over`, {}))
  const lost = await take(two, id)
  assert.deepEqual([lost.status, lost.json.adminId], [409, chief.memberId])
  await end(id)
  assert.equal((await system.sql('SELECT COUNT(*) FROM chat_session WHERE offer_until IS NOT NULL'))[0][0], '0')
})

await test('to whom it can\'t be handed: oneself, nobody, a customer, who is not there or full; nonsense; strangers', async () => {
  const { person, id } = await consultation(system, one)
  const customer = await guest(system), away = await staff(system, 'agent', '강다은')
  await system.sql(`UPDATE login_session SET last_used = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR WHERE member_id = ${away.memberId}`)
  for (const [status, body] of [[422, { toMemberId: one.memberId }], [409, { toMemberId: customer.memberId }], [409, { toMemberId: 999999 }], [409, { toMemberId: away.memberId }],
    [422, { toMemberId: two.memberId, toCategoryId: 200 }], [422, { toCategoryId: 144 }], [400, { toMemberId: 'x' }], [422, { toMemberId: two.memberId, note: 'ㄱ'.repeat(2001) }]]) {
    assert.equal((await offer(one, id, body)).status, status, JSON.stringify(body).slice(0, 60))
  }
  assert.equal((await offer(three, id, { toMemberId: two.memberId })).status, 404)
  assert.equal((await offer(person, id, { toMemberId: two.memberId })).status, 403)
  const filled = []
  while (filled.length < 3) filled.push((await consultation(system, three)).id)
  const full = (await one.get(`${at(id)}/transfer/targets`)).data.agents.find(agent => agent.memberId === three.memberId)
  assert.deepEqual([full.chats, full.isFull], [3, true])
  assert.equal((await offer(one, id, { toMemberId: three.memberId })).status, 409)
  for (const other of [...filled, id]) await end(other)
  assert.equal((await offer(one, id, { toMemberId: two.memberId })).status, 409, 'it ended')
})

await test('by forms alone, in both languages: offered, taken back, taken, back into the queue with a note', async () => {
  const { id } = await consultation(system, one)
  const page = `/agent/chat/${id}`
  for (const [lang, words] of [['ko', '받을 사람'], ['en', 'To whom']]) assert.ok((await one.get(`${page}/transfer`, { check: false, headers: { 'Accept-Language': lang } })).text.includes(words))
  assert.equal((await one.form(`${page}/transfer`, { to: 'member:x' })).status, 400)
  const refused = await one.form(`${page}/transfer`, { to: 'member:999999', note: '<b>적은 글' })
  assert.equal(refused.status, 409)
  assert.ok(refused.text.includes('&lt;b&gt;적은 글</textarea>'))
  assert.equal((await one.form(`${page}/transfer`, { to: `member:${two.memberId}`, note: '부탁합니다' })).headers.location, page)
  assert.match((await one.get(page, { check: false })).text, /id="offer-flag"[^]*최유진/)
  assert.match((await two.get('/agent', { check: false })).text, new RegExp(`부탁합니다[^]*${id}/transfer/accept`))
  assert.equal((await one.form(`${page}/transfer/withdraw`, {})).headers.location, page)
  assert.equal((await two.form(`${page}/transfer/accept`, {})).status, 409)
  await one.form(`${page}/transfer`, { to: `category:200` })
  assert.equal((await two.form(`${page}/transfer/accept`, {})).headers.location, page)
  assert.equal((await two.form(`${page}/transfer`, { to: 'queue', note: '다시 대기' })).headers.location, '/agent')
  assert.equal((await look(id)).status, 'WAITING')
  assert.ok((await two.get(`${at(id)}/notes`)).data.some(note => note.content === '다시 대기'))
  await end(id)
})

await test('hold: a flag with a time; it wakes up, its time is no handling, and only its agent sets it', async () => {
  const talker = await new Talker(system, one).start()
  const told = await talker.subscribe('/topic/admin/notifications')
  const { person, id } = await consultation(system, one)
  for (const minutes of [0, 1441]) assert.equal((await one.post(`${at(id)}/hold`, { minutes })).status, 422)
  assert.equal((await chief.post(`${at(id)}/hold`, { minutes: 5 })).status, 403)
  const held = (await one.expect(200, one.post(`${at(id)}/hold`, { minutes: 5 }))).data
  assert.ok(Math.abs(Date.parse(held.holdUntil) - Date.parse(held.holdSince) - 300000) < 1000)
  assert.equal(held.status, 'ACTIVE')
  await say(person, id, '기다릴게요')
  await say(one, id, '확인하고 있습니다')
  assert.equal('holdSince' in (await person.get(`/api/chat/sessions/${id}`)).data, false)
  assert.match((await one.get(`/agent/chat/${id}`, { check: false })).text, /id="hold-flag"/)
  await system.sql(`UPDATE chat_session SET hold_since = hold_since - INTERVAL 60 SECOND, hold_until = UTC_TIMESTAMP(3) WHERE session_id = '${id}'`)
  await until(() => told.some(body => body.kind === 'WAKE' && body.sessionId === id && body.adminId === one.memberId), { say: 'it wakes up' })
  assert.equal((await look(id)).holdSince, null)
  assert.equal((await one.form(`/agent/chat/${id}/hold`, { minutes: '15' })).status, 303)
  assert.equal((await one.form(`/agent/chat/${id}/resume`, {})).status, 303)
  await one.expect(200, one.post(`${at(id)}/resume`, {}))
  await one.expect(200, one.post(`${at(id)}/hold`, { minutes: 60 }))
  await end(id)
  const [ms, since] = await row(id, 'hold_ms, hold_since')
  assert.ok(Number(ms) >= 60000 && Number(ms) < 75000, ms)
  assert.equal(since, 'NULL')
  assert.equal((await one.post(`${at(id)}/hold`, { minutes: 5 })).status, 409)
  await talker.stop()
})

await finish()
