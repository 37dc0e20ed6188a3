#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Topics in two levels, opening hours with holidays, and what the first page asks for, by their pages: what they change is what customers meet, nonsense is
// refused at its field with what was typed, and each change stands in the audit log. A system of its own: it closes the shop.
import assert from 'node:assert/strict'
import { Person } from '../lib/client.mjs'
import { signIn, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none' })
const admin = await staff(system, 'admin'), boss = await staff(system, 'supervisor')
const page = async (who, target, status = 200) => (await who.expect(status, who.get(target, { check: false }))).text
const post = (target, fields, who = admin) => who.form(target, fields, { check: false })
const done = async (target, fields) => { const answer = await post(target, fields); assert.equal(answer.status, 303, answer.text.slice(0, 400)); return answer }
const error = (text, id) => new RegExp(`id="${id}-err">.*?</svg>([^<]*)`).exec(text)?.[1]
const refused = async (target, fields, field, status = 422) => {
  const answer = await post(target, fields)
  assert.equal(answer.status, status, JSON.stringify(fields))
  assert.ok(error(answer.text, field), `${field}: ${answer.text.match(/role="alert".*/)?.[0]}`)
  return answer.text
}
const topics = async () => [...(await page(admin, '/admin/categories')).matchAll(/<tr( class="sub")?><th scope="row"><a href="\/admin\/categories\/(\d+)">([^<]*)<[^]*?<td class="lo">([^<]*)<[^]*?badge( ok)?"/g)]
  .map(m => ({ sub: Boolean(m[1]), id: Number(m[2]), name: m[3], code: m[4], shown: Boolean(m[5]) }))
const logged = async action => (await system.sql(`SELECT target, detail FROM audit_log WHERE action = '${action}' AND member_id IN (${admin.memberId}, ${boss.memberId}) ORDER BY audit_no DESC`)).map(row => row.join(' | '))

await test('a topic and one below it are added', async () => {
  await done('/admin/categories', { name: '<b>결제</b> "문의"', nameEn: 'Payment', code: 'PAYMENT' })
  const main = (await topics()).find(one => one.code === 'PAYMENT')
  assert.ok(main.name.startsWith('&lt;b&gt;결제'))
  await done('/admin/categories', { name: '환불', nameEn: 'Refund', parentId: String(main.id) })
  const list = await topics()
  const sub = list.find(one => one.name === '환불')
  assert.ok(sub.sub && sub.code === `TOPIC_${sub.id}`)
  assert.equal(list.findIndex(one => one.id === sub.id), list.findIndex(one => one.id === main.id) + 1, 'it stands below its own')
  assert.equal((await logged('category.add')).length, 2)
})

await test('wrong topics: names, codes, a parent that is none, a cycle, a third level', async () => {
  const list = await topics(), main = list.find(one => one.code === 'PAYMENT'), sub = list.find(one => one.name === '환불'), other = list.find(one => !one.sub && one.id !== main.id)
  const good = { name: '새 종류', nameEn: 'New' }
  for (const [field, value] of [['name', ' '], ['name', 'ㄱ'.repeat(101)], ['nameEn', ''], ['nameEn', 'a\u0007'], ['code', 'lower'], ['code', '12'], ['code', 'A'.repeat(41)], ['parentId', '144'], ['parentId', String(sub.id)]]) {
    const text = await refused('/admin/categories', { ...good, [field]: value }, field)
    if (field !== 'name') assert.ok(text.includes('value="새 종류"'))
  }
  await refused('/admin/categories', { ...good, code: 'PAYMENT' }, 'code', 409)
  const change = (id, fields, field, status) => refused(`/admin/categories/${id}`, { name: '이름', nameEn: 'Name', isShown: 'on', ...fields }, field, status)
  await change(main.id, { parentId: String(main.id) }, 'parentId')
  await change(main.id, { parentId: String(sub.id) }, 'parentId')
  await change(main.id, { parentId: String(other.id) }, 'parentId')
  assert.ok((await change(sub.id, { name: '', nameEn: '"<i>' }, 'name')).includes('value="&quot;&lt;i&gt;"'))
  for (const id of ['0', 'x', '144', '99999999999']) await page(admin, `/admin/categories/${id}`, 404)
  assert.equal((await post('/admin/categories/144', { name: '상태', nameEn: 'State' })).status, 404, 'other groups of codes are not topics')
})

await test('renamed, hidden, moved; and never the last one hidden', async () => {
  const before = await topics(), sub = before.find(one => one.name === '환불')
  await done(`/admin/categories/${sub.id}`, { name: '취소', nameEn: 'Cancellation', isShown: 'on' })
  let list = await topics()
  assert.ok(list.some(one => one.id === sub.id && one.name === '취소' && !one.sub))
  await done(`/admin/categories/${sub.id}/move`, { up: '1' })
  const order = async () => (await topics()).filter(one => !one.sub).map(one => one.id)
  const mains = list.filter(one => !one.sub).map(one => one.id), at = mains.indexOf(sub.id)
  ;[mains[at - 1], mains[at]] = [mains[at], mains[at - 1]]
  assert.deepEqual(await order(), mains)
  for (let i = 0; i < 2; i++) await done(`/admin/categories/${mains[0]}/move`, { up: '1' })
  assert.deepEqual(await order(), mains, 'the first stays the first')
  list = await topics()
  let last
  for (const one of list) {
    const answer = await post(`/admin/categories/${one.id}`, { name: one.name.replace(/&.*?;/g, ''), nameEn: 'x' })
    if (answer.status !== 303) { last = [one, answer]; break }
  }
  assert.equal(last[1].status, 409)
  assert.ok(error(last[1].text, 'isShown'))
  for (const one of list) await post(`/admin/categories/${one.id}`, { name: one.name.replace(/&.*?;/g, ''), nameEn: 'x', isShown: 'on' })
  assert.ok((await topics()).every(one => one.shown))
  await Promise.all(Array.from({ length: 8 }, (_, i) => post('/admin/categories', { name: `동시 ${i}`, nameEn: `At once ${i}` })))
  assert.equal((await topics()).filter(one => one.name.startsWith('동시')).length, 8)
})

await test('opening hours with a break, a zone and a holiday', async () => {
  assert.ok((await page(boss, '/admin/hours')).includes('value="Asia/Seoul"'))
  const week = { day0: '09:00-12:00, 13:00-18:00', day1: '09:00-18:00', day2: '', day3: '', day4: '', day5: '', day6: '', zone: 'Asia/Seoul' }
  await done('/admin/hours', week)
  let text = await page(admin, '/admin/hours')
  assert.ok(text.includes('value="09:00-12:00,13:00-18:00"'))
  assert.match(await system.ctl(['hours', 'show']), /^mon +09:00-12:00,13:00-18:00$/m)
  for (const [field, value] of [['day1', '18:00-09:00'], ['day1', 'nine'], ['day3', '09:00-25:00'], ['day6', '<i>'.repeat(200)], ['zone', 'Mars/Base'], ['zone', '']]) {
    text = await refused('/admin/hours', { ...week, day5: '10:00-11:00', [field]: value }, field)
    assert.ok(text.includes('value="10:00-11:00"'), 'what was typed stays')
  }
  await refused('/admin/hours', { zone: 'Asia/Seoul' }, 'day0')
  await done('/admin/hours/holidays', { date: '2035-12-25', name: '<성탄절>', nameEn: 'Christmas', hours: '' })
  await done('/admin/hours/holidays', { date: '2035-12-31', name: '연말', nameEn: '', hours: '10:00-15:00' })
  text = await page(admin, '/admin/hours')
  assert.ok(text.includes('&lt;성탄절&gt;') && text.includes('10:00-15:00'))
  for (const [field, value] of [['date', '2035-02-30'], ['date', 'soon'], ['date', ''], ['name', 'ㄱ'.repeat(101)], ['hours', 'x'], ['hours', '09:00-10:00,11:00-12:00']])
    await refused('/admin/hours/holidays', { date: '2036-01-01', name: '', nameEn: '', hours: '', [field]: value }, field)
  await done('/admin/hours/holidays/remove', { date: '2035-12-25' })
  await done('/admin/hours/holidays/remove', { date: '2035-12-25' })
  assert.equal((await page(admin, '/admin/hours')).includes('2035-12-25'), false)
  await done('/admin/hours', { always: 'true' })
  assert.deepEqual(await system.sql('SELECT COUNT(*) FROM business_hour'), [['0']])
  assert.deepEqual((await logged('hours.holiday')).map(line => line.split(' | ')[0]), ['2035-12-25', '2035-12-31', '2035-12-25'])
  assert.equal((await logged('hours.week'))[0], ' | always open')
  await done('/admin/hours/holidays/remove', { date: '2035-12-31' })
})

await test('customers are offered what is shown', async () => {
  await system.renewed('chat', system.kill('chat')) // else it takes the ten seconds after which a program reads the table of codes anew
  await until(async () => JSON.stringify((await new Person(system).get('/api/chat/categories', { check: false })).data ?? '').includes('동시 7'), { say: 'the topics' })
})

await test('what the first page asks for, and a consent with its versions', async () => {
  const fields = { kind1: 'text', label1: '<b>주문 번호</b>', labelEn1: 'Order number', needed1: 'on', kind2: 'title', label2: '', labelEn2: '' }
  await done('/admin/entry', fields)
  const first = () => new Person(system).get('/', { check: false, headers: { 'Accept-Language': 'ko' } }).then(answer => answer.text)
  assert.ok((await first()).includes('&lt;b&gt;주문 번호&lt;/b&gt;'))
  for (const [change, field] of [[{ label1: ' ' }, 'label1'], [{ labelEn1: 'x'.repeat(101) }, 'labelEn1'], [{ kind1: 'title' }, 'kind2'], [{ kind2: 'king' }, 'kind2']]) {
    const text = await refused('/admin/entry', { ...fields, ...change }, field)
    assert.ok(text.includes('value="Order number"') || change.labelEn1)
  }
  await done('/admin/entry/consent', { content: '개인정보를\r\n<i>받습니다</i>.', contentEn: 'We take data.' })
  assert.ok((await first()).includes('&lt;i&gt;받습니다&lt;/i&gt;'))
  assert.deepEqual(await system.sql('SELECT consent_version, HEX(content) LIKE "%0D%" FROM consent_text'), [['1', '0']])
  assert.ok((await refused('/admin/entry/consent', { content: '남는 글', contentEn: ' ' }, 'contentEn')).includes('>남는 글</textarea>'))
  await refused('/admin/entry/consent', { content: 'ㄱ'.repeat(4001), contentEn: 'x' }, 'content')
  await done('/admin/entry/consent', { content: '둘째', contentEn: 'second' })
  assert.ok((await page(admin, '/admin/entry')).includes('>둘째</textarea>'))
  await done('/admin/entry/consent', { off: 'true' })
  assert.equal((await first()).includes('둘째'), false)
  await done('/admin/entry', {})
  assert.deepEqual(await logged('entry.consent'), [' | off', 'version 2 | ', 'version 1 | '])
  const reader = await signIn(system, boss.email)
  assert.ok((await page(reader, '/admin/audit?action=entry.field')).includes('주문 번호'))
})

await finish()
