#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// An upgrade while people talk: the tables change under programs that do not know of it yet, the database's password is changed by way of a time in which
// both are good, nginx and all programs read their configuration anew. Nothing is lost, and where a change takes its time people hear 503 at worst.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import process from 'node:process'
import { Person } from '../lib/client.mjs'
import { check, start } from '../lib/conversation.mjs'
import { consultation, guest, history, requestChat, staff } from '../lib/people.mjs'
import { buildFolder, startSystem } from '../lib/system.mjs'
import { finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { fcgi } from './house.mjs'

const ROWS = 60000 // of other people: copying them takes a while

const system = await startSystem({ demo: 'none', set: { limits: 'off' } })
const agent = await staff(system)
agent.agent = new http.Agent({ keepAlive: false })

// Two people talk and ask for lists and pages while it changes; every answer is the right one, or 503.
async function meanwhile(change) {
  const { person, id } = await consultation(system, agent)
  person.agent = agent.agent // a new connection for each request: one that is kept may be closed by nginx just when it is used
  const talk = await start(system, person, agent, id, ['stomp', 'rest'])
  for (const side of talk.sides) await side.more(5)
  const statuses = new Map()
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      for (const [who, target] of [[person, `/api/chat/sessions/${id}/messages?limit=1`], [agent, '/api/admin/chat/sessions/active'], [person, `/chat/${id}`]]) {
        const { status } = await who.get(target).catch(error => { if (target.startsWith('/api/')) throw error; return who.get(target) })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
  })()
  await change(talk)
  for (const side of talk.sides) await side.more(10)
  isOver = true
  await asking
  const result = await check(talk)
  for (const side of talk.sides) await side.stop()
  note(`${result.said} messages, ${result.unknown} without an answer; pages and lists: ${[...statuses].map(([status, n]) => `${n} times ${status}`).join(', ')}`)
  assert.deepEqual([...statuses.keys()].filter(status => status !== 200 && status !== 503), [])
  return talk
}

await test('tables are changed while people talk: by copying them, by a new column and index; today\'s programs go on with tomorrow\'s tables', async () => {
  const [[no, uuid]] = await system.sql(`SELECT session_no, session_id FROM chat_session WHERE session_id = '${(await requestChat(await guest(system))).sessionId}'`)
  await system.sql(`INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, content, cdate)
    SELECT ${no}, seq, '${uuid}', 1, 'M', REPEAT('x', 200), UTC_TIMESTAMP(3) FROM seq_1_to_${ROWS}; UPDATE chat_session SET message_count = ${ROWS} WHERE session_no = ${no}`)
  const folder = path.join(system.dir, 'migrations')
  fs.cpSync(path.join(buildFolder(), 'inst/share/sangdam/sql/migrations'), folder, { recursive: true })
  const next = String(fs.readdirSync(folder).length + 1).padStart(4, '0')
  fs.writeFileSync(path.join(folder, `${next}_change_much.sql`), `
ALTER TABLE chat_message ADD COLUMN IF NOT EXISTS mood TINYINT NOT NULL DEFAULT 1 AFTER session_no, ALGORITHM=COPY, LOCK=SHARED;
ALTER TABLE chat_session ADD COLUMN IF NOT EXISTS mood VARCHAR(20) NULL FIRST, ALGORITHM=COPY;
ALTER TABLE member ADD COLUMN IF NOT EXISTS mood INT NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS ix_mood ON chat_message (mood, cdate);
CREATE TABLE IF NOT EXISTS mood (mood_id INT PRIMARY KEY);
`)
  await meanwhile(async ({ sides }) => {
    const before = sides[0].said.length
    const began = Date.now()
    const [said, other] = await Promise.all([1, 2].map(() => system.ctl(['migrate', '--dir', folder]))) // two admins at once
    note(`it took ${Date.now() - began} ms, in which ${sides[0].said.length - before} messages of one side were stored`)
    assert.equal([said, other].filter(text => text.includes('change_much')).length, 1)
  })
  assert.equal(await system.ctl(['migrate', '--dir', folder]), '')
  const { person: late, id: fresh } = await consultation(system, agent) // new chats, too
  await late.expect(200, late.post(`/api/chat/sessions/${fresh}/end`, {}))
  assert.equal((await history(late, fresh)).at(-1).kind, 'END')
}, { seconds: 60 })

const reload = names => { for (const name of names) for (const pid of system.pids(name)) process.kill(pid, 'SIGHUP') }
const reloads = name => (system.log(name).match(/ (configuration_)?reloaded/g) ?? []).length

await test('the database\'s password is changed: both are good for a while, everybody takes the new one, the old one ends; no connection of a client is cut', async () => {
  const file = path.join(system.dir, 'sangdam.conf')
  const old = system.conf('db_password'), fresh = 'another-secret-of-the-house'
  const identified = words => system.sql(`ALTER USER 'sangdam'@'localhost' IDENTIFIED VIA ${words.map(word => `mysql_native_password USING PASSWORD('${word}')`).join(' OR ')}`)
  const before = new Map(['pushd', ...fcgi].map(name => [name, reloads(name)]))
  const pids = ['pushd', ...fcgi].map(name => system.pids(name).join())
  const talk = await meanwhile(async ({ sides }) => {
    await identified([old, fresh])
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(`db_password = ${old}`, `db_password = ${fresh}`))
    reload(['pushd', ...fcgi])
    await until(() => [...before].every(([name, n]) => reloads(name) > n), { say: 'all have read it' })
    for (const side of sides) await side.more(5)
    await identified([fresh])
    await system.sql("SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE user = 'sangdam'")
      .then(list => system.sql(list.map(([sql]) => sql).join('')))
    await until(async () => (await new Person(system).get('/readyz')).status === 200)
    await assert.rejects(system.ctl(['status']).then(() => { throw new Error('fine') }), /fine/)
  })
  assert.deepEqual(talk.sides.map(side => side.talk.connects), [1, 1])
  assert.deepEqual(['pushd', ...fcgi].map(name => system.pids(name).join()), pids)
}, { seconds: 60 })

// nginx 1.22 may end with the half of a long page unsent when it is told to read its configuration: a browser says so, and asks again.
await test('nginx reads its configuration again and again: no call of the API fails, WebSockets come back', async () => {
  const [master] = system.pids('nginx')
  await meanwhile(async ({ sides }) => {
    for (let i = 0; i < 10; i++) {
      process.kill(master, 'SIGHUP')
      for (const side of sides) await side.more(2)
    }
  })
}, { seconds: 60 })

await finish()
