#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The figures as people see them: lines are lines and no filled shapes, legends have their keys, fuller hours of the map are darker, the choices of a period stand apart, and
// what unfolds can be seen before it is pointed at: the definitions here, the block of a customer beside a chat. A date of a table stays on one line.
import assert from 'node:assert/strict'
import { visitor } from '../lib/browser.mjs'
import { consultation, guest, say, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const boss = await staff(system, 'supervisor'), agent = await staff(system)
const { person, id } = await consultation(system, agent, await guest(system))
await say(person, id, '안녕하세요')
await say(agent, id, '네')
const chief = await visitor(system)
const { page } = chief
await chief.signIn(boss.email)
const style = (selector, ...names) => page.locator(selector).first().evaluate((e, keys) => keys.map(key => getComputedStyle(e)[key]), names)

// It can be seen without the pointer over it: neither it nor what it stands in is transparent, and it has room for its words.
async function shows(selector) {
  const { opacity, width } = await page.locator(selector).first().evaluate(e => {
    let opacity = 1
    for (let one = e; one; one = one.parentElement) opacity *= Number(getComputedStyle(one).opacity)
    return { opacity, width: e.getBoundingClientRect().width }
  })
  assert.equal(opacity, 1, selector)
  assert.ok(width > 40, `${selector} is ${width} wide`)
}

await test('the dashboard: lines, keys, the map of hours, the definitions', async () => {
  await page.goto('/dashboard')
  assert.deepEqual(await style('polyline.c-line', 'fill'), ['none'])
  assert.notDeepEqual(await style('polyline.c-line', 'stroke'), ['none'])
  for (const key of ['.key', '.key.grey', '.key.line', '.key.then']) {
    const { width } = await page.locator(`.legend ${key}`).first().boundingBox()
    assert.ok(width > 8, key)
  }
  const [[empty], [full]] = [await style('table.heat td:not([data-l])', 'backgroundColor'), await style('table.heat td[data-l]', 'backgroundColor')]
  assert.notEqual(full, empty)
  await shows('details.more > summary')
})

await test('a page of figures: periods apart, dates on a line, definitions', async () => {
  await page.goto('/stats/summary.html?from=-14d&group=day')
  const boxes = await page.locator('nav.seg a').evaluateAll(list => list.map(a => { const range = document.createRange(); range.selectNodeContents(a); const { left, right } = range.getBoundingClientRect(); return [left, right] }))
  assert.ok(boxes.length >= 4)
  for (let i = 1; i < boxes.length; i++) assert.ok(boxes[i][0] - boxes[i - 1][1] >= 8, 'words of neighbours stand apart')
  assert.equal(await page.locator('table.figures tbody th').first().evaluate(th => { const range = document.createRange(); range.selectNodeContents(th); return range.getClientRects().length }), 1)
  await shows('details.more > summary')
  await page.locator('details.more > summary').click()
  await shows('details.more dl')
})

await test('beside a chat: the block of a customer can be seen, and its form has room', async () => {
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  await page.goto(`/history/${id}`)
  await shows('details.more > summary')
  await page.locator('details.more > summary').click()
  await shows('#block-reason')
})

await test('nothing went wrong on the page', () => assert.deepEqual(chief.wrong, []))
await finish()
