#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Members: found, added, changed, disabled, by whom that may; the last admin stays one; a lost right is lost within two seconds; all of it in the audit log.
// A system of its own: it counts the admins.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { customer, guest, password, signIn, staff } from '../lib/people.mjs'
import { Talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none' })
await system.sql('UPDATE member SET gubun = 2 WHERE gubun = 3') // the accounts of --demo: none of them is an admin here
const admin = await staff(system, 'admin', '관리 하나'), boss = await staff(system, 'supervisor'), agent = await staff(system)
const page = async (who, target, status = 200) => (await who.expect(status, who.get(target, { check: false }))).text
const post = (who, target, fields) => who.form(target, fields, { check: false })
const of = person => `/admin/members/${person.memberId}`
const error = (text, id) => new RegExp(`id="${id}-err">.*?</svg>([^<]*)`).exec(text)?.[1]
const secret = text => /<code>([a-z2-9]{16})<\/code>/.exec(text)?.[1]

await test('the navigation is there for supervisors and admins, not for agents', async () => {
  assert.equal((await page(agent, '/agent')).includes('href="/admin"'), false)
  for (const who of [boss, admin]) assert.ok((await page(who, '/agent')).includes('href="/admin"'))
  assert.equal((await admin.get('/admin', { check: false })).headers.location, '/admin/members')
})

await test('a member is added with a password that is shown once and works', async () => {
  const email = `new-${uuid()}@example.org`
  const answer = await post(admin, '/admin/members', { email: email.toUpperCase(), nickname: '<b>새 상담사</b>', role: 'AGENT' })
  assert.equal(answer.status, 200)
  assert.ok(answer.text.includes('&lt;b&gt;새 상담사&lt;/b&gt;') && !answer.text.includes('<b>새'))
  const made = secret(answer.text)
  assert.ok(made)
  assert.equal((await page(admin, '/admin/members')).includes(made), false)
  const who = await signIn(system, email, { password: made })
  assert.equal(who.role, 'AGENT')
  const log = await page(admin, '/admin/audit?action=member.add')
  assert.ok(log.includes(email) && log.includes(admin.nickname) && !log.includes(made))
})

await test('nonsense is refused at its field, and what was typed stays', async () => {
  const good = { email: `x-${uuid()}@example.org`, nickname: '이름', role: 'AGENT' }
  for (const [field, value, kept] of [['email', '"<i>"@', '&lt;i&gt;'], ['email', ''], ['nickname', ' '], ['nickname', 'ㄱ'.repeat(65)], ['role', 'KING'], ['role', 'GUEST']]) {
    const answer = await post(admin, '/admin/members', { ...good, [field]: value })
    assert.equal(answer.status, 422, `${field} ${value}`)
    assert.ok(error(answer.text, field), `${field} ${value}`)
    if (kept) assert.ok(answer.text.includes(kept))
    if (field !== 'email') assert.ok(answer.text.includes(`value="${good.email}"`))
  }
  const twice = await post(admin, '/admin/members', { ...good, email: admin.email })
  assert.equal(twice.status, 409)
  assert.ok(error(twice.text, 'email'))
  assert.equal((await post(boss, '/admin/members', { ...good, role: 'ADMIN' })).status, 422, 'a supervisor makes no admin')
  for (const target of ['/admin/members?role=x', '/admin/members?status=x']) await page(admin, target, 400)
})

await test('members are found by name and e-mail, role and state, and paged through', async () => {
  const mark = uuid().slice(0, 8)
  for (let i = 0; i < 3; i++) await customer(system).then(one => system.sql(`UPDATE member SET nickname = '찾는 ${mark}% ${i}' WHERE member_id = ${one.memberId}`))
  const found = async query => [...(await page(admin, `/admin/members?${query}`)).matchAll(/<th scope="row"><a[^>]*>([^<]*)/g)].map(m => m[1])
  assert.equal((await found(`role=CUSTOMER&q=${encodeURIComponent(`${mark}% `)}`)).length, 3)
  assert.equal((await found(`role=CUSTOMER&q=${encodeURIComponent(`${mark}_`)}`)).length, 0, 'signs of LIKE are plain')
  assert.deepEqual(await found(`q=${encodeURIComponent(admin.email)}`), [admin.nickname])
  assert.equal((await found(`q=${mark}`)).length, 0, 'without a role: the staff')
  const row = i => `('p${mark}${i}@example.org', '쪽 ${mark}', 2, NOW(3), NOW(3))`
  await system.sql(`INSERT INTO member (email, nickname, gubun, cdate, udate) VALUES ${Array.from({ length: 120 }, (_, i) => row(i)).join(',')}`)
  const seen = []
  for (let target = `/admin/members?q=${mark}`; target;) {
    const text = await page(admin, target)
    seen.push(...[...text.matchAll(/href="\/admin\/members\/(\d+)"/g)].map(m => m[1]))
    target = /href="([^"]*)" rel="next"/.exec(text)?.[1].replaceAll('&amp;', '&')
  }
  assert.equal(seen.length, 120)
  assert.equal(new Set(seen).size, 120)
})

