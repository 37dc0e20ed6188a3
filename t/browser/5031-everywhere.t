#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The customer's pages under what people's devices do to them: 320 px, 400 % zoom, the dark scheme, reduced motion, forced colours, the keyboard of a phone
// that lies over the page, a screen reader that is told each message once, keys alone, no cookies; and what the browser's network log says of a whole talk.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system, 'agent', '한지수')
const chatId = page => /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
const accept = id => one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
const end = id => one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))

async function ask(page) {
  await page.goto('/')
  await page.fill('[name=name]', `이서연 ${process.pid}`)
  await page.locator('[name=categoryId]').first().check()
  await page.click('footer button.main')
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  await state(page, 'push')
  return chatId(page)
}

// Nothing to the side of the window, and each control can be brought into sight.
async function fits(page, where) {
  const found = await page.evaluate(() => {
    const out = [], { scrollWidth, clientWidth } = document.scrollingElement
    if (scrollWidth > clientWidth) out.push(`${scrollWidth} px wide in ${clientWidth}`)
    for (const e of document.querySelectorAll('button, a[href], summary, textarea, input:not([type=hidden]), select')) {
      if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('.skip, .hush, form.attach')) continue
      e.scrollIntoView({ block: 'nearest' })
      const r = e.getBoundingClientRect()
      if (r.width && (r.left < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1 || r.top < -1)) out.push(`${e.localName} "${(e.getAttribute('aria-label') ?? e.textContent).trim().slice(0, 24)}" at ${Math.round(r.left)},${Math.round(r.top)} to ${Math.round(r.right)},${Math.round(r.bottom)} of ${innerWidth}x${innerHeight}`)
    }
    return out
  })
  assert.deepEqual(found, [], where)
}

// A log of the network as the browser keeps it, by the debugger: nothing can go past it.
async function networkLog(page) {
  const cdp = await page.context().newCDPSession(page), log = { requests: [], fonts: 0, cookies: [], bytes: 0 }
  cdp.on('Network.requestWillBeSent', ({ request, type }) => {
    log.requests.push(request.url)
    if (type === 'Font') log.fonts++
  })
  cdp.on('Network.webSocketCreated', ({ url }) => log.requests.push(url.replace(/^ws/, 'http')))
  cdp.on('Network.responseReceivedExtraInfo', ({ headers }) => { for (const [name, value] of Object.entries(headers)) if (name.toLowerCase() === 'set-cookie') log.cookies.push(value) })
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => { log.bytes += encodedDataLength })
  await cdp.send('Network.enable')
  return log
}

let main, id
await test('no cookie before the chat is asked for, no web font, nothing from another host', async () => {
  main = await visitor(system, { size: { width: 390, height: 780 } })
  const { page, context } = main, log = await networkLog(page)
  for (const path of ['/help', '/signin', '/signup', '/']) await page.goto(path)
  await page.locator('details.menu summary').click()
  await page.locator('[data-do=theme]').click()
  assert.deepEqual(log.cookies, [])
  assert.deepEqual(await context.cookies(), [])
  id = await ask(page)
  assert.ok(log.cookies.length > 0, 'the chat itself has one')
  await accept(id)
  await say(one, id, '안녕하세요 https://example.org/')
  await sees(page, '안녕하세요')
  await page.fill('textarea[name=content]', '네')
  await page.keyboard.press('Enter')
  await page.locator('li.own[data-seq]').waitFor()
  const hosts = new Set(log.requests.filter(url => !/^(data|blob):/.test(url)).map(url => new URL(url).origin))
  assert.deepEqual([...hosts], [system.url])
  assert.equal(log.fonts, 0)
  assert.ok(log.requests.length > 10)
  note(`${log.requests.length} requests, ${log.bytes} bytes`)
  await page.evaluate(() => localStorage.clear())
  await page.reload()
})

await test('a screen reader is told each message once: one node comes for it, and none goes', async () => {
  const { page } = main
  const list = page.getByRole('log')
  assert.equal(await list.count(), 1)
  await state(page, 'push')
  await page.evaluate(() => {
    globalThis.told = []
    globalThis.gone = 0
    new MutationObserver(changes => {
      for (const change of changes) {
        for (const node of change.addedNodes) if (node.matches?.('li.msg, li.sys')) globalThis.told.push((node.querySelector('.bubble') ?? node).textContent)
        globalThis.gone += [...change.removedNodes].filter(node => node.matches?.('li')).length
      }
    }).observe(document.querySelector('[role=log]'), { childList: true, subtree: true })
  })
  const wanted = []
  for (let i = 1; i <= 5; i++) {
    await say(one, id, `상담사 ${i}`)
    await sees(page, `상담사 ${i}`)
    await page.fill('textarea[name=content]', `고객 ${i}`)
    await page.keyboard.press('Enter')
    await sees(page, `고객 ${i}`)
    wanted.push(`상담사 ${i}`, `고객 ${i}`)
  }
  await one.expect(200, one.post(`/api/chat/sessions/${id}/read`, { seq: 9 }))
  assert.deepEqual(await page.evaluate(() => [globalThis.told, globalThis.gone]), [wanted, 0])
  // what is said of the state of the connection is told politely, beside the log
  assert.equal(await page.locator('[role=log] [role=status]:visible, [role=log] [role=alert]').count(), 0)
})

