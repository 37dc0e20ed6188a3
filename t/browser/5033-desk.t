#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Whether I take chats, in the top bar: by keyboard and without a reload, as a supervisor changes it, and the load beside it.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { state, visitor } from '../lib/browser.mjs'
import { consultation, guest, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const system = await startSystem({ demo: 'none' })
const agentOf = await staff(system, 'agent', '한지수'), chief = await staff(system, 'supervisor')
const agent = await visitor(system)
const { page } = agent
await agent.signIn(agentOf.email)
await page.goto('/agent')
await state(page, 'push')
const shown = words => page.locator('#desk-text', { hasText: words }).waitFor()

await test('a state is chosen by keyboard: nothing reloads, the focus stays, the menu is without faults', async () => {
  await page.evaluate(() => { window.isSamePage = true })
  await page.locator('#desk > summary').focus()
  await page.keyboard.press('Enter')
  await agent.picture('desk')
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document))
  assert.deepEqual(violations.flatMap(v => v.nodes.map(node => `${v.id}: ${node.target}`)), [])
  await page.locator('#desk button', { hasText: '식사' }).focus()
  await page.keyboard.press('Enter')
  await shown('자리 비움: 식사')
  assert.equal(await page.locator('#desk button[aria-current]').textContent(), '자리 비움: 식사')
  assert.equal(await page.evaluate(() => window.isSamePage && document.activeElement.matches('#desk > summary')), true)
  assert.equal(await page.locator('#desk').getAttribute('open'), null)
  assert.equal((await agentOf.get('/api/admin/chat/me/state')).json.data.reason, 'MEAL')
})

await test('what a supervisor sets, and the load, come by themselves', async () => {
  await chief.expect(200, chief.ask('PUT', `/api/admin/chat/agent-states/${agentOf.memberId}`, { json: { state: 'ONLINE' } }))
  await shown('상담 가능')
  const { id } = await consultation(system, agentOf, await guest(system))
  await page.locator('#desk-load', { hasText: '1/8' }).waitFor()
  await agentOf.expect(200, agentOf.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await page.locator('#desk-load', { hasText: '0/8' }).waitFor()
})

await test('a chat that a supervisor takes over is counted no more', async () => {
  const { id } = await consultation(system, agentOf, await guest(system))
  await page.locator('#desk-load', { hasText: '1/8' }).waitFor()
  await chief.expect(200, chief.post(`/api/admin/chat/sessions/${id}/take-over`, {}))
  await page.locator('#desk-load', { hasText: '0/8' }).waitFor()
  await chief.expect(200, chief.post(`/api/admin/chat/sessions/${id}/end`, {}))
})

await test('without a network the lists say so at once, and on a phone the bar is one row', async () => {
  await page.setViewportSize({ width: 360, height: 740 })
  const bar = () => page.locator('.top > .push').evaluate(e => e.getBoundingClientRect().height)
  const words = page.locator('#connection .say-state')
  assert.ok(await bar() < 60, `${await bar()} px`)
  await agent.offline(true)
  await state(page, 'offline')
  assert.ok((await words.boundingBox()).width > 20, 'in words')
  await agent.offline(false)
  await state(page, 'push')
  await page.setViewportSize({ width: 1280, height: 800 })
})

await finish()
