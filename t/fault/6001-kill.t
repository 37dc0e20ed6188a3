#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// kill -9 of each program in the middle of a conversation: every acknowledged message is there once, in order, for both sides.
import assert from 'node:assert/strict'
import { Person } from '../lib/client.mjs'
import { check, start } from '../lib/conversation.mjs'
import { consultation, guest, requestChat, say, send, staff } from '../lib/people.mjs'
import { talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none' })
const agent = await staff(system)
const ready = () => until(async () => (await new Person(system).get('/readyz', { check: false })).status === 200, { seconds: 30, say: 'ready' })

for (const [name, rounds, doors] of [['pushd', 3, ['stomp', 'rest']], ['chat', 3, ['rest', 'stomp']], ['agent', 1, ['rest', 'rest']], ['mariadbd', 2, ['stomp', 'rest']], ['nginx', 1, ['stomp', 'rest']]]) {
  await test(`kill -9 of ${name}, ${rounds} times: nothing lost, nothing twice, one order`, async () => {
    await ready()
    const { person, id } = await consultation(system, agent)
    const talk = await start(system, person, agent, id, doors)
    for (const side of talk.sides) await side.more(10)
    for (let round = 0; round < rounds; round++) {
      const old = system.kill(name)
      assert.ok(old.length > 0, `no ${name} runs`)
      await system.renewed(name, old)
      for (const side of talk.sides) await side.more(10)
    }
    const result = await check(talk)
    note(`${name}: ${result.rows} rows, ${result.said} acknowledged, ${result.unknown} without an answer`)
    for (const side of talk.sides) await side.stop()
    await person.expect(200, person.post(`/api/chat/sessions/${id}/end`, {}))
  }, { seconds: 150 })
}

await test('the database away: 503 with Retry-After and a page that says so; recovery without a restart', async () => {
  await ready()
  const { person, id } = await consultation(system, agent)
  const others = ['pushd', 'account', 'chat', 'agent', 'stats', 'file']
  const before = others.map(name => system.pids(name).join())
  system.hold('mariadbd')
  system.kill('mariadbd')
  const away = await until(async () => {
    const answer = await send(person, id, '저장되나요?')
    return answer.status === 503 && answer
  }, { seconds: 20 })
  assert.ok(Number(away.headers['retry-after']) >= 1)
  assert.equal(away.json.code, '99')
  for (const target of [`/api/chat/sessions/${id}/messages`, '/api/account/me', '/api/chat/sessions/resumable']) {
    const answer = await person.get(target)
    assert.equal(answer.status, 503, target)
    assert.ok(answer.headers['retry-after'], target)
  }
  const page = await person.get(`/chat/${id}`)
  assert.equal(page.status, 503)
  assert.match(page.headers['content-type'], /text\/html/)
  await until(async () => (await new Person(system).get('/readyz', { check: false })).status === 503, { seconds: 10 })
  assert.equal((await new Person(system).get('/livez')).status, 200)
  system.release('mariadbd')
  await ready()
  await until(async () => (await send(person, id, '이제 되네요')).status === 201, { seconds: 20 })
  assert.deepEqual(others.map(name => system.pids(name).join()), before)
}, { seconds: 120 })

await test('pushd away: REST and polling go on; it returns and misses nothing', async () => {
  const { person, id } = await consultation(system, agent)
  const talk = await talker(system, person, { client: { reconnectDelay: 200 } })
  await talk.subscribe(`/topic/chat/${id}`)
  system.hold('pushd')
  system.kill('pushd')
  await until(() => talk.closes.length > 0)
  let after = 0
  for (let i = 0; i < 5; i++) {
    await say(agent, id, `없는 사이 ${i}`)
    const poll = await person.expect(200, person.get(`/api/chat/sessions/${id}/messages?after=${after}`))
    assert.equal(poll.data.at(-1).content, `없는 사이 ${i}`)
    after = poll.data.at(-1).seq
  }
  for (const target of [`/chat/${id}`, '/signin', '/my']) assert.ok((await person.get(target)).status < 400, target)
  assert.equal((await agent.get(`/agent/chat/${id}`)).status, 200)
  system.release('pushd')
  await ready()
  await until(() => talk.client.connected, { seconds: 20 })
  const list = await talk.subscribe(`/topic/chat/${id}`, { after: '0' })
  await say(agent, id, '돌아온 뒤')
  await until(() => list.some(row => row.content === '돌아온 뒤'))
  assert.deepEqual(list.map(row => row.seq), list.map((_, i) => i + 1))
}, { seconds: 90 })

await test('the FastCGI programs away: an open chat goes on over STOMP', async () => {
  const { person, id } = await consultation(system, agent)
  const one = await talker(system, person)
  const two = await talker(system, agent)
  const [atOne, atTwo] = [await one.subscribe(`/topic/chat/${id}`), await two.subscribe(`/topic/chat/${id}`)]
  const names = ['account', 'chat', 'agent', 'stats', 'file']
  for (const name of names) system.hold(name)
  for (const name of names) system.kill(name)
  for (let i = 0; i < 5; i++) {
    assert.equal(await one.say(id, `고객 ${i}`), 'RECEIPT')
    assert.equal(await two.say(id, `상담사 ${i}`), 'RECEIPT')
  }
  for (const list of [atOne, atTwo]) await until(() => list.filter(row => row.kind === 'TEXT').length === 10)
  for (const name of names) system.release(name)
  await until(async () => (await person.get(`/api/chat/sessions/${id}`)).status === 200, { seconds: 20 })
  await one.stop()
  await two.stop()
}, { seconds: 90 })

await test('the notify socket gone: an acknowledgement is not touched, and the row arrives by the sweep', async () => {
  const { person, id } = await consultation(system, agent)
  const talk = await talker(system, person)
  const list = await talk.subscribe(`/topic/chat/${id}`)
  await system.ctl(['status']).catch(() => {})
  const fs = await import('node:fs')
  const socket = fs.readdirSync(`${system.dir}/run`).find(name => /notify/.test(name))
  assert.ok(socket, 'no notify socket in run/')
  fs.unlinkSync(`${system.dir}/run/${socket}`)
  const old = system.kill('chat')
  await system.renewed('chat', old)
  await until(async () => (await send(agent, id, '힌트 없이')).status === 201, { seconds: 20 })
  await until(() => list.some(row => row.content === '힌트 없이'), { seconds: 35 })
  const dead = system.kill('pushd')
  await system.renewed('pushd', dead)
}, { seconds: 90 })

await test('what waits stays: requests and codes after all of that', async () => {
  await ready()
  const person = await guest(system)
  const chat = await requestChat(person)
  assert.equal(chat.status, 'WAITING')
  const counts = (await agent.expect(200, agent.get('/api/admin/chat/statistics'))).data
  assert.ok(counts.waiting >= 1)
})

await finish()
