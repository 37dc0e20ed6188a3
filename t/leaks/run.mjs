#!/usr/bin/env node
// leaks: the whole system under valgrind through a consultation: 200 messages over both doors, a file, an absence, a kill of MariaDB, pages and
// statistics. Then each program ends by TERM and must have lost no block, definitely or indirectly. Not part of t/run: it takes some minutes.
//   t/leaks/run.mjs        needs valgrind; prints TAP
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { finish, test } from '../lib/tap.mjs'
import { consultation, guest, history, isDense, say, send, signIn } from '../lib/people.mjs'
import { talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { until } from '../lib/until.mjs'

const logs = fs.mkdtempSync('/tmp/sd-leaks-')
const under = `valgrind -q --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect --num-callers=20 --log-file=${logs}/%p.log`
const programs = ['account', 'chat', 'agent', 'stats', 'file', 'pushd']
let system, pids

await test('the system starts under valgrind', async () => {
  system = await startSystem({ env: { SANGDAM_UNDER: under }, set: { fcgi_processes: '1', fcgi_threads: '4', linger: '1s', send_rate: '1000/1s', db_read_timeout: '20s' } })
  pids = Object.fromEntries(programs.map(name => [name, system.pids(name)]))
}, { seconds: 300 })

await test('a consultation of 200 messages, a file, an absence and a kill of MariaDB', async () => {
  const agent = await signIn(system, 'agent@example.com')
  const { person, id } = await consultation(system, agent, await guest(system))
  const [theirs, ours] = [await talker(system, person), await talker(system, agent)]
  const seen = await theirs.subscribe(`/topic/chat/${id}`, { after: '0' })
  await ours.subscribe(`/topic/chat/${id}`, { after: '0' })
  await ours.subscribe('/topic/chat/sessions')
  for (let i = 0; i < 50; i++) {
    assert.equal(await theirs.say(id, `고객 ${i} 😀`), 'RECEIPT')
    assert.equal(await ours.say(id, `상담사 ${i}`), 'RECEIPT')
    await say(person, id, `글 ${i}`)
    await say(agent, id, `답 ${i}`)
  }
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const file = await person.upload(`/api/chat/sessions/${id}/files`, [{ name: 'file', filename: '사진.png', type: 'image/png', bytes: png }])
  assert.equal(file.status, 201)
  await person.get(file.data.attachment.url)
  theirs.cut()
  await until(async () => (await history(agent, id)).some(row => row.kind === 'AWAY'), { seconds: 60, say: 'an AWAY row' })
  await say(person, id, '돌아왔어요')
  const old = system.kill('mariadbd')
  await until(async () => (await send(person, id, 'x')).status === 503, { seconds: 20, say: 'a 503' }).catch(() => {}) // it may be back already
  await system.renewed('mariadbd', old, 60)
  await until(async () => (await send(person, id, '다시 됩니다')).status === 201, { seconds: 90, every: 500, say: 'a 201 again' })
  await until(async () => (await agent.get('/readyz')).status === 200, { seconds: 60, every: 500, say: 'pushd to be ready' })
  assert.equal((await agent.post(`/api/admin/chat/sessions/${id}/end`, {})).status, 200)
  assert.ok(isDense(await history(person, id)))
  assert.ok(seen.length >= 200)
}, { seconds: 600 })

await test('pages, history and statistics are asked for', async () => {
  const admin = await signIn(system, 'admin@example.com')
  for (const target of ['/', '/signin', '/my', '/agent', '/history', '/dashboard', '/stats/', '/stats/summary.html', '/stats/live', '/stats/agents.csv', '/stats/chats.json',
    '/stats/hours.txt', '/api/admin/chat/statistics', '/api/chat/categories', '/nowhere', '/metrics'])
    assert.notEqual((await admin.get(target, { check: false })).status, 500, target)
}, { seconds: 120 })

await test('every program ends by TERM', async () => { await system.stop() }, { seconds: 300 })

for (const name of programs)
  await test(`${name} lost nothing`, () => {
    assert.ok(pids[name].length > 0)
    for (const pid of pids[name]) {
      const said = fs.readFileSync(path.join(logs, `${pid}.log`), 'utf8')
      assert.equal(said, '', said.slice(0, 6000))
    }
  })
fs.rmSync(logs, { recursive: true, force: true })
await finish()
