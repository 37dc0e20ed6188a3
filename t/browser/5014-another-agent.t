#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The customer asks for another agent: from the menu with script in Korean, by a page of its own without script in English. The chat goes back into
// the queue with its age, the agent who had it is told and asks for it no more, the next one sees the whole.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

// one of its own: other files' chats would stand in the queue
const system = await startSystem({ demo: 'none' })
const one = await staff(system, 'agent', '한지수')
const two = await staff(system, 'agent', '오세린')
const agent = await visitor(system)
await agent.signIn(one.email)

const request = async (page, topic, start) => {
  await page.goto('/')
  await page.fill('[name=name]', '김하늘')
  await page.locator('label:has([name=categoryId])').first().click()
  await page.getByRole('button', { name: start }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  return /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
}
const accept = (who, id) => who.expect(200, who.post(`/api/admin/chat/sessions/${id}/accept`, {}))

await test('with script, in Korean: the menu, the dialog, the queue, the next agent', async () => {
  const customer = await visitor(system, { size: { width: 390, height: 780 } })
  const { page } = customer
  const id = await request(page, '배송', '상담 시작하기')
  await state(page, 'push')
  const menu = page.locator('details.menu summary'), change = page.getByRole('button', { name: '다른 상담사 요청' })
  await menu.click()
  assert.equal(await change.isVisible(), false, 'nobody to change from')
  await menu.click()
  await accept(one, id)
  await page.locator('h1', { hasText: '한지수' }).waitFor()
  await agent.page.goto(`/agent/chat/${id}`)
  await state(agent.page, 'push')
  await menu.click()
  await change.click()
  const dialog = page.getByRole('dialog', { name: '다른 상담사를 요청할까요?' })
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await menu.click()
  await change.click()
  await customer.picture('another-agent')
  await dialog.getByRole('button', { name: '다른 상담사 요청' }).click()
  await sees(page, '상담사가 변경됩니다')
  await page.locator('#queue').waitFor()
  await accept(two, id)
  await page.locator('h1', { hasText: '오세린' }).waitFor()
  // the first agent's page knows that the chat is a colleague's, and is back at the lists
  await agent.page.waitForURL(url => url.pathname === '/agent')
  await agent.page.getByText('다른 상담사가').first().waitFor()
  await two.expect(200, two.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await sees(page, '종료되었습니다')
  await menu.click()
  assert.equal(await change.isVisible(), false)
  assert.deepEqual(customer.wrong, [])
  // the page may have asked for each of the two, messages and notes, once while the right went
  const what = agent.wrong.map(line => /status of 404.*\/(messages|notes)\b/.exec(line)?.[1] ?? line)
  assert.ok(new Set(what).size === what.length && what.every(one => one === 'messages' || one === 'notes'), agent.wrong.join('\n'))
})

await test('handed on to a colleague, the chat is nobody\'s for no moment: the customer sees the name, and no queue', async () => {
  const customer = await visitor(system, { size: { width: 390, height: 780 } })
  const { page } = customer
  const id = await request(page, '배송', '상담 시작하기')
  await state(page, 'push')
  await accept(one, id)
  await page.locator('h1', { hasText: '한지수' }).waitFor()
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/transfer`, { toMemberId: two.memberId }))
  await two.expect(200, two.post(`/api/admin/chat/sessions/${id}/transfer/accept`, {}))
  await sees(page, '상담사가 변경됩니다')
  await page.locator('h1', { hasText: '오세린' }).waitFor()
  assert.equal(await page.locator('#queue').isVisible(), false)
  assert.equal(await page.locator('#end-form').isVisible(), true)
  await two.expect(200, two.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await sees(page, '종료되었습니다')
  assert.deepEqual(customer.wrong, [])
})

await test('without script, in English: a page that asks, and the chat waits again', async () => {
  const customer = await visitor(system, { lang: 'en-US', script: false, size: { width: 360, height: 740 } })
  const { page } = customer
  const id = await request(page, 'Delivery', 'Start chat')
  await page.locator('details.menu summary').click()
  assert.equal(await page.getByRole('button', { name: 'Ask for another agent' }).isVisible(), false)
  await accept(one, id)
  await page.goto(`/chat/${id}`)
  await page.locator('details.menu summary').click()
  await page.getByRole('button', { name: 'Ask for another agent' }).click()
  await page.waitForURL(url => url.pathname === `/chat/${id}/transfer`)
  await customer.picture('another-agent-no-script')
  await page.getByRole('button', { name: 'Ask for another agent' }).click()
  await page.waitForURL(url => url.pathname === `/chat/${id}`)
  await sees(page, 'The agent will change.')
  const session = (await two.expect(200, two.get(`/api/admin/chat/sessions/${id}`))).data
  assert.equal(session.status, 'WAITING')
  assert.deepEqual(customer.wrong, [])
})
await finish()
