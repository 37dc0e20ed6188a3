#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The waiting list by its URL, which programs ask for again and again and whose pages are kept for a second: who came or went is seen at once, each reader
// has the own language, and pages fit together.
import assert from 'node:assert/strict'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { fcgi_processes: 2 } }) // each keeps pages of its own
const agent = await staff(system)
const waiting = async (query = '', headers = {}) => (await agent.expect(200, agent.get(`/api/admin/chat/sessions/waiting${query}`, { headers }))).json
const ids = answer => answer.data.map(one => one.sessionId)

await test('who comes and goes is in the next answer', async () => {
  const people = []
  for (let i = 0; i < 12; i++) {
    const person = await guest(system)
    const { sessionId } = await requestChat(person)
    people.push({ person, sessionId })
    for (let k = 0; k < 3; k++) assert.deepEqual(ids(await waiting()), people.map(one => one.sessionId))
  }
  while (people.length > 4) {
    const { person, sessionId } = people.shift()
    if (people.length % 2) await person.expect(200, person.post(`/api/chat/sessions/${sessionId}/end`, {}))
    else await agent.expect(200, agent.post(`/api/admin/chat/sessions/${sessionId}/accept`, {}))
    for (let k = 0; k < 3; k++) assert.deepEqual(ids(await waiting()), people.map(one => one.sessionId))
  }
})

await test('Korean and English, one after the other', async () => {
  for (let k = 0; k < 4; k++) {
    const names = []
    for (const lang of ['ko', 'en']) names.push((await waiting('', { 'Accept-Language': lang })).data[0].statusName)
    assert.deepEqual(names, ['대기 중', 'Waiting'])
  }
})

await test('brief: the same rows, of each what a list shows', async () => {
  for (let k = 0; k < 2; k++) {
    const whole = (await waiting()).data, brief = (await waiting('?brief=true')).data
    assert.equal(brief.length, whole.length)
    for (const [i, row] of brief.entries()) assert.deepEqual(row, Object.fromEntries(Object.keys(row).map(key => [key, whole[i][key]])))
    assert.ok(Object.keys(brief[0]).length < Object.keys(whole[0]).length / 2)
  }
})

await test('pages by limit and cursor are the list', async () => {
  const all = ids(await waiting())
  for (const limit of [1, 2, 3]) {
    const found = []
    for (let next = ''; next !== null;) {
      const answer = await waiting(`?limit=${limit}${next && `&cursor=${next}`}`)
      assert.deepEqual([answer.paging.limit, answer.paging.total], [limit, all.length])
      found.push(...ids(answer))
      next = answer.paging.next
    }
    assert.deepEqual(found, all)
  }
})

await test('what changes without anybody coming or going is there after a second', async () => {
  const [first] = (await waiting()).data
  await system.sql(`UPDATE member SET nickname = '새 이름' WHERE member_id = ${first.memberId}`)
  await until(async () => (await waiting()).data[0].memberName === '새 이름', { seconds: 5 })
})

await finish()
