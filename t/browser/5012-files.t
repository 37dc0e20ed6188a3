#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Files by drop and by paste: anywhere on the page, over the text field too; what is dropped by slip never takes the page away.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { state, visitor } from '../lib/browser.mjs'
import { history, staff } from '../lib/people.mjs'
import { newFolder, theSystem } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system)
const customer = await visitor(system, { size: { width: 390, height: 780 } })
const { page } = customer
await page.goto('/')
await page.locator('[name=categoryId]').first().check()
await page.fill('[name=name]', `김서준 ${process.pid}`)
await page.getByRole('button', { name: '상담 시작하기' }).click()
await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
const url = page.url()
const id = /\/chat\/([0-9a-f-]{36})/.exec(url)[1]
await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
await state(page, 'push')

const folder = newFolder()
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const file = name => {
  fs.writeFileSync(path.join(folder, name), png)
  return path.join(folder, name)
}
const input = await customer.context.newCDPSession(page)
const drag = async (type, at, data) => {
  const box = await page.locator(at).first().boundingBox()
  await input.send('Input.dispatchDragEvent', { type, x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 40), data })
}
const drop = async (at, files) => {
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver']) await drag(type, at, data)
  assert.equal(await page.evaluate(() => document.documentElement.classList.contains('drop')), true, 'the page shows that it takes files')
  await drag('drop', at, data)
}
const arrives = async name => {
  await page.locator(`[role=log] li[data-kind=FILE] img[alt="${name}"]`).waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.classList.contains('drop')), false)
  assert.equal(page.url(), url)
}

for (const [name, at] of [['대화에.png', '#log'], ['머리에.png', 'header'], ['입력란에.png', 'textarea[name=content]']]) {
  await test(`a file dropped on ${at} goes over`, async () => {
    await drop(at, [file(name)])
    await arrives(name)
  })
}

await test('two files at once', async () => {
  await drop('#log', [file('하나.png'), file('둘.png')])
  await arrives('하나.png')
  await arrives('둘.png')
})

await test('a screenshot pasted into the field, or anywhere else', async () => {
  for (const [name, at] of [['붙인 그림.png', '#say'], ['바깥.png', '#log']]) {
    await page.locator(at).focus()
    await page.evaluate(([fileName, bytes, where]) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(bytes)], fileName, { type: 'image/png' }))
      document.querySelector(where).dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, [name, [...png], at])
    await arrives(name)
  }
})

await test('pasted and dropped text is text', async () => {
  await page.locator('#say').focus()
  await page.evaluate(() => {
    const data = new DataTransfer()
    data.setData('text/plain', 'x')
    const e = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
    document.querySelector('#say').dispatchEvent(e)
    if (e.defaultPrevented) throw new Error('the browser may not paste it')
  })
  await drag('dragEnter', '#log', { items: [{ mimeType: 'text/plain', data: 'x' }], dragOperationsMask: 1 })
  assert.equal(await page.evaluate(() => document.documentElement.classList.contains('drop')), false)
})

await test('each is one row', async () => {
  const names = (await history(one, id)).filter(row => row.kind === 'FILE').map(row => row.attachment.name)
  assert.deepEqual(names.sort(), ['대화에.png', '머리에.png', '입력란에.png', '하나.png', '둘.png', '붙인 그림.png', '바깥.png'].sort())
})

await test('after the end a dropped file is neither taken nor opened', async () => {
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await until(async () => !(await page.locator('#foot').isVisible()), { say: 'the end' })
  const data = { items: [], files: [file('늦은.png')], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop']) await drag(type, '#log', data)
  await page.evaluate(() => new Promise(yes => requestAnimationFrame(() => requestAnimationFrame(yes))))
  assert.deepEqual([page.url(), await page.locator('#uploads li').count()], [url, 0])
})

await test('nothing went wrong on the page', () => assert.deepEqual(customer.wrong, []))
await finish()
