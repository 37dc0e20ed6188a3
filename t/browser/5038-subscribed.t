#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// What happens while a console's or the board's subscriptions are still on their way is neither in what came with the page nor pushed: it is read when the subscriptions
// stand. Their frames are held back here until all of it has happened. (Before 28020f6 the lists were read as soon as the connection was up.)
import assert from 'node:assert/strict'
import { visitor } from '../lib/browser.mjs'
import { consultation, guest, requestChat, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { transfer_timeout: '1h' } })
const one = await staff(system, 'agent', '한지수'), two = await staff(system, 'agent', '최유진'), chief = await staff(system, 'supervisor', '박서윤')
const at = id => `/api/admin/chat/sessions/${id}`

// A page whose SUBSCRIBE frames wait for release(), opened and connected. isQuiet(): none of its requests is without its answer.
async function openHeld(who, path) {
  const { page } = await visitor(system), held = []
  const asked = new Set()
  let isHeld = true, connected = false
  await page.addInitScript(() => { // what is asked again by time alone is not what this is about
    const { setInterval } = globalThis
    globalThis.setInterval = (fn, ms, ...more) => (ms < 5000 ? setInterval(fn, ms, ...more) : 0)
  })
  await page.goto('/signin')
  await page.fill('[name=email]', who.email)
  await page.fill('[name=password]', 'sangdam-demo')
  await page.click('form.card button')
  await page.waitForURL(url => !url.pathname.startsWith('/signin'))
  await page.routeWebSocket(/\/ws$/, socket => {
    const server = socket.connectToServer()
    socket.onMessage(frame => { if (isHeld && String(frame).startsWith('SUBSCRIBE')) held.push(() => server.send(frame)); else server.send(frame) })
    server.onMessage(frame => {
      connected ||= String(frame).startsWith('CONNECTED')
      socket.send(frame)
    })
  })
  page.on('request', request => { if (new URL(request.url()).pathname.startsWith('/api/')) asked.add(request) })
  for (const event of ['requestfinished', 'requestfailed']) page.on(event, request => asked.delete(request))
  page.on('framenavigated', () => asked.clear())
  await page.goto(path)
  await until(() => connected && held.length > 0, { say: 'the subscriptions are held' })
  await page.evaluate(() => fetch('/api/account/me').then(answer => answer.text())) // behind whatever the page has begun to read by now
  await until(() => asked.size === 0, { say: 'what the page has read' })
  return {
    page,
    release: () => {
      isHeld = false
      for (const send of held) send()
    },
  }
}

await test('a console: who waits, a chat of mine and my load, an offer of a colleague', async () => {
  const { page, release } = await openHeld(one, '/agent')
  const { sessionId: waiting } = await requestChat(await guest(system))
  const { id: mine } = await consultation(system, one)
  const { id: theirs } = await consultation(system, two)
  await two.expect(200, two.post(`${at(theirs)}/transfer`, { toMemberId: one.memberId }))
  release()
  await page.locator(`#list-waiting li[data-session="${waiting}"]`).waitFor()
  await page.locator(`#list-mine li[data-session="${mine}"]`).waitFor()
  await page.locator(`#offers li[data-session="${theirs}"]`).waitFor()
  await page.waitForFunction(() => parseInt(document.getElementById('desk-load').textContent, 10) === 1)
  assert.equal(await page.locator('#n-waiting').textContent(), '1')
})

await test('the board: who waits and what is open', async () => {
  const { page, release } = await openHeld(chief, '/board')
  const { sessionId: waiting } = await requestChat(await guest(system))
  const { id: open } = await consultation(system, two)
  release()
  for (const [part, id] of [['waiting', waiting], ['open', open]]) await page.locator(`#${part} tr[data-session="${id}"]`).waitFor()
})

await finish()
