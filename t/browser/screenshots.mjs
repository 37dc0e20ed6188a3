#!/usr/bin/env node
// screenshots: pictures of every page, from a running system with demo data. Not a test:
//   t/browser/screenshots.mjs [--lang ko,en] [--scheme light,dark] [--only WORD,WORD] [FOLDER]
// Without options it takes all; FOLDER is doc/screenshots, which keeps a part of them: --kept takes those. NAME-LANG-WIDTH-SCHEME.png, --only by a part of NAME.
// Pages that are longer than the window are taken whole. What sticks out of a page to the side is said, and is an error.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { sees, state, theBrowser, visitor } from '../lib/browser.mjs'
import { guest, requestChat, say, signIn } from '../lib/people.mjs'
import { pack } from '../lib/png.mjs'
import { startSystem, top } from '../lib/system.mjs'
import { finish, note, test } from '../lib/tap.mjs'
import { openShop } from './shop.mjs'

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: {
  lang: { type: 'string', default: 'ko,en' }, scheme: { type: 'string', default: 'light,dark' }, only: { type: 'string', default: '' }, kept: { type: 'boolean' } } })
const folder = positionals[0] ?? path.join(top, 'doc/screenshots')
const only = options.only.split(',')
const phone = { width: 360, height: 740 }, desktop = { width: 1280, height: 800 }
const photo = fs.readFileSync(path.join(top, 't/browser/ink.png'))
const listed = fs.readFileSync(path.join(top, 'doc/include.am'), 'utf8')
fs.mkdirSync(folder, { recursive: true })

const worlds = {
  ko: {
    locale: 'ko-KR', site: '달빛문구', name: '이서연', title: '주문번호 M-20261118-0472',
    talk: ['안녕하세요, 달빛문구입니다. 무엇을 도와드릴까요?', '11월 18일에 주문한 만년필이 아직 도착하지 않았어요.', '주문하신 만년필은 지금 수원 물류센터에 있습니다. 내일 오전에 도착할 예정이에요.',
      '네, 감사합니다! 그런데 같이 받은 잉크가 이렇게 왔어요 😢', '불편을 드려 죄송합니다. 새 제품으로 바꿔 드릴게요.'],
    others: [['김민준', '결제가 두 번 되었어요', '카드 내역에 두 번 찍혀 있어요.'], ['박지우', '비밀번호를 잊었어요', '메일이 오지 않아요.'], ['최하은', '교환하고 싶어요', '색이 사진과 달라요.'], ['정도윤', '배송지를 바꾸고 싶어요', '']],
    note: '수원 물류센터에 전화함. 내일 오전 도착 확인.', praise: '빠르게 바꿔 주셔서 고맙습니다.', ended: '상담 종료', tags: ['교환', '배송 지연', '환불', '파손', '옛 행사'], blocked: '욕설을 되풀이함',
    shop: { line: '오래 쓰는 문구를 고릅니다', things: [['만년필 「새벽」', '48,000원'], ['잉크 50 ml, 쪽빛', '16,000원'], ['줄 없는 공책 A5', '9,500원'], ['황동 연필깎이', '12,000원']] },
    file: '잉크.png', canned: [['배송', '배송 안내', '{{customer}}님, 주문하신 상품은 내일 도착합니다.'], ['교환', '교환 안내', '교환은 받으신 날부터 7일 안에 됩니다.']], search: '배송',
  },
  en: {
    locale: 'en-US', site: 'Moonlight Stationery', name: 'Amelia Clarke', title: 'Order M-20261118-0472',
    talk: ['Hello, this is Moonlight Stationery. How can I help you?', 'The fountain pen that I ordered on 18 November has not arrived yet.', 'Your pen is in our Suwon warehouse now. It will be with you tomorrow morning.',
      'Thank you! But the ink that came with it looks like this 😢', 'I am sorry about that. We will send you a new bottle.'],
    others: [['Noah Bennett', 'I was charged twice', 'My card shows the payment twice.'], ['Olivia Hughes', 'I forgot my password', 'The mail does not arrive.'], ['Jack Turner', 'I want to exchange a pen', 'The colour is not that of the picture.'], ['Grace Foster', 'A new delivery address', '']],
    note: 'Called the Suwon warehouse: arrives tomorrow morning.', praise: 'Quickly replaced, thank you.', ended: 'Ended', tags: ['Exchange', 'Late delivery', 'Refund', 'Damaged', 'Old offer'], blocked: 'Insults, again and again',
    shop: { line: 'Stationery that lasts', things: [['Fountain pen Dawn', '₩48,000'], ['Ink 50 ml, indigo', '₩16,000'], ['Plain notebook A5', '₩9,500'], ['Brass sharpener', '₩12,000']] },
    file: 'ink.png', canned: [['delivery', 'Delivery', 'Dear {{customer}}, your order arrives tomorrow.'], ['exchange', 'Exchange', 'You can exchange within seven days.']], search: '배송',
  },
}

