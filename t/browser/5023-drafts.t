#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Drafts in the console, answers and notes: each chat keeps its own when the agent goes to another one and back, through the drawer, in one column, by the browser's
// back button and over a reload, until it is sent.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { consultation, guest, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agentOf = await staff(system, 'agent', '한지수')
const chats = []
for (const nickname of ['이서연', '김민준']) chats.push(await consultation(system, agentOf, await guest(system, { nickname })))
const [first, second] = chats
const agent = await visitor(system)
const { page } = agent
await agent.signIn(agentOf.email)

const there = async ({ id }) => {
  await page.waitForURL(`**/agent/chat/${id}`)
  await state(page, 'push')
}
const row = ({ id }) => page.locator(`#list-mine li[data-session="${id}"] > a`)
const written = () => page.evaluate(() => ['say', 'note'].map(id => document.getElementById(id).value))
async function write(answer, memo) {
  await page.fill('#say', answer)
  await page.evaluate(() => { document.getElementById('note-box').open = true })
  await page.fill('#note', memo)
}

for (const [what, size, isOneColumn] of [['three columns', { width: 1280, height: 800 }], ['the drawer', { width: 900, height: 700 }], ['one column', { width: 390, height: 780 }, true]]) {
  await test(`${what}: to another chat, back, and a reload`, async () => {
    const go = async (chat) => {
      if (isOneColumn) {
        await page.locator('.thread .head a.phone').click()
        await page.waitForURL('**/agent')
      }
      await row(chat).click()
      await there(chat)
    }
    await page.setViewportSize(size)
    await page.goto(`/agent/chat/${first.id}`)
    await there(first)
    await write(`첫째: ${what}`, `첫째 메모: ${what}`)
    if (size.width === 900) {
      await page.locator('.head a.narrow').first().click()
      await page.locator('#panel .head a.narrow').click()
      assert.deepEqual(await written(), [`첫째: ${what}`, `첫째 메모: ${what}`], 'the drawer leaves them')
      await page.goto(`/agent/chat/${first.id}`)
      await there(first)
    }
    await go(second)
    assert.deepEqual(await written(), ['', ''], "the other chat's fields are its own")
    await write(`둘째: ${what}`, `둘째 메모: ${what}`)
    await go(first)
    assert.deepEqual(await written(), [`첫째: ${what}`, `첫째 메모: ${what}`])
    await page.reload()
    await there(first)
    assert.deepEqual(await written(), [`첫째: ${what}`, `첫째 메모: ${what}`])
    await page.fill('#say', `첫째 고침: ${what}`)
    await go(second)
    assert.deepEqual(await written(), [`둘째: ${what}`, `둘째 메모: ${what}`])
    await page.goBack()
    if (isOneColumn) await page.goBack()
    await there(first)
    assert.deepEqual(await written(), [`첫째 고침: ${what}`, `첫째 메모: ${what}`], 'by the back button')
    await page.locator('#say').focus()
    await page.keyboard.press('Enter')
    await sees(page, `첫째 고침: ${what}`)
    await page.locator('#note').focus()
    await page.keyboard.press('Control+Enter')
    await page.locator('li.memo', { hasText: `첫째 메모: ${what}` }).waitFor()
    await page.reload()
    await there(first)
    assert.deepEqual(await written(), ['', ''], 'sent is a draft no more')
    await go(second)
    assert.deepEqual(await written(), [`둘째: ${what}`, `둘째 메모: ${what}`])
    await page.fill('#say', '')
    await page.fill('#note', '')
  }, { seconds: 90 })
}

await test('a page that was kept aside for the back button has what was written since', async () => {
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`/agent/chat/${first.id}`)
  await there(first)
  await page.fill('#say', '먼저')
  await row(second).click()
  await there(second)
  await row(first).click()
  await there(first)
  assert.equal((await written())[0], '먼저')
  await page.fill('#say', '나중')
  await page.goBack()
  await there(second)
  await page.goBack()
  await there(first)
  assert.equal((await written())[0], '나중')
})

await test('nothing went wrong on any page', () => assert.deepEqual(agent.wrong, []))
await finish()
