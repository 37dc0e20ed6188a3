#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Every common STOMP client, unmodified, straight at pushd's socket and through nginx: sign in, follow a chat, talk in Korean and emoji, receipts,
// heart-beats, a cut connection. One table: t/lib/clients.mjs.
import assert from 'node:assert/strict'
import path from 'node:path'
import { bridge } from '../lib/bridge.mjs'
import { uuid } from '../lib/client.mjs'
import { clients, peer } from '../lib/clients.mjs'
import { consultation, contents, guest, guestByToken, history, isDense, password, say, staff } from '../lib/people.mjs'
import { openPrefix as open, theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const agent = await staff(system)
const nginx = { host: '127.0.0.1', port: system.port }
const doors = [{ path: path.join(system.dir, 'run', 'pushd.sock') }, nginx]

// As long as a message may be, with characters of one to four bytes and those that transports lose.
const long = '가나 é100%😀'.repeat(222) + '\u200d끝'
assert.equal([...long].length, 2000)
const words = ['안녕하세요 👋🏽', '100% 할인 %41 %', 'a:b\\c "d" \'e\'\n둘째 줄\t끝', '\u2028\u2029\u200b‍🏳️‍🌈', long]

const rowsOf = list => list.map(frame => JSON.parse(frame.body)).filter(row => typeof row.seq === 'number')

async function chatOf(who) {
  const chat = await consultation(system, agent, who)
  return { ...chat, topic: `/topic/chat/${chat.id}` }
}

const signIn = person => (person.token ? { passcode: person.token } : { cookie: person.cookie })

async function talk(row, door, person) {
  const line = await bridge(door)
  const chat = await chatOf(person)
  const one = await peer(row, line, signIn(person))
  assert.equal(one.connected.headers.version, row.version)
  assert.match(one.connected.headers.server, /^sangdam/)
  const list = await one.subscribe(chat.topic, { after: '0' })
  for (const [i, text] of words.entries()) {
    const key = uuid()
    if (i % 2) await say(agent, chat.id, text, key)
    else await one.say(chat.id, text, key)
    await until(() => rowsOf(list).some(row => row.clientMessageId === key), { say: `'${text.slice(0, 20)}' back` })
  }
  const log = await history(person, chat.id)
  assert.deepEqual(rowsOf(list).map(row => [row.seq, row.content, row.senderType]), log.map(row => [row.seq, row.content, row.senderType]))
  assert.deepEqual(contents(log), words)
  for (const frame of list) {
    assert.equal(frame.headers.destination, chat.topic)
    assert.equal(frame.headers.subscription, list.subscription.id)
    assert.equal(frame.headers['content-type'], 'application/json;charset=UTF-8')
  }
  list.subscription.unsubscribe()
  const count = list.length
  await one.say(chat.id, '아무도 안 들어요')
  await one.send(`${open}done`, 'x')
  assert.equal(list.length, count)
  await one.stop()
}

async function cut(row, door, person) {
  const line = await bridge(door)
  const chat = await chatOf(person)
  const shown = []
  const take = frame => {
    const row = JSON.parse(frame.body)
    if (typeof row.seq === 'number') shown.push(row)
  }
  const one = await peer(row, line, signIn(person), {
    comesBack: true,
    onConnect: self => self.client.subscribe(chat.topic, take, { after: String(shown.at(-1)?.seq ?? 0) }),
  })
  for (let round = 1; round <= 2; round++) {
    await say(agent, chat.id, `앞 ${round}`)
    await until(() => shown.some(row => row.content === `앞 ${round}`))
    line.cut()
    for (let i = 0; i < 3; i++) await say(agent, chat.id, `그사이 ${round} ${i}`)
    line.mend()
    await until(() => one.connects > round, { say: 'the client is back' })
    await one.say(chat.id, `돌아왔어요 ${round}`)
    await until(() => shown.some(row => row.content === `돌아왔어요 ${round}`))
  }
  assert.ok(isDense(shown), JSON.stringify(shown.map(row => row.seq)))
  assert.deepEqual(shown.map(row => row.content), (await history(person, chat.id)).map(row => row.content))
  await one.stop()
}

// Heart-beats take 10 s: these clients are silent beside all the rest, and are asked at the end.
const isBeat = row => text => (row.transport ? text.includes('["\\n"]') : text === '\n')
const silent = await Promise.all(clients.map(async row => {
  const line = await bridge(nginx)
  return { row, line, one: await peer(row, line, { passcode: (await guestByToken(system)).token }) }
}))

for (const row of clients) {
  await test(`${row.name}: talks, is cut off twice and misses nothing, at pushd's socket and through nginx, by ${row.isWeb ? 'cookie and token' : 'token'}`, async () => {
    const someone = isCookie => (row.isWeb && isCookie ? guest(system) : guestByToken(system))
    await Promise.all(doors.flatMap((door, i) => [
      someone(i === 0).then(person => talk(row, door, person)),
      someone(i === 1).then(person => cut(row, door, person)),
    ]))
  })
}

await test('each signs in by e-mail and password, too, and a wrong one is told', async () => {
  const line = await bridge(nginx)
  await Promise.all(clients.map(async row => {
    const one = await peer(row, line, { login: agent.email, passcode: password })
    await one.subscribe('/topic/admin/notifications')
    await one.stop()
    await assert.rejects(peer(row, line, { passcode: 'x'.repeat(43) }), /authentication failed/, row.name)
  }))
})

await test('all of them in one open room: each hears each, 35 KB whole, by name and by pattern', async () => {
  const line = await bridge(nginx)
  const everybody = await Promise.all(clients.map(async row => peer(row, line, { passcode: (await guestByToken(system)).token })))
  const room = `${open}room/${uuid()}`
  const heard = await Promise.all(everybody.map((one, i) => one.subscribe(i % 2 ? room : `${open}room/*`)))
  const said = clients.map((row, i) => `${i} ${row.name} ${'길다 '.repeat(5000)}끝`)
  for (const [i, one] of everybody.entries()) await one.send(room, said[i])
  for (const [i, list] of heard.entries()) {
    await until(() => list.length >= said.length, { say: `all ${said.length} at ${clients[i].name} (${list.length})` })
    assert.deepEqual(list.map(frame => frame.body), said, clients[i].name)
    assert.ok(list.every(frame => frame.headers.destination === room))
  }
  await Promise.all(everybody.map(one => one.stop()))
})

await test('transactions as each library makes them', async () => {
  const line = await bridge(nginx)
  await Promise.all(clients.map(async (row, i) => {
    const one = await peer(row, line, { passcode: (await guestByToken(system)).token })
    const list = await one.subscribe(`${open}tx/${i}`)
    const [kept, dropped] = [one.client.begin(), one.client.begin()]
    one.client.send(`${open}tx/${i}`, '하나', { transaction: kept.id })
    one.client.send(`${open}tx/${i}`, '버림', { transaction: dropped.id })
    await one.send(`${open}tx/${i}`, '먼저')
    dropped.abort()
    kept.commit()
    await until(() => list.length >= 2, { say: `COMMIT by ${row.name}` })
    assert.deepEqual(list.map(frame => frame.body), ['먼저', '하나'], row.name)
    await one.stop()
  }))
})

await test('ACK and NACK as each library makes them', async () => {
  const line = await bridge(nginx)
  await Promise.all(clients.map(async (row, i) => {
    const one = await peer(row, line, { passcode: (await guestByToken(system)).token })
    for (const ack of row.version === '1.0' ? ['client'] : ['client', 'client-individual']) {
      const list = await one.subscribe(`${open}ack/${i}`, { ack })
      await one.send(`${open}ack/${i}`, '받았나요')
      const frame = await until(() => list[0])
      if (row.version !== '1.0') frame.nack({ receipt: `${ack}-n` })
      frame.ack({ receipt: `${ack}-a` })
      await one.receipt(`${ack}-a`)
      if (row.version !== '1.0') await one.receipt(`${ack}-n`)
      list.subscription.unsubscribe()
    }
    await one.stop()
  }))
})

await test('heart-beats on the wire, both ways, for all but 1.0', async () => {
  for (const { row, line, one } of silent) {
    if (!row.beats) continue
    for (const direction of ['up', 'down']) await until(() => line.heard(direction).some(isBeat(row)), { seconds: 20, say: `a heart-beat ${direction} for ${row.name}` })
    assert.equal(one.closes, 0, row.name)
  }
})

await finish()
