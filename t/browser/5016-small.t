#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A release's chat page: its script as one small file, bundled as `make dist` does, talks like the modules of a checkout.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { sees, state, visitor } from '../lib/browser.mjs'
import { say, staff } from '../lib/people.mjs'
import { buildFolder, newFolder, theSystem, top } from '../lib/system.mjs'
import { cleanup, finish, skip, test } from '../lib/tap.mjs'

function bundle() {
  const folder = newFolder()
  cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
  const stomp = [path.join(buildFolder(), 'static/vendor/stomp.min.js'), path.join(top, 'static/vendor/stomp.min.js')].find(f => fs.existsSync(f))
  fs.cpSync(path.join(top, 'static/js'), path.join(folder, 'js'), { recursive: true })
  fs.mkdirSync(path.join(folder, 'vendor'))
  fs.copyFileSync(stomp, path.join(folder, 'vendor/stomp.min.js'))
  const out = path.join(folder, 'chat.js')
  execFileSync('esbuild', [path.join(folder, 'js/chat.js'), '--bundle', '--minify', '--format=esm', '--target=es2022', '--legal-comments=none', '--external:/static/*', `--outfile=${out}`, '--log-level=warning'])
  return fs.readFileSync(out, 'utf8')
}

if (!['/usr/bin/esbuild', '/usr/local/bin/esbuild'].some(f => fs.existsSync(f))) {
  skip('the small script', 'there is no esbuild')
  await finish()
}

const system = await theSystem()
await test('one file is fetched, and both sides talk by push', async () => {
  const one = await staff(system)
  const customer = await visitor(system, { size: { width: 390, height: 780 } })
  const { page } = customer, small = bundle(), scripts = []
  await page.route('**/static/js/chat.js', route => route.fulfill({ body: small, contentType: 'text/javascript' }))
  await page.goto('/')
  await page.fill('[name=name]', `김하늘 ${process.pid}`)
  await page.locator('[name=categoryId]').first().check()
  page.on('request', request => { if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname) })
  await page.getByRole('button', { name: '상담 시작하기' }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  const id = /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
  await state(page, 'push')
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await say(one, id, '안녕하세요')
  await sees(page, '안녕하세요')
  await page.fill('textarea[name=content]', '작은 파일로 씁니다')
  await page.keyboard.press('Enter')
  await sees(page, '작은 파일로 씁니다')
  assert.deepEqual([...new Set(scripts)].sort(), ['/static/js/chat.js', '/static/js/theme.js'])
  assert.deepEqual(customer.wrong, [])
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
})
await finish()
