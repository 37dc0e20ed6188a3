#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// What is pushed into an open console reads as a fresh page does: the queue's order when an agent was lost, a chat that was mine and waits again, one that is offered to
// me, whose a chat is on a supervisor's list of all.
import assert from 'node:assert/strict'
import { state, visitor } from '../lib/browser.mjs'
import { consultation, guest, requestChat, say, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { stays, until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { grace_agent: '1s', offer_timeout: '1h' } })
const one = await staff(system, 'agent', '한지수'), two = await staff(system, 'agent', '최유진'), chief = await staff(system, 'supervisor', '박서윤')
const at = id => `/api/admin/chat/sessions/${id}`
const agent = await visitor(system)
const { page } = agent
await agent.signIn(one.email)

async function open(who, path) {
  await who.page.goto(path)
  await state(who.page, 'push')
}
const waiting = () => page.locator('#list-waiting > li').evaluateAll(list => list.map(li => li.dataset.session))
const row = (id, where = page) => where.locator(`li[data-session="${id}"]`)
const end = (who, id) => who.expect(200, who.post(`${at(id)}/end`, {}))

await test('a chat whose agent was lost goes before older ones, as a fresh page has it', async () => {
  await open(agent, '/agent')
  const older = await requestChat(await guest(system, { nickname: '이서연' }))
  const { id } = await consultation(system, two, await guest(system, { nickname: '박민준' }))
  await row(older.sessionId).waitFor()
  await two.expect(200, two.post(`/api/chat/sessions/${id}/disconnect`, { disconnectReasonId: 'NETWORK_ERROR' }))
  await row(id).waitFor()
  await until(async () => JSON.stringify(await waiting()) === JSON.stringify([id, older.sessionId]), { say: 'the lost one first' })
  await open(agent, '/agent')
  assert.deepEqual(await waiting(), [id, older.sessionId])
  const newest = await requestChat(await guest(system, { nickname: '최서준' })) // the lists are put into order anew
  await row(newest.sessionId).waitFor()
  assert.deepEqual(await waiting(), [id, older.sessionId, newest.sessionId])
  for (const session of [id, older.sessionId, newest.sessionId]) {
    await two.expect(200, two.post(`${at(session)}/accept`, {}))
    await end(two, session)
  }
})

await test('of two who came within one millisecond the one whom the server has first is first', async () => {
  const { id } = await consultation(system, two)
  const { sessionId: later } = await requestChat(await guest(system))
  await system.sql(`UPDATE chat_session s JOIN chat_session l ON l.session_id = '${later}' SET s.queue_since = l.queue_since WHERE s.session_id = '${id}'`)
  await open(agent, '/agent')
  await row(later).waitFor()
  await two.expect(200, two.post(`${at(id)}/transfer`, {})) // it comes to the page behind the other
  await until(async () => JSON.stringify(await waiting()) === JSON.stringify([id, later]), { say: 'the order of the server' })
  for (const session of [id, later]) {
    await two.expect(200, two.post(`${at(session)}/accept`, {}))
    await end(two, session)
  }
})

await test('a chat that came with the page as mine and waits again can be accepted', async () => {
  const { id } = await consultation(system, one)
  await open(agent, '/agent')
  await page.locator(`#list-mine li[data-session="${id}"]`).waitFor()
  await one.expect(200, one.post(`${at(id)}/transfer`, {}))
  await page.locator(`#list-waiting li[data-session="${id}"] [data-do=accept]`).click()
  await page.waitForURL(`**/agent/chat/${id}`)
  await end(one, id)
})

await test('a chat that is offered to me says so', async () => {
  await chief.expect(200, chief.ask('PUT', '/api/admin/chat/routing/200', { json: { mode: 'least-busy' } }))
  await two.expect(200, two.ask('PUT', '/api/admin/chat/me/state', { json: { state: 'AWAY' } }))
  await one.expect(200, one.ask('PUT', '/api/admin/chat/me/state', { json: { state: 'ONLINE' } }))
  await open(agent, '/agent')
  const { sessionId: id } = await requestChat(await guest(system))
  await row(id).locator('.offer', { hasText: /나에게/ }).waitFor()
  await one.expect(200, one.post(`${at(id)}/accept`, {}))
  await page.locator(`#list-mine li[data-session="${id}"]`).waitFor()
  assert.equal(await row(id).locator('.offer').isVisible(), false)
  await end(one, id)
})

