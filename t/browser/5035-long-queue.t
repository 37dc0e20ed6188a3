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

const system = await startSystem({ demo: 'none', set: { queue_timeout: '168h' } })
const agentOf = await staff(system)
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

await test('without script the count is the same', async () => {
  const plain = await visitor(system, { script: false })
  await plain.signIn(agentOf.email)
  await plain.page.goto('/agent')
  assert.equal((await plain.page.locator('#n-waiting').textContent()).trim(), String(WAITING))
  assert.equal(await plain.page.locator('#list-waiting > li').count(), FIRST)
})

assert.deepEqual(agent.wrong, [])
await finish()
