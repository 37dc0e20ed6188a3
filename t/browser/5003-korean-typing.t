#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Korean and Japanese typing by the browser's own input events, in the orders in which input methods send Enter: a line goes out
// once, with its last syllable, and a conversion that Enter confirms goes out not at all.
import assert from 'node:assert/strict'
import { shownRows, state, visitor } from '../lib/browser.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const customer = await visitor(system, { size: { width: 390, height: 780 } })
const { page } = customer
await page.goto('/')
await page.locator('[name=categoryId]').first().check()
await page.fill('[name=name]', `박서준 ${process.pid}`)
await page.getByRole('button', { name: '상담 시작하기' }).click()
await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
await state(page, 'push')

const input = await customer.context.newCDPSession(page)
const field = page.locator('textarea[name=content]')
const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, nativeVirtualKeyCode: 13, text: '\r' }
const enter229 = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 }
const process229 = { key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 }
const press = (type, key) => input.send('Input.dispatchKeyEvent', { type, ...key })
const release = () => press('keyUp', { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 })
const compose = text => input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
const commit = text => input.send('Input.insertText', { text })
const said = async text => (await shownRows(page)).filter(row => row.text === text).length

let n = 0
for (const [name, first, second] of [['229 Enter', enter229], ['229 Enter, then 13', enter229, enter], ['229 Process', process229], ['229 Process, then 13', process229, enter]]) {
  await test(`Hangul, ${name}: one message with its last syllable`, async () => {
    const text = `안${++n}녕`
    await field.focus()
    await commit(text.slice(0, -1))
    await compose('녕')
    await press('rawKeyDown', first)
    await commit('녕')
    if (second) await press('keyDown', second)
    await release()
    await until(async () => (await said(text)) > 0, { say: text })
    // what comes after it proves that nothing came between
    await field.fill(`뒤 ${n}`)
    await field.press('Enter')
    await until(async () => (await said(`뒤 ${n}`)) > 0)
    const rows = (await shownRows(page)).map(row => row.text)
    assert.deepEqual(rows.slice(rows.indexOf(text)), [text, `뒤 ${n}`])
    assert.equal(await field.inputValue(), '')
  })
}

await test('Japanese: Enter confirms and sends nothing; the next one sends', async () => {
  await field.focus()
  await compose('日本')
  await press('rawKeyDown', enter229)
  await commit('日本')
  await release()
  assert.equal(await field.inputValue(), '日本')
  await press('keyDown', enter)
  await release()
  await until(async () => (await said('日本')) > 0)
  assert.equal(await said('日本'), 1)
})

await test('what is typed survives a reload', async () => {
  await field.fill('쓰던 글')
  await page.reload()
  assert.equal(await field.inputValue(), '쓰던 글')
  await field.fill('')
})

await test('nothing went wrong on the page', () => assert.deepEqual(customer.wrong, []))
await page.getByRole('button', { name: '상담 취소' }).click()
await until(async () => (await page.getByText('취소했습니다').count()) > 0 || !(await page.getByRole('button', { name: '상담 취소' }).isVisible()))
await finish()
