#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Tags by which a chat is found again, and the block of a customer: who may, what is refused, that a new chat is politely refused, the log of changes, the forms.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { consultation, guest, requestChat, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const one = await staff(system), two = await staff(system), chief = await staff(system, 'supervisor')
const at = id => `/api/admin/chat/sessions/${id}`
const mark = uuid().slice(0, 8)
const end = (who, id) => who.expect(200, who.post(`${at(id)}/end`, {}))

await test('tags: put on, once whatever the case, taken off; at most ten; what is none', async () => {
  const { id } = await consultation(system, one)
  const add = (tag, who = one) => who.post(`${at(id)}/tags`, { tag })
  assert.deepEqual((await one.expect(200, add(` 파손${mark} `))).data, [`파손${mark}`])
  assert.deepEqual((await one.expect(200, add('VIP'))).data.length, 2)
  assert.deepEqual((await one.expect(200, add('vip'))).data.length, 2)
  for (const tag of ['', ' ', '\u3164', '가'.repeat(41), 'a\nb']) assert.equal((await add(tag)).status, 422, JSON.stringify(tag))
  assert.equal((await add('x', two)).status, 404)
  for (let k = 0; k < 8; k++) await one.expect(200, add(`태그${k}`))
  assert.equal((await add('하나 더')).status, 409)
  await one.expect(200, add('VIP'))
  const left = (await one.expect(200, one.ask('DELETE', `${at(id)}/tags`, { json: { tag: 'vip' } }))).data
  assert.ok(!left.includes('VIP') && left.length === 9)
  await one.expect(200, one.ask('DELETE', `${at(id)}/tags`, { json: { tag: '없음' } }))
  await end(one, id)
  await two.expect(200, add('끝난 뒤', two))
})

await test('the history finds by tag, in REST and on its page; forms put tags on and take them off', async () => {
  const { id } = await consultation(system, one)
  const other = await consultation(system, one), tag = `교환 ${mark}`
  assert.equal((await one.form(`/agent/chat/${id}/tags`, { tag })).headers.location, `/agent/chat/${id}`)
  assert.ok((await one.get(`/agent/chat/${id}`, { check: false })).text.includes(`>${tag}</a>`))
  await end(one, id)
  await end(one, other.id)
  const found = (await one.expect(200, one.get(`/api/admin/chat/sessions/history?tag=${encodeURIComponent(tag)}`))).data
  assert.deepEqual(found.map(s => s.sessionId), [id])
  const page = await one.get(`/history?tag=${encodeURIComponent(tag)}`, { check: false })
  assert.ok(page.text.includes(`/history/${id}`) && !page.text.includes(`/history/${other.id}`) && page.text.includes(`value="${tag}"`))
  for (const lang of ['ko', 'en']) assert.ok((await one.get(`/history/${id}`, { check: false, headers: { 'Accept-Language': lang } })).text.includes(tag))
  assert.equal((await two.form(`/agent/chat/${id}/tags/remove`, { tag })).headers.location, `/history/${id}`)
  assert.deepEqual((await one.get(`${at(id)}/tags`)).data, [])
})

await test('a blocked customer asks for no new chat, keeps the open one, and asks again when the block is gone or over', async () => {
  const { person, id } = await consultation(system, one)
  const block = (body, who = one) => who.post(`${at(id)}/block`, body)
  for (const [field, body] of [['days', { days: 0, reason: '욕설' }], ['days', { days: 3651, reason: '욕설' }], ['reason', { days: 1, reason: ' ' }], ['reason', { days: 1, reason: 'ㄱ'.repeat(201) }], ['reason', { days: 1, reason: 'a\nb' }]]) {
    const answer = await block(body)
    assert.equal(answer.status, 422)
    assert.equal(answer.json.errors[0].field, field)
  }
  assert.equal((await block({ days: 1, reason: '욕설' }, two)).status, 404)
  assert.equal((await person.post(`${at(id)}/block`, { days: 1, reason: '욕설' })).status, 403)
  assert.equal((await one.get(`${at(id)}/block`)).data, null)
  const stands = (await one.expect(200, block({ days: 7, reason: '욕설' }))).data
  assert.ok(Math.abs(Date.parse(stands.until) - Date.now() - 7 * 86400000) < 60000)
  assert.deepEqual([stands.reason, stands.byName], ['욕설', one.nickname])
  assert.equal((await person.post('/api/chat/session', { categoryId: 200 })).status, 200, 'the open one')
  const again = (await chief.expect(200, block({ days: 30, reason: '반복' , end: true }, chief))).data
  assert.equal(again.reason, '반복', 'the newer one stands')
  assert.equal((await one.get(at(id))).data.status, 'COMPLETED')
  const refused = await person.post('/api/chat/session', { categoryId: 200 })
  assert.equal(refused.status, 403)
  assert.match(refused.json.message, /지금은 새 상담을 신청하실 수 없습니다/)
  const page = await person.form('/', { categoryId: '200' })
  assert.equal(page.status, 403)
  assert.match(page.text, /지금은 새 상담을 신청하실 수 없습니다/)
  assert.equal(refused.text.includes('반복'), false, 'the reason is the staff\'s')
  assert.equal((await one.expect(200, one.ask('DELETE', `${at(id)}/block`, { json: {} }))).data, null)
  await one.expect(200, one.ask('DELETE', `${at(id)}/block`, { json: {} }))
  const next = await requestChat(person)
  await end(person.ask ? chief : one, (await one.expect(200, one.post(`${at(next.sessionId)}/accept`, {}))).data.sessionId)
  assert.equal((await one.form(`/agent/chat/${id}/block`, { days: '1', reason: '폼으로' })).headers.location, `/history/${id}`)
  assert.equal((await person.post('/api/chat/session', { categoryId: 200 })).status, 403)
  await system.sql(`UPDATE block_entry SET expires = UTC_TIMESTAMP(3) WHERE member_id = ${person.memberId}`)
  await requestChat(person)
  assert.equal((await one.form(`/agent/chat/${id}/unblock`, {})).status, 303)
  const log = await system.sql(`SELECT action, detail FROM audit_log WHERE target LIKE '${person.memberId} %' ORDER BY audit_no`)
  assert.deepEqual(log.map(row => row[0]), ['customer.block', 'customer.block', 'customer.unblock', 'customer.block', 'customer.unblock'])
  assert.match(log[1][1], /반복/)
})

await test('a stranger: no tags, no block, on anybody\'s chat', async () => {
  const { person, id } = await consultation(system, one)
  for (const path of ['tags', 'block']) assert.equal((await person.get(`${at(id)}/${path}`)).status, 403)
  assert.equal((await guest(system).then(other => other.get(`${at(id)}/tags`))).status, 403)
  assert.equal((await person.get(`/chat/${id}`, { check: false })).text.includes('tag-form'), false)
  await end(one, id)
})

await finish()
