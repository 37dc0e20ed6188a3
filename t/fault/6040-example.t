#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// doc/examples/talk.mjs, the client that doc/DELIVERY shows: it is killed, and so are the programs, and each message stands once in the chat and in its log.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { consultation, guestByToken, history, say, staff } from '../lib/people.mjs'
import { startSystem, top } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none' })
const agent = await staff(system)

class Example {
  constructor(person, id) {
    Object.assign(this, { person, id, folder: path.join(system.dir, `talk-${id}`), said: [] })
    cleanup(() => this.child?.kill('SIGKILL'))
    this.begin()
  }

  begin() {
    this.trouble = ''
    this.child = spawn(process.execPath, [path.join(top, 'doc/examples/talk.mjs'), system.url, this.id, this.folder], { env: { ...process.env, TOKEN: this.person.token }, stdio: ['pipe', 'ignore', 'pipe'] })
    this.child.stderr.on('data', text => { this.trouble += text })
    this.child.stdin.on('error', () => {})
    this.ended = new Promise(yes => this.child.on('exit', yes))
  }

  get log() { return this.rows(this.read('log')) }
  read(name) { try { return fs.readFileSync(path.join(this.folder, name), 'utf8') } catch { return '' } }
  rows(text) { return text.split('\n').filter(Boolean).map(line => JSON.parse(line)) }

  // It is said when the client has written it down.
  async say(content) {
    this.child.stdin.write(`${content}\n`)
    await until(() => this.read('outbox').includes(content) || this.read('log').includes(content), { seconds: 10, say: `${content} is written down` })
    this.said.push(content)
  }

  async kill() {
    this.child.kill('SIGKILL')
    await this.ended
    this.begin()
  }
}

const person = await guestByToken(system)
const { id } = await consultation(system, agent, person)
const example = new Example(person, id)

await test('it says and shows', async () => {
  await example.say('안녕하세요, 하나')
  await say(agent, id, '네 👋')
  await until(() => example.log.some(row => row.content === '네 👋'), { seconds: 10 })
})

for (const name of ['chat', 'mariadbd', 'nginx', 'pushd']) {
  await test(`${name} is killed, and the client too`, async () => {
    const old = system.kill(name)
    await example.say(`${name} 하나`)
    await example.kill()
    await example.say(`${name} 둘`)
    await system.renewed(name, old)
    await until(async () => {
      try {
        return (await say(agent, id, `${name} 답`)) && true
      } catch {
        return false
      }
    }, { seconds: 30, every: 200 })
    await until(() => example.log.some(row => row.content === `${name} 답`) && !example.read('outbox'), { seconds: 60 })
  }, { seconds: 120 })
}

await test('the installation is restored: another epoch, the log is read anew', async () => {
  const before = example.read('epoch')
  await system.sql("UPDATE installation SET epoch = UUID()")
  await until(() => example.read('epoch') !== before && example.log.length > 0, { seconds: 60 })
}, { seconds: 90 })

await test('the end: it ends by itself, and its log is the chat\'s, each row once', async () => {
  await agent.expect(200, agent.post(`/api/chat/sessions/${id}/end`, {}))
  assert.equal(await example.ended, 0)
  assert.equal(example.trouble, '')
  const rows = await history(agent, id)
  assert.deepEqual(example.log.map(row => [row.seq, row.kind, row.content]), rows.map(row => [row.seq, row.kind, row.content]))
  for (const content of example.said) assert.equal(rows.filter(row => row.content === content).length, 1, content)
}, { seconds: 90 })

await finish()
