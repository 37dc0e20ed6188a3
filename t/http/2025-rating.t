#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The rating of a chat that is over: once, again in its place, by its customer alone, within its time; on the pages with and without an error; in the figures.
import assert from 'node:assert/strict'
import { consultation, guest, requestChat, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system), other = await staff(system), boss = await staff(system, 'supervisor')
const at = id => `/api/chat/sessions/${id}/rating`
const rate = (who, id, body) => who.post(at(id), body)
const end = (who, id) => who.expect(200, who.post(`/api/chat/sessions/${id}/end`, {}))
const over = async () => {
  const chat = await consultation(system, agent)
  await end(chat.person, chat.id)
  return chat
}
const english = { headers: { 'Accept-Language': 'en' }, check: false }

await test('one to five and a text; the same again changes nothing, another takes its place', async () => {
  const { person, id } = await over()
  assert.equal((await person.expect(200, person.get(at(id)))).data, null)
  const first = (await person.expect(200, rate(person, id, { score: 4, comment: '친절했어요\r\n<b>고맙습니다</b>' }))).data
  assert.equal(first.score, 4)
  assert.equal(first.comment, '친절했어요\n<b>고맙습니다</b>')
  assert.deepEqual((await person.expect(200, rate(person, id, { score: 4, comment: '친절했어요\n<b>고맙습니다</b>' }))).data, first)
  const second = (await person.expect(200, rate(person, id, { score: 2 }))).data
  assert.deepEqual([second.score, second.comment], [2, null])
  for (const who of [person, agent, other, boss]) assert.deepEqual((await who.expect(200, who.get(at(id)))).data, second)
  assert.deepEqual(await system.sql(`SELECT COUNT(*) FROM rating r JOIN chat_session s USING (session_no) WHERE s.session_id = '${id}'`), [['1']])
  const list = await Promise.all([1, 2, 3, 4, 5].map(score => rate(person, id, { score, comment: `${score}점` })))
  assert.ok(list.every(answer => answer.status === 200))
  const kept = (await person.get(at(id))).data
  assert.equal(kept.comment, `${kept.score}점`, 'of several at once one stands, whole')
})

await test('what is refused: an open chat, others, nonsense, and when the time is over', async () => {
  const { person, id } = await consultation(system, agent)
  const refused = async (answer, status, code, field) => {
    const got = await answer
    assert.equal(got.status, status, got.text)
    assert.equal(got.json.code, code)
    if (field) assert.equal(got.json.errors[0].field, field)
  }
  await refused(rate(person, id, { score: 5 }), 409, '02')
  await end(person, id)
  const stranger = await guest(system)
  await refused(rate(stranger, id, { score: 5 }), 404, '03')
  await refused(rate(stranger, id, { score: 9 }), 404, '03')
  await refused(stranger.get(at(id)), 404, '03')
  for (const who of [agent, boss]) await refused(rate(who, id, { score: 5 }), 403, '05')
  for (const score of [0, 6]) await refused(rate(person, id, { score }), 422, '01', 'score')
  for (const score of [-1, '5', 4.5, true, null]) assert.ok([400, 422].includes((await rate(person, id, { score })).status), JSON.stringify(score))
  await refused(rate(person, id, { score: 5, comment: 'ㄱ'.repeat(501) }), 422, '01', 'comment')
  await refused(rate(person, id, { score: 5, comment: 'a\u0007' }), 422, '01', 'comment')
  await refused(rate(person, id, { score: 5, text: 'a' }), 400, '01')
  assert.equal((await person.get(at(id))).data, null)
  assert.equal((await person.expect(200, rate(person, id, { score: 5, comment: `${'👍'.repeat(500)}` }))).data.comment.length, 1000)
  assert.equal((await person.expect(200, rate(person, id, { score: 5, comment: ' \u3164\n' }))).data.comment, null)
  await system.sql(`UPDATE chat_session SET end_time = end_time - INTERVAL 8 DAY WHERE session_id = '${id}'`)
  await refused(rate(person, id, { score: 1 }), 409, '02')
  assert.equal((await person.get(at(id))).data.score, 5)
  assert.equal(/name="score"/.test((await person.get(`/chat/${id}`, { check: false })).text), false, 'nor is it asked for')
})

await test('the form without script: on the page of a chat that is over, with what was typed when it is refused', async () => {
  const { person, id } = await consultation(system, agent)
  assert.equal(/name="score"/.test((await person.get(`/chat/${id}`, { check: false })).text), false)
  const ended = await person.form(`/chat/${id}/end`, { exitReasonId: '144' })
  assert.equal(ended.headers.location, `/chat/${id}`)
  const page = (await person.get(`/chat/${id}`, { check: false })).text
  assert.match(page, new RegExp(`action="/chat/${id}/rating"`))
  assert.match(page, /상담은 어떠셨나요\?/)
  assert.match((await person.get(`/chat/${id}`, english)).text, /How was this chat\?/)
  const none = await person.form(`/chat/${id}/rating`, { score: '', comment: '별을 <잊음>' })
  assert.equal(none.status, 422)
  assert.match(none.text, /id="score-err"[^]*별점을 1점에서/)
  assert.ok(none.text.includes('별을 &lt;잊음&gt;</textarea>'))
  const long = await person.form(`/chat/${id}/rating`, { score: '3', comment: 'ㄴ'.repeat(501) })
  assert.equal(long.status, 422)
  assert.match(long.text, /value="3" required checked/)
  assert.match(long.text, /aria-invalid="true" aria-describedby="comment-err">ㄴ{501}<\/textarea>/)
  const done = await person.form(`/chat/${id}/rating`, { score: '3', comment: '<i>보통</i>이에요' })
  assert.equal(done.status, 303)
  assert.equal(done.headers.location, `/chat/${id}#ended`)
  const after = (await person.get(`/chat/${id}`, { check: false })).text
  assert.match(after, /class="rated"[^]*3점, 보통[^]*&lt;i&gt;보통&lt;\/i&gt;이에요/)
  for (const who of [agent, other]) assert.match((await who.get(`/history/${id}`, { check: false })).text, /3점, 보통[^]*&lt;i&gt;보통&lt;\/i&gt;이에요/)
  assert.match((await agent.get(`/history/${id}`, english)).text, /3 of 5, fair/)
})

await test('a chat that nobody accepted is not asked about', async () => {
  const person = await guest(system)
  const { sessionId: id } = await requestChat(person)
  await end(person, id)
  assert.equal(/name="score"/.test((await person.get(`/chat/${id}`, { check: false })).text), false)
})

await test('a rating that comes after the figures were fixed stands in them', async () => {
  const { person, id } = await over()
  const [[no]] = await system.sql(`SELECT session_no FROM chat_session WHERE session_id = '${id}'`)
  // a day of its own, long ago
  await system.sql(`UPDATE chat_session SET cdate = '2019-03-04 05:00:00', figured = 1 WHERE session_no = ${no};
    INSERT INTO chat_figure (cdate, session_no, end_time, category_id, missed, abandoned, dropped, is_open, member_rows, agent_rows, system_rows)
    SELECT cdate, session_no, end_time, category_id, 0, 0, 0, 1, 0, 0, message_count FROM chat_session WHERE session_no = ${no}`)
  await person.expect(200, rate(person, id, { score: 5 }))
  const csat = (await boss.expect(200, boss.get('/stats/csat.json?from=2019-03-04&to=2019-03-05'))).json
  assert.ok(JSON.stringify(csat.rows).includes('"mean":5'), JSON.stringify(csat.rows))
})

await finish()
