#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The history as a supervisor uses it: words found and marked, from there to the message in its chat, an export by keyboard; axe finds nothing in both
// languages and schemes, and nothing is wider than a phone. With SANGDAM_TEST_PICTURES=FOLDER it leaves pictures there.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { visitor } from '../lib/browser.mjs'
import { consultation, guest, say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pictures = process.env.SANGDAM_TEST_PICTURES
const system = await theSystem()
const agent = await staff(system, 'agent', '한지수')
const boss = await staff(system, 'supervisor', '박서윤')
const mark = `만년필${process.pid}`
const { person, id } = await consultation(system, agent, await guest(system, { nickname: `이서연 ${mark}` }))
const first = await say(person, id, `11월 18일에 주문한 ${mark}이 아직 도착하지 않았어요. 언제 받을 수 있을까요? 배송 조회에는 아무것도 나오지 않아서 걱정돼요.`)
await person.expect(200, person.put(`/api/chat/sessions/${id}/messages/${(await say(person, id, '오타')).seq}`, { content: '고쳤어요' }))
for (let i = 0; i < 30; i++) await say(agent, id, `안내 ${i}`)
await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))

async function look(page, name) {
  const found = []
  await page.evaluate(axe) // by the debugger: the Content-Security-Policy stays as it is
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await page.evaluate(() => globalThis.axe.run(document))
    for (const v of violations) for (const node of v.nodes) found.push(`${name}, ${colorScheme}: ${v.id}: ${node.target.join(' ')}`)
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`) })
  }
  assert.deepEqual(found, [])
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} is wider than the window`)
}

for (const [lang, size] of [['ko', { width: 1280, height: 800 }], ['en', { width: 360, height: 740 }], ...(pictures ? [['ko', { width: 360, height: 740 }], ['en', { width: 1280, height: 800 }]] : [])]) {
  await test(`${lang}, ${size.width}: found, read, exported`, async () => {
    const one = await visitor(system, { lang: lang === 'ko' ? 'ko-KR' : 'en-US', size })
    const { page } = one
    await one.signIn(boss.email)
    await page.goto('/history')
    await page.fill('[name=q]', `${mark} 배송`)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/history\?/)
    assert.deepEqual(await page.locator('td mark, th p:last-child mark').allTextContents(), [mark, '배송'])
    await look(page, `history-found-${lang}-${size.width}`)
    await page.locator('th p:last-child a').click()
    await page.waitForURL(new RegExp(`/history/${id}\\?after=0#m${first.seq}`))
    await look(page, `history-chat-${lang}-${size.width}`)
    await page.goBack()
    await page.locator('a[href^="/history/export"]').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/history\/export\?/)
    await look(page, `history-export-${lang}-${size.width}`)
    await page.focus('[name=purpose]')
    await page.keyboard.type('확인')
    const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    assert.match(file.suggestedFilename(), /^history-.*\.csv$/)
    assert.ok(fs.readFileSync(await file.path(), 'utf8').includes(id))
    assert.deepEqual(one.wrong, [])
    await one.context.close()
  }, { seconds: 60 })
}

await finish()
