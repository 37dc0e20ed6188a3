#!/bin/sh
':' //; exec "$(dirname "$0")/../lib/own-mounts" node "$(dirname "$0")/../lib/t.mjs" "$0"
// Disks that are full: of the log, of the uploads, of the database. Each is a small file system of its own, filled while people talk and made empty again.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { Person } from '../lib/client.mjs'
import { consultation, contents, history, isDense, requestChat, say, send, guest, staff } from '../lib/people.mjs'
import { raw, talker } from '../lib/stomp.mjs'
import { newFolder, startIn, wide } from '../lib/system.mjs'
import { cleanup, finish, note, skip, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { emptyDatabase } from './house.mjs'

if (!process.env.SANGDAM_OWN_MOUNTS) {
  skip('full disks', 'mounting is not allowed here')
  await finish()
}
const folder = newFolder()
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
const dir = path.join(folder, 's')
const at = name => path.join(dir, name)
for (const [name, size] of [['log', '1m'], ['files', '1m'], ['db', '220m']]) {
  fs.mkdirSync(at(name), { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=750`, 'none', at(name)])
  cleanup(() => execFileSync('umount', ['-l', at(name)]))
}
const isThere = user => { try { return execFileSync('getent', ['passwd', user]) } catch { return false } }
execFileSync('cp', ['-a', `${emptyDatabase(folder)}/.`, at('db')])
if (isThere('mysql')) execFileSync('chown', ['-R', 'mysql:', at('db')])
const system = await startIn(dir, { demo: 'none', set: { ...wide, limits: 'off', log_level: 'debug' } })
cleanup(() => system.stop())
const agent = await staff(system)

// Takes all that is left of a disk; gives it back when called.
function fill(name) {
  const fd = fs.openSync(path.join(at(name), 'fill'), 'w')
  for (let piece = Buffer.alloc(1 << 20, 1); piece.length;) {
    try {
      if (fs.writeSync(fd, piece) < piece.length) piece = piece.subarray(0, piece.length >> 1)
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error
      piece = piece.subarray(0, piece.length >> 1)
    }
  }
  fs.closeSync(fd)
  return () => fs.rmSync(path.join(at(name), 'fill'))
}

// [of pushd, of the FastCGI programs]
async function lostLines() {
  const { text } = await new Person(system).get('/metrics')
  return ['sangdam_push_log_lines_lost_total', 'sangdam_log_lines_lost_total'].map(name => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)[1]))
}

// Something for pushd's log and for a program's.
async function beLogged() {
  const client = await raw(system, { person: agent })
  await client.send('HELLO\n\n\0').close()
  await new Person(system).expect(401, new Person(system).post('/api/account/login', { email: 'nobody@example.org', password: 'a wrong one' }))
}

await test('the log: people talk on, the lines that were lost are counted, and lines come again', async () => {
  const { person, id } = await consultation(system, agent)
  const talk = await talker(system, person)
  const list = await talk.subscribe(`/topic/chat/${id}`)
  const before = await lostLines()
  const free = fill('log')
  for (const name of fs.readdirSync(at('log'))) { // and the rest of each log's last page
    const { size } = fs.statSync(path.join(at('log'), name))
    if (size % 4096) fs.appendFileSync(path.join(at('log'), name), `${'x'.repeat(4095 - size % 4096)}\n`)
  }
  for (let i = 0; i < 10; i++) {
    await say(agent, id, `상담사 ${i}`)
    assert.equal(await talk.say(id, `고객 ${i}`), 'RECEIPT')
  }
  await until(() => list.filter(row => row.kind === 'TEXT').length === 20)
  await until(async () => {
    await beLogged()
    return (await lostLines()).every((n, i) => n > before[i])
  }, { seconds: 20, every: 0 })
  free()
  const size = name => system.log(name).length
  const sizes = ['pushd', 'account'].map(size)
  await until(async () => {
    await beLogged()
    return ['pushd', 'account'].every((name, i) => size(name) > sizes[i])
  })
  await talk.stop()
})

await test('the uploads: 503 or 507, no message, nothing left on the disk; then it takes files again', async () => {
  const { person, id } = await consultation(system, agent)
  const upload = n => person.upload(`/api/chat/sessions/${id}/files`, [{ name: 'file', filename: 'a.txt', type: 'text/plain', bytes: Buffer.alloc(n, 'x') }], { check: false })
  const free = fill('files')
  const before = fs.readdirSync(at('files'))
  for (const n of [100, 300000]) {
    const answer = await upload(n)
    assert.ok([503, 507].includes(answer.status), `${answer.status} for ${n} bytes`)
    assert.equal(answer.json.code, '99')
  }
  assert.deepEqual(fs.readdirSync(at('files')), before)
  assert.ok(!(await history(person, id)).some(row => row.kind === 'FILE'))
  await say(person, id, '파일은 나중에 보낼게요')
  free()
  assert.equal((await upload(300000)).status, 201)
})

await test('the database: 503 that asks to come again, what is there can be read; nothing acknowledged is lost, and it goes on when there is room', async () => {
  const { person, id } = await consultation(system, agent)
  const talk = await talker(system, agent)
  await talk.refusals()
  const said = ['그 전에']
  await say(person, id, said[0])
  const text = i => `${i} ${'가'.repeat(1900)}`
  const free = fill('db')
  const away = await until(async () => {
    const content = text(said.length)
    const answer = await send(person, id, content)
    if (answer.status === 201) said.push(content)
    else return answer
  }, { seconds: 20, every: 0 })
  note(`${said.length - 1} messages found room`)
  assert.equal(away.status, 503)
  assert.ok(Number(away.headers['retry-after']) >= 1)
  assert.equal(away.json.code, '99')
  const refusal = await talk.say(id, text('over STOMP'))
  assert.deepEqual([refusal.code, refusal.retryAfterMs > 0], ['99', true])
  assert.deepEqual(contents(await history(person, id)), said)
  assert.equal((await person.get(`/chat/${id}`)).status, 200)
  assert.equal((await new Person(system).get('/livez')).status, 200)
  free()
  await until(async () => (await send(person, id, '이제 되네요')).status === 201, { seconds: 20 })
  assert.equal(await talk.say(id, '여기도요'), 'RECEIPT')
  const rows = await history(person, id)
  assert.ok(isDense(rows))
  assert.deepEqual(contents(rows), [...said, '이제 되네요', '여기도요'])
  assert.equal((await requestChat(await guest(system))).status, 'WAITING')
}, { seconds: 60 })

await finish()
