#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Keys and the palette on the staff's other pages: board, history, figures, administration; and what the console's palette does with take-over, canned replies and tags.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { state, visitor } from '../lib/browser.mjs'
import { consultation, guest, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const system = await startSystem({ demo: 'none' })
const agentOf = await staff(system, 'agent', '한지수'), chiefOf = await staff(system, 'admin', '오세린')
const chats = []
for (const nickname of ['이서연', '김민준']) {
  const chat = await consultation(system, agentOf, await guest(system, { nickname }))
  chats.push(chat.id)
}
await agentOf.expect(200, agentOf.post(`/api/admin/chat/sessions/${chats[1]}/tags`, { tag: '파손' }))
for (const nickname of ['박도현', '최민준']) {
  const ended = await consultation(system, agentOf, await guest(system, { nickname }))
  await agentOf.expect(200, agentOf.post(`/api/admin/chat/sessions/${ended.id}/end`, {}))
}
await agentOf.expect(201, agentOf.post('/api/admin/chat/canned-replies', { scope: 'PERSONAL', shortcut: '인사', title: '첫인사', content: '안녕하세요' }))
const chief = await visitor(system), agent = await visitor(system)
await chief.signIn(chiefOf.email)
await agent.signIn(agentOf.email)
const focused = page => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim())
async function clean(page, where) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document))
  assert.deepEqual(violations.flatMap(v => v.nodes.map(node => `${where}: ${v.id}: ${node.target}`)), [])
}
async function choose(page, words) {
  await page.keyboard.press('Control+k')
  await page.locator('#palette[open]').waitFor()
  await page.keyboard.insertText(words)
  await page.locator('#palette-list [role=option]').first().waitFor()
}

for (const path of ['/board', '/dashboard', '/history', '/stats/summary.html', '/admin/members', '/admin/audit', '/agent/canned', '/help']) {
  await test(`${path}: Ctrl+K and ?, closed by Esc`, async () => {
    const { page } = chief
    await page.goto(path)
    await choose(page, '이력')
    assert.match(await page.locator('#palette-list [aria-selected=true]').textContent(), /이력/)
    if (path === '/board') await clean(page, 'the palette of the board')
    await page.keyboard.press('Escape')
    await page.locator('#palette').waitFor({ state: 'hidden' })
    await page.evaluate(() => document.activeElement.blur())
    await page.keyboard.press('?')
    await page.locator('#keys-dialog[open]').waitFor()
    if (path === '/admin/members') await clean(page, 'the keys among the members')
    await page.keyboard.press('Escape')
    await page.locator('#keys-dialog').waitFor({ state: 'hidden' })
  })
}

await test('the palette leads from page to page; what has nothing to do is not listed', async () => {
  const { page } = chief
  await page.goto('/history')
  await page.keyboard.press('Control+k')
  await page.locator('#palette[open]').waitFor()
  const names = await page.locator('#palette-list [role=option] b').allTextContents()
  for (const name of ['찾기', '다음 상담', '상담', '현황판', '관리']) assert.ok(names.includes(name) || names.some(one => one.includes(name)), `${name} of ${names}`)
  for (const name of ['상담 끝내기', '답하기', '보류']) assert.ok(!names.includes(name), name)
  await page.keyboard.insertText('관리')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/admin/**')
  await choose(page, '차단된')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/admin/blocks')
})

await test('rows by J and K, the search by S; letters in a field are letters', async () => {
  const { page } = chief
  await page.goto('/history')
  await page.keyboard.press('j')
  const first = await focused(page)
  await page.keyboard.press('j')
  assert.notEqual(await focused(page), first)
  await page.keyboard.press('k')
  assert.equal(await focused(page), first)
  await page.keyboard.press('s')
  assert.equal(await focused(page), 'q')
  await page.keyboard.type('jk?')
  assert.equal(await page.inputValue('#q'), 'jk?')
})

await test('a key that was changed in the console holds on the board, too', async () => {
  const { page } = chief
  await page.goto('/agent')
  await state(page, 'push')
  await page.evaluate(() => document.activeElement.blur())
  await page.keyboard.press('?')
  const row = page.locator('#keys-dialog tr[data-command=help]')
  await row.getByRole('button', { name: '고치기' }).click()
  await page.keyboard.press('z')
  await row.locator('kbd', { hasText: 'Z' }).waitFor()
  await page.goto('/board')
  await page.keyboard.press('z')
  await page.locator('#keys-dialog[open]').waitFor()
})

await test('in the console: a canned reply, a tag by the palette and by its field, where the panel is a drawer, too', async () => {
  const { page } = agent
  await page.goto(`/agent/chat/${chats[0]}`)
  await state(page, 'push')
  await choose(page, '상용구')
  await page.keyboard.press('Enter')
  await page.locator('.pop').waitFor()
  assert.deepEqual([await focused(page), await page.inputValue('#say')], ['say', '/'])
  await page.fill('#say', '')
  await choose(page, '파손')
  await page.keyboard.press('Enter')
  await page.locator('.tags a', { hasText: '파손' }).waitFor()
  await state(page, 'push')
  await page.setViewportSize({ width: 900, height: 700 })
  await page.goto(`/agent/chat/${chats[0]}`)
  await state(page, 'push')
  await page.evaluate(() => document.activeElement.blur())
  await page.keyboard.press('Shift+T')
  assert.equal(await focused(page), 'tag')
})

await test('a supervisor takes over by the palette', async () => {
  const { page } = chief
  await page.goto(`/agent/chat/${chats[1]}`)
  await state(page, 'push')
  await choose(page, '이어받기')
  await page.keyboard.press('Enter')
  await page.locator('#say').waitFor()
})

await test('nothing went wrong on any page', () => assert.deepEqual([...agent.wrong, ...chief.wrong], []))
await finish()
