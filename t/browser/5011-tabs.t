#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// One person, several pages of one chat: a reload with a message that nobody has acknowledged, two tabs, a tab that a browser duplicates, and the
// way back through the browser's cache.
import assert from 'node:assert/strict'
import { shownRows, sees, state, visitor } from '../lib/browser.mjs'
import { consultation, contents, history, say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const one = await staff(system)
const customer = await visitor(system, { size: { width: 390, height: 780 } })
const { page, context } = customer
await page.goto('/')
await page.locator('[name=categoryId]').first().check()
await page.fill('[name=name]', `박서준 ${process.pid}`)
await page.getByRole('button', { name: '상담 시작하기' }).click()
await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
const id = /\/chat\/([0-9a-f-]{36})/.exec(page.url())[1]
await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/accept`, {}))
await state(page, 'push')

const write = async (at, text) => {
  await at.fill('textarea[name=content]', text)
  await at.getByRole('button', { name: '보내기', exact: true }).click()
}
const log = async () => history(one, id)
const bubbles = (at, text) => at.locator('[role=log] li.msg', { hasText: text }).count()
const showsTheLog = async at => {
  const rows = await log()
  await until(async () => (await shownRows(at)).at(-1)?.seq === rows.at(-1).seq, { say: 'the last row' })
  assert.deepEqual((await shownRows(at)).map(row => row.seq), rows.map(row => row.seq))
  await until(async () => (await at.locator('[role=log] li.msg:not([data-seq])').count()) === 0, { say: 'no bubble beside the log' })
}
await test('a message that reached nobody is sent after the reload, under the id that it had', async () => {
  await customer.offline(true)
  await state(page, 'offline')
  await write(page, '아직 못 보낸 말')
  const kept = await page.evaluate(key => JSON.parse(sessionStorage.getItem(key)), `sangdam.outbox.${id}`)
  assert.equal(kept.length, 1)
  await customer.offline(false)
  await page.reload()
  await sees(page, '아직 못 보낸 말')
  await showsTheLog(page)
  assert.deepEqual((await log()).filter(row => row.content === '아직 못 보낸 말').map(row => row.clientMessageId), [kept[0].id])
  assert.equal(await page.evaluate(key => sessionStorage.getItem(key), `sangdam.outbox.${id}`), null)
})

await test('a message that was stored, but whose answer was lost, is there once after the reload', async () => {
  // the log holds it, the outbox still does: as when the page went between COMMIT and RECEIPT
  const key = crypto.randomUUID()
  await page.evaluate(([name, entry]) => sessionStorage.setItem(name, JSON.stringify([entry])), [`sangdam.outbox.${id}`, { id: key, content: '답을 못 받은 말', at: 1, state: 'pending' }])
  const { csrf } = await page.evaluate(() => document.getElementById('chat').dataset)
  const answer = await page.evaluate(async ([url, body, token]) => (await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': token }, body: JSON.stringify(body) })).status,
    [`/api/chat/sessions/${id}/messages`, { content: '답을 못 받은 말', clientMessageId: key }, csrf])
  assert.equal(answer, 201)
  await page.evaluate(([name, entry]) => sessionStorage.setItem(name, JSON.stringify([entry])), [`sangdam.outbox.${id}`, { id: key, content: '답을 못 받은 말', at: 1, state: 'pending' }])
  await page.reload()
  await state(page, 'push')
  await showsTheLog(page)
  assert.equal(await bubbles(page, '답을 못 받은 말'), 1)
  assert.equal(contents(await log()).filter(text => text === '답을 못 받은 말').length, 1)
})

let second
await test('two tabs: what one sends or is sent stands in both, once', async () => {
  second = await context.newPage()
  await second.goto(`/chat/${id}`)
  await state(second, 'push')
  await write(page, '첫 탭에서')
  await sees(second, '첫 탭에서')
  await write(second, '둘째 탭에서')
  await sees(page, '둘째 탭에서')
  await say(one, id, '두 탭 모두에게')
  for (const at of [page, second]) {
    await sees(at, '두 탭 모두에게')
    await showsTheLog(at)
  }
})

await test('a tab without any door has what the other tab gets', async () => {
  // its socket and its requests die; the other tab is on push
  customer.isOff = true
  await second.route('**/api/**', route => route.abort())
  await second.routeWebSocket(/\/ws/, ws => ws.close())
  await second.reload()
  await state(second, 'offline')
  await say(one, id, '다른 탭을 거쳐 온 말')
  await sees(second, '다른 탭을 거쳐 온 말')
  await second.unroute('**/api/**')
  await second.close()
  await showsTheLog(page)
})

await test('a duplicated tab begins with a copy of the outbox: one message of the two', async () => {
  await customer.offline(true)
  await state(page, 'offline')
  await write(page, '복제된 탭의 말')
  const kept = await page.evaluate(key => sessionStorage.getItem(key), `sangdam.outbox.${id}`)
  await customer.offline(false)
  await sees(page, '복제된 탭의 말')
  const twin = await context.newPage()
  await twin.goto('/help')
  await twin.evaluate(([key, value]) => sessionStorage.setItem(key, value), [`sangdam.outbox.${id}`, kept])
  await twin.goto(`/chat/${id}`)
  await state(twin, 'push')
  for (const at of [page, twin]) {
    await sees(at, '복제된 탭의 말')
    await showsTheLog(at)
  }
  assert.equal(contents(await log()).filter(text => text === '복제된 탭의 말').length, 1)
  await twin.close()
})

await test('away by a link and back: nothing is missing', async () => {
  await page.goto('/my')
  await say(one, id, '그사이 온 말')
  await page.goBack()
  await sees(page, '그사이 온 말')
  await state(page, 'push')
  await write(page, '돌아와서 쓴 말')
  await until(async () => contents(await log()).includes('돌아와서 쓴 말'), { say: 'it is stored' })
  await showsTheLog(page)
})

await test('the history shows the same rows in a labelled log', async () => {
  await one.expect(200, one.post(`/api/admin/chat/sessions/${id}/end`, {}))
  const agent = await visitor(system)
  await agent.signIn(one.email)
  await agent.page.goto(`/history/${id}`)
  const list = agent.page.getByRole('log', { name: '대화' })
  assert.deepEqual(await list.locator('li[data-seq]').evaluateAll(all => all.map(li => Number(li.dataset.seq))), (await log()).map(row => row.seq))
  assert.deepEqual(agent.wrong, [])
})

await test('nothing went wrong on the pages', () => assert.deepEqual(customer.wrong, []))
await finish()
