#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// More people wait than the console lists: the count tells all of them, from the first view on and when somebody comes or goes.
import assert from 'node:assert/strict'
import { seedWaiting } from '../bench/seed.mjs'
import { state, visitor } from '../lib/browser.mjs'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const WAITING = 230, FIRST = 50, LISTED = 200

const system = await startSystem({ demo: 'none', set: { queue_timeout: '168h', offer_timeout: '1h' } })
const agentOf = await staff(system), chief = await staff(system, 'supervisor')
await seedWaiting(system, WAITING)
const agent = await visitor(system)
const { page } = agent
await agent.signIn(agentOf.email)
const told = n => page.waitForFunction(wanted => ['n-waiting', 'waiting-count'].every(id => document.getElementById(id).textContent.trim() === String(wanted)), n)

await test('the first view, and the lists when they are read again', async () => {
  await page.goto('/agent')
  await told(WAITING)
  await state(page, 'push')
  await told(WAITING)
  await page.waitForFunction(n => document.querySelectorAll('#list-waiting > li').length === n, LISTED)
})

await test('somebody comes at the end, and the first is taken: the list moves up', async () => {
  const before = await page.locator('#list-waiting > li').evaluateAll(list => list.map(li => li.dataset.session))
  await requestChat(await guest(system))
  await told(WAITING + 1)
  await agentOf.expect(200, agentOf.post(`/api/admin/chat/sessions/${before[0]}/accept`, {}))
  await told(WAITING)
  await page.waitForFunction(([first, n]) => {
    const list = [...document.querySelectorAll('#list-waiting > li')]
    return list.length === n && list[0].dataset.session === first
  }, [before[1], LISTED])
})

await test('a chat behind those of the list is offered to me: it is shown first, it rings, and stays when the lists are read again and on a fresh page', async () => {
  await chief.expect(200, chief.ask('PUT', '/api/admin/chat/routing/201', { json: { mode: 'least-busy' } }))
  await system.sql(`INSERT INTO staff_category (member_id, category_id) SELECT member_id, 204 FROM member WHERE gubun = 2 AND member_id <> ${agentOf.memberId}`) // the seed's
  await agentOf.expect(200, agentOf.ask('PUT', '/api/admin/chat/me/state', { json: { state: 'ONLINE' } }))
  await page.evaluate(() => {
    globalThis.chimes = 0
    const audio = globalThis.AudioContext.prototype, { createOscillator } = audio
    audio.createOscillator = function () { globalThis.chimes++; return createOscillator.call(this) }
  })
  const { sessionId: id } = await requestChat(await guest(system, { nickname: '맨 뒤' }), { categoryId: 201 })
  const first = n => page.waitForFunction(([session, all]) => {
    const list = [...document.querySelectorAll('#list-waiting > li')], li = list[0]
    return li?.dataset.session === session && !li.querySelector('.offer').hidden && document.getElementById('n-waiting').textContent.trim() === String(all)
  }, [id, n])
  await first(WAITING + 1)
  await page.waitForFunction(() => globalThis.chimes > 0)
  await requestChat(await guest(system))
  await first(WAITING + 2)
  await page.waitForFunction(n => document.querySelectorAll('#list-waiting > li').length === n, LISTED + 1) // read again
  await first(WAITING + 2)
  await page.goto('/agent')
  await page.locator(`#list-waiting li[data-session="${id}"]`).waitFor()
  await state(page, 'push')
  await first(WAITING + 2)
  await agentOf.expect(200, agentOf.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await told(WAITING + 1)
})

await test('without script the count is the same', async () => {
  const plain = await visitor(system, { script: false })
  await plain.signIn(agentOf.email)
  await plain.page.goto('/agent')
  assert.equal((await plain.page.locator('#n-waiting').textContent()).trim(), String(WAITING + 1))
  assert.equal(await plain.page.locator('#list-waiting > li').count(), FIRST)
})

assert.deepEqual(agent.wrong, [])
await finish()
