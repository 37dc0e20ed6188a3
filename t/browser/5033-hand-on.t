#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A chat handed on between two consoles: pushed, taken, refused, in vain; hold. The first agent is told what became of it and keeps what she read.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { sees, state, visitor } from '../lib/browser.mjs'
import { consultation, guest, say, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const system = await startSystem({ demo: 'none', set: { transfer_timeout: '30s' } })
const oneOf = await staff(system, 'agent', '한지수'), twoOf = await staff(system, 'agent', '최유진')
const one = await visitor(system), two = await visitor(system)
await one.signIn(oneOf.email)
await two.signIn(twoOf.email)
async function clean(page, where) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document))
  assert.deepEqual(violations.flatMap(v => v.nodes.map(node => `${where}: ${v.id}: ${node.target}`)), [])
}
const toast = (who, words) => who.page.locator('.toast', { hasText: words }).first().waitFor()
async function handOn(name, note) {
  await one.page.locator('.head [data-do=transfer]').click()
  const choice = one.page.locator('#transfer-dialog label', { hasText: name }).first()
  await choice.waitFor()
  await choice.click()
  if (note) await one.page.fill('#transfer-note', note)
}
async function sendOn() {
  await one.page.locator('#transfer-dialog button.main').click()
  await one.page.locator('#offer-flag').waitFor()
  await state(one.page, 'push')
}

await two.page.goto('/agent')
await state(two.page, 'push')

await test('handed on, shown above the lists with its note, refused, then taken; the first agent keeps the page and is told', async () => {
  const { person, id } = await consultation(system, oneOf, await guest(system, { nickname: '이서연' }))
  await one.page.goto(`/agent/chat/${id}`)
  await state(one.page, 'push')
  await say(person, id, '뚜껑이 깨졌어요')
  await sees(one.page, '뚜껑이 깨졌어요')
  await handOn('최유진', '교환 건입니다')
  await clean(one.page, 'the dialog')
  await one.picture('hand-on-dialog')
  await sendOn()
  const offer = two.page.locator('#offers li', { hasText: '이서연' })
  await offer.waitFor()
  await toast(two, '동료가 상담을 넘깁니다')
  assert.match(await offer.textContent(), /교환 건입니다/)
  await clean(two.page, 'an offer')
  await two.picture('offer')
  await one.picture('offered')
  await offer.getByRole('button', { name: '받지 않기' }).click()
  await toast(one, '동료가 상담을 받지 않았습니다')
  await one.page.locator('#offer-flag').waitFor({ state: 'detached' })
  await handOn('최유진')
  await sendOn()
  await offer.waitFor()
  await two.page.reload() // with an offer in the page as it comes, all of its script works, too
  await state(two.page, 'push')
  await offer.getByRole('button', { name: /^받기/ }).click()
  await two.page.waitForURL(`**/agent/chat/${id}`)
  await sees(two.page, '뚜껑이 깨졌어요')
  await one.page.locator('#flags .flag', { hasText: '최유진 상담사가 이 상담을 이어받았습니다' }).waitFor()
  await sees(one.page, '뚜껑이 깨졌어요')
  assert.equal(await one.page.locator('#foot').isVisible(), false)
  await one.picture('moved')
  await two.page.fill('#say', '이어서 돕겠습니다')
  await two.page.keyboard.press('Enter')
  await sees(two.page, '이어서 돕겠습니다')
  await two.page.goto('/agent')
  await state(two.page, 'push')
})

await test('nobody takes it: it goes from the list by itself, and the agent is called', async () => {
  const { id } = await consultation(system, oneOf, await guest(system, { nickname: '박민준' }))
  await one.page.goto(`/agent/chat/${id}`)
  await state(one.page, 'push')
  await handOn('담당')
  await sendOn()
  await two.page.locator('#offers li', { hasText: '박민준' }).waitFor()
  await system.sql(`UPDATE chat_session SET offer_until = UTC_TIMESTAMP(3) WHERE session_id = '${id}'`)
  await toast(one, '상담을 받은 사람이 없습니다')
  await two.page.locator('#offers li').waitFor({ state: 'detached' })
  await one.page.locator('#offer-flag').waitFor({ state: 'detached' })
})

await test('hold by the dialog: flag and list say so, and it wakes up with a call', async () => {
  const { id } = await consultation(system, oneOf, await guest(system, { nickname: '최서준' }))
  await one.page.goto(`/agent/chat/${id}`)
  await state(one.page, 'push')
  await one.page.locator('.head [data-do=hold]').click()
  await one.page.locator('#hold-dialog button.main').click()
  await one.page.locator('#hold-flag').waitFor()
  await state(one.page, 'push')
  assert.match(await one.page.locator('#list-mine li.current').textContent(), /보류 중/)
  await one.picture('held')
  await clean(one.page, 'a chat on hold')
  await system.sql(`UPDATE chat_session SET hold_until = UTC_TIMESTAMP(3) WHERE session_id = '${id}'`)
  await toast(one, '보류 시간이 끝났습니다')
  await one.page.locator('#hold-flag').waitFor({ state: 'detached' })
  await one.page.waitForFunction(() => !/보류 중/.test(document.querySelector('#list-mine li.current').textContent))
})

await test('nothing went wrong on any page', () => assert.deepEqual([one, two].flatMap(who => who.wrong), []))

await finish()
