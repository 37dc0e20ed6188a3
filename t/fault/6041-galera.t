#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A Galera cluster of three, all programs writing to one member at a time: the member is killed in the middle of a conversation, the next takes over, and
// what was acknowledged is there once, in order, on each member.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { check, start } from '../lib/conversation.mjs'
import { consultation, staff } from '../lib/people.mjs'
import { newFolder, startIn, wide } from '../lib/system.mjs'
import { cleanup, finish, note, skip, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { Cluster, hasGalera, Turnout } from './galera.mjs'
import { emptyDatabase, ready } from './house.mjs'

if (!hasGalera()) {
  skip('a cluster of three', 'galera-4 is not on this machine')
  await finish()
}

const folder = newFolder()
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
const socket = path.join(folder, 'database.sock')
const own = system => path.join(system, 'run/mysql.sock')

// the start makes its tables in a MariaDB of its own; they are carried over, and the programs go on with the cluster
const dir = path.join(folder, 's')
fs.mkdirSync(dir)
const door = await Turnout.listen(socket, own(dir))
cleanup(() => door.close())
const copy = emptyDatabase(folder)
const system = await startIn(dir, { demo: 'none', set: { ...wide, db_socket: socket }, env: { SANGDAM_DB_COPY: copy } })
cleanup(() => system.stop())
const cluster = await Cluster.make(folder, copy)
cleanup(() => cluster.stop())
const [first, second, third] = cluster.members

await test('three members, and the installation in them', async () => {
  await cluster.size(3)
  const dumped = path.join(folder, 'all.sql')
  execFileSync('mariadb-dump', [`--defaults-file=${path.join(dir, 'my.cnf')}`, '-u', 'root', '--single-transaction', '--hex-blob', `--result-file=${dumped}`, 'sangdam'])
  await first.sql(fs.readFileSync(path.join(dir, 'db-users.sql'), 'utf8'))
  await first.load(dumped)
  door.turn(first.socket)
  system.hold('mariadbd')
  system.kill('mariadbd')
  await ready(system)
  assert.equal(await third.sql('SELECT epoch FROM sangdam.installation'), await first.sql('SELECT epoch FROM sangdam.installation'))
}, { seconds: 90 })

const agent = await staff(system)
const { person, id } = await consultation(system, agent)
const talk = await start(system, person, agent, id, ['stomp', 'rest'])

await test('the member that is written to is killed, the next takes over, and the first comes back', async () => {
  for (const side of talk.sides) await side.more(20)
  await first.kill()
  door.turn(second.socket)
  for (const side of talk.sides) await side.more(20)
  first.begin()
  await first.ready()
  for (const side of talk.sides) await side.more(20)
}, { seconds: 150 })

await test('nothing lost, nothing twice, one order, the same on each member', async () => {
  const result = await check(talk)
  note(`${result.rows} rows, ${result.said} acknowledged, ${result.unknown} without an answer`)
  for (const side of talk.sides) await side.stop()
  await cluster.size(3)
  const rows = member => member.sql(`SELECT seq, kind, SHA1(content), IFNULL(client_message_id, '') FROM sangdam.chat_message WHERE session_id = '${id}' ORDER BY seq`)
  const last = await rows(third)
  assert.equal(last.split('\n').length, result.rows)
  await until(async () => (await rows(first)) === last && (await rows(second)) === last, { seconds: 10 })
}, { seconds: 90 })

await finish()