await test('who may change whom: a supervisor those below, an admin all; what is not a member is 404', async () => {
  assert.equal((await post(boss, of(agent), { nickname: '새 이름', role: 'AGENT' })).status, 303)
  assert.ok((await page(boss, of(agent))).includes('value="새 이름"'))
  assert.equal((await post(boss, of(admin), { nickname: '바뀜', role: 'AGENT' })).status, 403)
  assert.equal((await post(boss, `${of(admin)}/status`, { active: '0' })).status, 403)
  assert.equal((await post(boss, `${of(admin)}/password`, {})).status, 403)
  assert.equal((await page(boss, of(admin))).includes(`action="${of(admin)}"`), false)
  assert.equal((await post(boss, of(agent), { nickname: '이름', role: 'SUPERVISOR' })).status, 422)
  const wrong = await post(admin, of(agent), { nickname: '"<i>', role: 'AGENT' })
  if (wrong.status === 422) assert.ok(wrong.text.includes('value="&quot;&lt;i&gt;"'))
  for (const id of ['1', '0', '999999999', 'x', '1e3', '99999999999999999999']) {
    await page(admin, `/admin/members/${id}`, 404)
    assert.equal((await post(admin, `/admin/members/${id}/status`, { active: '0' })).status, 404)
  }
  const visitor = await guest(system)
  assert.equal((await post(admin, `${of(visitor)}/password`, {})).status, 422)
  assert.equal((await post(admin, of(visitor), { nickname: '손님', role: 'AGENT' })).status, 422)
})

await test('a disabled member loses every right within two seconds, and gets none back by the old sign-in', async () => {
  const one = await staff(system)
  const talker = await new Talker(system, one).start()
  const began = Date.now()
  assert.equal((await post(admin, `${of(one)}/status`, { active: '0' })).status, 303)
  assert.equal((await one.get('/api/admin/chat/sessions/waiting', { check: false })).status, 401)
  await until(() => talker.closes.length || talker.errors.length, { say: 'the connection is closed' })
  assert.ok(Date.now() - began < 2500, `${Date.now() - began} ms`)
  await assert.rejects(signIn(system, one.email))
  assert.equal((await post(admin, `${of(one)}/status`, { active: '1' })).status, 303)
  assert.equal((await one.get('/api/account/me', { check: false })).status, 401)
  await signIn(system, one.email)
})

await test('who is demoted loses the role at once, on the push connection too', async () => {
  const one = await staff(system, 'supervisor')
  const talker = await new Talker(system, one).start()
  await talker.subscribe('/topic/admin/notifications')
  assert.equal((await post(admin, of(one), { nickname: one.nickname, role: 'CUSTOMER' })).status, 303)
  assert.equal((await one.get('/admin/members', { check: false })).status, 403)
  await until(() => talker.closes.length || talker.errors.length, { say: 'the connection is closed' })
})

