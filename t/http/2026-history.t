#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Searching in chats that are over, by REST and on the page: words, filters, the line that was found, page by page; what a customer wrote stays text.
import assert from 'node:assert/strict'
import { consultation, guest, say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system)
const mark = `찾기${process.pid}`
const url = query => `/api/admin/chat/sessions/history?${new URLSearchParams(query)}`
const page = query => `/history?${new URLSearchParams(query)}`
const find = async query => (await agent.expect(200, agent.get(url(query)))).json

const ended = []
for (const text of [`${mark}하나 <img src=x onerror=alert(1)> ABC`, `둘째 ${mark}둘 abc`, `${mark}셋`]) {
  const { person, id } = await consultation(system, agent, await guest(system, { nickname: `손님 ${mark}` }))
  await say(person, id, text)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  ended.unshift(id)
}

await test('words, in any place and case; each in the chat somewhere; newest first', async () => {
  const ids = async q => (await find({ q })).data.map(row => row.sessionId)
  assert.deepEqual(await ids(`${mark}하`), [ended[2]])
  assert.deepEqual(await ids(`손님 ${mark} ABC`), [ended[1], ended[2]])
  assert.deepEqual(await ids(`${mark} 상담이`), []) // system rows are not looked through
  assert.deepEqual(await ids(`${mark}하나둘`), [])
})

await test('the line that was found, in pieces', async () => {
  const { data, matches, search } = await find({ q: `${mark}둘 ABC` })
  assert.equal(data.length, 1)
  assert.equal(matches[0].sessionId, ended[1])
  assert.equal(matches[0].senderType, 'M')
  assert.deepEqual(matches[0].pieces, [{ text: '둘째 ', mark: false }, { text: `${mark}둘`, mark: true }, { text: ' ', mark: false }, { text: 'abc', mark: true }])
  assert.deepEqual(search, { total: 1, isAbout: false, isBehind: false })
})

await test('page by page', async () => {
  const found = []
  let cursor
  for (let i = 0; i < 4 && (i === 0 || cursor); i++) {
    const answer = await find({ q: mark, limit: 1, ...(cursor && { cursor }) })
    found.push(...answer.data.map(row => row.sessionId))
    cursor = answer.paging.next
  }
  assert.deepEqual(found, ended)
  const old = await agent.expect(200, agent.get(`/api/admin/chat/sessions/history?page=1&size=2&search=${encodeURIComponent(mark)}`))
  assert.deepEqual(old.data.sessions.map(row => row.sessionId), [ended[2]])
  assert.equal(old.data.totalElements, 3)
})

await test('pages by their number are the list, without words and with a reason', async () => {
  const ids = async query => (await agent.expect(200, agent.get(`/api/admin/chat/sessions/history?${query}`))).data.sessions.map(row => row.sessionId)
  for (const more of ['', '&exitReasonFilter=144']) {
    const all = await ids(`page=0&size=200${more}`), found = []
    assert.ok(all.length >= 3)
    for (let page = 0; page * 2 < all.length + 2; page++) found.push(...await ids(`page=${page}&size=2${more}`))
    assert.deepEqual(found, all)
  }
  assert.deepEqual(await ids('page=90000&size=200'), [])
})

await test('filters beside words', async () => {
  const other = await staff(system)
  for (const [query, n] of [[{ agent: agent.memberId }, 3], [{ agent: other.memberId }, 0], [{ category: 200 }, 3], [{ category: 201 }, 0], [{ reason: 144 }, 3], [{ reason: 'TIMEOUT' }, 0],
    [{ customer: mark }, 3], [{ customer: 'nobody@' }, 0], [{ rating: 5 }, 0], [{ from: '2020-01-01', to: '2020-12-31' }, 0], [{ from: '2020-01-01' }, 3]]) {
    assert.equal((await find({ q: mark, ...query })).data.length, n, JSON.stringify(query))
  }
  assert.equal((await find({ customer: mark })).data.length, 3)
  for (const bad of [{ rating: 6 }, { rating: 0 }, { q: 'a b c d e f g h i j k l m n o p q' }]) assert.equal((await agent.get(url(bad))).status, 400, JSON.stringify(bad))
})

await test('the page marks the line, and nothing of a customer is HTML', async () => {
  for (const [lang, words] of [['ko', /상담 1건/], ['en', /Chats found: 1/]]) {
    const reader = Object.assign(Object.create(agent), { lang })
    const html = (await reader.expect(200, reader.get(page({ q: `${mark}하나 img` })))).text
    assert.match(html, words)
    assert.ok(html.includes(`<mark>${mark}하나</mark> &lt;<mark>img</mark> src=x`), 'marked and escaped')
    assert.ok(!html.includes('<img src=x'))
    assert.match(html, new RegExp(`href="/history/${ended[2]}\\?after=0#m\\d+"`))
  }
  const html = (await agent.get(page({ q: 'a b c d e f g h i j k l m n o p q', customer: '<i>' }))).text
  assert.match(html, /16/)
  assert.match(html, /value="a b c d e f g h i j k l m n o p q"/) // what was typed stays
  assert.match(html, /value="&lt;i&gt;"/)
})

await test('a chat in full: each step, edits and deletions with a link to what was changed, on any page of it', async () => {
  const { person, id } = await consultation(system, agent)
  const first = await say(person, id, '처음 쓴 말')
  const second = await say(agent, id, '지울 말')
  await person.expect(200, person.put(`/api/chat/sessions/${id}/messages/${first.seq}`, { content: '고친 말' }))
  await agent.expect(200, agent.delete(`/api/chat/sessions/${id}/messages/${second.seq}`))
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  for (const after of [0, 3]) {
    const html = (await agent.expect(200, agent.get(`/history/${id}?after=${after}`))).text
    const steps = html.slice(html.indexOf('class="steps"'), html.indexOf('</ol>', html.indexOf('class="steps"')))
    assert.match(steps, /고객이 상담을 요청했습니다\.[\s\S]*상담이 시작되었습니다[\s\S]*메시지를 고쳤습니다[\s\S]*메시지를 삭제했습니다[\s\S]*상담이 종료되었습니다/)
    assert.ok(steps.includes(`href="/history/${id}?after=0#m${first.seq}"`))
    assert.ok(!html.includes('처음 쓴 말') && !html.includes('지울 말'))
  }
  const past = (await agent.expect(200, agent.get(`/history?customer=%23${person.memberId}`))).text
  assert.ok(past.includes(`/history/${id}`) && past.includes('value="#' + person.memberId + '"'))
})

await test('the index is entered by pushd, and right', async () => {
  await find({ q: mark })
  const out = JSON.parse(await system.ctl(['search', 'verify', '--json']))
  assert.equal(out.missing, 0)
  assert.ok(out.chats + out.notEnteredYet >= 3)
  JSON.parse(await system.ctl(['search', 'fill', '--json']))
})

await finish()