await test('unread is what nobody has read: in another tab, where a colleague handed it on, while there was no push', async () => {
  const unread = async (id, where) => { const count = row(id, where).locator('.count'); return await count.isVisible() ? Number(await count.locator('.num').textContent()) : 0 }
  const becomes = (id, n, where) => until(async () => (await unread(id, where)) === n, { say: `${n} unread` })
  const { person, id } = await consultation(system, one)
  await open(agent, '/agent')
  await say(person, id, '여보세요')
  await becomes(id, 1)
  const other = await agent.context.newPage()
  await other.goto(`/agent/chat/${id}`)
  await becomes(id, 0)
  await say(person, id, '거기 계세요?')
  await other.locator('[role=log] li', { hasText: '거기 계세요?' }).waitFor()
  await stays(async () => (await unread(id)) === 0, { say: 'it is read there at once' })
  await other.close()
  await end(one, id)

  const theirs = await consultation(system, two)
  for (const words of ['하나', '둘']) await say(theirs.person, theirs.id, words)
  await chief.expect(200, chief.post(`${at(theirs.id)}/transfer`, { toMemberId: one.memberId }))
  await one.expect(200, one.post(`${at(theirs.id)}/transfer/accept`, {}))
  await becomes(theirs.id, 2)
  assert.equal(await row(theirs.id).locator('.line').textContent(), '둘')
  await one.expect(201, one.post(`/api/chat/sessions/${theirs.id}/messages`, { content: '네', clientMessageId: crypto.randomUUID() }))
  await becomes(theirs.id, 0)
  await say(theirs.person, theirs.id, '셋')
  await becomes(theirs.id, 1)
  await open(agent, '/agent')
  assert.equal(await unread(theirs.id), 1, 'as a fresh page has it')

  const cut = await visitor(system)
  cut.isOff = true // what the browser logs of the cut is no flaw
  await cut.signIn(one.email)
  await cut.page.routeWebSocket(/\/ws$/, socket => socket.close())
  await cut.page.goto('/agent')
  await say(theirs.person, theirs.id, '넷')
  await becomes(theirs.id, 2, cut.page)
  assert.equal(await row(theirs.id, cut.page).locator('.line').textContent(), '넷')
  await cut.page.close()
  await end(one, theirs.id)
})

await test('on the list of all, a chat says whose it is, also when that changes', async () => {
  const boss = await visitor(system)
  await boss.signIn(chief.email)
  await open(boss, '/agent?list=all')
  const { id } = await consultation(system, one)
  const owner = name => boss.page.locator(`#list-mine li[data-session="${id}"] .owner`, { hasText: name }).waitFor()
  await owner('한지수: ')
  await chief.expect(200, chief.post(`${at(id)}/take-over`, {}))
  await owner('박서윤: ')
  assert.deepEqual(boss.wrong, [])
  await end(chief, id)
})

await test('an answer that is older than what was pushed brings no chat back', async () => {
  await open(agent, '/agent')
  const { id } = await consultation(system, one)
  await row(id).waitFor()
  let release, asked = 0
  const isReleased = new Promise(yes => { release = yes })
  await page.route('**/api/admin/chat/sessions/active*', async route => {
    const response = await route.fetch()
    if (++asked === 1) await isReleased
    await route.fulfill({ response })
  })
  const { sessionId: next } = await requestChat(await guest(system), { categoryId: 201 })
  await until(() => asked === 1, { say: 'the lists are read' })
  await end(one, id)
  await row(id).waitFor({ state: 'detached' })
  release()
  await until(() => asked >= 2, { say: 'and read again' })
  await stays(async () => (await row(id).count()) === 0, { say: 'it is gone' })
  await page.unroute('**/api/admin/chat/sessions/active*')
  assert.equal(await row(next).count(), 1)
})

await test('in English: a chat that is pushed has its topic in English, and its time at once', async () => {
  const reader = await visitor(system, { lang: 'en-US' })
  await reader.signIn(one.email)
  await open(reader, '/agent')
  const { sessionId: id } = await requestChat(await guest(system, { nickname: 'Amelia' }), { categoryId: 201 })
  const li = reader.page.locator(`#list-waiting li[data-session="${id}"]`)
  await li.waitFor()
  assert.equal(await li.locator('small').textContent(), 'Exchange and return')
  assert.match(await li.locator('.timer time').textContent(), /^0:0\d$/)
  await reader.page.locator('.toast', { hasText: 'Exchange and return' }).waitFor()
  assert.deepEqual(reader.wrong, [])
  await one.expect(200, one.post(`${at(id)}/accept`, {}))
  await end(one, id)
})

await test('a row that is pressed stays where it is until it is let go, and then opens', async () => {
  const presser = await visitor(system), { page: lists } = presser
  await presser.signIn(one.email)
  const [first, second] = [await consultation(system, one), await consultation(system, one)]
  await open(presser, '/agent')
  const mine = ({ id }) => lists.locator(`#list-mine li[data-session="${id}"]`)
  await until(async () => (await mine(first).boundingBox()).y < (await mine(second).boundingBox()).y, { say: 'the older one to stand first' })
  await mine(first).locator('a.row').hover()
  await lists.mouse.down()
  await say(second.person, second.id, '저요')
  await mine(second).locator('.count .num', { hasText: '1' }).waitFor()
  assert.ok((await mine(first).boundingBox()).y < (await mine(second).boundingBox()).y, 'nothing moves under the pointer')
  await lists.mouse.up()
  await lists.waitForURL(`**/agent/chat/${first.id}`)
  await until(async () => (await mine(second).boundingBox()).y < (await mine(first).boundingBox()).y, { say: 'who asks to stand first' })
  assert.deepEqual(presser.wrong, [])
  for (const { id } of [first, second]) await end(one, id)
})

await test('nothing went wrong on the page', () => assert.deepEqual(agent.wrong, []))

await finish()
