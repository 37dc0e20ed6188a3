#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// axe finds nothing on any page of the customer's, in Korean and English, light and dark, with content, with menus and dialogs open, and without
// script. No rule is off and no element left out.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { sees, state, visitor } from '../lib/browser.mjs'
import { consultation, guest, requestChat, say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const system = await theSystem()
const one = await staff(system, 'agent', '한지수')
await system.ctl(['site', 'set', 'axe', 'name=달빛문구', 'origins=https://shop.example', 'color=#f5c400'])
const words = {
  ko: { start: '상담 시작하기', change: '다른 상담사 요청', end: '상담 끝내기', over: '종료되었습니다' },
  en: { start: 'Start chat', change: 'Ask for another agent', end: 'End chat', over: 'The chat has ended' },
}

// What axe finds on the page as it is: all rules in one scheme, those that look at colours in the other too.
const COLOURS = { runOnly: ['color-contrast', 'link-in-text-block'] }
async function findings(page, where) {
  const all = []
  await page.evaluate(axe) // by the debugger: the Content-Security-Policy stays as it is
  for (const [colorScheme, options, least] of [['light', {}, 11], ['dark', COLOURS, 1]]) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations, passes } = await page.evaluate(o => globalThis.axe.run(document, o), options)
    assert.ok(passes.length >= least, `${where}: axe did look`)
    for (const v of violations) for (const node of v.nodes) all.push(`${where}, ${colorScheme}: ${v.id}: ${node.target.join(' ')}: ${node.failureSummary.split('\n')[1]?.trim()}`)
  }
  return all
}

for (const lang of ['ko', 'en']) {
  const w = words[lang]
  const customer = await visitor(system, { lang: lang === 'ko' ? 'ko-KR' : 'en-US', size: { width: 390, height: 780 } })
  const { page } = customer
  const clean = async (where, path) => {
    if (path) await page.goto(path)
    assert.deepEqual(await findings(page, where), [])
  }
  const menu = page.locator('details.menu summary')
  let id

  await test(`${lang}: the way in, its errors, signing in and up, help, an unknown page`, async () => {
    await clean('start', '/')
    assert.equal(await page.getAttribute('html', 'lang'), lang)
    await menu.click()
    await clean('start, menu')
    for (const path of ['/signin', '/signup', '/help', '/nothing-here', `/frame/axe.${lang}/`]) await clean(path, path)
    await page.goto('/signin')
    await page.fill('[name=email]', 'nobody@example.org')
    await page.fill('[name=password]', 'not this one')
    await page.click('form.card button')
    await page.locator('.flag.bad, .err, [role=alert]').first().waitFor()
    await clean('signin, refused')
  }, { seconds: 120 })

  await test(`${lang}: waiting, and the talk with texts, a picture, a failed message, menu and dialogs`, async () => {
    await page.goto('/')
    await page.fill('[name=name]', `Kim ${process.pid}`)
    await page.locator('[name=categoryId]').first().check()
    await page.getByRole('button', { name: w.start }).click()
    await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
    id = /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
    await state(page, 'push')
    await clean('waiting')
    await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
    await page.locator('h1', { hasText: '한지수' }).waitFor()
    await say(one, id, '안녕하세요. https://example.org/ 을 봐 주세요.')
    await page.fill('textarea[name=content]', '감사합니다')
    await page.keyboard.press('Enter')
    await sees(page, '감사합니다')
    await page.setInputFiles('input[type=file]', { name: '그림.png', mimeType: 'image/png', buffer: png })
    await page.locator('[role=log] li[data-kind=FILE] img').waitFor()
    await clean('chat')
    await menu.click()
    await clean('chat, menu')
    await page.getByRole('button', { name: w.change }).click()
    await page.getByRole('dialog').waitFor()
    await clean('chat, change of agent')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: w.end }).first().click()
    await page.getByRole('dialog').waitFor()
    await clean('chat, end')
    await page.keyboard.press('Escape')
    await customer.offline(true)
    await state(page, 'offline')
    await page.fill('textarea[name=content]', '오프라인에서')
    await page.keyboard.press('Enter')
    await page.locator('li.pending').waitFor()
    await clean('chat, offline, with a message that waits')
    await customer.offline(false)
    await sees(page, '오프라인에서')
  }, { seconds: 120 })

  await test(`${lang}: the pages that need no script, the end, my chats`, async () => {
    await clean('end, a page', `/chat/${id}/end`)
    await clean('change, a page', `/chat/${id}/transfer`)
    await page.goto(`/chat/${id}`)
    await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
    await sees(page, w.over)
    await clean('ended')
    await clean('ended, anew', `/chat/${id}`)
    await clean('transcript', `/chat/${id}/transcript.html?sent=1`)
    await clean('a letter\'s link', '/chat/transcript')
    await clean('my chats', '/my')
  }, { seconds: 120 })
}