await test('a new password is shown once, ends the sign-ins and works', async () => {
  const one = await staff(system)
  const answer = await post(boss, `${of(one)}/password`, {})
  assert.equal(answer.status, 200)
  assert.equal((await one.get('/api/account/me', { check: false })).status, 401)
  await assert.rejects(signIn(system, one.email, { password }))
  await signIn(system, one.email, { password: secret(answer.text) })
})

await test('topics of an agent: added, taken away, and none for who is no staff', async () => {
  const topic = (added, categoryId = 200, who = agent) => post(admin, `${of(who)}/topics`, { categoryId: String(categoryId), added: String(added) })
  assert.equal((await topic(1)).status, 303)
  assert.equal((await topic(1)).status, 303)
  assert.deepEqual(await system.sql(`SELECT category_id FROM staff_category WHERE member_id = ${agent.memberId}`), [['200']])
  assert.ok((await page(admin, of(agent))).includes('name="added" value="0"'))
  assert.equal((await topic(0)).status, 303)
  const wrong = await topic(1, 144)
  assert.equal(wrong.status, 422)
  assert.ok(error(wrong.text, 'categoryId'))
  assert.equal((await topic(1, 200, await customer(system))).status, 422)
})

await test('the last admin is neither disabled nor demoted, though two try at once to take each other away', async () => {
  const admins = async () => Number((await system.sql('SELECT COUNT(*) FROM member WHERE gubun = 3 AND status = 1'))[0][0])
  assert.equal(await admins(), 1)
  assert.equal((await post(admin, `${of(admin)}/status`, { active: '0' })).status, 409)
  const refused = await post(admin, of(admin), { nickname: '나도', role: 'AGENT' })
  assert.equal(refused.status, 409)
  assert.ok(error(refused.text, 'role') && refused.text.includes('value="나도"'))
  for (let i = 0; i < 5; i++) {
    const other = await staff(system, 'admin')
    const done = await Promise.all([post(admin, of(other), { nickname: other.nickname, role: 'AGENT' }), post(other, `${of(admin)}/status`, { active: '0' })])
    assert.equal(await admins(), 1, done.map(one => one.status).join(' '))
    if ((await system.sql(`SELECT status FROM member WHERE member_id = ${admin.memberId}`))[0][0] === '0') {
      await system.sql(`UPDATE member SET status = 1 WHERE member_id = ${admin.memberId}; UPDATE member SET gubun = 2 WHERE member_id = ${other.memberId}`)
      Object.assign(admin, await signIn(system, admin.email))
    }
  }
})

await test('the audit log says who did what to whom, by action, object, member and day, in pages', async () => {
  const log = query => page(admin, `/admin/audit?${query}`)
  const rows = text => [...text.matchAll(/<tr><td><time/g)].length
  const of_agent = await log(`target=${encodeURIComponent(`member ${agent.memberId}`)}`)
  assert.ok(rows(of_agent) >= 2 && of_agent.includes('새 이름') && of_agent.includes(boss.nickname))
  assert.ok((await log(`member=${boss.memberId}`)).includes('새 이름'))
  assert.equal(rows(await log('action=nothing.such')), 0)
  assert.equal(rows(await log('to=2020-01-01')), 0)
  await page(admin, '/admin/audit?from=yesterday-ish', 400)
  await system.sql(`INSERT INTO audit_log (action, target, detail, cdate) SELECT 'test.row', 't', seq, NOW(3) FROM seq_1_to_130`)
  const seen = []
  for (let target = '/admin/audit?action=test.row'; target;) {
    const text = await page(admin, target)
    seen.push(...[...text.matchAll(/<td>t<\/td><td>(\d+)<\/td>/g)].map(m => Number(m[1])))
    target = /href="([^"]*)" rel="next"/.exec(text)?.[1].replaceAll('&amp;', '&')
  }
  assert.deepEqual(seen, Array.from({ length: 130 }, (_, i) => 130 - i))
})

await finish()
