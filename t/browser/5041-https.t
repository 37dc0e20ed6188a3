#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The chat on another site's page over https: host.test shows chat.test, and www.shop.test shows chat.shop.test, its own site. What a browser keeps, with cookies of
// other sites allowed, with those blocked, and with every cookie and storage of ours blocked; and that the two kinds of sign-in never stand in each other's way.
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { launchPersistent } from '../lib/browser.mjs'
import { servePages, serveSystem, trust } from '../lib/https.mjs'
import { say, staff } from '../lib/people.mjs'
import { newFolder, theSystem } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system, 'agent', '한지수')
const key = `https-${process.pid}`
const port = await serveSystem(system)
const chatAt = host => `https://${host}:${port}`
const page = host => `<!doctype html><html lang="ko"><head><title>가게</title></head><body><h1>달빛문구</h1><script async src="${chatAt(host)}/static/sangdam.js" data-site="${key}"></script></body></html>`
const hosts = await servePages({ '/other': () => page('chat.test'), '/own': () => page('chat.shop.test') })
const other = `https://host.test:${hosts}/other`, own = `https://www.shop.test:${hosts}/own`
await system.ctl(['site', 'set', key, 'name=달빛문구', `origins=https://host.test:${hosts} https://www.shop.test:${hosts}`])
const [kid, secret] = (await system.ctl(['site', 'key', key, 'new'])).trim().split(' ')
const part = value => Buffer.from(JSON.stringify(value)).toString('base64url')
const word = () => {
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid })}.${part({ aud: key, sub: randomUUID(), name: '박서준', jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 60 })}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

// A browser of a person's own. profile: what they chose in its settings.
async function browser(profile = {}) {
  const folder = newFolder()
  cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
  fs.mkdirSync(path.join(folder, 'Default'))
  fs.writeFileSync(path.join(folder, 'Default/Preferences'), JSON.stringify({ profile }))
  return launchPersistent(folder, trust)
}

async function visit(context, address) {
  const page = await context.newPage()
  const one = { context, page, wrong: [] }
  page.setDefaultTimeout(30000)
  page.on('pageerror', error => one.wrong.push(error.message))
  page.on('console', message => message.type() === 'error' && one.wrong.push(`${message.text()} ${message.location().url}`))
  await page.goto(address)
  one.button = page.locator('button[aria-expanded]')
  one.chat = page.frameLocator('iframe').frameLocator('iframe')
  return one
}

async function begin({ chat, button }) {
  await button.click()
  await chat.locator('[name=categoryId]').first().check()
  await chat.getByRole('button', { name: '상담 시작하기' }).click()
  await chat.locator('#chat').waitFor()
  const id = await chat.locator('#chat').getAttribute('data-session')
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await chat.locator('#who', { hasText: '한지수' }).waitFor()
  return id
}

const number = ((n = 0) => () => ++n)()
async function talk({ chat }, id) {
  const n = number()
  await chat.locator('#say').fill(`고객 ${n}`)
  await chat.locator('#say').press('Enter')
  await chat.locator('li.own[data-seq]', { hasText: `고객 ${n}` }).waitFor()
  await say(agent, id, `상담사 ${n}`)
  await chat.locator('li.msg', { hasText: `상담사 ${n}` }).waitFor()
}

async function again({ page, button, chat }, id) {
  await page.reload()
  await button.click()
  await chat.locator(`#chat[data-session="${id}"] #connection[data-state=push]`).waitFor() // the script is there: Enter sends
}

const end = id => agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
const signIns = async context => (await context.cookies()).filter(cookie => cookie.name === '__Host-sid')
const shown = cookie => ({ domain: cookie.domain, secure: cookie.secure, httpOnly: cookie.httpOnly, sameSite: cookie.sameSite, partition: cookie.partitionKey })
const keeps = ({ page }) => page.frames()[1].evaluate(() => { document.cookie = 'plain=1; Secure; SameSite=None; Path=/'; return document.cookie.includes('plain=1') })
const tokenOf = ({ page }) => page.frames()[1].evaluate(() => globalThis.sangdamShell.headers?.Authorization)

