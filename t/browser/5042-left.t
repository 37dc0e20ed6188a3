#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Out of hours a message is left: the page says so from the first view on, until somebody answers. On a system of its own, for the hours are all people's.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { say, signIn } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem()
const minute = new Date().getUTCHours() * 60 + new Date().getUTCMinutes(), away = (minute + 720) % 1440 // half a day from now
const clock = m => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`
const from = Math.min(away, 1410)
await system.ctl(['hours', 'zone', 'UTC'])
await system.ctl(['hours', 'set', 'mon-sun', `${clock(from)}-${clock(from + 29)}`])
const customer = await visitor(system, { size: { width: 360, height: 740 } }), { page } = customer
const ids = () => page.evaluate(() => [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i))
const notice = page.locator('#left')

await test('the first page says that nobody is there, and takes a message', async () => {
  await page.goto('/')
  await page.getByRole('heading', { name: '문의를 남겨 주세요' }).waitFor()
  await page.locator('[name=categoryId]').first().check()
  await page.locator('textarea[required]').fill('주문한 만년필이 아직 오지 않았어요')
  await page.getByRole('button', { name: '문의 보내기' }).click()
  await page.waitForURL(/\/chat\//)
  await state(page, 'push')
})

await test('the chat says that it was received, whatever is typed meanwhile, and after a reload', async () => {
  for (const isReloaded of [false, true]) {
    if (isReloaded) await page.reload()
    await state(page, 'push')
    await notice.getByRole('heading', { name: '문의를 잘 받았습니다' }).waitFor()
    await page.fill('#say', '덧붙이는 글')
    await notice.getByRole('heading', { name: '문의를 잘 받았습니다' }).waitFor()
    assert.equal(await page.locator('#queue').isVisible(), false, 'there is no queue to stand in')
    assert.deepEqual(await ids(), [], 'no id is there twice')
    await page.fill('#say', '가'.repeat(1900))
    await page.locator('#spare', { hasText: '100' }).waitFor()
  }
})

await test('who answers makes a chat of it', async () => {
  const agent = await signIn(system, 'agent@example.com'), id = /[0-9a-f-]{36}/.exec(page.url())[0]
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await say(agent, id, '오늘 발송했습니다')
  await sees(page, '오늘 발송했습니다')
  await until(async () => !(await notice.count()), { say: 'the notice to go' })
  assert.deepEqual(customer.wrong, [])
})

await finish()
