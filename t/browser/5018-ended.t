#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// What a customer does with a chat that has ended before their eyes: rate it, by pointer, by the keyboard alone and without script.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system, 'agent', '한지수')
const people = []

// A visitor whose chat an agent has accepted.
async function talking(options) {
  const who = await visitor(system, { size: { width: 360, height: 740 }, ...options })
  people.push(who)
  await who.page.goto('/')
  await who.page.fill('[name=name]', `Kim ${process.pid}`)
  await who.page.locator('[name=categoryId]').first().check({ force: true })
  await who.page.locator('[form=start], #start button').last().click()
  await who.page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  who.id = /[0-9a-f-]{36}/.exec(who.page.url())[0]
  await one.expect(200, one.post(`/api/admin/chat/sessions/${who.id}/accept`, {}))
  return who
}
const endByAgent = who => one.expect(200, one.post(`/api/admin/chat/sessions/${who.id}/end`, {}))

await test('the agent ends it: the question is there at once, a star says its word, and the thanks stay', async () => {
  const customer = await talking({})
  const { page } = customer
  await state(page, 'push')
  await page.locator('h1', { hasText: '한지수' }).waitFor()
  await endByAgent(customer)
  await sees(page, '종료되었습니다')
  await page.locator('.stars label').nth(3).click()
  await page.locator('#score-said', { hasText: '4점, 만족' }).waitFor()
  await customer.picture('ended')
  await page.locator('header p', { hasText: '상담 종료' }).waitFor()
  for (const gone of ['#connection', '#agent-dot', '#end-form']) await page.locator(gone).waitFor({ state: 'hidden' })
  await page.fill('[name=comment]', '빠르고 친절했어요')
  await page.getByRole('button', { name: '평가 보내기' }).click()
  await page.locator('.rated', { hasText: '빠르고 친절했어요' }).waitFor()
  await page.setViewportSize({ width: 320, height: 256 })
  await page.reload()
  await until(() => page.locator('.rated').evaluate(e => { const { top, bottom } = e.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight }), { say: 'the thanks are in sight' })
  await page.setViewportSize({ width: 360, height: 740 })
  await customer.picture('rated')
  await page.getByText('평가 고치기').click()
  assert.equal(await page.locator('[name=comment]').inputValue(), '빠르고 친절했어요')
  assert.equal(await page.locator('.stars input').nth(3).isChecked(), true)
})

await test('by the keyboard alone, in English', async () => {
  const customer = await talking({ lang: 'en-US' })
  const { page } = customer
  await state(page, 'push')
  await endByAgent(customer)
  await sees(page, 'The chat has ended')
  await page.locator('.stars input').first().focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.locator('#score-said', { hasText: '3 of 5, fair' }).waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type('All right')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.locator('.rated', { hasText: 'All right' }).waitFor()
})

await test('without script', async () => {
  const customer = await talking({ script: false })
  const { page } = customer
  await page.goto(`/chat/${customer.id}/end`)
  await page.locator('form button').last().click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}$/)
  await page.locator('.stars label').nth(4).click()
  await customer.picture('ended-no-script')
  await page.getByRole('button', { name: '평가 보내기' }).click()
  await page.waitForURL(/#ended$/)
  await page.locator('.rated', { hasText: '5점, 아주 만족' }).waitFor()
})

await test('the talk to keep: on a page, on paper, as a file; the link of a letter opens it at a press', async () => {
  const customer = people[0], { page } = customer
  await page.goto(`/chat/${customer.id}`)
  await page.locator('#ended').getByRole('link', { name: '대화 내용' }).click()
  await page.locator('.lines .step', { hasText: '시작되었습니다' }).waitFor()
  await customer.picture('transcript')
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.locator('.tools').first().isVisible(), false, 'paper has no buttons')
  await customer.picture('transcript-print')
  await page.emulateMedia({ media: 'screen' })
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '텍스트로 저장' }).click()])
  assert.match(file.suggestedFilename(), /^chat-\d{4}-\d\d-\d\d\.txt$/)
  const secret = 'k'.repeat(43), [[no]] = await system.sql(`SELECT session_no FROM chat_session WHERE session_id = '${customer.id}'`)
  await system.sql(`INSERT INTO transcript_link (session_no, secret_hash, cdate, expires) VALUES (${no}, UNHEX(SHA2('${secret}', 256)), UTC_TIMESTAMP(3), '2038-01-01')`)
  const other = await visitor(system)
  people.push(other)
  await other.page.goto(`/chat/transcript#${secret}`)
  await until(() => new URL(other.page.url()).hash === '', { say: 'the secret is out of the address bar' })
  assert.equal(await other.page.locator('#secret').isVisible(), false)
  await other.picture('link')
  await other.page.getByRole('button', { name: '대화 열기' }).click()
  await other.page.locator('.lines .step', { hasText: '시작되었습니다' }).waitFor()
  await other.picture('opened')
})

await test('going on with it: the new chat leads back, and the agent sees what was said before', async () => {
  const customer = await talking({}), agent = await visitor(system)
  const { page } = customer
  people.push(agent)
  await state(page, 'push')
  await page.fill('textarea[name=content]', '뚜껑이 깨졌어요')
  await page.keyboard.press('Enter')
  await sees(page, '뚜껑이 깨졌어요')
  await endByAgent(customer)
  await page.getByRole('button', { name: '상담 이어 하기' }).click()
  await page.waitForURL(url => url.pathname.startsWith('/chat/') && !url.pathname.includes(customer.id))
  await page.getByText('이전 상담에서 이어지는').waitFor()
  await state(page, 'push')
  await customer.picture('reopened')
  const id = /[0-9a-f-]{36}/.exec(page.url())[0]
  await agent.signIn(one.email)
  await agent.page.goto(`/agent/chat/${id}`)
  await agent.page.locator('.before .words', { hasText: '뚜껑이 깨졌어요' }).waitFor()
  assert.match(await agent.page.locator('.before summary time').textContent(), /^\d+\. \d+\. 오/)
  await agent.picture('reopened-agent')
  await page.goto('/my')
  await customer.picture('my-open')
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await page.goto('/my')
  await customer.picture('my')
  assert.equal(await page.getByRole('button', { name: /상담 이어 하기/ }).count(), 2)
})

await test('nothing went wrong on the pages', () => assert.deepEqual(people.flatMap(who => who.wrong), []))
await finish()
