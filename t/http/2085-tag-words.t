#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The tags that supervisors keep: added, renamed with the chats that have them, retired, in REST and on their page; offered first where a chat is tagged; the only
// ones with tags_free = off; the log of changes; who may not, and what is no tag.
import assert from 'node:assert/strict'
import { consultation, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const path = '/api/admin/chat/tags'
const system = await startSystem({ demo: 'none' })
const agent = await staff(system, 'agent'), chief = await staff(system, 'supervisor')
const list = async (who = agent) => (await who.expect(200, who.get(path))).data.map(({ tag, isRetired }) => (isRetired ? `(${tag})` : tag))
const add = async tag => (await chief.expect(201, chief.post(path, { tag }))).data
const change = (tagId, body, who = chief) => who.ask('PUT', `${path}/${tagId}`, { json: body })
const tagsOf = async id => (await agent.expect(200, agent.get(`/api/admin/chat/sessions/${id}/tags`))).data
const offered = async id => {
  const { text } = await agent.get(`/agent/chat/${id}`, { check: false })
  return [.../<datalist[^>]*>(.*?)<\/datalist>/s.exec(text)[1].matchAll(/value="([^"]*)"/g)].map(m => m[1])
}
const page = async (query = '') => (await chief.expect(200, chief.get(`/admin/tags${query}`, { check: false }))).text
const rows = text => [...text.matchAll(/<tr><th scope="row"><a [^>]*>([^<]*)<\/a>/g)].map(m => m[1])

const { id } = await consultation(system, agent), other = await consultation(system, agent)

await test('REST: added, renamed, retired and offered again; the list by name, retired ones last', async () => {
  assert.deepEqual(await list(), [])
  const refund = await add(' 환불 '), broken = await add('파손')
  assert.deepEqual([refund.tag, refund.isRetired], ['환불', false])
  await add('교환')
  assert.deepEqual(await list(), ['교환', '파손', '환불'])
  await chief.expect(200, change(broken.tagId, { isRetired: true }))
  assert.deepEqual(await list(), ['교환', '환불', '(파손)'])
  await chief.expect(200, change(broken.tagId, { isRetired: false }))
  assert.deepEqual((await chief.expect(200, change(broken.tagId, { tag: '파손됨' }))).data, { tagId: broken.tagId, tag: '파손됨', isRetired: false })
  assert.deepEqual(await list(), ['교환', '파손됨', '환불'])
})

await test('what is none, what is there, who may not', async () => {
  const [first] = (await chief.get(path)).data
  for (const tag of ['', ' ', '\u3164', '가'.repeat(41), 'a\nb']) {
    assert.equal((await chief.post(path, { tag })).status, 422, JSON.stringify(tag))
    assert.equal((await change(first.tagId, { tag })).status, 422, JSON.stringify(tag))
  }
  for (const body of [{}, { tag: 1 }, { tag: '가', more: 1 }]) assert.equal((await chief.post(path, body)).status, 400, JSON.stringify(body))
  assert.equal((await change(first.tagId, { isRetired: 'x' })).status, 400)
  await add('VIP')
  const twice = await chief.post(path, { tag: 'vip' })
  assert.deepEqual([twice.status, twice.json.errors[0].field], [409, 'tag'])
  assert.equal((await change(first.tagId, { tag: '환불' })).status, 409)
  for (const none of ['0', 'x', '999999']) assert.equal((await change(none, { tag: '가' })).status, 404, none)
  assert.equal((await agent.post(path, { tag: '나' })).status, 403)
  assert.equal((await change(first.tagId, { tag: '나' }, agent)).status, 403)
  assert.equal((await agent.get('/admin/tags', { check: false })).status, 403)
  assert.equal((await agent.form('/admin/tags', { tag: '나' }, { check: false })).status, 403)
  assert.deepEqual(await list(), ['VIP', '교환', '파손됨', '환불'])
})

await test('beside a chat: the kept ones first, then what colleagues used; a kept one is written as it is kept; retired it is offered no more', async () => {
  const put = (tag, chat = id) => agent.expect(200, agent.post(`/api/admin/chat/sessions/${chat}/tags`, { tag }))
  await put('vip')
  await put('자유로운 말')
  assert.deepEqual(await tagsOf(id), ['VIP', '자유로운 말'])
  assert.deepEqual(await offered(id), ['VIP', '교환', '파손됨', '환불', '자유로운 말'])
  const vip = (await chief.get(path)).data.find(word => word.tag === 'VIP')
  await chief.expect(200, change(vip.tagId, { isRetired: true }))
  assert.deepEqual(await offered(id), ['교환', '파손됨', '환불', '자유로운 말'])
  assert.deepEqual(await tagsOf(id), ['VIP', '자유로운 말'], 'chats keep it')
})

await test('another name is that of the chats, too; a chat that had both has one', async () => {
  const word = (await chief.get(path)).data.find(one => one.tag === '파손됨')
  for (const chat of [id, other.id]) await agent.expect(200, agent.post(`/api/admin/chat/sessions/${chat}/tags`, { tag: '파손됨' }))
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/tags`, { tag: '깨짐' }))
  await chief.expect(200, change(word.tagId, { tag: '깨짐' }))
  assert.deepEqual(await tagsOf(id), ['VIP', '깨짐', '자유로운 말'])
  assert.deepEqual(await tagsOf(other.id), ['깨짐'])
  await chief.expect(200, change(word.tagId, { tag: '깨짐 ' }))
  assert.deepEqual(await tagsOf(other.id), ['깨짐'], 'the same name changes nothing')
})

await test('the page: the same list; its forms; what is refused stands in the field; the log', async () => {
  assert.deepEqual(rows(await page()), ['교환', '깨짐', '환불', 'VIP'])
  const form = (target, fields) => chief.form(`/admin/tags${target}`, fields, { check: false })
  assert.equal((await form('', { tag: '<b>재입고</b>' })).headers.location, '/admin/tags?done=1')
  assert.ok((await page('?done=1')).includes('&lt;b&gt;재입고&lt;/b&gt;'))
  const word = (await chief.get(path)).data.find(one => one.tag === '<b>재입고</b>')
  assert.equal((await form(`/${word.tagId}`, { tag: '재입고' })).status, 303)
  assert.equal((await form(`/${word.tagId}/retire`, { retired: 'true' })).status, 303)
  assert.deepEqual(await list(), ['교환', '깨짐', '환불', '(VIP)', '(재입고)'])
  assert.equal((await form(`/${word.tagId}/retire`, { retired: 'false' })).status, 303)
  const refused = await form('', { tag: '환불' })
  assert.equal(refused.status, 409)
  assert.match(refused.text, /value="환불" required maxlength="40" aria-invalid="true"/)
  assert.equal((await form(`/${word.tagId}`, { tag: '환불' })).status, 409)
  assert.equal((await form('/999999', { tag: '가' })).status, 404)
  const log = await system.sql("SELECT action, target, detail FROM audit_log WHERE action LIKE 'tag.%' ORDER BY audit_no")
  assert.deepEqual(log, [['tag.add', '환불', ''], ['tag.add', '파손', ''], ['tag.add', '교환', ''], ['tag.retire', '파손', ''], ['tag.restore', '파손', ''], ['tag.rename', '파손', '파손됨'],
    ['tag.add', 'VIP', ''], ['tag.retire', 'VIP', ''], ['tag.rename', '파손됨', '깨짐'], ['tag.add', '<b>재입고</b>', ''], ['tag.rename', '<b>재입고</b>', '재입고'], ['tag.retire', '재입고', ''], ['tag.restore', '재입고', '']])
})

await test('at most a hundred', async () => {
  const had = (await list()).length
  for (let i = had; i < 100; i++) await add(`꼬리표 ${i}`)
  assert.equal((await chief.post(path, { tag: '하나 더' })).status, 409)
  assert.equal((await list()).length, 100)
})

await test('tags_free = off: only kept ones go on a chat, and only they are offered', async () => {
  const strict = await startSystem({ demo: 'none', set: { tags_free: 'off' } })
  const one = await staff(strict, 'agent'), boss = await staff(strict, 'admin')
  const chat = await consultation(strict, one)
  const put = tag => one.post(`/api/admin/chat/sessions/${chat.id}/tags`, { tag })
  const word = (await boss.expect(201, boss.post(path, { tag: '환불' }))).data
  await one.expect(200, put('환불'))
  const refused = await put('자유')
  assert.deepEqual([refused.status, refused.json.errors[0].field], [422, 'tag'])
  await boss.expect(200, boss.ask('PUT', `${path}/${word.tagId}`, { json: { isRetired: true } }))
  assert.equal((await put('환불')).status, 422)
  assert.deepEqual((await one.expect(200, one.ask('DELETE', `/api/admin/chat/sessions/${chat.id}/tags`, { json: { tag: '환불' } }))).data, [])
}, { seconds: 90 })
await finish()
