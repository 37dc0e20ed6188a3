#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The chat on another site's page. The host pages stand on a server of the test's own: at 127.0.0.1 the frame is of the same site and keeps its cookie; at
// localhost it is of another one, and over http every cookie of it is blocked, so that a token stands for it.
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import http from 'node:http'
import { state, theBrowser, visitor } from '../lib/browser.mjs'
import { say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const agent = await staff(system, 'agent', '한지수')
const key = `widget-${process.pid}`
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

// The host: a page with the loader's tag, and one that frames the shell by itself.
const pages = {
  '/': () => `<!doctype html><html lang="ko"><head><title>가게</title></head><body><h1>달빛문구</h1><input id="mine"><script async src="${system.url}/static/sangdam.js" data-site="${key}" data-page="문구류 &gt; 노트 4711"></script></body></html>`,
  '/en': () => `<!doctype html><html lang="en"><head><title>Shop</title></head><body><script async src="${system.url}/static/sangdam.js" data-site="${key}" data-locale="en" data-position="left"></script></body></html>`,
  '/frame': () => `<!doctype html><html lang="ko"><head><title>가게</title></head><body><iframe src="${system.url}/frame/${key}"></iframe></body></html>`,
  '/away': () => '<!doctype html><html lang="ko"><head><title>가게</title></head><body><h1>가게</h1><script async src="http://127.0.0.1:9/static/sangdam.js" data-site="x"></script></body></html>',
}
async function host() {
  const server = http.createServer((request, response) => {
    const page = pages[new URL(request.url, 'http://x').pathname]
    response.writeHead(page ? 200 : 204, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': `style-src 'none'; script-src ${system.url} http://127.0.0.1:9` })
    response.end(page?.())
  })
  await new Promise(yes => server.listen(0, '127.0.0.1', yes))
  cleanup(() => server.closeAllConnections() ?? server.close())
  return server.address().port
}
const port = await host(), strange = await host()
await system.ctl(['site', 'set', key, 'name=달빛문구', `origins=http://127.0.0.1:${port} http://localhost:${port}`, 'color=#0a7d5b', 'greeting=무엇을 찾으세요?', 'categories=200,201'])

// A person on a host page. wrong: what the consoles said; asked: every address that was asked for.
async function visit(address, { size = { width: 1100, height: 800 }, lang = 'ko-KR' } = {}) {
  const context = await (await theBrowser()).newContext({ locale: lang, viewport: size })
  const page = await context.newPage()
  const one = { context, page, wrong: [], asked: [] }
  page.setDefaultTimeout(30000)
  page.on('pageerror', error => one.wrong.push(error.message))
  page.on('console', message => message.type() === 'error' && one.wrong.push(`${message.text()} ${message.location().url}`))
  page.on('request', request => one.asked.push(request.url()))
  cleanup(() => context.close())
  await page.goto(address)
  one.button = page.locator('button[aria-expanded]')
  one.chat = page.frameLocator('iframe').frameLocator('iframe')
  return one
}

async function begin({ page, button, chat }, from) {
  await button.click()
  await chat.getByText('무엇을 찾으세요?').waitFor()
  assert.equal(await chat.locator('[name=categoryId]').count(), 2, 'the topics of the site')
  await chat.locator('[name=categoryId]').first().check()
  await chat.getByRole('button', { name: '상담 시작하기' }).click()
  await chat.locator('#chat').waitFor()
  const id = await chat.locator('#chat').getAttribute('data-session')
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await chat.locator('#who', { hasText: '한지수' }).waitFor()
  const seen = (await agent.expect(200, agent.get(`/agent/chat/${id}`))).text
  assert.match(seen, new RegExp(`시작한 사이트</dt><dd>달빛문구<br><span[^>]*>${from}</span>`), 'agents see where it began')
  assert.equal(await page.evaluate(() => document.activeElement?.id), '', 'the page itself has lost nothing but the focus')
  return id
}

// A talk with the widget open, closed and opened again.
async function talk(one, id) {
  const { page, button, chat } = one
  await page.evaluate(() => { globalThis.told = []; for (const name of ['unread', 'open', 'close']) globalThis.sangdam.on(name, value => globalThis.told.push([name, value])) })
  await say(agent, id, '안녕하세요')
  await chat.locator('li.msg', { hasText: '안녕하세요' }).waitFor()
  await chat.locator('#say').fill('재입고 언제 되나요?')
  await chat.locator('#say').press('Enter')
  await chat.locator('li.own[data-seq]', { hasText: '재입고' }).waitFor()
  await chat.locator('#say').press('Escape')
  await page.locator('iframe').waitFor({ state: 'hidden' })
  await until(() => button.evaluate(e => e.getRootNode().activeElement === e), { say: 'the focus is back on the button' })
  await say(agent, id, '다음 주 화요일이에요')
  await say(agent, id, '알려 드릴까요?')
  await page.locator('button b', { hasText: '2' }).waitFor()
  assert.match(await button.getAttribute('aria-label'), /읽지 않은 메시지 2개/)
  await button.click()
  await chat.locator('li.msg', { hasText: '알려 드릴까요?' }).waitFor()
  await page.locator('button b').waitFor({ state: 'hidden' })
  await until(() => chat.locator('#say').evaluate(e => e.ownerDocument.activeElement === e), { say: 'the focus is in the text field' })
  assert.deepEqual(await page.evaluate(() => globalThis.told.filter(([name], i, all) => name !== 'unread' || all[i][1] !== all[i - 1]?.[1])), [['close', undefined], ['unread', 1], ['unread', 2], ['open', undefined], ['unread', 0]])
}

// Another language where the talk stands: nothing is loaded anew, what is being typed stays, and links lead on in the new one.
async function turn({ chat }, lang, press) {
  await chat.locator('#say').fill('쓰던 글')
  await chat.locator('html').evaluate(() => { globalThis.sameDocument = true })
  await press()
  await chat.locator(`html[lang=${lang}]`).waitFor()
  await chat.getByRole('button', { name: lang === 'en' ? 'Send' : '보내기', exact: true }).waitFor()
  assert.equal(await chat.locator('html').evaluate(() => globalThis.sameDocument), true)
  assert.equal(await chat.locator('#say').inputValue(), '쓰던 글')
  await until(async () => /\.(en|ko)\//.exec(await chat.locator('details.menu a[href*="/my"]').getAttribute('href'))?.[1] === lang, { say: 'the links lead there' })
  await chat.locator('#say').fill('')
}
const press = ({ chat }, name) => async () => {
  await chat.locator('details.menu summary').click()
  await chat.getByRole('button', { name }).click()
}
async function edit({ chat }, text, anew) {
  await chat.locator('li.own[data-seq]', { hasText: text }).hover()
  await chat.locator('li.own[data-seq]', { hasText: text }).locator('a.more').click()
  await chat.getByRole('dialog').locator('textarea').fill(anew)
  await chat.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await chat.locator('li.own[data-seq]', { hasText: anew }).waitFor()
}

let first
await test('where cookies are kept: start, talk, badge while closed, Esc and the focus, back after a reload', async () => {
  first = await visit(`http://127.0.0.1:${port}/`)
  const id = await begin(first, '문구류 &gt; 노트 4711')
  assert.ok((await first.context.cookies()).some(cookie => cookie.name === 'sid'))
  await talk(first, id)
  await first.button.click()
  await first.page.reload()
  await say(agent, id, '아직 계세요?')
  await first.page.locator('button b', { hasText: '1' }).waitFor() // the frame was loaded unseen, since a chat goes on
  await first.button.click()
  await first.chat.locator('li.msg', { hasText: '아직 계세요?' }).waitFor()
  await turn(first, 'en', press(first, 'English'))
  assert.match(await first.chat.locator('html').evaluate(() => location.pathname), new RegExp(`^/frame/${key}\\.en/chat/${id}$`))
  await first.chat.locator('#say').fill('in English now')
  await first.chat.locator('#say').press('Enter')
  await edit(first, 'in English now', 'still in English')
  await turn(first, 'ko', () => first.page.evaluate(() => globalThis.sangdam.setLocale('ko')))
  assert.deepEqual(first.wrong, [])
}, { seconds: 90 })

let second
await test('where cookies are blocked: a token instead, in no address; pictures as blob:; links, language and the end work', async () => {
  second = await visit(`http://localhost:${port}/`)
  await second.button.waitFor()
  await second.page.evaluate(() => globalThis.sangdam.setPage('장바구니'))
  const id = await begin(second, '장바구니')
  assert.deepEqual(await second.context.cookies(), [])
  await talk(second, id)
  const { chat, page } = second
  await agent.expect(201, agent.upload(`/api/chat/sessions/${id}/files`, [{ name: 'file', filename: '사진.png', type: 'image/png', bytes: png }]))
  await chat.locator('a.pic img[src^="blob:"]').waitFor()
  await chat.locator('#file').setInputFiles({ name: '내 사진.png', mimeType: 'image/png', buffer: png })
  await chat.locator('li.own a.pic img[src^="blob:"]').waitFor()
  await turn(second, 'en', press(second, 'English'))
  await edit(second, '재입고', 'When is it back?')
  await chat.locator('details.menu summary').click()
  await chat.getByRole('link', { name: 'My chats' }).click()
  await chat.locator('a.mine').click()
  await chat.locator('li.msg', { hasText: '알려 드릴까요?' }).waitFor()
  await chat.locator('html[lang=en]').waitFor()
  await chat.locator('li.own a.pic img[src^="blob:"]').waitFor() // written by the server this time
  const token = await page.frames().find(frame => frame.parentFrame() === page.mainFrame()).evaluate(() => globalThis.sangdamShell.headers.Authorization.slice(7))
  assert.ok(token?.length > 20)
  assert.deepEqual(second.asked.filter(address => address.includes(token)), [])
  assert.deepEqual(second.wrong, [])
}, { seconds: 90 })

await test('floods and strangers: messages of a wrong shape, origin or window change nothing, and the talk goes on', async () => {
  const { page, chat, button } = first
  await page.evaluate(async base => {
    const frame = [...document.querySelectorAll('*')].find(e => e.shadowRoot)?.shadowRoot.querySelector('iframe')
    for (let i = 0; i < 10000; i++) frame.contentWindow.postMessage(i % 3 ? { sangdam: 1, type: 'hello', user: false } : { __proto__: null, junk: 'x'.repeat(100) }, base)
    frame.contentWindow.postMessage({ sangdam: 1, type: 'user', jwt: {} }, '*')
    for (let i = 0; i < 10000; i++) window.postMessage({ sangdam: 1, type: 'unread', n: 99 }, '*') // not the frame's window
  }, system.url)
  await chat.locator('#say').fill('홍수 뒤')
  await chat.locator('#say').press('Enter')
  await chat.locator('li.own[data-seq]', { hasText: '홍수 뒤' }).waitFor()
  assert.equal(await page.locator('button b').isVisible(), false)
  assert.equal(await button.getAttribute('aria-expanded'), 'true')
  // a frame that floods: the host hears sixty, then what its bucket gives back
  const told = await page.evaluate(() => { globalThis.count = 0; globalThis.sangdam.on('unread', () => globalThis.count++); return true })
  assert.ok(told)
  await page.frames().find(frame => frame.url().includes(`/frame/${key}`) && frame.parentFrame() === page.mainFrame()).evaluate(() => { for (let i = 1; i <= 10000; i++) globalThis.sangdamShell.unread(i) })
  await page.waitForFunction(() => globalThis.count > 0)
  await page.evaluate(() => new Promise(yes => setTimeout(yes, 0)))
  assert.ok(await page.evaluate(() => globalThis.count) < 1000)
}, { seconds: 60 })

await test('a page that is not on the list gets no button, and may not frame it; an inactive site neither', async () => {
  const refused = await visit(`http://127.0.0.1:${strange}/`)
  await until(() => refused.asked.some(address => address.endsWith(`/api/chat/sites/${key}`)) && refused.wrong.length > 0, { say: 'it was asked and refused' })
  assert.equal(await refused.button.count(), 0)
  const framed = await visit(`http://127.0.0.1:${strange}/frame`)
  await until(() => framed.wrong.some(line => /frame-ancestors/.test(line)), { say: 'the browser refused' })
  assert.equal(await framed.page.frameLocator('iframe').locator('iframe').count(), 0)
  await system.ctl(['site', 'set', key, 'active=no'])
  const off = await visit(`http://127.0.0.1:${port}/`)
  await until(() => off.wrong.length > 0)
  assert.equal(await off.button.count(), 0)
  await system.ctl(['site', 'set', key, 'active=yes'])
})

await test('on a phone it fills the screen and has its own way out; in English, on the left; opened by the page', async () => {
  const phone = await visit(`http://127.0.0.1:${port}/en`, { size: { width: 360, height: 700 }, lang: 'en-US' })
  await phone.button.waitFor()
  assert.ok((await phone.button.boundingBox()).x < 40)
  await phone.page.evaluate(() => globalThis.sangdam.open())
  await phone.chat.getByText('How can we help?').waitFor()
  assert.deepEqual(await phone.page.locator('iframe').boundingBox(), { x: 0, y: 0, width: 360, height: 700 })
  await phone.page.evaluate(() => globalThis.sangdam.setLocale('ko'))
  await phone.chat.getByText('무엇을 찾으세요?').waitFor()
  await phone.chat.getByRole('button', { name: '상담 창 닫기' }).click()
  await phone.page.locator('iframe').waitFor({ state: 'hidden' })
  assert.equal((await phone.button.boundingBox()).width, 56)
  assert.deepEqual(phone.wrong, [])
})

const [kid, secret] = (await system.ctl(['site', 'key', key, 'new'])).trim().split(' ')
const part = value => Buffer.from(JSON.stringify(value)).toString('base64url')
const word = (sub = 'u-17') => {
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid })}.${part({ aud: key, sub, name: '박서준', jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 60 })}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

await test('a guest who signs in on the host page in the middle of a talk goes on with it, with what was being typed', async () => {
  const desk = await visitor(system)
  await desk.signIn(agent.email)
  for (const host of ['127.0.0.1', 'localhost']) {
    const one = await visit(`http://${host}:${port}/`)
    const { chat, page } = one
    const id = await begin(one, '문구류 &gt; 노트 4711')
    await chat.locator('#say').fill('손님으로 씁니다')
    await chat.locator('#say').press('Enter')
    await chat.locator('li.own[data-seq]', { hasText: '손님으로' }).waitFor()
    await chat.locator('#say').fill('쓰던 글')
    const guest = await chat.locator('#chat').getAttribute('data-member')
    await desk.page.goto(`/agent/chat/${id}`)
    await state(desk.page, 'push')
    await page.evaluate(jwt => globalThis.sangdam.setUser(jwt), word(`u-${host}`))
    await chat.locator(`#chat:not([data-member="${guest}"])`).waitFor()
    assert.equal(await chat.locator('#chat').getAttribute('data-session'), id)
    await until(async () => await chat.locator('#say').inputValue() === '쓰던 글', { say: 'what was being typed' })
    await chat.locator('li.own[data-seq]', { hasText: '손님으로' }).waitFor()
    await chat.locator('#say').press('Enter')
    await chat.locator('li.own[data-seq]', { hasText: '쓰던 글' }).waitFor()
    for (const place of ['#who', '#panel h2', '.lists li.current b']) await desk.page.locator(place, { hasText: '박서준' }).waitFor()
    await desk.page.locator('#panel .head p', { hasText: `회원 u-${host} · 달빛문구에서 확인함` }).waitFor()
    await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  }
}, { seconds: 90 })

await test('a member of the host site is known by its signed word, and stays the same after a reload', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const member = await visit('about:blank')
    await member.page.exposeFunction('word', word)
    await member.page.addInitScript(() => addEventListener('sangdam', () => globalThis.sangdam.setUser(() => globalThis.word())))
    await member.page.goto(`http://${host}:${port}/`)
    const chats = member.chat.getByRole('link', { name: '내 상담' })
    for (const time of [1, 2]) {
      await member.button.click()
      await member.chat.locator('details.menu summary').click()
      await chats.click()
      await member.chat.getByText('박서준').waitFor()
      if (time === 1) await member.page.reload()
    }
    assert.deepEqual(member.wrong, [])
  }
}, { seconds: 60 })

await test('our server is away: the host page is as it was', async () => {
  const away = await visit(`http://127.0.0.1:${port}/away`)
  assert.equal(await away.page.locator('h1').textContent(), '가게')
  assert.equal(away.wrong.filter(line => !/ERR_UNSAFE_PORT|ERR_CONNECTION_REFUSED/.test(line)).length, 0)
  const settings = await visit('about:blank')
  await settings.context.route('**/api/chat/sites/**', route => route.abort())
  await settings.page.goto(`http://127.0.0.1:${port}/`)
  await until(() => settings.wrong.length > 0)
  assert.deepEqual(settings.wrong.filter(line => !/ERR_FAILED/.test(line)), [])
  assert.equal(await settings.page.evaluate(() => { globalThis.sangdam.open(); globalThis.sangdam.close(); return typeof globalThis.sangdam.setUser }), 'function')
})

await finish()