const isWanted = file => only.some(word => file.includes(word)) && (!options.kept || listed.includes(`doc/screenshots/${file} `) || listed.includes(`doc/screenshots/${file}\n`))
const wide = []
let bytes = 0, taken = 0

// whole: the page and not the window
async function shoot(page, name, { whole = false } = {}) {
  const { width } = page.viewportSize()
  for (const scheme of options.scheme.split(',')) {
    const file = `${name}-${await page.getAttribute('html', 'lang')}-${width}-${scheme}.png`
    if (!isWanted(file)) continue
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' }) // no picture in the middle of a transition
    if (!(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth))) wide.push(file)
    const picture = pack(await page.screenshot({ fullPage: whole }))
    fs.writeFileSync(path.join(folder, file), picture)
    bytes += picture.length
    taken++
  }
}

// A customer's page, on a phone and on a desk.
async function shootBoth(page, name, how) {
  for (const size of [desktop, phone]) {
    await page.setViewportSize(size)
    await page.mouse.move(0, 0) // nothing looks touched
    await page.locator('[role=log]').evaluateAll(([log]) => log?.scrollTo(0, log.scrollHeight))
    await shoot(page, name, how)
  }
}

// The talk of a customer on a phone and an agent, and what is left of it.
async function talk(system, world, staff) {
  const { agent } = staff
  const customer = await visitor(system, { lang: world.locale, size: phone })
  await agent.signIn('agent@example.com')
  await state(agent.page, 'push')
  await customer.page.goto('/')
  await shootBoth(customer.page, 'start')
  await customer.page.evaluate(() => { document.getElementById('start').noValidate = true })
  await customer.page.click('footer button.main')
  await customer.page.locator('#category-err').waitFor()
  await shootBoth(customer.page, 'start-refused')
  await customer.page.goto('/')
  await customer.page.fill('[name=name], [name=nickname]', world.name)
  await customer.page.locator('[name=categoryId]').first().check()
  await customer.page.fill('[name=title]', world.title)
  await customer.page.click('footer button.main')
  await customer.page.waitForURL(/\/chat\//)
  await state(customer.page, 'push')
  await shootBoth(customer.page, 'waiting')
  await customer.page.locator('details.menu summary').first().click()
  await shootBoth(customer.page, 'waiting-menu')
  await customer.page.keyboard.press('Escape')
  await agent.page.locator(`text=${world.name}`).first().waitFor()
  await others(system, world)
  const row = agent.page.locator('#list-waiting li', { hasText: world.name })
  await agent.page.locator('#list-mine li').nth(1).waitFor()
  await shoot(agent.page, 'agent-waiting')
  await row.locator('[data-do=accept]').click()
  await agent.page.waitForURL(/\/agent\/chat\//)
  await state(agent.page, 'push')
  const tell = async (who, other, text) => {
    await who.page.fill('textarea[name=content]', text)
    await who.page.keyboard.press('Enter')
    await sees(other.page, text)
  }
  for (const [i, text] of world.talk.entries()) {
    await (i % 2 ? tell(customer, agent, text) : tell(agent, customer, text))
    if (i !== 3) continue
    await customer.page.setInputFiles('input[type=file]', { name: world.file, mimeType: 'image/png', buffer: photo })
    await agent.page.locator('[role=log] img').first().waitFor()
  }
  await shootBoth(customer.page, 'chat')
  await customer.offline(true)
  await state(customer.page, 'offline')
  await shootBoth(customer.page, 'chat-offline')
  await customer.offline(false)
  await state(customer.page, 'push')
  await customer.page.locator('.flag.ok').waitFor({ state: 'hidden' })
  await customer.page.locator('#end-form button').click()
  await customer.page.locator('dialog[open]').waitFor()
  await shootBoth(customer.page, 'chat-end')
  await customer.page.keyboard.press('Escape')
  await shoot(agent.page, 'agent')
  await dialogs(agent, world)
  await agent.page.locator('.head [data-do=end]').click()
  await shoot(agent.page, 'agent-end')
  await agent.page.locator('#end-dialog button.bad').click()
  await customer.page.locator('header p', { hasText: world.ended }).waitFor()
  await customer.page.locator('.stars label').nth(3).click()
  await shootBoth(customer.page, 'ended')
  await customer.page.fill('[name=comment]', world.praise)
  await customer.page.click('#rating button.main')
  await customer.page.locator('.rated').waitFor()
  await shootBoth(customer.page, 'ended-rated')
  await customer.page.locator('#ended a[href*=transcript]').first().click()
  await customer.page.locator('.lines').waitFor()
  await shootBoth(customer.page, 'transcript', { whole: true })
  const id = /[0-9a-f-]{36}/.exec(customer.page.url())[0]
  await customer.page.goto('/my')
  await shootBoth(customer.page, 'my')
  return id
}

// The chat on a shop's page: closed with what is unread, and open.
async function widget(system, world, lang) {
  const address = await openShop({ url: system.url, lang, name: world.site, ...world.shop })
  await system.ctl(['site', 'set', 'shop', `origins=${address}`])
  const agent = await signIn(system, 'agent@example.com')
  const page = await (await (await theBrowser()).newContext({ locale: world.locale, viewport: desktop })).newPage()
  await page.goto(address)
  const button = page.locator('button[aria-expanded]'), chat = page.frameLocator('iframe').frameLocator('iframe')
  await button.click()
  await chat.locator('[name=categoryId]').first().check()
  await chat.locator('footer button.main').click()
  await chat.locator('#chat').waitFor()
  const id = await chat.locator('#chat').getAttribute('data-session')
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await say(agent, id, world.talk[0])
  await chat.locator('li.msg', { hasText: world.talk[0] }).waitFor()
  await chat.locator('#say').fill(world.talk[1])
  await chat.locator('#say').press('Enter')
  await chat.locator('li.own[data-seq]', { hasText: world.talk[1] }).waitFor()
  await say(agent, id, world.talk[2])
  await chat.locator('li.msg', { hasText: world.talk[2] }).waitFor()
  await shootBoth(page, 'widget')
  await chat.locator('#say').press('Escape')
  await page.locator('iframe').waitFor({ state: 'hidden' })
  await say(agent, id, world.talk[4])
  await page.locator('button b', { hasText: '1' }).waitFor()
  await shootBoth(page, 'widget-closed')
}

// What stands there when nobody is at work: the first page, and a message that was left.
async function closed(system, world) {
  await system.ctl(['hours', 'set', 'mon-sun', new Date().getHours() < 12 ? '23:00-23:30' : '00:00-00:30']) // some other time than now
  const { page } = await visitor(system, { lang: world.locale, size: phone })
  await page.goto('/')
  await shootBoth(page, 'start-closed')
  await page.locator('[name=categoryId]').first().check()
  for (const field of await page.locator('[required]:not([type=radio])').all()) await field.fill(await field.getAttribute('type') === 'email' ? 'customer@example.com' : world.talk[1])
  await page.click('footer button.main')
  await page.waitForURL(/\/chat\//)
  await shootBoth(page, 'left')
  await system.ctl(['hours', 'clear'])
}

// Customers who wait, and two whom the agent has already.
async function others(system, world) {
  const agent = await signIn(system, 'agent@example.com')
  for (const [i, [nickname, title, words]] of world.others.entries()) {
    const person = await guest(system, { nickname })
    const { sessionId } = await requestChat(person, { categoryId: 200 + (i % 3), title })
    if (i < 2) await agent.expect(200, agent.post(`/api/admin/chat/sessions/${sessionId}/accept`, {}))
    if (words) await say(person, sessionId, words)
  }
}

// What opens over a chat.
async function dialogs({ page }, world) {
  await page.click('#note-box > summary')
  await page.fill('#note', world.note)
  await page.click('#note-form button')
  await page.getByText(world.note).first().waitFor()
  await shoot(page, 'agent-note')
  for (const name of ['transfer', 'hold']) {
    await page.locator(`.head [data-do=${name}]`).click()
    await page.locator(`#${name}-dialog[open]`).waitFor()
    await shoot(page, `agent-${name}`)
    await page.locator(`#${name}-dialog [data-do=close-dialog]`).click()
  }
  await page.locator('#desk > summary').click()
  await shoot(page, 'agent-desk')
  await page.locator('#desk > summary').click()
  await page.locator('[data-do=shift]').click()
  await page.locator('dialog[open]').waitFor()
  for (const check of ['sound', 'push', 'notify', 'closed']) await page.locator(`[data-check=${check}]:not([data-state=testing])`).waitFor()
  await shoot(page, 'agent-shift')
  await page.keyboard.press('Escape')
}

// Tags that are kept, one of them retired; and a customer who is blocked.
async function keepTagsAndBlock(system, world) {
  const chief = await signIn(system, 'admin@example.com'), tags = []
  for (const tag of world.tags) tags.push((await chief.expect(201, chief.post('/api/admin/chat/tags', { tag }))).data)
  await chief.expect(200, chief.ask('PUT', `/api/admin/chat/tags/${tags.at(-1).tagId}`, { json: { isRetired: true } }))
  const [session] = (await chief.expect(200, chief.get('/api/admin/chat/sessions/active'))).data
  await chief.expect(200, chief.post(`/api/admin/chat/sessions/${session.sessionId}/block`, { days: 7, reason: world.blocked }))
}

// The pages that open by an address alone. id: of the chat that was held.
async function addresses(system, staff, world, id) {
  const { agent, admin } = staff
  const { memberId } = await signIn(system, 'agent@example.com')
  await agent.page.goto('/agent/canned')
  for (const [shortcut, title, content] of world.canned) await agent.page.evaluate(reply => fetch('/api/admin/chat/canned-replies', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(reply) }), { scope: 'PERSONAL', shortcut, title, content })
  await agent.page.goto('/agent/canned')
  await shoot(agent.page, 'canned', { whole: true })
  await agent.page.goto('/help')
  await shoot(agent.page, 'help', { whole: true })
  await admin.page.goto('/signin')
  await shoot(admin.page, 'signin')
  await admin.signIn('admin@example.com')
  await admin.page.goto('/agent?list=all')
  await state(admin.page, 'push')
  await shoot(admin.page, 'agent-all')
  await keepTagsAndBlock(system, world)
  for (const [name, target] of [
    ['history', '/history'], ['history-found', `/history?q=${encodeURIComponent(world.search)}`], ['history-chat', `/history/${id}`], ['history-export', '/history/export'],
    ['board', '/board'], ['dashboard', '/dashboard'],
    ['stats', '/stats/'], ['stats-agents', '/stats/agents.html?from=-7d'], ['stats-hours', '/stats/hours.html'], ['stats-days', '/stats/summary.html?from=-14d&group=day'],
    ['stats-queue', '/stats/queue.html?from=-7d'], ['stats-csat', '/stats/csat.html?from=-28d&by=agent'], ['stats-chats', '/stats/chats.html?from=-2d'], ['stats-help', '/stats/help'],
    ['admin-members', '/admin/members'], ['admin-member', `/admin/members/${memberId}`], ['admin-categories', '/admin/categories'], ['admin-category', '/admin/categories/200'],
    ['admin-hours', '/admin/hours'], ['admin-entry', '/admin/entry'], ['admin-messages', '/admin/messages'], ['admin-tags', '/admin/tags'], ['admin-blocks', '/admin/blocks'], ['admin-audit', '/admin/audit'],
    ['admin-sites', '/admin/sites'], ['admin-site-new', '/admin/sites/new'], ['admin-site', '/admin/sites/shop'],
  ]) {
    await admin.page.goto(target)
    await shoot(admin.page, name, { whole: true })
  }
}

for (const lang of options.lang.split(',')) {
  await test(`${lang}: pictures of customers, agents, supervisors and admins`, async () => {
    const world = worlds[lang]
    const system = await startSystem({ set: { site_name: world.site, send_rate: '1000/1s' } })
    await system.ctl(['site', 'set', 'shop', `name=${world.site}`, 'origins=https://shop.example.com', 'color=#3451b2'])
    const staff = { agent: await visitor(system, { lang: world.locale }), admin: await visitor(system, { lang: world.locale }) }
    await addresses(system, staff, world, await talk(system, world, staff))
    await widget(system, world, lang)
    await closed(system, world)
  }, { seconds: 600 })
}
await test('nothing sticks out of a page to the side', () => assert.deepEqual(wide, []))
note(`${taken} pictures, ${Math.ceil(bytes / 1024)} kB`)
await finish()
