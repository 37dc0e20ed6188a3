#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A phone: touch, 360 and 320 px, the keyboard over half the screen. Nothing scrolls sideways, what is touched is large enough, the field and the last
// words stay in sight, Enter is a new line.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system)
const customer = await visitor(system, { size: { width: 360, height: 740 }, touch: true })
const { page } = customer

// What sticks out to the side, and what is too small for a finger, in words.
const flaws = () => page.evaluate(() => {
  const out = []
  const { scrollWidth, clientWidth } = document.scrollingElement
  if (scrollWidth > clientWidth) out.push(`the page is ${scrollWidth} px wide in ${clientWidth}`)
  for (const e of document.querySelectorAll('button, a.btn, summary, select, textarea, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), label:has(input[type=radio])')) {
    const r = e.getBoundingClientRect()
    if (!r.width || getComputedStyle(e).visibility === 'hidden' || e.matches('.hush, .skip')) continue
    const what = `${e.localName}.${e.className} "${(e.getAttribute('aria-label') ?? e.textContent).trim().slice(0, 20)}"`
    if (r.left < -0.5 || r.right > innerWidth + 0.5) out.push(`${what} sticks out: ${Math.round(r.left)}..${Math.round(r.right)}`)
    if (r.height < 39.5) out.push(`${what} is ${r.height} px high`)
    if (e.matches('input, textarea, select') && parseFloat(getComputedStyle(e).fontSize) < 16) out.push(`${what} makes the phone zoom in`)
  }
  return out
})

let id
await test('the way in', async () => {
  await page.goto('/')
  assert.deepEqual(await flaws(), [])
  await page.locator('label:has([name=categoryId])').first().tap()
  await page.fill('[name=name]', `이서연 ${process.pid}`)
  await page.getByRole('button', { name: '상담 시작하기' }).tap()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  id = /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
  await state(page, 'push')
  assert.deepEqual(await flaws(), [])
})

await test('the talk, with long words and an address that nobody broke', async () => {
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await sees(page, '상담이 시작되었습니다')
  await say(one, id, `https://example.org/${'a'.repeat(180)}`)
  await say(one, id, '가'.repeat(300))
  await sees(page, '가가가')
  assert.deepEqual(await flaws(), [])
})

await test('Enter is a new line, the button sends', async () => {
  const field = page.locator('textarea[name=content]')
  await field.tap()
  await field.pressSequentially('첫 줄')
  await page.keyboard.press('Enter')
  await field.pressSequentially('둘째 줄')
  assert.equal(await field.inputValue(), '첫 줄\n둘째 줄')
  await page.getByRole('button', { name: '보내기', exact: true }).tap()
  await sees(page, '둘째 줄')
})

await test('with the keyboard open the field and the last words are in sight', async () => {
  for (let i = 1; i <= 12; i++) await say(one, id, `말 ${i}`)
  await sees(page, '말 12')
  await page.locator('textarea[name=content]').tap()
  await page.setViewportSize({ width: 360, height: 380 })
  const inSight = async locator => {
    const box = await locator.boundingBox()
    return box.y >= 0 && box.y + box.height <= 380.5
  }
  await until(() => inSight(page.locator('textarea[name=content]')), { say: 'the field' })
  await until(() => inSight(page.locator('[role=log] li[data-seq]').last()), { say: 'the last words' })
  await page.setViewportSize({ width: 360, height: 740 })
})

await test('the menu and the dialogs fit, at 320 px too', async () => {
  await page.setViewportSize({ width: 320, height: 640 })
  await page.locator('details.menu summary').tap()
  assert.deepEqual(await flaws(), [])
  await page.getByRole('button', { name: '다른 상담사 요청' }).tap()
  await page.getByRole('dialog', { name: '다른 상담사를 요청할까요?' }).waitFor()
  assert.deepEqual(await flaws(), [])
  await page.getByRole('link', { name: '이 상담사와 계속하기' }).tap()
  await page.getByRole('button', { name: '상담 끝내기' }).first().tap()
  await page.getByRole('dialog').waitFor()
  assert.deepEqual(await flaws(), [])
  await page.keyboard.press('Escape')
})

await test('at 400 % the last entry of the menu can be reached', async () => {
  await page.setViewportSize({ width: 320, height: 256 })
  await page.locator('details.menu summary').tap()
  const last = page.locator('details.menu li').last()
  await last.scrollIntoViewIfNeeded()
  const box = await last.boundingBox()
  assert.ok(box.y >= 0 && box.y + box.height <= 256, JSON.stringify(box))
  assert.equal(await page.evaluate(() => document.scrollingElement.scrollHeight - innerHeight), 0, 'by the menu itself: the page does not grow behind it')
  await page.keyboard.press('Escape')
})

await test('nothing went wrong on the page', () => assert.deepEqual(customer.wrong, []))
await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
await finish()