await test('320 px and 400 % zoom: nothing to the side, all within reach', async () => {
  const { page } = main
  // 1280 x 1024 at 400 % is a window of 320 x 256
  for (const size of [{ width: 320, height: 640 }, { width: 320, height: 256 }]) {
    const where = `${size.width} x ${size.height}`
    await page.setViewportSize(size)
    await page.goto(`/chat/${id}`)
    await state(page, 'push')
    await fits(page, `chat ${where}`)
    const field = await page.locator('textarea[name=content]').boundingBox(), log = await page.locator('[role=log]').boundingBox()
    assert.ok(log.height >= 64, `the log has ${log.height} px at ${where}`)
    assert.ok(field.y + field.height <= size.height + 1)
    for (const name of ['end', 'change']) {
      if (name === 'change') await page.locator('details.menu summary').click()
      await page.locator(`[data-do=${name}]`).click()
      await page.getByRole('dialog').waitFor()
      await fits(page, `${name} dialog ${where}`)
      await page.keyboard.press('Escape')
    }
    for (const path of [`/chat/${id}/end`, '/my', '/signin', '/signup', '/help', '/nothing-here']) {
      await page.goto(path)
      await fits(page, `${path} ${where}`)
    }
  }
  main.wrong.splice(0, main.wrong.length, ...main.wrong.filter(line => !/status of 404/.test(line)))
}, { seconds: 90 })

const luminance = page => page.evaluate(() => {
  const canvas = document.createElement('canvas').getContext('2d')
  canvas.fillStyle = getComputedStyle(document.body).backgroundColor
  canvas.fillRect(0, 0, 1, 1)
  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).reduce((a, b) => a + b) / 765
})

await test('dark by the system, or by the reader, who is remembered', async () => {
  const { page } = main
  await page.setViewportSize({ width: 390, height: 780 })
  await page.goto(`/chat/${id}`)
  await page.emulateMedia({ colorScheme: 'light' })
  assert.ok(await luminance(page) > 0.9)
  await page.emulateMedia({ colorScheme: 'dark' })
  assert.ok(await luminance(page) < 0.15)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.locator('details.menu summary').click()
  await page.locator('[data-do=theme]').click()
  await until(async () => (await luminance(page)) < 0.15, { say: 'the reader\'s wish' })
  await page.goto('/my')
  assert.ok(await luminance(page) < 0.15, 'on the next page too')
  await page.evaluate(() => localStorage.clear())
})

await test('reduced motion: nothing moves by itself; without the wish the waiting ring and the typing dots do', async () => {
  const other = await visitor(system, { size: { width: 390, height: 780 } })
  const { page } = other
  const moving = () => page.evaluate(() => document.getAnimations().filter(a => a.playState === 'running' && a.effect.getComputedTiming().duration > 0).length)
  const own = await ask(page)
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  await until(async () => (await moving()) > 0, { say: 'the ring' })
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await until(async () => (await moving()) === 0, { say: 'all still' })
  await page.evaluate(() => { document.getElementById('typing').hidden = false })
  assert.equal(await moving(), 0)
  assert.deepEqual(other.wrong, [])
  await accept(own)
  await end(own)
})

await test('forced colours: what colour alone would say is said by a line', async () => {
  const { page } = main
  await page.goto(`/chat/${id}`)
  await state(page, 'push')
  await page.emulateMedia({ forcedColors: 'active' })
  const style = (selector, name) => page.locator(selector).first().evaluate((e, n) => getComputedStyle(e)[n], name)
  for (const selector of ['li.own .bubble', 'li.msg:not(.own) .bubble', '#composer .btn.main', 'textarea[name=content]']) {
    assert.equal(await style(selector, 'borderTopStyle'), 'solid', selector)
    assert.notEqual(await style(selector, 'borderTopWidth'), '0px', selector)
  }
  await page.locator('textarea[name=content]').focus()
  assert.equal(await style('textarea[name=content]', 'outlineStyle'), 'solid')
  await page.locator('[data-do=end]').click()
  await page.getByRole('dialog').waitFor()
  assert.equal(await style('dialog label:has(:checked)', 'outlineStyle'), 'solid')
  await page.keyboard.press('Escape')
  await page.emulateMedia({ forcedColors: 'none' })
})

