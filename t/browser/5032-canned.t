#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Canned replies in the composer, by keys, by an input method, by pointer; their script comes when / is first typed.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { sees, state, visitor } from '../lib/browser.mjs'
import { consultation, guest, history, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const system = await startSystem({ demo: 'none' })
const agentOf = await staff(system, 'agent', '한지수')
const chief = await staff(system, 'supervisor')
const keep = (who, scope, shortcut, title, content) => who.expect(201, who.post('/api/admin/chat/canned-replies', { scope, shortcut, title, content }))
await keep(chief, 'SHARED', '배송조회', '배송 조회 안내', '{{customer}}은(는) 주문하신 상품이 지금 오는 중입니다.')
await keep(chief, 'SHARED', '배송지연', '배송 지연 사과', '늦어져 죄송합니다.')
await keep(agentOf, 'PERSONAL', '인사', '첫 인사', '안녕하세요, {{agent}}입니다.')
const agent = await visitor(system)
const { page } = agent
await agent.signIn(agentOf.email)
const asked = []
page.on('request', request => asked.push(request.url()))
const { id } = await consultation(system, agentOf, await guest(system, { nickname: '이서연' }))
await page.goto(`/agent/chat/${id}`)
await state(page, 'push')
const say = page.locator('#say'), options = page.locator('#canned [role=option]')
const value = () => say.inputValue()
async function clean(where) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document))
  assert.deepEqual(violations.flatMap(v => v.nodes.map(node => `${where}: ${v.id}: ${node.target}`)), [])
}

await test('the script is fetched when / is typed; words narrow the list; arrows and Enter put one in, with names', async () => {
  const fetched = () => asked.some(url => url.endsWith('/lazy/canned.js'))
  await say.pressSequentially('a')
  assert.equal(fetched(), false)
  await say.fill('')
  await say.pressSequentially('/')
  await options.first().waitFor()
  assert.equal(fetched(), true)
  assert.equal(await options.count(), 3)
  await clean('the list of canned replies')
  await agent.picture('canned')
  await page.keyboard.type('조회')
  await options.nth(1).waitFor({ state: 'detached' })
  assert.equal(await say.getAttribute('aria-activedescendant'), 'canned-0')
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Backspace')
  await options.nth(2).waitFor()
  await page.keyboard.press('ArrowUp')
  assert.equal(await options.nth(2).getAttribute('aria-selected'), 'true')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  assert.equal(await options.nth(1).getAttribute('aria-selected'), 'true')
  await page.keyboard.press('Enter')
  assert.equal(await value(), '이서연은 주문하신 상품이 지금 오는 중입니다.')
  assert.equal(await page.locator('.pop').isVisible(), false)
  await page.keyboard.press('Enter')
  await sees(page, '지금 오는 중입니다')
})

await test('initial consonants by a Korean input method: Enter in the middle of a syllable chooses once and sends nothing', async () => {
  const cdp = await page.context().newCDPSession(page)
  const ime = text => cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
  await say.pressSequentially('#')
  await options.first().waitFor()
  await ime('ㅂ')
  await ime('ㅄ')
  await options.nth(2).waitFor({ state: 'detached' })
  assert.equal(await options.count(), 2)
  assert.match(await options.first().textContent(), /배송 조회/)
  await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 })
  await cdp.send('Input.insertText', { text: 'ㅄ' })
  await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 })
  await page.waitForFunction(() => document.getElementById('say').value.includes('이서연은'))
  assert.equal(await value(), '이서연은 주문하신 상품이 지금 오는 중입니다.')
  assert.equal((await history(agentOf, id)).filter(row => row.kind === 'TEXT').length, 1)
  await say.fill('')
})

await test('Esc leaves what was typed and stays closed; the pointer chooses; what fits nothing is sent as it is', async () => {
  await say.pressSequentially('답: /인')
  await options.first().waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.type('사')
  assert.equal(await page.locator('.pop').isVisible(), false)
  assert.equal(await value(), '답: /인사')
  await page.keyboard.type(' /인')
  await options.first().waitFor()
  await options.first().click()
  assert.equal(await value(), '답: /인사 안녕하세요, 한지수입니다.')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'say')
  await say.fill('')
  await say.pressSequentially('/없는말')
  assert.equal(await page.locator('.pop').isVisible(), false)
  await page.keyboard.press('Enter')
  await sees(page, '/없는말')
})

await test('the page of canned replies', async () => {
  await page.goto('/agent/canned')
  await clean('/agent/canned')
  await agent.picture('canned-page')
  await page.getByRole('link', { name: '고치기' }).first().click()
  await page.fill('#title', '새 인사')
  await page.getByRole('button', { name: '저장' }).click()
  await page.locator('.replies b', { hasText: '새 인사' }).waitFor()
})

await test('nothing went wrong on any page', () => assert.deepEqual(agent.wrong, []))

await finish()
