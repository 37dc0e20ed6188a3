#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// ./start --nodes 3 --redis: three push daemons behind nginx are one service: a chat's people on different nodes, SockJS sessions that stay with theirs, a
// node that dies.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import http from 'node:http'
import path from 'node:path'
import SockJS from 'sockjs-client'
import { consultation, contents, history, isDense, say, staff } from '../lib/people.mjs'
import { rows, talker } from '../lib/stomp.mjs'
import { startSystem, top } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const NODES = ['pushd', 'pushd-2', 'pushd-3']
const system = await startSystem({ demo: 'none', options: ['--nodes', '3', '--redis'], set: { push_loops: 1 } })
const agent = await staff(system)
const { person, id } = await consultation(system, agent)
const topic = `/topic/chat/${id}`

function get(node, url) {
  return new Promise((yes, no) => {
    http.get({ socketPath: path.join(system.dir, 'run', `${node}.sock`), path: url, agent: false }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', piece => { text += piece })
      answer.on('end', () => yes(text))
    }).on('error', no)
  })
}

const metric = async (node, name) => Number(new RegExp(`^sangdam_push_${name} (\\S+)$`, 'm').exec(await get(node, '/metrics'))[1])
const metrics = name => Promise.all(NODES.map(node => metric(node, name)))

// A SockJS session by polling alone; its text frames as they come.
function polling() {
  const socket = new SockJS(`${system.url}/ws`, null, { transports: ['xhr-polling'], timeout: 10000 })
  const got = []
  socket.onmessage = event => got.push(event.data)
  cleanup(() => socket.close())
  return { socket, got, say: text => socket.send(`${text}\0`), opened: new Promise(yes => { socket.onopen = yes }) }
}

await test('--status knows the nodes and Redis', async () => {
  const said = execFileSync(path.join(top, 'start'), ['--dir', system.dir, '--status'], { encoding: 'utf8' })
  for (const name of ['redis', 'pushd-1', 'pushd-2', 'pushd-3']) assert.match(said, new RegExp(`^(start: )?${name} up \\d+`, 'm'))
  await until(async () => (await metrics('backplane_up')).every(up => up === 1))
})

const talkers = []
const lists = []
await test('people of one chat on several nodes see all of it, once and in order', async () => {
  for (let i = 0; i < 12; i++) {
    const one = await talker(system, i % 2 ? person : agent, { client: { reconnectDelay: 100 } })
    talkers.push(one)
    lists.push(await one.subscribe(topic, { after: '0' }))
  }
  assert.ok((await metrics('connections')).filter(n => n > 0).length >= 2, 'the connections are on several nodes')
  for (let i = 0; i < 40; i++) await talkers[i % 12].say(id, `여러 노드 🙂 ${i}`)
  await say(agent, id, 'REST로')
  const log = await history(person, id)
  assert.equal(contents(log).length, 41)
  for (const list of lists) {
    await until(() => rows(list).length >= log.length)
    assert.deepEqual(rows(list).map(row => row.content), log.map(row => row.content))
    assert.ok(isDense(rows(list)))
  }
  const heard = (await metrics('backplane_received_total')).reduce((a, b) => a + b)
  assert.ok(heard > 0, 'nodes told each other')
})

await test('SockJS sessions by polling stay with their node', async () => {
  const sessions = Array.from({ length: 8 }, polling)
  await Promise.all(sessions.map(one => one.opened))
  const token = (await agent.expect(200, agent.post('/api/account/token', { email: agent.email, password: 'sangdam-demo' }))).data.token
  for (const one of sessions) one.say(`CONNECT\naccept-version:1.2\npasscode:${token}\n\n`)
  await until(() => sessions.every(one => one.got.some(text => text.startsWith('CONNECTED\n'))))
  for (const one of sessions) one.say(`SUBSCRIBE\nid:1\ndestination:${topic}\nreceipt:r\n\n`)
  await until(() => sessions.every(one => one.got.some(text => text.startsWith('RECEIPT\n'))))
  await say(person, id, '폴링하는 분들께')
  await until(() => sessions.every(one => one.got.some(text => text.includes('폴링하는 분들께'))))
  for (const one of sessions) assert.equal(one.got.filter(text => text.includes('폴링하는 분들께')).length, 1)
})

await test('a node that dies: its people come back to another, and nothing is lost', async () => {
  const counts = await metrics('connections')
  const at = counts.indexOf(Math.max(...counts.slice(1)), 1)
  const name = `pushd-${at + 1}`
  const gone = talkers.map(one => one.connects)
  system.hold(name)
  system.kill(name)
  await until(() => talkers.filter((one, i) => one.connects > gone[i]).length >= 1, { seconds: 30, say: 'those of the dead node to connect again' })
  await until(() => talkers.every(one => one.client.connected), { seconds: 30 })
  for (let i = 0; i < 12; i++) await talkers[i].say(id, `다시 ${i}`)
  const log = await history(person, id)
  // who stayed saw it all; who came back reads on
  const again = await talker(system, person)
  const whole = await again.subscribe(topic, { after: '0' })
  await until(() => rows(whole).length >= log.length)
  assert.ok(isDense(rows(whole)))
  assert.equal(contents(log).filter(text => text.startsWith('다시')).length, 12)
  for (const [i, list] of lists.entries())
    if (talkers[i].connects === gone[i]) await until(() => rows(list).length >= log.length)
  system.release(name)
  await until(() => system.pids(name).length > 0, { seconds: 20 })
})

await finish()