await test('the keyboard of a phone lies over the page: the field and the last words stay above it', async () => {
  const phone = await visitor(system, { size: { width: 390, height: 780 }, touch: true })
  const { page } = phone
  // A browser that shrinks only the visual viewport (Safari); 330 px of keyboard
  await page.addInitScript(() => {
    let height = innerHeight
    Object.defineProperty(visualViewport, 'height', { get: () => height })
    globalThis.keyboard = px => {
      height = innerHeight - px
      visualViewport.dispatchEvent(new Event('resize'))
    }
  })
  const own = await ask(page)
  await accept(own)
  for (let i = 1; i <= 15; i++) await say(one, own, `말 ${i}`)
  await sees(page, '말 15')
  const bottom = async selector => page.locator(selector).last().evaluate(e => e.getBoundingClientRect().bottom)
  await page.locator('textarea[name=content]').tap()
  await page.evaluate(() => globalThis.keyboard(330))
  await until(async () => (await bottom('textarea[name=content]')) <= 450, { say: 'the field above the keyboard' })
  await until(async () => (await bottom('[role=log] li[data-seq]')) <= 450, { say: 'the last words above the keyboard' })
  await page.evaluate(() => globalThis.keyboard(0))
  await until(async () => (await bottom('#composer')) > 760, { say: 'the page as before' })
  assert.deepEqual(phone.wrong, [])
  await end(own)
})

await test('by keys alone: ask, write, read back, menu, end', async () => {
  const person = await visitor(system, { size: { width: 1280, height: 800 } })
  const { page } = person
  const focused = () => page.evaluate(() => {
    const e = document.activeElement
    return { at: e.name || e.dataset.do || e.id || e.className || e.localName, seen: getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e.closest('label') ?? e).outlineStyle !== 'none' }
  })
  // Tab until the focus is there; on the way it can always be seen.
  const tabTo = async (selector, least = 1) => {
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab')
      const { at, seen } = await focused()
      assert.ok(seen || at === 'body', `the focus cannot be seen at ${at}`)
      if (i + 1 >= least && await page.evaluate(s => document.activeElement.matches(s), selector)) return
    }
    throw new Error(`no way to ${selector} by Tab`)
  }
  await page.goto('/')
  await tabTo('.skip')
  await tabTo('[name=categoryId]')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Space')
  await tabTo('[name=name]')
  await page.keyboard.type('Kim')
  await tabTo('footer button')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  await state(page, 'push')
  const own = chatId(page)
  await accept(own)
  await sees(page, '상담이 시작되었습니다')
  await tabTo('textarea[name=content]')
  await page.keyboard.type('keys alone')
  await page.keyboard.press('Enter')
  await sees(page, 'keys alone')
  assert.equal((await focused()).at, 'content')
  for (let i = 0; i < 40; i++) await say(one, own, `line ${i}`)
  await sees(page, 'line 39')
  await tabTo('.skip') // behind the page's end its beginning follows
  await page.keyboard.press('Enter')
  assert.equal((await focused()).at, 'log')
  const top = () => page.locator('#log').evaluate(e => e.scrollTop)
  const from = await top()
  await page.keyboard.press('PageUp')
  await until(async () => (await top()) < from, { say: 'the log scrolls by keys' })
  await page.keyboard.press('Shift+Tab')
  assert.ok(await page.evaluate(() => document.activeElement.matches('details.menu summary')), 'the menu is before the log')
  await page.keyboard.press('Enter')
  await page.locator('details.menu[open]').waitFor()
  await page.keyboard.press('Escape')
  await until(async () => (await page.locator('details.menu[open]').count()) === 0, { say: 'Escape closes the menu' })
  assert.ok(await page.evaluate(() => document.activeElement.matches('details.menu summary')), 'and the focus is back')
  for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement.dataset.do === 'end')); i++) await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await until(async () => (await page.getByRole('dialog').count()) === 0, { say: 'Escape closes the dialog' })
  await until(async () => (await focused()).at === 'end', { say: 'the focus is back' })
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await tabTo('dialog button.bad')
  await page.keyboard.press('Enter')
  await sees(page, '종료되었습니다')
  assert.deepEqual(person.wrong, [])
})

await test('nothing went wrong on the pages', () => assert.deepEqual(main.wrong, []))
await end(id)
await finish()
