#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// What is fetched when it is first wanted, on a network that is slow or away: what somebody did waits, the page says so, and it is done once when it can be.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { history, say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system, 'agent', '한지수')
const customer = await visitor(system, { size: { width: 390, height: 780 } })
const { page } = customer
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
await page.goto('/')
await page.fill('[name=name]', `이도윤 ${process.pid}`)
await page.locator('[name=categoryId]').first().check()
await page.getByRole('button', { name: '상담 시작하기' }).click()
await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
const id = /[0-9a-f-]{36}/.exec(page.url())[0]
await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
await say(one, id, '안녕하세요')
await sees(page, '안녕하세요')
await state(page, 'push')
const waits = page.getByText('아직 불러오는 중입니다.')
const files = async () => (await history(one, id)).filter(row => row.kind === 'FILE').map(row => row.attachment.name)

await test('nothing of it is fetched before it is wanted', async () => {
  const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(entry => entry.name).filter(name => name.includes('/lazy/')))
  assert.deepEqual(fetched, [])
})

await test('a slow network: a file that was chosen meanwhile goes over, once', async () => {
  let letGo
  const held = new Promise(yes => { letGo = yes })
  await page.route('**/lazy/upload.js', async route => {
    await held
    await route.continue()
  })
  await page.locator('#file').setInputFiles({ name: '느린 그림.png', mimeType: 'image/png', buffer: png })
  await waits.waitFor()
  await page.fill('textarea[name=content]', '그동안에도 씁니다')
  await page.keyboard.press('Enter')
  await sees(page, '그동안에도 씁니다')
  assert.deepEqual(await files(), [])
  letGo()
  await page.locator('[role=log] li[data-kind=FILE] img[alt="느린 그림.png"]').waitFor()
  await waits.waitFor({ state: 'detached' })
  assert.deepEqual(await files(), ['느린 그림.png'])
})

await test('off line: what a menu was asked for is done when the network is back, and what was written is sent', async () => {
  await customer.offline(true)
  await state(page, 'offline')
  await page.locator('details.menu summary').click()
  await page.getByRole('button', { name: '소리' }).click()
  await waits.waitFor()
  await page.keyboard.press('Escape')
  await page.fill('textarea[name=content]', '끊긴 사이에')
  await page.keyboard.press('Enter')
  await page.locator('li.own.pending', { hasText: '끊긴 사이에' }).waitFor()
  assert.equal(await page.evaluate(() => localStorage.sound ?? 'on'), 'on')
  await customer.offline(false)
  await until(() => page.evaluate(() => localStorage.sound === 'off'), { say: 'the sound is off', seconds: 40 })
  await page.locator('li.own[data-seq]', { hasText: '끊긴 사이에' }).waitFor()
  await waits.waitFor({ state: 'detached' })
  await page.locator('details.menu summary').click()
  assert.equal(await page.getByRole('button', { name: '소리' }).getAttribute('aria-pressed'), 'false', 'once')
  await page.keyboard.press('Escape')
  assert.equal((await history(one, id)).filter(row => row.content === '끊긴 사이에').length, 1)
})

await test('a fetch that fails is tried again until it comes', async () => {
  const asked = []
  await page.route('**/lazy/act.js*', route => {
    asked.push(new URL(route.request().url()).search)
    return asked.length < 3 ? route.abort() : route.continue()
  })
  await page.locator('li.own[data-seq]', { hasText: '그동안에도' }).hover()
  await page.locator('li.own[data-seq]', { hasText: '그동안에도' }).locator('a.more').click()
  await waits.waitFor()
  const dialog = page.getByRole('dialog')
  await dialog.locator('textarea').fill('그동안 고쳤습니다')
  await dialog.getByRole('button', { name: '저장' }).click()
  await sees(page, '그동안 고쳤습니다')
  assert.deepEqual(asked, ['', '?1', '?2'])
  await waits.waitFor({ state: 'detached' })
})

await test('nothing else went wrong on the page', () => assert.deepEqual(customer.wrong, []))
await finish()
