#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The main job by two browsers in Korean: request, the agent is told without a reload, accept, talk, a file, the network goes and returns, change of
// agent, the end, history and figures.
import assert from 'node:assert/strict'
import { shownRows, sees, state, visitor } from '../lib/browser.mjs'
import { staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

// one of its own: other files' chats would stand in the agents' lists
const system = await startSystem({ demo: 'none' })
const tag = process.pid
const one = await staff(system, 'agent', `한지수 ${tag}`)
const two = await staff(system, 'agent', `오세린 ${tag}`)
const boss = await staff(system, 'admin', `윤도현 ${tag}`)
const title = `노트 색이 달라요 ${tag}`
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

const customer = await visitor(system, { size: { width: 390, height: 780 } })
const agent = await visitor(system)
const second = await visitor(system)
let id

const write = async (who, text) => {
  await who.page.fill('textarea[name=content]', text)
  await who.page.getByRole('button', { name: '보내기', exact: true }).click()
}
const isDense = rows => rows.every((row, i) => i === 0 || row.seq === rows[i - 1].seq + 1)

await test('the agents sign in and their consoles are on push', async () => {
  for (const [who, person] of [[agent, one], [second, two]]) {
    await who.signIn(person.email)
    await who.page.goto('/agent')
    await until(async () => (await who.page.locator('[data-state=push]').count()) > 0, { say: 'push' })
  }
  await agent.picture('agent-empty')
})

await test('the customer chooses a topic and asks; the agents see it without a reload', async () => {
  const { page } = customer
  await page.goto('/')
  assert.equal(await page.getAttribute('html', 'lang'), 'ko')
  await customer.picture('customer-start')
  await page.fill('[name=name]', `김하늘 ${tag}`)
  await page.fill('[name=title]', title)
  await page.locator('label', { hasText: '교환·반품' }).click()
  await page.getByRole('button', { name: '상담 시작하기' }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  id = /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
  for (const who of [agent, second]) await who.page.locator(`#list-waiting li[data-session="${id}"], #list-waiting li:has(a[href="/agent/chat/${id}"])`).first().waitFor()
  await state(page, 'push')
  await customer.picture('customer-waiting')
  await agent.picture('agent-waiting')
})

await test('one accepts: the customer sees it start, the other list is true without a reload', async () => {
  await agent.page.locator(`#list-waiting li:has(a[href="/agent/chat/${id}"])`).getByRole('button', { name: '수락' }).click()
  await agent.page.waitForURL(new RegExp(`/agent/chat/${id}`))
  await sees(customer.page, '상담이 시작되었습니다')
  await until(async () => (await second.page.locator(`#list-waiting a[href="/agent/chat/${id}"]`).count()) === 0, { say: 'it leaves the other list' })
  await customer.page.locator('h1', { hasText: `한지수 ${tag}` }).waitFor()
})

await test('both talk, with emoji and several lines; each message is there once', async () => {
  await write(customer, '안녕하세요 👋 별밤 노트가 회색으로 왔어요')
  await sees(agent.page, '별밤 노트가 회색으로')
  await write(agent, '네이비로 다시 보내 드릴게요 🙇🏻\n회색은 기사님이 가져갑니다.')
  await sees(customer.page, '기사님이 가져갑니다')
  await customer.page.locator('textarea[name=content]').pressSequentially('감사합니다')
  await customer.page.keyboard.press('Shift+Enter')
  await customer.page.locator('textarea[name=content]').pressSequentially('정말요')
  await customer.page.keyboard.press('Enter')
  await sees(agent.page, '정말요')
  await until(async () => (await customer.page.inputValue('textarea[name=content]')) === '')
  for (const who of [customer, agent]) {
    const rows = await shownRows(who.page)
    assert.ok(isDense(rows))
    assert.equal(rows.filter(row => row.text.includes('별밤 노트가 회색으로')).length, 1)
    assert.equal(rows.filter(row => row.text === '감사합니다\n정말요').length, 1)
  }
})

await test('markup is text: nothing of it runs', async () => {
  for (const text of ['<script>alert(1)</script>', '"><svg onload=alert(1)>', '<img src=x onerror=alert(1)>', 'javascript:alert(1)', '&lt;b&gt;', '`${1}`', '{{content}}']) {
    await write(customer, text)
    await until(async () => (await shownRows(agent.page)).some(row => row.text === text), { say: text })
    await until(async () => (await shownRows(customer.page)).some(row => row.text === text), { say: `${text}, for who wrote it` })
  }
  assert.equal(await agent.page.locator('[role=log] script, [role=log] img[src=x]').count(), 0)
})

await test('a file goes over and is shown as a picture', async () => {
  await customer.page.setInputFiles('input[type=file]', { name: '회색 노트.png', mimeType: 'image/png', buffer: png })
  const submit = customer.page.locator('#attach button')
  if (await submit.isVisible()) await submit.click()
  const image = agent.page.locator('[role=log] li[data-kind=FILE] img')
  await image.waitFor()
  assert.equal(await image.getAttribute('alt'), '회색 노트.png')
  await until(() => image.evaluate(img => img.complete && img.naturalWidth === 1), { say: 'the picture' })
  await customer.page.locator('[role=log] li[data-kind=FILE]').waitFor()
  await agent.picture('agent-talk')
  await customer.picture('customer-talk')
})

await test('the network goes: the page says so; what is written meanwhile waits; it returns with nothing lost or repeated', async () => {
  await customer.offline(true)
  await state(customer.page, 'offline')
  for (let i = 1; i <= 3; i++) await write(agent, `끊긴 사이 ${i}`)
  await write(customer, '끊긴 채 쓴 글')
  await customer.picture('customer-offline')
  await customer.offline(false)
  await sees(customer.page, '끊긴 사이 3')
  await sees(agent.page, '끊긴 채 쓴 글')
  await until(async () => {
    const [mine, theirs] = [await shownRows(customer.page), await shownRows(agent.page)]
    return mine.length > 0 && isDense(mine) && mine.at(-1).seq === theirs.at(-1).seq
  }, { seconds: 20, say: 'both pages hold the same' })
  const rows = await shownRows(customer.page)
  for (const text of ['끊긴 사이 1', '끊긴 사이 2', '끊긴 사이 3', '끊긴 채 쓴 글']) assert.equal(rows.filter(row => row.text === text).length, 1, text)
  await state(customer.page, 'push')
  customer.isOff = false
}, { seconds: 90 })

await test('Korean by an input method: Enter in the composition sends once, with the last syllable', async () => {
  const { page, context } = customer
  const cdp = await context.newCDPSession(page)
  await page.locator('textarea[name=content]').focus()
  const compose = text => cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
  const enter = type => cdp.send('Input.dispatchKeyEvent', { type, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, nativeVirtualKeyCode: 13 })
  for (const [text, order] of [['한글', '229'], ['이중', '229 13'], ['입력', '13']]) {
    await cdp.send('Input.insertText', { text: text[0] })
    await compose(text[1])
    if (order.startsWith('229')) {
      await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229, nativeVirtualKeyCode: 229 })
      await cdp.send('Input.insertText', { text: text[1] })
    } else {
      await cdp.send('Input.insertText', { text: text[1] })
    }
    if (order.includes('13')) await enter('rawKeyDown')
    await enter('keyUp')
    await until(async () => (await shownRows(page)).some(row => row.text === text), { say: text })
    await until(async () => (await page.inputValue('textarea[name=content]')) === '', { say: 'an empty field' })
  }
  const rows = await shownRows(page)
  for (const text of ['한글', '이중', '입력']) assert.equal(rows.filter(row => row.text === text).length, 1, text)
  assert.equal(rows.filter(row => ['글', '중', '력', ''].includes(row.text)).length, 0)
})