for (const lang of ['ko', 'en']) {
  await test(`${lang}: the pages of supervisors and admins, with content, and with a refused form`, async () => {
    const chief = await visitor(system, { lang: lang === 'ko' ? 'ko-KR' : 'en-US' })
    const boss = await staff(system, 'admin')
    await requestChat(await guest(system), { title: '기다려요' })
    await consultation(system, one)
    await chief.signIn(boss.email)
    const { page } = chief
    const rude = await consultation(system, one, await guest(system, { nickname: '막힌 손님' }))
    await one.expect(200, one.post(`/api/admin/chat/sessions/${rude.id}/block`, { days: 7, reason: '욕설', end: true }))
    for (const tag of ['환불', '옛 행사']) await boss.expect(201, boss.post('/api/admin/chat/tags', { tag: `${tag} ${lang}` }))
    const [old] = (await boss.expect(200, boss.get('/api/admin/chat/tags'))).data
    await boss.expect(200, boss.ask('PUT', `/api/admin/chat/tags/${old.tagId}`, { json: { isRetired: true } }))
    for (const target of ['/board', '/admin/members', `/admin/members/${one.memberId}`, '/admin/categories', '/admin/categories/200', '/admin/hours', '/admin/entry', '/admin/messages', '/admin/tags', '/admin/blocks', '/admin/audit']) {
      await page.goto(target)
      assert.deepEqual(await findings(page, target), [])
    }
    await page.goto('/admin/categories')
    await page.fill('[name=name]', ' ')
    await page.fill('[name=nameEn]', 'x')
    await page.click('form.form button.main')
    await page.locator('.err').first().waitFor()
    assert.deepEqual(await findings(page, 'a refused topic'), [])
    for (const [path, name, wrong] of [['/admin/categories/200', 'priority', '101'], [`/admin/members/${one.memberId}`, 'chatsMax', '99999']]) {
      await page.goto(path)
      await page.fill(`[name=${name}]`, wrong)
      await page.locator(`[name=${name}]`).evaluate(input => { input.form.noValidate = true }) // as a browser that knows no numbers
      await page.locator(`form:has([name=${name}]) button.main`).click()
      await page.locator(`#${name}-err`).waitFor()
      assert.equal(await page.inputValue(`[name=${name}]`), wrong)
      assert.deepEqual(await findings(page, `a refused ${name}`), [])
    }
  }, { seconds: 120 })
}

await test('the pages as they are without script', async () => {
  const customer = await visitor(system, { script: false, size: { width: 360, height: 740 } })
  const { page } = customer
  await page.goto('/')
  await page.fill('[name=name]', `Kim ${process.pid}`)
  await page.locator('[name=categoryId]').first().check()
  await page.getByRole('button', { name: words.ko.start }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  const url = page.url(), id = /\/chat\/([0-9a-f-]{36})/.exec(url)[1]
  // axe itself is a script: a page of the same member with script on gets the same HTML, with what <noscript> holds put in its place
  const reader = await visitor(system, { size: { width: 360, height: 740 } })
  await reader.context.addCookies(await customer.context.cookies())
  for (const [where, path] of [['waiting', `/chat/${id}`], ['writing', `/chat/${id}?write=1`]]) {
    const html = (await (await customer.context.request.get(path)).text()).replace(/<script[^>]*><\/script>/g, '').replace(/<meta http-equiv[^>]*>/g, '').replace(/<\/?noscript>/g, '')
    await reader.page.route(`**${path}`, route => route.fulfill({ body: html, contentType: 'text/html; charset=utf-8' }))
    await reader.page.goto(path)
    assert.deepEqual(await findings(reader.page, `without script, ${where}`), [])
  }
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
}, { seconds: 120 })
await finish()
