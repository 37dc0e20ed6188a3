#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The board in a browser: what happens shows without a reload, a form that somebody fills in is left alone, and an agent's state is set from there.
import assert from 'node:assert/strict'
import { visitor } from '../lib/browser.mjs'
import { consultation, guest, requestChat, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const boss = await staff(system, 'supervisor'), agent = await staff(system)
const chief = await visitor(system)
const { page } = chief

await test('a new chat, its accept and its end show by themselves', async () => {
  await chief.signIn(boss.email)
  await page.goto('/board')
  await page.evaluate(() => { globalThis.sameDocument = true })
  const visitorOne = await guest(system)
  const { sessionId: id } = await requestChat(visitorOne, { title: '급해요' })
  const began = Date.now()
  await page.locator(`#waiting tr[data-session="${id}"]`).waitFor({ timeout: 5000 })
  assert.ok(Date.now() - began < 5000)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await page.locator(`#open tr[data-session="${id}"]`, { hasText: agent.nickname }).waitFor({ timeout: 5000 })
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await page.locator(`#open tr[data-session="${id}"]`).waitFor({ state: 'detached', timeout: 5000 })
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true)
})

await test('what somebody is filling in stays; an agent\'s state is set', async () => {
  const row = page.locator(`tr[data-member="${agent.memberId}"]`)
  await row.locator('[name=reason]').fill('점심 시간')
  const { id } = await consultation(system, agent)
  await page.locator(`#open tr[data-session="${id}"]`).waitFor({ timeout: 5000 })
  assert.equal(await row.locator('[name=reason]').inputValue(), '점심 시간')
  await row.locator('[name=state]').selectOption('away')
  await chief.picture('board')
  await row.locator('button').click()
  await page.locator(`tr[data-member="${agent.memberId}"] .badge.warn`).waitFor()
  await page.locator(`#open tr[data-session="${id}"]`).getByRole('button').click()
  await page.waitForURL(`**/agent/chat/${id}`)
})

await test('nothing went wrong on the page', () => assert.deepEqual(chief.wrong, []))

await finish()
