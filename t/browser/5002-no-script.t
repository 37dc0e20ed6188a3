#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The customer's browser has script switched off: forms, redirects and reloads do the same job; the agent is on push.
import assert from 'node:assert/strict'
import { shownRows, sees, visitor } from '../lib/browser.mjs'
import { staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

// one of its own: other files' chats would stand in the agents' lists
const system = await startSystem({ demo: 'none' })
const tag = process.pid
const one = await staff(system, 'agent', `한지수 ${tag}`)
const two = await staff(system, 'agent', `오세린 ${tag}`)
const customer = await visitor(system, { script: false, size: { width: 360, height: 740 } })
const agent = await visitor(system)
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const { page } = customer
const name = `박지우 ${tag}`
let id

const fromAgent = async text => {
  await agent.page.fill('textarea[name=content]', text)
  await agent.page.getByRole('button', { name: '보내기', exact: true }).click()
  await sees(agent.page, text)
}
const write = async text => {
  await page.goto(`/chat/${id}?write=1`)
  await page.fill('textarea[name=content]', text)
  await page.getByRole('button', { name: '보내기', exact: true }).click()
  await page.waitForURL(url => url.pathname === `/chat/${id}` && !url.search)
}

await test('the request by a form; the agent sees it without a reload', async () => {
  await agent.signIn(one.email)
  await agent.page.goto('/agent')
  await until(async () => (await agent.page.locator('[data-state=push]').count()) > 0)
  await page.goto('/')
  await page.fill('[name=name]', name)
  await page.locator('label', { hasText: '배송' }).first().click()
  await page.getByRole('button', { name: '상담 시작하기' }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  id = /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
  await agent.page.locator(`#list-waiting a[href="/agent/chat/${id}"]`).waitFor()
  await customer.picture('no-script-waiting')
})

await test('the page reloads by itself every 20 s, but not while it is written in', async () => {
  assert.match(await page.locator('meta[http-equiv=refresh]').getAttribute('content'), /^20\b/)
  await page.goto(`/chat/${id}?write=1`)
  assert.equal(await page.locator('meta[http-equiv=refresh]').count(), 0)
  assert.ok(await page.locator('textarea[name=content]').isVisible())
})

await test('both talk; markup is text', async () => {
  await agent.page.locator(`#list-waiting li:has(a[href="/agent/chat/${id}"])`).getByRole('button', { name: '수락' }).click()
  await agent.page.waitForURL(new RegExp(id))
  await write('스크립트 없이 씁니다 🙂')
  await sees(agent.page, '스크립트 없이 씁니다 🙂')
  await fromAgent('잘 보입니다.')
  await page.reload()
  await sees(page, '잘 보입니다.')
  await sees(page, '상담이 시작되었습니다')
  await write('<b>굵게</b> & "따옴표"')
  assert.ok((await shownRows(page)).some(row => row.text === '<b>굵게</b> & "따옴표"'))
  await customer.picture('no-script-talk')
})

await test('a form sent twice (back and again) is one message', async () => {
  await page.goto(`/chat/${id}?write=1`)
  await page.fill('textarea[name=content]', '한 번만 보낸 글')
  const [key, token] = [await page.inputValue('#composer [name=clientMessageId]'), await page.inputValue('#composer [name=csrfToken]')]
  await page.getByRole('button', { name: '보내기', exact: true }).click()
  await page.waitForURL(url => !url.search)
  const again = await customer.context.request.post(`/chat/${id}/send`, { form: { content: '한 번만 보낸 글', clientMessageId: key, csrfToken: token }, headers: { Origin: system.url }, maxRedirects: 0 })
  assert.equal(again.status(), 303)
  await page.reload()
  assert.equal((await shownRows(page)).filter(row => row.text === '한 번만 보낸 글').length, 1)
})

await test('new messages can be had without losing what is typed', async () => {
  await page.goto(`/chat/${id}?write=1`)
  await page.fill('textarea[name=content]', '쓰다 만 글')
  await fromAgent('그사이 온 말')
  await page.getByRole('button', { name: '쓰던 글을 두고 새 메시지 보기' }).click()
  await sees(page, '그사이 온 말')
  assert.equal(await page.inputValue('textarea[name=content]'), '쓰다 만 글')
})

await test('a blank message comes back with the reason and stores nothing', async () => {
  const before = (await shownRows(page)).length
  await page.goto(`/chat/${id}?write=1`)
  await page.fill('textarea[name=content]', ' \u3164 ')
  await page.getByRole('button', { name: '보내기', exact: true }).click()
  await page.getByText('빈 메시지').first().waitFor()
  await page.goto(`/chat/${id}`)
  assert.equal((await shownRows(page)).length, before)
})

await test('a file by the form', async () => {
  await page.setInputFiles('#attach input[type=file]', { name: '영수증.png', mimeType: 'image/png', buffer: png })
  await page.getByRole('button', { name: '파일 보내기' }).click()
  await page.waitForURL(url => url.pathname === `/chat/${id}`)
  await page.locator('[role=log] img[alt="영수증.png"]').waitFor()
  await agent.page.locator('[role=log] img[alt="영수증.png"]').waitFor()
})

await test('change of agent, then the end by the form; both see it; the rest is readable', async () => {
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/transfer`, {}))
  await two.expect(200, two.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await page.goto(`/chat/${id}`)
  await sees(page, '상담사가 변경됩니다')
  await page.getByRole('button', { name: '상담 끝내기' }).first().click()
  await page.waitForURL(/\/end/)
  await page.getByRole('button', { name: '상담 끝내기' }).click()
  await page.waitForURL(url => url.pathname === `/chat/${id}`)
  await sees(page, '상담이 종료되었습니다')
  assert.equal(await page.locator('textarea[name=content]').count(), 0)
  const log = (await two.expect(200, two.get(`/api/admin/chat/sessions/${id}/messages?limit=200`))).data
  assert.equal(log.at(-1).kind, 'END')
  await page.goto('/my')
  await page.locator(`a[href*="${id}"]`).first().waitFor()
})

await test('the language switch works by a form and is remembered', async () => {
  await page.goto('/my')
  await page.locator('details summary').first().click()
  await page.locator('form[action="/lang"] button[value=en]').first().click()
  await page.waitForURL(/\/my/)
  assert.equal(await page.getAttribute('html', 'lang'), 'en')
  await page.goto('/my')
  assert.equal(await page.getAttribute('html', 'lang'), 'en')
})

await test('no page had an error, a dialog or a CSP report', () => {
  // 422 is the page of the blank message; 404 the agent's own page after the change
  assert.deepEqual([...customer.wrong, ...agent.wrong].filter(line => !/status of (422|404)/.test(line)), [])
})

await finish()
