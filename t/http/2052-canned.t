#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Canned replies: who may keep which, what they may be, names in their holes, their page and the composer's choice without script.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { consultation, guest, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const one = await staff(system, 'agent', '한지수'), two = await staff(system), supervisor = await staff(system, 'supervisor')
const path = '/api/admin/chat/canned-replies'
const tag = uuid().slice(0, 8)
let n = 0
const draft = (more = {}) => ({ scope: 'PERSONAL', shortcut: `배송${tag}${++n}`, title: '배송 안내', content: '{{customer}}님, 안녕하세요', ...more })
const add = (who, more) => who.post(path, draft(more))
const added = async (who, more) => (await who.expect(201, add(who, more))).data
const idsOf = async (who, query = '') => (await who.expect(200, who.get(path + query))).data.map(reply => reply.cannedReplyId)

await test('one\'s own are nobody else\'s, the shared ones are everybody\'s and only supervisors change them', async () => {
  const own = await added(one), shared = await added(supervisor, { scope: 'SHARED' })
  assert.equal(own.scope, 'PERSONAL')
  assert.equal(own.canChange, true)
  const seen = await idsOf(one), other = await idsOf(two)
  assert.ok(seen.includes(own.cannedReplyId) && seen.includes(shared.cannedReplyId))
  assert.ok(!other.includes(own.cannedReplyId) && other.includes(shared.cannedReplyId))
  assert.equal((await add(one, { scope: 'SHARED' })).status, 403)
  assert.equal((await add(one, { scope: 'CATEGORY', categoryId: 200 })).status, 403)
  const ownPath = `${path}/${own.cannedReplyId}`, sharedPath = `${path}/${shared.cannedReplyId}`
  for (const who of [two, supervisor]) {
    assert.equal((await who.ask('PUT', ownPath, { json: draft() })).status, 404)
    assert.equal((await who.ask('DELETE', ownPath, { json: {} })).status, 404)
  }
  assert.equal((await one.ask('PUT', sharedPath, { json: draft() })).status, 403)
  assert.equal((await one.ask('DELETE', sharedPath, { json: {} })).status, 403)
  assert.equal((await one.ask('PUT', ownPath, { json: draft({ scope: 'SHARED' }) })).status, 403, 'nor may one\'s own become everybody\'s')
  const changed = await one.expect(200, one.ask('PUT', ownPath, { json: draft({ title: '새 제목', content: '한 줄\r\n두 줄' }) }))
  assert.equal(changed.data.title, '새 제목')
  assert.equal(changed.data.content, '한 줄\n두 줄')
  await one.expect(200, one.ask('DELETE', ownPath, { json: {} }))
  assert.equal((await one.ask('DELETE', ownPath, { json: {} })).status, 404)
  assert.ok(!(await idsOf(one)).includes(own.cannedReplyId))
})

await test('what is no reply: each is refused at its field', async () => {
  for (const [field, status, more] of [
    ['scope', 422, { scope: 'MINE' }], ['shortcut', 422, { shortcut: '' }], ['shortcut', 422, { shortcut: '두 말' }], ['shortcut', 422, { shortcut: '두\u3000말' }], ['shortcut', 422, { shortcut: '/배송' }],
    ['shortcut', 422, { shortcut: '#1' }], ['shortcut', 422, { shortcut: '가'.repeat(41) }], ['shortcut', 422, { shortcut: 'a\u200bb' }], ['title', 422, { title: ' ' }], ['title', 422, { title: '가'.repeat(101) }],
    ['title', 422, { title: 'a\nb' }], ['content', 422, { content: ' \n' }], ['content', 422, { content: '가'.repeat(2001) }], ['lang', 422, { lang: 'fr' }],
  ]) {
    const answer = await add(one, more)
    assert.equal(answer.status, status, JSON.stringify(more).slice(0, 40))
    assert.equal(answer.json.errors[0].field, field)
  }
  for (const more of [{ scope: 'CATEGORY' }, { scope: 'CATEGORY', categoryId: 144 }, { scope: 'CATEGORY', categoryId: 'NONE' }]) {
    const answer = await add(supervisor, more)
    assert.equal(answer.status, 422)
    assert.equal(answer.json.errors[0].field, 'categoryId')
  }
  for (const id of ['0', '-1', 'x', '1x', '99999999999999999999']) assert.equal((await one.ask('DELETE', `${path}/${id}`, { json: {} })).status, 404, id)
})

