#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Another language in the middle of a talk: nothing is loaded anew, nothing typed is lost, all that we wrote is in the new one, and so is what comes after.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system, 'agent', 'Jisoo')
const customer = await visitor(system, { size: { width: 390, height: 780 } })
const { page } = customer
const menu = page.locator('details.menu summary')

// Words of ours in Korean that are still there: text and labels, but for what people wrote and the name of the language itself.
const korean = () => page.evaluate(() => {
  const found = [], hangul = /[\uac00-\ud7a3]/
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode, inside = node.parentElement
    if (hangul.test(node.data) && !inside.closest('.bubble, textarea, noscript, form[action="/lang"]')) found.push(node.data.trim())
  }
  for (const name of ['aria-label', 'placeholder', 'title']) for (const e of document.body.querySelectorAll(`[${name}]`)) if (hangul.test(e.getAttribute(name))) found.push(e.getAttribute(name))
  if (hangul.test(document.title.replace('sangdam', ''))) found.push(document.title)
  return found
})
const change = async name => {
  await menu.click()
  await page.getByRole('button', { name }).click()
  await until(async () => (await page.getAttribute('html', 'lang')) === (name === 'English' ? 'en' : 'ko'), { say: 'the language has changed' })
}

await page.goto('/')
await page.fill('[name=name]', 'Kim')
await page.locator('[name=categoryId]').first().check({ force: true })
await page.locator('[form=start], #start button').last().click()
await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
const id = /[0-9a-f-]{36}/.exec(page.url())[0]
await state(page, 'push')

await test('while waiting', async () => {
  await page.evaluate(() => { globalThis.sameDocument = true })
  await change('English')
  assert.deepEqual(await korean(), [])
  await change('한국어')
  await page.getByRole('heading', { name: /바로 다음 순서예요|앞에서 기다리는 고객:/ }).waitFor()
})

await test('in the talk: the draft, the connection, the place in it and what people wrote stay; all of ours is in English', async () => {
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await page.locator('h1', { hasText: 'Jisoo' }).waitFor()
  await say(one, id, '상담 끝내기') // the words of a button, written by a person
  await sees(page, '상담 끝내기')
  await page.fill('textarea[name=content]', '쓰던 글')
  const connects = []
  page.on('websocket', socket => connects.push(socket.url()))
  await change('English')
  assert.equal(await page.inputValue('textarea[name=content]'), '쓰던 글')
  assert.equal(await page.locator('.bubble', { hasText: '상담 끝내기' }).count(), 1, 'what a person wrote is left alone')
  assert.deepEqual(await korean(), [])
  await sees(page, 'The chat has begun. Agent: Jisoo')
  assert.match(await page.locator('li.day time').textContent(), /^\w+day, \w+ \d+, \d{4}$/)
  await customer.picture('english')
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true, 'no reload')
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'Message' }).press('Enter')
  await sees(page, '쓰던 글')
  assert.equal(await page.getAttribute('#connection', 'data-state'), 'push')
  assert.deepEqual(connects, [], 'the connection was never cut')
})

await test('what comes after is in English, too; and back again, and after a reload it stays', async () => {
  const dialog = page.locator('#end-dialog')
  await page.getByRole('button', { name: 'End chat' }).first().click()
  await dialog.getByText('End this chat?').waitFor()
  assert.deepEqual(await korean(), [])
  await page.keyboard.press('Escape')
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await sees(page, 'The chat has ended.')
  await page.getByText('How was this chat?').waitFor()
  assert.deepEqual(await korean(), [])
  await change('한국어')
  await page.getByText('상담은 어떠셨나요?').waitFor()
  await sees(page, '상담이 종료되었습니다')
  assert.match(await page.locator('li.day time').textContent(), /^\d{4}년/)
})

await test('where the server cannot be reached it is said, and the page stays as it is', async () => {
  await customer.offline(true)
  await menu.click()
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('alert').waitFor()
  assert.equal(await page.getAttribute('html', 'lang'), 'ko')
  await customer.offline(false)
  await page.reload()
  assert.equal(await page.getAttribute('html', 'lang'), 'ko')
  await page.getByText('상담은 어떠셨나요?').waitFor()
})

await test('nothing went wrong on the page', () => assert.deepEqual(customer.wrong, []))
await finish()
