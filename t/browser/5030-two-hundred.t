#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A talk of 200 messages: the customer's network is cut five times, the tab is closed and opened again, and the customer goes on at another device.
// Each message is in the log once, in the order of its writer, and each page shows the log as it is.
import assert from 'node:assert/strict'
import { shownRows, state, visitor } from '../lib/browser.mjs'
import { Bridge } from '../lib/bridge.mjs'
import { contents, customer as account, history, isDense, password, requestChat, send, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const ALL = 200, CUTS = [25, 60, 95, 135, 175], CLOSED_AT = 80, OTHER_DEVICE_AT = 120, OFF_FOR = 6
const system = await theSystem()
const bridge = new Bridge({ host: '127.0.0.1', port: system.port })
await new Promise(yes => bridge.server.listen(0, '127.0.0.1', yes))
const [agent, person] = [await staff(system), await account(system)]
const id = (await requestChat(person)).sessionId
await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))

// A device of the customer's behind the network that is cut.
async function device() {
  const who = await visitor({ url: bridge.url }, { size: { width: 390, height: 780 } })
  who.isOff = true // what the browser logs of the cuts is no flaw
  await who.page.goto('/signin')
  await who.page.fill('[name=email]', person.email)
  await who.page.fill('[name=password]', password)
  await who.page.click('form.card button')
  await who.page.waitForURL(url => !url.pathname.startsWith('/signin'))
  await who.page.goto(`/chat/${id}`)
  await state(who.page, 'push')
  return who
}

const said = { customer: [], agent: [] }
let here
const write = async text => {
  said.customer.push(text)
  await here.page.fill('textarea[name=content]', text)
  await here.page.keyboard.press('Enter')
  await here.page.waitForFunction(() => document.getElementById('say').value === '') // Enter sends in the next task: do not write over it
}
const answer = async text => {
  said.agent.push(text)
  await agent.expect(201, send(agent, id, text))
}
const stored = async () => {
  let missing
  await until(async () => {
    const texts = new Set(contents(await history(agent, id)))
    missing = [...said.customer, ...said.agent].filter(text => !texts.has(text))
    if (missing.length) throw new Error(`the log lacks ${missing.join(', ')}`)
    return true
  }, { seconds: 30, every: 100, say: 'all that was written in the log' })
}

let first, back = 0
await test('200 messages through five cuts, a closed tab and another device', async () => {
  first = here = await device()
  for (let i = 1; i <= ALL; i++) {
    if (CUTS.includes(i)) bridge.cut()
    if (CUTS.includes(i - OFF_FOR)) {
      bridge.mend()
      await here.page.evaluate(() => dispatchEvent(new Event('online'))) // as the browser says it when a network is back
      await state(here.page, 'push')
      back++
    }
    if (i === CLOSED_AT) {
      await stored()
      await here.page.close()
      here.page = await here.context.newPage()
    }
    if (i === CLOSED_AT + 3) { // what came meanwhile is there
      await here.page.goto(`/chat/${id}`)
      await state(here.page, 'push')
    }
    if (i === OTHER_DEVICE_AT) here = await device()
    // both write; the agent alone while there is no page, and in between an agent who is quick
    if (i % 2 && !(i >= CLOSED_AT && i < CLOSED_AT + 3)) await write(`${i}: 고객의 말 ${i} 🙂`)
    else await answer(`${i}: 상담사의 말 ${i}`)
  }
  await stored()
  assert.equal(bridge.cuts, CUTS.length)
  assert.equal(back, CUTS.length)
}, { seconds: 100 })

let log
await test('the log has each once, without a hole, in the order of its writer', async () => {
  log = await history(agent, id)
  assert.ok(isDense(log))
  const texts = contents(log)
  assert.equal(texts.length, ALL)
  assert.equal(new Set(texts).size, ALL)
  for (const list of Object.values(said)) assert.deepEqual(texts.filter(text => list.includes(text)), list)
  assert.equal(new Set(log.map(row => row.clientMessageId).filter(Boolean)).size, log.filter(row => row.clientMessageId).length)
})

await test('both devices show each once, in the order of the log, and nothing else', async () => {
  for (const [name, who] of [['the first device', first], ['the second device', here]]) {
    await until(async () => (await shownRows(who.page)).at(-1)?.seq === log.at(-1).seq, { seconds: 20, say: `the last message on ${name}` })
    assert.equal(await who.page.locator('[role=log] li.msg:not([data-seq])').count(), 0, `${name}: a bubble beside the log`)
    const rows = await shownRows(who.page), earlier = who.page.locator('[data-do=earlier]')
    while (await earlier.isVisible()) { // a page opened late shows the latest, and leads to the earlier ones
      await earlier.click()
      await until(async () => (await shownRows(who.page))[0].seq < rows[0].seq, { say: `earlier messages on ${name}` })
      rows.unshift(...(await shownRows(who.page)).filter(row => row.seq < rows[0].seq))
    }
    assert.deepEqual(rows.map(row => row.seq), log.map(row => row.seq), name)
    assert.deepEqual(rows.filter(row => row.kind === 'TEXT').map(row => row.text), contents(log), name)
  }
}, { seconds: 90 })

await test('nothing went wrong on the pages', () => {
  assert.deepEqual([...first.wrong, ...here.wrong], [])
  note(`${bridge.cuts} cuts`)
})
await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
await finish()