await test('a shortcut stands once in its place, whatever its case and normal form, also when two ask at once', async () => {
  const shortcut = `ㄱa배${tag}`
  await added(one, { shortcut })
  for (const same of [shortcut, shortcut.toUpperCase(), shortcut.normalize('NFD')]) {
    const answer = await add(one, { shortcut: same })
    assert.equal(answer.status, 409, same)
    assert.equal(answer.json.errors[0].field, 'shortcut')
  }
  await added(two, { shortcut })
  await added(one, { shortcut, lang: 'en' })
  await added(supervisor, { shortcut, scope: 'SHARED' })
  const race = await Promise.all([1, 2, 3, 4].map(() => add(two, { shortcut: `경주${tag}` })))
  assert.deepEqual(race.map(answer => answer.status).sort(), [201, 409, 409, 409])
})

await test('for a chat: those of its topic, with the customer\'s and the agent\'s names and the particle that fits', async () => {
  const here = await added(supervisor, { scope: 'CATEGORY', categoryId: 200, content: '{{customer}}은(는) {{agent}}이(가) {{category}} 상담을 맡습니다. {{place}}' })
  const elsewhere = await added(supervisor, { scope: 'CATEGORY', categoryId: 201 })
  const { id } = await consultation(system, one, await guest(system, { nickname: '이서연' }))
  const list = (await one.expect(200, one.get(`${path}?sessionId=${id}`))).data
  assert.equal(list.find(reply => reply.cannedReplyId === here.cannedReplyId).text.replace(/ \S+ 상담을/, ' 배송 상담을'), '이서연은 한지수가 배송 상담을 맡습니다. {{place}}')
  assert.ok(!list.some(reply => reply.cannedReplyId === elsewhere.cannedReplyId))
  assert.equal((await two.get(`${path}?sessionId=${id}`)).status, 404)
  assert.equal((await one.get(`${path}?sessionId=x`)).status, 404)
})

await test('the page, by forms alone: made, refused with what was typed, changed, removed; in both languages', async () => {
  const shortcut = `쪽${tag}`
  for (const [lang, word] of [['ko', '새 상용구'], ['en', 'A new canned reply']]) assert.ok((await two.get('/agent/canned', { check: false, headers: { 'Accept-Language': lang } })).text.includes(word))
  const form = more => draft({ shortcut, title: '<b>쪽</b>', ...more })
  const made = await two.form('/agent/canned', form())
  assert.equal(made.status, 303)
  assert.equal(made.headers.location, '/agent/canned')
  const again = await two.form('/agent/canned', form({ content: '다시 쓴 글' }))
  assert.equal(again.status, 409)
  for (const typed of [`value="${shortcut}"`, '&lt;b&gt;쪽', '>다시 쓴 글</textarea>', 'id="shortcut-err"']) assert.ok(again.text.includes(typed), typed)
  const id = (await two.expect(200, two.get(path))).data.find(reply => reply.shortcut === shortcut).cannedReplyId
  assert.match((await two.get(`/agent/canned?edit=${id}`, { check: false })).text, new RegExp(`action="/agent/canned/${id}"`))
  assert.equal((await one.get(`/agent/canned?edit=${id}`, { check: false })).status, 404)
  assert.equal((await two.form(`/agent/canned/${id}`, form({ title: '고친 제목' }))).status, 303)
  assert.match((await two.get('/agent/canned', { check: false })).text, /고친 제목/)
  assert.equal((await two.form(`/agent/canned/${id}/delete`, {})).status, 303)
  assert.ok(!(await idsOf(two)).includes(id))
})

await test('the composer without script puts one behind what was typed, and sends nothing', async () => {
  const reply = await added(one, { title: '고르기', content: '{{customer}}님께' })
  const { id } = await consultation(system, one, await guest(system, { nickname: '박민준' }))
  assert.match((await one.get(`/agent/chat/${id}?write=1`, { check: false })).text, new RegExp(`<option value="${reply.cannedReplyId}">고르기`))
  const answer = await one.form(`/agent/chat/${id}/refresh`, { content: '먼저 쓴 글', clientMessageId: uuid(), canned: String(reply.cannedReplyId) })
  assert.equal(answer.status, 200)
  assert.ok(answer.text.includes('>먼저 쓴 글\n박민준님께</textarea>'))
  const gone = await one.form(`/agent/chat/${id}/refresh`, { content: '글', clientMessageId: uuid(), canned: '999999999' })
  assert.ok(gone.text.includes('>글</textarea>'))
  assert.equal((await one.form(`/agent/chat/${id}/send`, { content: '보냄', clientMessageId: uuid(), canned: '' })).status, 303)
  assert.equal((await guest(system).then(person => person.get(path))).status, 403)
})

await finish()
