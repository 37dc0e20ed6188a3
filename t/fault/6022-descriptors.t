#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Descriptors and connections are used up: in a FastCGI program, in nginx's way to it, in MariaDB. What is open goes on, what is new waits or hears 503, nobody
// spins, and all is well as soon as there are some again. pushd's own: t/stomp/3003 and 3301.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { consultation, contents, history, isDense, say, send, staff } from '../lib/people.mjs'
import { talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { cleanup, finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { limits: 'off', fcgi_threads: 4 } })
const agent = await staff(system)
const { person, id } = await consultation(system, agent)
person.agent = new http.Agent({ keepAlive: false })
const talks = await Promise.all([person, agent].map(who => talker(system, who)))
const lists = await Promise.all(talks.map(talk => talk.subscribe(`/topic/chat/${id}`)))

async function pushGoesOn(text) {
  assert.equal(await talks[0].say(id, text), 'RECEIPT')
  for (const list of lists) await until(() => list.some(row => row.content === text))
}

// Processor time of all processes of a program, in ms.
const ticks = name => system.pids(name).reduce((n, pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return n + (Number(fields[11]) + Number(fields[12])) * 10
}, 0)

await test('a FastCGI program has no descriptors left: who waits is served when there are some, nothing spins', async () => {
  const pids = system.pids('chat')
  const used = pid => fs.readdirSync(`/proc/${pid}/fd`).length
  const limit = (pid, n) => execFileSync('prlimit', [`--nofile=${n}:`, '--pid', String(pid)])
  for (const pid of pids) limit(pid, used(pid))
  const asks = Array.from({ length: 60 }, (_, i) => send(person, id, `기다린 말 ${i}`))
  await pushGoesOn('그동안')
  const before = ticks('chat')
  await pause(1000) // a second to look at: a loop that spins uses all of it
  const spent = ticks('chat') - before
  for (const pid of pids) limit(pid, 4096)
  const statuses = (await Promise.all(asks)).map(answer => answer.status)
  note(`${spent} ms of processor time in a second; ${statuses.filter(status => status === 201).length} of 60 stored, the others: ${statuses.filter(status => status !== 201)}`)
  assert.ok(spent < 600, `${spent} ms`)
  assert.deepEqual(statuses.filter(status => ![201, 502, 503, 504].includes(status)), [])
  const rows = await history(person, id)
  assert.ok(isDense(rows))
  assert.ok(contents(rows).filter(text => text.startsWith('기다린 말')).length >= statuses.filter(status => status === 201).length)
  for (let i = 0; i < 20; i++) await say(person, id, `다시 ${i}`)
})

await test('MariaDB takes no more connections: 503 for who needs one, those who have one go on; then all is well', async () => {
  const client = () => {
    const child = spawn('mariadb', [`--defaults-file=${path.join(system.dir, 'my.cnf')}`, '-u', 'root', '-N', '--unbuffered'], { stdio: ['pipe', 'pipe', 'ignore'] })
    cleanup(() => child.kill('SIGKILL'))
    child.stdin.on('error', () => {}) // one that was not let in
    return child
  }
  const ask = (child, sql) => new Promise((yes, no) => {
    child.stdout.once('data', bytes => yes(bytes.toString().trim()))
    child.once('close', () => no(new Error('not let in')))
    child.stdin.write(`${sql};\n`)
  })
  const chief = client()
  const most = await ask(chief, 'SELECT @@max_connections')
  await ask(chief, 'SET GLOBAL max_connections = 10; SELECT 1')
  const guests = Array.from({ length: 12 }, client)
  const inside = await Promise.allSettled(guests.map(one => ask(one, 'SELECT 1')))
  assert.ok(inside.some(one => one.status === 'rejected'), 'it is full')
  await pushGoesOn('자리가 없어도')
  const old = system.kill('agent') // a program that begins without a connection
  await system.renewed('agent', old)
  const away = await until(async () => {
    const answer = await agent.get('/api/admin/chat/sessions/active')
    return answer.status === 503 && answer
  })
  assert.ok(Number(away.headers['retry-after']) >= 1)
  await ask(chief, `SET GLOBAL max_connections = ${most}; SELECT 1`)
  await until(async () => (await agent.get('/api/admin/chat/sessions/active')).status === 200, { seconds: 20 })
  await pushGoesOn('다시 자리가 있어요')
})

for (const talk of talks) await talk.stop()
await finish()
