#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The HTML of every page as it is served, in Korean and English: html-validate finds nothing, there is no script or style inside, nothing points to
// another host, and nobody who only reads gets a cookie. The pages are those that the programs' tables of routes name: none can be forgotten.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { HtmlValidate, StaticConfigLoader } from 'html-validate'
import { Person } from '../lib/client.mjs'
import { guest, requestChat, say, send, staff } from '../lib/people.mjs'
import { theSystem, top } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const validator = new HtmlValidate(new StaticConfigLoader({
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: {
    'no-trailing-whitespace': 'off', // what a template leaves where a part was not wanted
    'doctype-style': ['error', { style: 'lowercase' }],
    'require-sri': ['error', { target: 'crossorigin' }], // our own files change with an upgrade, and come from where the page comes from
    'form-dup-name': ['error', { shared: ['radio', 'button', 'reset', 'submit', 'checkbox'] }], // ticked boxes of one name are a list: FIELD_MANY
    'no-implicit-button-type': 'off', // a form's button submits it, as the standard says
    'no-implicit-input-type': 'off',
    'meta-refresh': 'off', // in <noscript> only, and one can write without it: templates/README
  },
}))

// What is wrong with a page's HTML, in words.
async function flaws(html, where) {
  const report = await validator.validateString(html)
  const found = report.results.flatMap(result => result.messages).map(m => `${where}:${m.line}:${m.column}: ${m.ruleId}: ${m.message}`)
  const not = (what, pattern) => { for (const [text] of html.matchAll(pattern)) found.push(`${where}: ${what}: ${text.slice(0, 120)}`) }
  not('a script inside', /<script(?![^>]*\ssrc=)[^>]*>/gi)
  not('a style inside', /<style\b|<[^>]+\sstyle\s*=/gi)
  not('an attribute that runs', /<[^>]+\son[a-z]+\s*=/gi)
  not('another host', /<[^>]+\s(?:src|action|formaction|poster|data-src)\s*=\s*["']?(?:https?:)?\/\/[^>]*/gi)
  not('another host', /<link[^>]+href\s*=\s*["']?(?:https?:)?\/\/[^>]*/gi)
  return found
}

const korean = { 'Accept-Language': 'ko' }, english = { 'Accept-Language': 'en' }
const langs = [['ko', korean], ['en', english]]

// The routes of pages that people get by GET, from the sources.
const routes = fs.readdirSync(path.join(top, 'cgi')).filter(name => name.endsWith('_main.c')).flatMap(name =>
  [...fs.readFileSync(path.join(top, 'cgi', name), 'utf8').matchAll(/^\s*\{METHOD_GET, "([^"]+)",[^\n]*\bROUTE_PAGE\b/gm)].map(m => m[1]))
  .filter(route => !route.endsWith('.txt'))
const stats = ['/dashboard', '/stats', '/stats/', '/stats/help', ...['live', 'summary', 'agents', 'categories', 'hours', 'chats'].map(name => `/stats/${name}.html`)]

// Chats in each state, with texts, markup, a file and enough rows to have earlier ones.
const [customer, agent, boss] = [await guest(system, { nickname: '<b>김 "하늘"</b>' }), await staff(system), await staff(system, 'admin')]
const accepted = async (title) => {
  const chat = await requestChat(customer, { title })
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${chat.sessionId}/accept`, {}))
  return chat.sessionId
}
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const attach = (person, id, name, type, bytes) => {
  const boundary = 'x-pages'
  const part = (head, body) => Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(body), Buffer.from('\r\n')])
  const body = Buffer.concat([part('name="clientMessageId"', crypto.randomUUID()), part(`name="file"; filename="${name}"\r\nContent-Type: ${type}`, bytes), Buffer.from(`--${boundary}--\r\n`)])
  return person.ask('POST', `/api/chat/sessions/${id}/files`, { body, type: `multipart/form-data; boundary=${boundary}`, headers: { 'X-CSRF-Token': person.csrf } })
}
const patient = await guest(system, { nickname: '기다리지 않는 <i>손님</i>' })
const { sessionId: left } = await requestChat(patient, { title: '남긴 문의', offline: true, message: '메일로 알려 주세요', email: 'patient@example.com' })
const ended = await accepted('끝난 상담')
await say(agent, ended, '안녕히 가세요')
await agent.expect(200, agent.post(`/api/admin/chat/sessions/${ended}/end`, {}))
const active = await accepted('<i>"노트"</i> & 펜')
await say(customer, active, '<script>alert(1)</script> & "말"\n둘째 줄 https://example.org/?a=1&b=2')
for (const [name, type, bytes] of [['그림 <1>.png', 'image/png', png], ['글.txt', 'text/plain', '글']]) await attach(customer, active, name, type, bytes)
for (let i = 0; i < 60; i++) await agent.expect(201, send(agent, active, `말 ${i}`))
const other = await guest(system)
await system.ctl(['site', 'set', 'pages', 'name=<b>"달빛"</b>', 'origins=https://pages.example', 'categories=200,201'])
const waiting = (await requestChat(other, { title: '기다려요' })).sessionId

async function look(person, target, { status = 200, headers } = {}) {
  const found = []
  for (const [lang, accept] of langs) {
    const answer = await person.ask('GET', target, { headers: { ...accept, ...headers }, check: false })
    const where = `${target} (${lang})`
    if (![status].flat().includes(answer.status)) found.push(`${where}: status ${answer.status}`)
    if (answer.status === 303) continue
    if (!answer.text.includes(`<html lang="${lang}"`)) found.push(`${where}: not in this language`)
    found.push(...await flaws(answer.text, where))
  }
  return found
}

await test('there are pages in the tables of routes', () => {
  for (const one of ['/', '/my', '/help', '/chat/{id}', '/signin', '/signup', '/agent', '/agent/chat/{id}', '/history']) assert.ok(routes.includes(one), one)
})

await test('each page that a table of routes names, for a customer and for an admin', async () => {
  const found = []
  for (const route of routes) {
    // what is for staff says so to a customer, with a page that is clean too
    for (const [person, id] of [[customer, active], [boss, active], [agent, active]]) found.push(...await look(person, route.replaceAll('{id}', id).replaceAll(/\{[a-zA-Z]+\}/g, '1'), { status: [200, 303, 403, 404, 409] }))
  }
  assert.deepEqual([...new Set(found)], [])
}, { seconds: 120 })

await test('the customer\'s pages by their states', async () => {
  const found = []
  for (const [person, id, ...queries] of [[other, waiting, '', '?write=1'], [customer, active, '', '?write=1', '?before=20'], [customer, ended, ''], [patient, left, '']]) {
    for (const query of queries) found.push(...await look(person, `/chat/${id}${query}`))
  }
  const stranger = new Person(system)
  for (const target of ['/', '/signin', '/signup', '/help', '/frame/pages', '/frame/pages/', '/frame/pages/help']) found.push(...await look(stranger, target))
  for (const target of ['/my', `/chat/${active}`]) found.push(...await look(stranger, target, { status: [303, 401] }))
  found.push(...await look(customer, '/my'), ...await look(other, `/chat/${active}`, { status: 404 }))
  assert.deepEqual(found, [])
}, { seconds: 60 })

await test('the pages of refused forms', async () => {
  const found = []
  for (const [lang, accept] of langs) {
    const stranger = new Person(system)
    const form = await stranger.ask('GET', '/', { headers: accept })
    const csrfToken = /name="csrfToken" value="([^"]*)"/.exec(form.text)?.[1] ?? ''
    for (const [target, fields] of [['/', { name: '가'.repeat(300), title: '"<나>'.repeat(300) }], ['/signin', { email: '"<a>@example.org', password: 'x', next: '/' }], ['/signup', { email: 'nobody', password: '1', nickname: '"<b>', next: '/' }]]) {
      const answer = await stranger.ask('POST', target, { body: new URLSearchParams({ csrfToken, ...fields }).toString(), type: 'application/x-www-form-urlencoded', headers: accept, check: false })
      assert.ok(answer.status >= 400 && answer.status < 500, `${target}: ${answer.status}`)
      found.push(...await flaws(answer.text, `${target} refused (${lang})`))
    }
    const cookie = customer.cookie
    const token = customer.csrf
    const blank = await customer.ask('POST', `/chat/${active}/send`, { body: new URLSearchParams({ csrfToken: token, content: ' ', clientMessageId: crypto.randomUUID() }).toString(), type: 'application/x-www-form-urlencoded', headers: { ...accept, Cookie: cookie }, check: false })
    assert.equal(blank.status, 422)
    found.push(...await flaws(blank.text, `a blank message (${lang})`))
  }
  assert.deepEqual(found, [])
}, { seconds: 60 })

await test('the agents\' pages by their states, the history and the figures', async () => {
  const found = []
  for (const target of ['/agent', `/agent/chat/${active}`, `/agent/chat/${active}?write=1`, `/agent/chat/${waiting}`, `/agent/chat/${active}/end`, `/agent/chat/${active}/transfer`]) found.push(...await look(agent, target))
  for (const target of ['/agent?list=all', '/admin/sites', '/admin/sites/new', '/admin/sites/pages?done=1', `/history/${ended}`, '/history?q=%3Cb%3E&from=2020-01-01', '/history?q=nobody-at-all', '/history/export?q=a']) found.push(...await look(boss, target))
  for (const target of stats) found.push(...await look(boss, target, { status: [200, 303] }))
  assert.deepEqual(found, [])
}, { seconds: 120 })

await test('pages of errors: the programs\' and the web server\'s own', async () => {
  const found = []
  const stranger = new Person(system)
  for (const [target, status] of [['/chat/nothing', 404], ['/nothing-here', 404], ['/my/../x', 404], ['/agent', 303]]) found.push(...await look(stranger, target, { status: [status, 303] }).then(list => list.filter(line => !/not in this language/.test(line)))) // the web server's own speak both
  for (const [headers, words] of [[korean, '페이지를 찾을 수 없어요'], [english, 'There is nothing here']]) {
    assert.match((await customer.ask('GET', '/chat/nothing', { headers: { ...headers, Accept: 'text/html' }, check: false })).text, new RegExp(`<h1>${words}</h1>`))
  }
  for (const name of fs.readdirSync(path.join(top, 'etc/errors')).filter(file => file.endsWith('.html'))) found.push(...await flaws(fs.readFileSync(path.join(top, 'etc/errors', name), 'utf8'), name))
  assert.deepEqual(found, [])
})

await test('who only reads gets no cookie', async () => {
  const stranger = new Person(system)
  for (const target of ['/', '/help', '/signin', '/signup', '/my', '/nothing-here', '/static/js/chat.js', '/frame/pages', '/frame/pages/', '/frame/pages/brand.css', '/static/sangdam.js']) {
    const answer = await stranger.ask('GET', target, { headers: korean, check: false })
    assert.equal(answer.headers['set-cookie'], undefined, target)
  }
})
await agent.expect(200, agent.post(`/api/admin/chat/sessions/${active}/end`, {}))
await finish()
