#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The power goes: every program is killed at once and the disk forgets what nobody had flushed. What was acknowledged before is there afterwards, with the
// bytes of its files. The same cut with a database that acknowledges before it flushes loses some: so the cut cuts.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes, randomUUID as uuid } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { consultation, history, isDense, send, signIn, staff } from '../lib/people.mjs'
import { talker } from '../lib/stomp.mjs'
import { isAlive, newFolder, startIn, wide } from '../lib/system.mjs'
import { cleanup, finish, note, skip, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { emptyDatabase, pushds } from './house.mjs'
import { LostWrites } from './lost_writes.mjs'
import { Random } from './random.mjs'

if (/san/.test(process.env.SANGDAM_CONFIGURE ?? '')) {
  skip('the power goes', 'a sanitizer wants to be the first library')
  await finish()
}
const folder = newFolder()
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
const dir = path.join(folder, 's'), bin = path.join(folder, 'bin')
fs.mkdirSync(dir)
fs.mkdirSync(bin)
const disk = new LostWrites(folder)
const quoted = object => Object.entries(object).map(([name, value]) => `${name}='${value}'`).join(' ')
const real = execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v mariadbd'], { encoding: 'utf8' }).trim()
fs.writeFileSync(path.join(bin, 'mariadbd'), `#!/bin/sh\n${quoted(disk.env(path.join(dir, 'db')))} exec ${real} "$@" --innodb-use-native-aio=0 --innodb-max-dirty-pages-pct=0 --innodb-max-dirty-pages-pct-lwm=0\n`, { mode: 0o755 })
const under = Object.entries(disk.env(path.join(dir, 'files'))).map(([name, value]) => `${name}=${value}`).join(' ')
const start = () => startIn(dir, {
  demo: 'none', set: { ...wide, limits: 'off' },
  env: { SANGDAM_DB_COPY: emptyDatabase(folder), PATH: `${bin}:${process.env.PATH}`, SANGDAM_UNDER: `env ${under}` },
})
const names = () => ['mariadbd', 'account', 'chat', 'agent', 'stats', 'file', ...pushds(system), 'nginx']

// The keeper goes first, or it would start what follows again.
async function cutPower() {
  const keeper = Number(fs.readFileSync(path.join(dir, 'run', 'keeper.pid'), 'utf8'))
  const pids = names().flatMap(name => system.pids(name))
  for (const pid of [keeper, ...pids]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error // nginx's workers go with their master
    }
  }
  await until(() => [keeper, ...pids].every(pid => !isAlive(pid)), { say: 'the end of all' })
}

let system = await start()
cleanup(() => system.stop())
const seed = uuid().slice(0, 8)
note(`seed ${seed}`)
const random = new Random(seed)
const { email } = await staff(system)

// People talk, every other over STOMP, until end(); what was acknowledged is in said and files.
async function talk() {
  const agent = await signIn(system, email)
  let isOver = false
  const chats = []
  for (let i = 0; i < 4; i++) {
    const { person, id } = await consultation(system, agent)
    const by = i % 2 ? await talker(system, person) : undefined
    chats.push({ person, id, said: [], files: [], by, cut: by && until(() => by.closes.length, { seconds: 60 }) })
  }
  const loops = chats.map(async chat => {
    for (let i = 0; !isOver; i++) {
      const content = `${i} ${'가'.repeat(random.int(1, 1500))}`
      try {
        if (i % 10 === 3) await upload(chat)
        else if (await say(chat, content)) chat.said.push(content)
      } catch {
        break // the power is gone
      }
    }
  })
  await until(() => chats.every(chat => chat.said.length > 25 && chat.files.length > 1), { seconds: 30 })
  return { chats, end: () => { isOver = true; return Promise.all([...loops, ...chats.map(chat => chat.by?.stop())]) } }
}

// True when it is acknowledged.
async function say({ person, by, cut, id }, content) {
  return by ? await Promise.race([by.say(id, content, uuid()), cut]) === 'RECEIPT' : (await send(person, id, content)).status === 201
}

async function upload(chat) {
  const bytes = Buffer.concat([Buffer.from('hello '), Buffer.from(randomBytes(random.int(100, 40000)).toString('hex'))])
  const answer = await chat.person.upload(`/api/chat/sessions/${chat.id}/files`, [{ name: 'file', filename: 'a.txt', type: 'text/plain', bytes }])
  assert.equal(answer.status, 201)
  chat.files.push({ url: answer.data.attachment.url, digest: createHash('sha256').update(bytes).digest('hex') })
}

// How many of the acknowledged are not in the tables.
async function missing(chats) {
  const there = new Set((await system.sql('SELECT CONCAT(session_id, content) FROM chat_message')).map(([text]) => text))
  return chats.reduce((n, { id, said }) => n + said.filter(text => !there.has(id + text)).length, 0)
}

for (const [what, loses] of [['all that was not flushed', () => true], ['half of it, at random', () => random.chance(0.5)]]) {
  await test(`the power goes while people talk, and the disk forgets ${what}: nothing that was acknowledged is lost`, async () => {
    const { chats, end } = await talk()
    await cutPower()
    await end()
    const took = disk.takeBack(dir, loses)
    const said = chats.reduce((n, chat) => n + chat.said.length, 0), files = chats.flatMap(chat => chat.files.map(file => ({ ...file, chat })))
    note(`${took.lost} blocks lost, ${took.kept} kept; ${said} messages and ${files.length} files were acknowledged`)
    system = await start()
    assert.equal(await missing(chats), 0)
    for (const { url, digest, chat } of files) {
      const answer = await chat.person.get(url, { check: false })
      assert.equal(answer.status, 200)
      assert.equal(createHash('sha256').update(answer.bytes).digest('hex'), digest)
    }
    for (const { person, id } of chats) {
      assert.equal((await send(person, id, '다시')).status, 201)
      const rows = await history(person, id)
      assert.ok(isDense(rows))
      assert.equal((await system.sql(`SELECT message_count FROM chat_session WHERE session_id = '${id}'`))[0][0], String(rows.length))
    }
  })
}

await test('with innodb_flush_log_at_trx_commit=0 the same cut loses what was acknowledged', async () => {
  await system.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 0; SET GLOBAL innodb_max_dirty_pages_pct = 90')
  const { chats, end } = await talk()
  const acknowledged = () => chats.reduce((n, chat) => n + chat.said.length, 0)
  const before = acknowledged()
  await until(() => acknowledged() > before, { every: 1 })
  await cutPower()
  await end()
  disk.takeBack(dir)
  system = await start()
  assert.ok(await missing(chats) > 0)
})

await finish()
