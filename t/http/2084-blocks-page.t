#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The page of blocked customers: who, by whom, since, until, why; a block is lifted by supervisors and admins alone, and that is in the audit log.
import assert from 'node:assert/strict'
import { consultation, guest, requestChat, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await startSystem({ demo: 'none' })
const agent = await staff(system, 'agent', '한지수'), chief = await staff(system, 'supervisor'), admin = await staff(system, 'admin')
const block = async (nickname, days, reason) => {
  const { person, id } = await consultation(system, agent, await guest(system, { nickname }))
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/block`, { days, reason, end: true }))
  return person
}
const page = async (who = chief, query = '') => (await who.expect(200, who.get(`/admin/blocks${query}`, { check: false }))).text
const names = text => [...text.matchAll(/<tr><th scope="row"><a href="\/admin\/members\/\d+">([^<]*)<\/a>/g)].map(m => m[1])
const lift = (id, who = chief) => who.form(`/admin/blocks/${id}/lift`, {}, { check: false })
const wants = person => person.post('/api/chat/session', { categoryId: 200 })

await test('nobody at first; then who, by whom, since, until and why, newest first', async () => {
  assert.match(await page(), /차단된 고객이 없습니다\./)
  const first = await block('이서연', 7, '<b>욕설</b> & "반복"')
  await block('박도현', 30, '광고')
  const text = await page()
  assert.deepEqual(names(text), ['박도현', '이서연'])
  const row = text.split('<tr>').find(part => part.includes('이서연'))
  assert.ok(row.includes('&lt;b&gt;욕설&lt;/b&gt; &amp; ') && row.includes('<td>한지수</td>') && row.includes(`/admin/members/${first.memberId}"`))
  const [since, until] = [...row.matchAll(/<time datetime="([^"]*)"/g)].map(m => Date.parse(m[1]))
  assert.equal(until - since, 7 * 86400000)
})

await test('lifted: gone from the list, the customer asks again, the log says who did it', async () => {
  const person = await block('최민준', 1, '실수')
  assert.equal((await wants(person)).status, 403)
  const answer = await lift(person.memberId)
  assert.deepEqual([answer.status, answer.headers.location], [303, '/admin/blocks?done=1'])
  assert.equal(names(await page(chief, '?done=1')).includes('최민준'), false)
  await requestChat(person)
  assert.deepEqual(await system.sql(`SELECT member_id, target FROM audit_log WHERE action = 'customer.unblock'`), [[String(chief.memberId), `${person.memberId} 최민준`]])
  assert.equal((await lift(person.memberId)).status, 404, 'once')
})

await test('agents may not, nor see the page; nobody is no customer', async () => {
  const person = await block('정하은', 1, '도배')
  assert.equal((await agent.get('/admin/blocks', { check: false })).status, 403)
  assert.equal((await lift(person.memberId, agent)).status, 403)
  assert.equal((await wants(person)).status, 403, 'it stands')
  for (const id of ['0', 'x', '999999', agent.memberId]) assert.equal((await lift(id)).status, 404, String(id))
  assert.equal((await lift(person.memberId, admin)).status, 303)
})

await test('what is over is not listed; without end it is said so; more than one page', async () => {
  await system.sql("UPDATE block_entry b JOIN member m USING (member_id) SET b.expires = UTC_TIMESTAMP(3) WHERE m.nickname = '박도현'")
  await system.sql("UPDATE block_entry b JOIN member m USING (member_id) SET b.expires = NULL WHERE m.nickname = '이서연'")
  const text = await page()
  assert.deepEqual(names(text), ['이서연'])
  assert.match(text, /<td>기한 없음<\/td>/)
  await system.sql(`INSERT INTO member (nickname, gubun, cdate, udate) SELECT CONCAT('손님 ', seq), 4, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM seq_1_to_60;
    INSERT INTO block_entry (member_id, reason, expires, cdate) SELECT member_id, '시험', UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3) FROM member WHERE nickname LIKE '손님 %' ORDER BY member_id`)
  const first = await page(), next = /href="\/admin\/blocks(\?cursor=\d+)" rel="next"/.exec(first)[1]
  const rest = await page(chief, next)
  assert.deepEqual([names(first).length, names(rest).length, names(rest).at(-1)], [50, 11, '이서연'])
  assert.equal(new Set([...names(first), ...names(rest)]).size, 61)
  assert.match(rest, /href="\/admin\/blocks">/)
  assert.equal(/rel="next"/.test(rest), false)
})

await finish()
