#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Korean and Japanese typing, in the chat's own page, in another site's widget and in the agent's console, by the browser's own input events, in the orders in which input methods send Enter: a line goes out
// once, with its last syllable, and a conversion that Enter confirms goes out not at all.
import assert from 'node:assert/strict'
import http from 'node:http'
import { shownRows, state, theBrowser, visitor } from '../lib/browser.mjs'
import { consultation, guest, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, nativeVirtualKeyCode: 13, text: '\r' }
const enter229 = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 }
const process229 = { key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 }
const orders = [['229 Enter', enter229], ['229 Enter, then 13', enter229, enter], ['229 Process', process229], ['229 Process, then 13', process229, enter]]

// where: what holds the thread, the page itself or a frame in it.
async function types(place, page, where, field) {
  const input = await page.context().newCDPSession(page)
  const press = (type, key) => input.send('Input.dispatchKeyEvent', { type, ...key })
  const release = () => press('keyUp', { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 })
  const compose = text => input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
  const commit = text => input.send('Input.insertText', { text })
  const said = async text => (await shownRows(where)).filter(row => row.text === text).length

  for (const [n, [name, first, second]] of orders.entries()) {
    await test(`${place}: Hangul, ${name}: one message with its last syllable`, async () => {
      const text = `안${n}녕`
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
      const rows = (await shownRows(where)).map(row => row.text)
      assert.deepEqual(rows.slice(rows.indexOf(text)), [text, `뒤 ${n}`])
      assert.equal(await field.inputValue(), '')
    })
  }

  await test(`${place}: Japanese: Enter confirms and sends nothing; the next one sends`, async () => {
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
}

// ---- the chat's own page ----

const customer = await visitor(system, { size: { width: 390, height: 780 } })
const { page } = customer
await page.goto('/')
await page.locator('[name=categoryId]').first().check()
await page.fill('[name=name]', `박서준 ${process.pid}`)
await page.getByRole('button', { name: '상담 시작하기' }).click()
await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
await state(page, 'push')
const field = page.locator('textarea[name=content]')
await types('page', page, page, field)

await test('what is typed survives a reload', async () => {
  await field.fill('쓰던 글')
  await page.reload()
  assert.equal(await field.inputValue(), '쓰던 글')
  await field.fill('')
})

await test('nothing went wrong on the page', () => assert.deepEqual(customer.wrong, []))
await page.getByRole('button', { name: '상담 취소' }).click()
await until(async () => (await page.getByText('취소했습니다').count()) > 0 || !(await page.getByRole('button', { name: '상담 취소' }).isVisible()))

// ---- the widget on another site's page ----

const key = `typing-${process.pid}`
const server = http.createServer((request, response) => {
  response.writeHead(request.url === '/' ? 200 : 204, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(request.url === '/' ? `<!doctype html><html lang="ko"><head><title>가게</title></head><body><script async src="${system.url}/static/sangdam.js" data-site="${key}"></script></body></html>` : '')
})
await new Promise(yes => server.listen(0, '127.0.0.1', yes))
cleanup(() => server.closeAllConnections() ?? server.close())
const shop = `http://127.0.0.1:${server.address().port}`
await system.ctl(['site', 'set', key, 'name=달빛문구', `origins=${shop}`])
const context = await (await theBrowser()).newContext({ locale: 'ko-KR', viewport: { width: 1100, height: 800 } })
cleanup(() => context.close())
const host = await context.newPage()
host.setDefaultTimeout(30000)
await host.goto(shop)
await host.locator('button[aria-expanded]').click()
const widget = host.frameLocator('iframe').frameLocator('iframe')
await widget.locator('[name=categoryId]').first().check()
await widget.getByRole('button', { name: '상담 시작하기' }).click()
await state(widget, 'push')
await types('widget', host, widget, widget.locator('textarea[name=content]'))
await widget.getByRole('button', { name: '상담 취소' }).click()
await widget.getByText('취소했습니다').first().waitFor()

// ---- the agent's console ----

const agentOf = await staff(system, 'agent', '한지수')
const { id } = await consultation(system, agentOf, await guest(system))
const agent = await visitor(system)
await agent.signIn(agentOf.email)
await agent.page.goto(`/agent/chat/${id}`)
await state(agent.page, 'push')
await types('console', agent.page, agent.page, agent.page.locator('#say'))
await test('nothing went wrong on the console', () => assert.deepEqual(agent.wrong, []))
await agentOf.expect(200, agentOf.post(`/api/admin/chat/sessions/${id}/end`, {}))
await finish()
