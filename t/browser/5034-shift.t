#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// An agent's shift: its checks with what to do about those that fail; what rings, is seen and told until somebody accepts, once over all tabs.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { state, visitor } from '../lib/browser.mjs'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const system = await startSystem({ demo: 'none' })
const agentOf = await staff(system, 'agent', '한지수'), colleague = await staff(system, 'agent', '박도현')
const agent = await visitor(system)
const { page, context } = agent
// what is heard and told: oscillators and notifications are counted; nothing else of them is changed
await context.addInitScript(() => {
  globalThis.heard = 0
  globalThis.told = []
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (...args) { globalThis.heard++; return start.apply(this, args) }
  const state = { permission: 'denied' }
  globalThis.mayNotify = value => { state.permission = value }
  globalThis.Notification = class {
    static get permission() { return state.permission }
    static async requestPermission() { return state.permission }
    constructor(title, options) { globalThis.told.push({ title, ...options, isClosed: false }); this.at = globalThis.told.length - 1 }
    close() { globalThis.told[this.at].isClosed = true }
  }
})
await agent.signIn(agentOf.email)
await state(page, 'push')
const button = page.locator('[data-do=shift]'), dialog = page.locator('#shift-dialog'), alarm = page.locator('#alarm')
const check = (name, is) => dialog.locator(`[data-check=${name}][data-state=${is}]`).waitFor()
const heard = p => p.evaluate(() => globalThis.heard)
const told = p => p.evaluate(() => globalThis.told)
const shift = (p, is) => p.locator(`[data-do=shift][data-state=${is}]`).waitFor()
async function clean(where) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document))
  assert.deepEqual(violations.flatMap(v => v.nodes.map(node => `${where}: ${v.id}: ${node.target}`)), [])
}

await test('before the shift: a new chat is counted in the title and the picture of the tab; nothing is fetched for it', async () => {
  await button.waitFor()
  assert.equal(await button.getAttribute('class'), 'btn s bad js-only')
  const person = await guest(system, { nickname: '이서연' })
  const { sessionId } = await requestChat(person, { title: '결제가 두 번 되었어요' })
  await page.waitForFunction(() => document.title.startsWith('(대기 1) '))
  await page.waitForFunction(() => document.querySelector('link[rel=icon]').href.endsWith('/static/favicon/1.svg'))
  assert.equal(await alarm.isVisible(), false)
  await person.expect(200, person.post(`/api/chat/sessions/${sessionId}/end`, {}))
  await page.waitForFunction(() => !document.title.startsWith('(대기'))
  await page.waitForFunction(() => document.querySelector('link[rel=icon]').href.endsWith('/favicon.svg'))
})

await test('the checks: red with the reason and what to do, green when all pass', async () => {
  await button.click()
  await check('sound', 'ok')
  await check('push', 'ok')
  await check('notify', 'denied')
  await check('closed', 'off')
  await dialog.getByText('브라우저가 이 사이트의 알림을 막고 있습니다').waitFor()
  assert.ok(await heard(page) > 0, 'the ring was played and listened to')
  await shift(page, 'bad')
  await clean('the checks of a shift')
  await agent.picture('shift-denied')
  await page.evaluate(() => globalThis.mayNotify('granted'))
  await dialog.getByRole('button', { name: '다시 시도' }).click()
  await check('notify', 'ok')
  await check('closed', 'site')
  await shift(page, 'ok')
  await agent.picture('shift-ready')
  await dialog.getByRole('button', { name: '닫기' }).click()
  assert.equal(await button.innerText(), '근무 중')
})

const second = await context.newPage()
await second.goto('/agent')
await state(second, 'push')
await second.evaluate(() => globalThis.mayNotify('granted'))
await second.mouse.click(5, 5) // browsers keep a page silent until then