for (const [name, profile, isKept] of [['allowed', { cookie_controls_mode: 0 }, true], ['blocked', { cookie_controls_mode: 1, block_third_party_cookies: true }, false]]) {
  await test(`cookies of other sites ${name}: a chat begins, goes on after a reload, and its cookie belongs to the host's site alone`, async () => {
    const context = await browser(profile)
    const one = await visit(context, other)
    const id = await begin(one)
    assert.equal(await keeps(one), isKept, 'the browser does as it was told')
    await talk(one, id)
    const cookies = await signIns(context)
    assert.deepEqual(cookies.map(shown), [{ domain: 'chat.test', secure: true, httpOnly: true, sameSite: 'None', partition: 'https://host.test' }])
    assert.equal(await tokenOf(one), undefined)
    await again(one, id)
    await talk(one, id)
    await end(id)
    assert.deepEqual(one.wrong, [])
  }, { seconds: 90 })
}

await test('a member of the host is signed in by the same cookie', async () => {
  const context = await browser({ cookie_controls_mode: 1 })
  const one = await visit(context, other)
  await one.page.evaluate(jwt => globalThis.sangdam.setUser(jwt), word())
  const id = await begin(one)
  assert.deepEqual((await signIns(context)).map(shown), [{ domain: 'chat.test', secure: true, httpOnly: true, sameSite: 'None', partition: 'https://host.test' }])
  await talk(one, id)
  await again(one, id)
  await end(id)
  assert.deepEqual(one.wrong, [])
}, { seconds: 90 })

await test('every cookie of ours blocked, and storage with them: a token in the frame alone, over a WebSocket too', async () => {
  const context = await browser({ content_settings: { exceptions: { cookies: { '[*.]chat.test,*': { setting: 2 } } } } })
  const one = await visit(context, other)
  const id = await begin(one)
  await talk(one, id)
  assert.deepEqual(await context.cookies(), [])
  assert.match(await tokenOf(one), /^Bearer /)
  assert.equal(await one.chat.locator('html').evaluate(() => { try { return localStorage.length } catch { return 'closed' } }), 'closed')
  await one.chat.locator('[role=status][data-state=push]').first().waitFor({ state: 'attached' })
  await end(id)
}, { seconds: 90 })

await test('our own pages keep a first-party cookie', async () => {
  const context = await browser()
  const one = await visit(context, chatAt('chat.test'))
  await one.page.locator('[name=categoryId]').first().check()
  await one.page.getByRole('button', { name: '상담 시작하기' }).click()
  await one.page.locator('#chat').waitFor()
  assert.deepEqual((await signIns(context)).map(shown), [{ domain: 'chat.test', secure: true, httpOnly: true, sameSite: 'Lax', partition: undefined }])
  assert.deepEqual(one.wrong, [])
}, { seconds: 60 })

await test('a chat at a name of the host\'s own site: signed in by the frame and by our own page in turn, there is one sign-in and never two', async () => {
  const context = await browser()
  const inFrame = await visit(context, own)
  const id = await begin(inFrame)
  await talk(inFrame, id)
  assert.equal((await signIns(context)).length, 1)
  const page = await context.newPage()
  page.setDefaultTimeout(30000)
  await page.goto(`${chatAt('chat.shop.test')}/signin`)
  await page.fill('[name=email]', 'customer@example.com')
  await page.fill('[name=password]', 'sangdam-demo')
  await page.click('form.card button')
  await page.waitForURL(url => !url.pathname.startsWith('/signin'))
  assert.equal((await page.goto(`${chatAt('chat.shop.test')}/my`)).status(), 200)
  assert.deepEqual((await signIns(context)).map(cookie => cookie.sameSite), ['Lax'])
  await inFrame.page.reload()
  await inFrame.page.evaluate(jwt => globalThis.sangdam.setUser(jwt), word())
  await inFrame.button.click()
  await inFrame.chat.locator('main').waitFor()
  await inFrame.chat.locator('details.menu summary').click()
  await inFrame.chat.getByRole('link', { name: '내 상담' }).click()
  await inFrame.chat.getByText('박서준').waitFor()
  assert.deepEqual((await signIns(context)).map(cookie => cookie.sameSite), ['None'])
  await end(id)
  assert.deepEqual(inFrame.wrong, [])
}, { seconds: 90 })

await finish()
