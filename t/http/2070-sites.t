#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The sites that show the chat: administrators' pages and sangdamctl. What is refused comes back as typed, with the reason at its field, and changes nothing.
import assert from 'node:assert/strict'
import { staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const boss = await staff(system, 'admin')
const key = `shop-${process.pid}`
const good = { name: '달빛문구', origins: 'https://shop.example\r\nhttp://127.0.0.1:8099/', color: '#0A7D5B', greeting: '무엇을 도와드릴까요?', greetingEn: 'Hello', position: 'left', active: 'true' }
const siteNow = async () => JSON.parse(await system.ctl(['site', 'list', '--json'])).find(site => site.siteKey === key)
const page = (target, lang = 'en') => boss.get(target, { headers: { 'Accept-Language': lang } })

await test('a new site: stored as checked, audited, and shown in both languages', async () => {
  const answer = await boss.form('/admin/sites', { siteKey: key, ...good })
  assert.equal(answer.status, 303, answer.text)
  assert.equal(answer.headers.location, `/admin/sites/${key}?done=1`)
  assert.deepEqual(await siteNow(), { siteKey: key, name: '달빛문구', origins: 'https://shop.example http://127.0.0.1:8099', color: '#0a7d5b', greeting: '무엇을 도와드릴까요?', greetingEn: 'Hello', categories: '', position: 'left', active: true })
  const [row] = await system.sql(`SELECT member_id, action FROM audit_log WHERE target = '${key}'`)
  assert.deepEqual(row, [String(boss.memberId), 'site.add'])
  assert.match((await page('/admin/sites')).text, new RegExp(`href="/admin/sites/${key}">달빛문구`))
  const form = (await page(answer.headers.location)).text
  assert.match(form, /Saved\./)
  assert.match(form, />https:\/\/shop\.example\nhttp:\/\/127\.0\.0\.1:8099<\/textarea>/)
  assert.ok(form.includes(`&lt;script async src=&quot;${system.url}/static/sangdam.js&quot; data-site=&quot;${key}&quot;`), 'the tag to put in')
  assert.match((await page(`/admin/sites/${key}`, 'ko')).text, /허용 주소/)
})

await test('a change: several topics ticked, what changed is in the audit; the same again is no change', async () => {
  const ticked = new URLSearchParams({ csrfToken: boss.csrf, ...good, name: '달빛문구 2' })
  ticked.append('categories', '200')
  ticked.append('categories', '203')
  const send = () => boss.ask('POST', `/admin/sites/${key}`, { body: ticked.toString(), type: 'application/x-www-form-urlencoded' })
  assert.equal((await send()).status, 303)
  assert.equal((await siteNow()).categories, '200,203')
  assert.equal((await send()).status, 303)
  const rows = await system.sql(`SELECT detail FROM audit_log WHERE target = '${key}' AND action = 'site.change'`)
  assert.deepEqual(rows, [['name: 달빛문구 -> 달빛문구 2; categories:  -> 200,203']])
  assert.match((await page(`/admin/sites/${key}`)).text, /value="203" checked/)
})

await test('what is refused stays in the form with the reason at the field, and nothing changes', async () => {
  const before = await siteNow()
  for (const [field, value] of [['name', ' '], ['origins', 'https://shop.example/"><b>path'], ['origins', '*'], ['color', 'red;}'], ['greeting', '가'.repeat(301)], ['greetingEn', 'a\u0007'], ['categories', '7'], ['categories', 'x'], ['position', 'top']]) {
    const answer = await boss.form(`/admin/sites/${key}`, { ...good, [field]: value })
    assert.equal(answer.status, 422, `${field} ${value}`)
    if (field !== 'position') assert.ok(answer.text.includes(`id="${field}-err"`), field)
    if (field !== 'origins') assert.ok(answer.text.includes('https://shop.example\r\n') || answer.text.includes('https://shop.example\n'), 'the other fields are as typed')
    assert.equal(answer.text.includes('<b>path'), false)
  }
  for (const [fields, status] of [[{ siteKey: 'Bad Key', ...good }, 422], [{ siteKey: 'new', ...good }, 422], [{ siteKey: key, ...good }, 409]]) {
    const answer = await boss.form('/admin/sites', fields)
    assert.equal(answer.status, status)
    assert.ok(answer.text.includes('id="siteKey-err"') && answer.text.includes(`value="${fields.siteKey}"`))
  }
  assert.equal((await boss.form(`/admin/sites/${key}`, { ...good, what: '1' })).status, 400)
  assert.equal((await boss.form('/admin/sites/nothing', good)).status, 404)
  assert.deepEqual(await siteNow(), before)
})

await test('sangdamctl changes what it is told and leaves the rest', async () => {
  await system.ctl(['site', 'set', key, 'active=no', 'color=#112233'])
  const now = await siteNow()
  assert.deepEqual([now.active, now.color, now.name, now.categories], [false, '#112233', '달빛문구 2', '200,203'])
  for (const bad of [['color=x'], ['nothing=1'], ['active=perhaps'], ['name']]) await assert.rejects(system.ctl(['site', 'set', key, ...bad]))
  await assert.rejects(system.ctl(['site', 'set', `${key}-2`, 'name=x']), 'a new one needs origins')
  await system.ctl(['site', 'set', `${key}-2`, 'name=x', 'origins=https://x.example'])
  assert.match(await system.ctl(['site', 'list']), new RegExp(`${key}-2 +on +https://x.example`))
})

await finish()