await test('the agent hands it over: the other agent accepts and sees the whole', async () => {
  await agent.page.getByRole('button', { name: '상담사 변경' }).first().click()
  await agent.page.locator('form[action$="/transfer"][method=post] button').click()
  await second.page.locator(`#list-waiting li:has(a[href="/agent/chat/${id}"])`).getByRole('button', { name: '수락' }).click()
  await second.page.waitForURL(new RegExp(`/agent/chat/${id}`))
  await sees(customer.page, '상담사가 변경됩니다')
  await sees(second.page, '별밤 노트가 회색으로')
  await write(second, '제가 이어서 도와 드리겠습니다.')
  await sees(customer.page, '제가 이어서 도와 드리겠습니다.')
})

await test('the customer ends it with a reason: both see it, nobody can write any more', async () => {
  await customer.page.getByRole('button', { name: '상담 끝내기' }).first().click()
  const form = customer.page.locator('form[action$="/end"][method=post]:visible')
  await form.locator('button', { hasText: '상담 끝내기' }).click()
  await sees(customer.page, '상담이 종료되었습니다')
  await sees(second.page, '상담이 종료되었습니다')
  await until(async () => !(await customer.page.locator('textarea[name=content]').isVisible()) && !(await second.page.locator('textarea[name=content]').isVisible()), { say: 'no field to write in' })
  await customer.picture('customer-ended')
})

await test('it stands in the customer\'s past chats, in the history and in the figures', async () => {
  await customer.page.goto('/my')
  await customer.page.getByText(title).first().waitFor()
  await second.page.goto(`/history?q=${encodeURIComponent(title)}`)
  await second.page.getByRole('link', { name: `김하늘 ${tag}` }).click()
  await second.page.locator('li[data-seq]', { hasText: '별밤 노트가 회색으로' }).waitFor()
  await second.picture('history-chat')
  const chief = await visitor(system)
  await chief.signIn(boss.email)
  await chief.page.goto('/dashboard')
  await chief.picture('dashboard')
  await chief.page.goto('/stats/chats.html')
  await chief.page.getByText(`김하늘 ${tag}`).first().waitFor()
  assert.deepEqual(chief.wrong, [])
})

await test('no page had an error, a dialog, a CSP report or a request to anybody else', () => {
  assert.deepEqual([...customer.wrong, ...agent.wrong, ...second.wrong], [])
})

await finish()
