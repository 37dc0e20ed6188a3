#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Internal notes in the console: yellow between the bubbles, pushed to a supervisor who looks on, kept as a draft, a name calls; the customer sees nothing.
import assert from 'node:assert/strict'
import { sees, state, visitor } from '../lib/browser.mjs'
import { consultation, guest, requestChat, say, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await startSystem({ demo: 'none' })
const agentOf = await staff(system, 'agent', '한지수'), chief = await staff(system, 'supervisor', '오세린')
const agent = await visitor(system), supervisor = await visitor(system)
await agent.signIn(agentOf.email)
await supervisor.signIn(chief.email)
const memo = (page, words) => page.locator('li.memo', { hasText: words })

await test('a whisper: the supervisor writes, the agent sees it between the rows at once, and is called by name', async () => {
  const { person, id } = await consultation(system, agentOf)
  await say(person, id, '뚜껑이 깨졌어요')
  await agent.page.goto(`/agent/chat/${id}`)
  await supervisor.page.goto(`/agent/chat/${id}`)
  for (const { page } of [agent, supervisor]) await state(page, 'push')
  await agent.page.locator('#watching', { hasText: '오세린' }).waitFor()
  await supervisor.page.locator('#watching', { hasText: '한지수' }).waitFor()
  await supervisor.page.locator('#note-box summary').click()
  await supervisor.page.fill('#note', '@한지수 이번 달 세 번째입니다')
  await agent.page.locator('#watching', { hasText: '오세린 (입력 중)' }).waitFor()
  await supervisor.page.keyboard.press('Control+Enter')
  await memo(agent.page, '세 번째').waitFor()
  await agent.page.locator('.toast', { hasText: '오세린님이 메모에서 불렀습니다' }).waitFor()
  assert.equal(await memo(agent.page, '세 번째').count(), 1)
  await say(person, id, '교환되나요?')
  await sees(agent.page, '교환되나요?')
  const order = await agent.page.locator('#messages > li:not(.day, .sys)').evaluateAll(list => list.map(li => li.querySelector('.bubble').textContent))
  assert.deepEqual(order, ['뚜껑이 깨졌어요', '@한지수 이번 달 세 번째입니다', '교환되나요?'])
  assert.equal(await supervisor.page.inputValue('#note'), '')
  await agent.picture('note')
  await agent.page.reload()
  await memo(agent.page, '세 번째').waitFor()
  const after = await agent.page.locator('#messages > li:not(.day, .sys)').evaluateAll(list => list.map(li => li.querySelector('.bubble').textContent))
  assert.deepEqual(after, order, 'the server puts it where the script did')
  await agent.page.locator('#note-box summary').click()
  await agent.page.fill('#note', '쓰다 만 메모')
  await agent.page.reload()
  assert.equal(await agent.page.inputValue('#note'), '쓰다 만 메모')
})

await test('without script, in English: a form of its own', async () => {
  const plain = await visitor(system, { script: false, lang: 'en-US' })
  await plain.signIn(agentOf.email)
  const { sessionId: id } = await requestChat(await guest(system))
  await agentOf.expect(200, agentOf.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  await plain.page.goto(`/agent/chat/${id}`)
  await plain.page.getByRole('link', { name: 'Write an internal note' }).click()
  await plain.page.locator('summary', { hasText: 'Write an internal note' }).click()
  await plain.page.fill('[name=note]', 'No script here')
  await plain.page.getByRole('button', { name: 'Leave the note' }).click()
  await memo(plain.page, 'No script here').waitFor()
  assert.match(await memo(plain.page, 'No script here').textContent(), /Not shown to the customer/)
})

await test('nothing went wrong on any page', () => assert.deepEqual([agent, supervisor].flatMap(one => one.wrong), []))

await finish()