await test('two tabs: one rings, both show; a chat that is quiet stays shown; accepted elsewhere it is gone from both', async () => {
  await page.waitForFunction(() => Date.now() - Number(localStorage.rang ?? 0) > 2100)
  const before = await heard(page) + await heard(second)
  const { sessionId } = await requestChat(await guest(system, { nickname: '김민준' }), { title: '배송이 <b>안</b> 와요' })
  await alarm.waitFor()
  await second.locator('#alarm').waitFor()
  assert.match(await alarm.innerText(), /김민준[\s\S]*배송이 <b>안<\/b> 와요/)
  await page.waitForFunction(() => document.querySelector('#alarm.loud'))
  assert.equal(await heard(page) + await heard(second) - before, 4, 'one ring of four notes')
  await clean('a chat that calls')
  await agent.picture('shift-calls')
  await page.setViewportSize({ width: 360, height: 740 })
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing sticks out of a phone')
  await clean('a chat that calls, on a phone')
  await agent.picture('shift-phone')
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
  await page.setViewportSize({ width: 1280, height: 800 })
  await alarm.getByRole('button', { name: '조용히' }).click()
  await second.waitForFunction(() => !document.querySelector('#alarm').classList.contains('loud'))
  assert.equal(await second.locator('#alarm').isVisible(), true)
  await colleague.expect(200, colleague.post(`/api/admin/chat/sessions/${sessionId}/accept`, {}))
  await alarm.waitFor({ state: 'hidden' })
  await second.locator('#alarm').waitFor({ state: 'hidden' })
})

await test('nobody looks: one notification with the first line, closed when the chat is taken; without it by choice', async () => {
  for (const p of [page, second]) await p.evaluate(() => { document.hasFocus = () => false })
  const ask = async (name, title) => requestChat(await guest(system, { nickname: name }), { title })
  const all = async () => [...await told(page), ...await told(second)]
  const { sessionId } = await ask('최지우', '환불하고 싶어요')
  const teller = await Promise.any([page, second].map(async p => { await p.waitForFunction(() => globalThis.told.length); return p }))
  assert.deepEqual((await all()).map(n => [n.title, n.body]), [[`${(await teller.locator('#texts').getAttribute('data-new-chat')).replace('{name}', '최지우')}`, '환불하고 싶어요']])
  await colleague.expect(200, colleague.post(`/api/admin/chat/sessions/${sessionId}/accept`, {}))
  await teller.waitForFunction(() => globalThis.told[0].isClosed)
  await teller.evaluate(() => { localStorage.firstLine = 'off' })
  await ask('정하은', '비밀 이야기')
  await teller.waitForFunction(() => globalThis.told.length === 2)
  assert.ok(!JSON.stringify(await all()).includes('비밀'))
})

await test('the strip accepts; the shift goes on with the next page, and ends in all tabs', async () => {
  await alarm.getByRole('button', { name: '수락' }).click()
  await page.waitForURL(/\/agent\/chat\//)
  await page.evaluate(() => globalThis.mayNotify('granted'))
  await page.locator('[data-do=shift][data-state=ok], [data-do=shift][data-state=bad]').waitFor()
  assert.equal(await alarm.isVisible(), false)
  await button.click()
  await dialog.getByRole('button', { name: '근무 끝내기' }).click()
  await shift(page, 'off')
  await shift(second, 'off')
})

await test('web push: the service worker shows a chat when its pages are closed, and only words', async () => {
  await context.grantPermissions(['notifications'], { origin: new URL(system.url).origin })
  const cdp = await context.newCDPSession(page)
  const registered = new Promise(done => cdp.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    const one = versions.find(version => version.scriptURL.endsWith('/push_worker.js') && version.status === 'activated')
    if (one) done(one.registrationId)
  }))
  await cdp.send('ServiceWorker.enable')
  await page.evaluate(() => navigator.serviceWorker.register('/static/js/push_worker.js'))
  const registrationId = await registered
  const sessionId = '01234567-89ab-4cde-8f01-23456789abcd'
  const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.getRegistration('/static/js/push_worker.js')).getNotifications()).map(n => [n.title, n.body, n.data.path]))
  const push = data => cdp.send('ServiceWorker.deliverPushMessage', { origin: new URL(system.url).origin, registrationId, data })
  await push(JSON.stringify({ sessionId, title: '상담사를 기다리는 상담: 이서연', body: '<b>환불</b>' }))
  await until(async () => (await shown()).length === 1)
  assert.deepEqual(await shown(), [['상담사를 기다리는 상담: 이서연', '<b>환불</b>', `/agent/chat/${sessionId}`]])
  await push(JSON.stringify({ sessionId: '../../signout', title: 'x' }))
  await until(async () => (await shown()).length === 2)
  assert.deepEqual((await shown()).map(row => row[2]).sort(), ['/agent', `/agent/chat/${sessionId}`])
})

await test('nothing went wrong on any page', () => assert.deepEqual(agent.wrong, []))

await finish()
