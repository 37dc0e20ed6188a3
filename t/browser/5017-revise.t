#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// What one does with a message on the page: edit, delete, quote, by the pointer and by the keyboard; the other side's page follows.
import assert from 'node:assert/strict'
import { sees, shownRows, state, visitor } from '../lib/browser.mjs'
import { staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system, 'agent', '한지수')
const customer = await visitor(system, { size: { width: 390, height: 780 } })
const agent = await visitor(system)
const { page } = customer
await page.goto('/')
await page.fill('[name=name]', '김하늘')
await page.locator('label', { hasText: '배송' }).first().click()
await page.getByRole('button', { name: '상담 시작하기' }).click()
await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
const id = /[0-9a-f-]{36}/.exec(page.url())[0]
await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
await agent.signIn(one.email)
await agent.page.goto(`/agent/chat/${id}`)
await state(page, 'push')
await state(agent.page, 'push')

const write = async (who, text) => {
  await who.page.fill('textarea[name=content]', text)
  await who.page.getByRole('button', { name: '보내기', exact: true }).click()
  await sees(who.page, text)
}
const row = (who, text) => who.page.locator('[role=log] li.msg[data-seq]', { hasText: text })
const open = async (who, text) => {
  await row(who, text).hover()
  await row(who, text).locator('a.more').click()
  const dialog = who.page.getByRole('dialog')
  await dialog.waitFor()
  return dialog
}

await test('an edited message reads anew on both pages, and says that it was edited', async () => {
  await write(customer, '주문번호는 1235 입니디')
  await sees(agent.page, '1235')
  const dialog = await open(customer, '1235')
  await customer.picture('act')
  await dialog.locator('textarea').fill('주문번호는 1234 입니다')
  await dialog.getByRole('button', { name: '저장' }).click()
  await dialog.waitFor({ state: 'detached' })
  for (const who of [customer, agent]) {
    await row(who, '1234 입니다').locator('.edited').waitFor()
    assert.equal(await row(who, '1235').count(), 0)
  }
})

await test('a deleted one leaves a stone without words, also after a reload', async () => {
  await write(customer, '비밀번호는 0000')
  await sees(agent.page, '0000')
  const dialog = await open(customer, '0000')
  await dialog.getByRole('button', { name: '삭제' }).click()
  for (const who of [customer, agent]) await until(async () => (await row(who, '0000').count()) === 0, { say: 'it is gone' })
  await customer.page.reload()
  await state(page, 'push')
  const rows = await shownRows(customer.page)
  assert.ok(!JSON.stringify(rows).includes('0000'))
  assert.equal(await page.locator('.bubble.gone').count(), 1)
  assert.ok(rows.some(one => one.text === '주문번호는 1234 입니다'))
})

await test('a quote stands above the answer on both pages', async () => {
  const dialog = await open(agent, '1234 입니다')
  assert.equal(await dialog.getByRole('button', { name: '삭제' }).count(), 0, 'not one\'s own')
  await dialog.getByRole('link', { name: '인용' }).click()
  await agent.page.locator('#answering', { hasText: '1234' }).waitFor()
  await write(agent, '네, 확인했습니다')
  for (const who of [customer, agent]) await row(who, '확인했습니다').locator('.quote', { hasText: '1234 입니다' }).waitFor()
  assert.equal(await agent.page.locator('#answering').isVisible(), false, 'the next one quotes nothing')
  await write(agent, '다음 말씀')
  assert.equal(await row(agent, '다음 말씀').locator('.quote').count(), 0)
  await customer.picture('quote')
  await agent.picture('quote-agent')
})

await test('by the keyboard alone', async () => {
  const link = row(customer, '확인했습니다').locator('a.more')
  await link.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await until(() => link.evaluate(a => document.activeElement === a), { say: 'the focus is back' })
})

await test('what is refused is said in the dialog, and the text stays', async () => {
  await write(customer, '늦은 수정')
  const dialog = await open(customer, '늦은 수정')
  await dialog.locator('textarea').fill('고친 글')
  await system.sql(`UPDATE chat_message SET cdate = cdate - INTERVAL 1 HOUR WHERE session_id = '${id}' AND content = '늦은 수정'`)
  customer.isOff = true // the browser logs the refusal's status
  await dialog.getByRole('button', { name: '저장' }).click()
  await dialog.getByRole('alert').waitFor()
  assert.equal(await dialog.locator('textarea').inputValue(), '고친 글')
  await page.keyboard.press('Escape')
})

await test('nothing went wrong on the pages', () => assert.deepEqual([...customer.wrong, ...agent.wrong], []))
await finish()
