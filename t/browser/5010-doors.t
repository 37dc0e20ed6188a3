#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Push goes and comes back under two people who talk: the page says which it is on, what either writes arrives by the other door meanwhile,
// each message is shown once and in order, and the place in the queue moves also without push.
import assert from 'node:assert/strict'
import { shownRows, sees, state, visitor } from '../lib/browser.mjs'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

// one of its own: its push daemon dies
const system = await startSystem({ demo: 'none' })
const one = await staff(system, 'agent', '한지수')
const before = await guest(system)
const first = await requestChat(before)
const customer = await visitor(system, { size: { width: 390, height: 780 } })
const agent = await visitor(system)
const written = []
const writtenBy = new Map([[customer, []], [agent, []]])
let id

const write = async (who, text) => {
  written.push(text)
  writtenBy.get(who).push(text)
  await who.page.fill('textarea[name=content]', text)
  await who.page.getByRole('button', { name: '보내기', exact: true }).click()
}
// Both pages show all that was written, once, in the order of the log, and what one person wrote in the order of writing. (Two people who write in the same
// moment may come into the log in either order.)
const bothShowAll = async () => {
  let log
  await until(async () => {
    log = (await one.expect(200, one.get(`/api/chat/sessions/${id}/messages?limit=200`))).data
    return written.every(text => log.some(row => row.content === text))
  }, { say: 'all that was written in the log' })
  for (const who of [customer, agent]) {
    await until(async () => (await shownRows(who.page)).at(-1)?.seq === log.at(-1).seq, { say: 'the last row', seconds: 20 })
    const rows = await shownRows(who.page)
    assert.deepEqual(rows.map(row => row.seq), log.map(row => row.seq))
    const shown = rows.map(row => row.text).filter(text => written.includes(text))
    assert.equal(shown.length, written.length, 'each once')
    for (const texts of writtenBy.values()) assert.deepEqual(shown.filter(text => texts.includes(text)), texts)
    assert.equal(await who.page.locator('[role=log] li.msg:not([data-seq])').count(), 0, 'no bubble is left over')
  }
}
const stopPush = async () => {
  for (const who of [customer, agent]) who.isOff = true // the browser logs each socket that cannot open
  system.hold('pushd')
  system.kill('pushd')
}
// The wait before the next try has grown: the button that ends it is pressed where it shows.
const onPush = async (...people) => {
  for (const { page } of people) {
    await until(async () => {
      const now = page.getByRole('button', { name: '지금 연결' })
      if (await now.isVisible()) await now.click({ timeout: 1000 }).catch(() => {})
      return (await page.locator('#connection').getAttribute('data-state')) === 'push'
    }, { seconds: 40, every: 500, say: 'push' })
  }
}

await test('the place in the queue moves by push, and by polling when push is gone', async () => {
  const { page } = customer
  await page.goto('/')
  await page.fill('[name=name]', '김하늘')
  await page.locator('label', { hasText: '배송' }).first().click()
  await page.getByRole('button', { name: '상담 시작하기' }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  id = /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
  await onPush(customer)
  assert.equal(await page.locator('#place').textContent(), '2')
  await stopPush()
  await state(page, 'polling')
  await before.expect(200, before.post(`/api/chat/sessions/${first.sessionId}/end`, {}))
  await until(async () => (await page.locator('#place').textContent()) === '1', { say: 'the first place' })
  system.release('pushd')
  await onPush(customer)
})

await test('push, polling, push again: both write through each, and each message is shown once', async () => {
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await agent.signIn(one.email)
  await agent.page.goto(`/agent/chat/${id}`)
  await onPush(customer, agent)
  await write(customer, '밀어 주는 동안 1')
  await write(agent, '밀어 주는 동안 2')
  await bothShowAll()
  await stopPush()
  for (const who of [customer, agent]) await state(who.page, 'polling')
  await customer.picture('polling')
  for (let i = 1; i <= 3; i++) {
    await write(customer, `물어보는 동안 고객 ${i}`)
    await write(agent, `물어보는 동안 상담사 ${i}`)
    await until(async () => (await shownRows(agent.page)).some(row => row.text === written.at(-1)), { say: written.at(-1) })
  }
  await sees(customer.page, written.at(-1))
  system.release('pushd')
  await write(customer, '돌아오는 사이')
  await onPush(customer, agent)
  await write(agent, '다시 밀어 줄 때')
  await write(customer, '마지막 말')
  await bothShowAll()
})

await test('nothing else went wrong on the pages', () => assert.deepEqual([...customer.wrong, ...agent.wrong], []))
await finish()
