#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// What the first view of a console costs on the line, of a release, with 30 chats open and 500 who wait: doc/performance.md's budget.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { busyAgent, countBytes, MOST_KB, roomy, sum, WAITING } from '../bench/first_view.mjs'
import { serveRelease } from '../bench/release.mjs'
import { state, theBrowser, visitor } from '../lib/browser.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, note, skip, test } from '../lib/tap.mjs'

if (!['/usr/bin/esbuild', '/usr/local/bin/esbuild'].some(f => fs.existsSync(f))) {
  skip('the first view of a console', 'there is no esbuild')
  await finish()
}

const system = await startSystem({ demo: 'none', set: roomy })
await serveRelease(system)
const { agent, chats } = await busyAgent(system)
// a context of its own, where nothing is cached yet: the visitor's has its cache switched off, and would fetch a thing twice
const visit = await visitor(system)
await visit.signIn(agent.email)
const storageState = await visit.context.storageState()
await visit.context.close()

await test(`a console's first view, all that comes over the line: at most ${MOST_KB} kB`, async () => {
  const context = await (await theBrowser()).newContext({ baseURL: system.url, locale: 'ko-KR', viewport: { width: 1280, height: 800 }, timezoneId: 'Asia/Seoul', storageState })
  const page = await context.newPage()
  const came = await countBytes(page)
  await page.goto(`/agent/chat/${chats[0].id}`)
  await state(page, 'push')
  await page.waitForLoadState('networkidle')
  assert.equal(await page.locator('#n-waiting').textContent(), String(WAITING))
  assert.equal(await page.locator('#list-mine > li').count(), chats.length)
  for (const { url, bytes } of came()) note(`${bytes} ${url.replace(system.url, '')}`)
  note(`${sum(came())} in all`)
  assert.ok(sum(came()) <= MOST_KB * 1000, `${sum(came())} bytes`)
  await context.close()
})
await finish()
