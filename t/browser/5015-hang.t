#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The push daemon hangs with its sockets open: the page finds it out by an answer that does not come, sends by the other door, and is back on push
// with every message once.
import assert from 'node:assert/strict'
import { shownRows, state, visitor } from '../lib/browser.mjs'
import { contents, history, say, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none' })
const one = await staff(system, 'agent', '한지수')
const customer = await visitor(system, { size: { width: 390, height: 780 } })
const { page } = customer

await test('what is written while it hangs goes out, and what came meanwhile is there', async () => {
  await page.goto('/')
  await page.fill('[name=name]', '김하늘')
  await page.locator('label', { hasText: '배송' }).first().click()
  await page.getByRole('button', { name: '상담 시작하기' }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  const id = /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await state(page, 'push')
  customer.isOff = true // the browser logs the socket that gets no answer
  system.kill('pushd', 'SIGSTOP')
  cleanup(() => system.kill('pushd', 'SIGCONT'))
  await say(one, id, '멈춘 동안 온 말')
  await page.fill('textarea[name=content]', '멈춘 동안 쓴 말')
  await page.getByRole('button', { name: '보내기', exact: true }).click()
  assert.equal(await page.locator('[role=log] li.msg.pending').count(), 1)
  await until(async () => contents(await history(one, id)).includes('멈춘 동안 쓴 말'), { say: 'stored by the other door', seconds: 40, every: 250 })
  assert.equal(await page.locator('#connection').getAttribute('data-state'), 'polling')
  system.kill('pushd', 'SIGCONT')
  await until(async () => (await page.locator('#connection').getAttribute('data-state')) === 'push', { say: 'push', seconds: 40, every: 250 })
  const log = await history(one, id)
  await until(async () => (await shownRows(page)).at(-1)?.seq === log.at(-1).seq, { say: 'the last row' })
  assert.deepEqual((await shownRows(page)).map(row => row.seq), log.map(row => row.seq))
  assert.deepEqual(contents(log), ['멈춘 동안 온 말', '멈춘 동안 쓴 말'])
  assert.equal(await page.locator('[role=log] li.msg:not([data-seq])').count(), 0)
}, { seconds: 120 })

await test('nothing else went wrong on the page', () => assert.deepEqual(customer.wrong, []))
await finish()
