#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// CONNECT: who somebody is, versions, heart-beats, receipts, DISCONNECT. By unmodified @stomp/stompjs and by bytes.
import assert from 'node:assert/strict'
import { Versions } from '@stomp/stompjs'
import { Person, rawHttp } from '../lib/client.mjs'
import { guest, guestByToken, password, staff } from '../lib/people.mjs'
import { Raw, Talker, frame, raw, talker } from '../lib/stomp.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const person = await guest(system)
const agent = await staff(system)
const program = await guestByToken(system)

await test('by cookie', async () => {
  const one = await talker(system, person)
  assert.equal(one.connected.headers.version, '1.2')
  assert.equal(one.connected.headers['heart-beat'], '10000,10000')
  assert.ok(one.connected.headers.session)
  assert.match(one.connected.headers.server, /^sangdam/)
  const [[epoch]] = await system.sql('SELECT epoch FROM installation')
  assert.equal(one.connected.headers.epoch, epoch)
  await one.stop()
})

await test('by login = e-mail and passcode = password', async () => {
  const one = await talker(system, null, { headers: { login: agent.email, passcode: password } })
  assert.ok(one.connected.headers['user-name'])
  await one.stop()
})

await test('by passcode = token, by Authorization in CONNECT, by Authorization in the handshake', async () => {
  await (await talker(system, null, { headers: { passcode: program.token } })).stop()
  await (await talker(system, null, { headers: { Authorization: `Bearer ${program.token}` } })).stop()
  await (await talker(system, program)).stop()
})

await test('CONNECT\'s credentials win over the cookie, good or bad', async () => {
  const one = await talker(system, person, { headers: { login: agent.email, passcode: password } })
  await one.subscribe('/topic/admin/notifications')
  await one.stop()
  const two = new Talker(system, person, { headers: { login: agent.email, passcode: 'wrong' } })
  await assert.rejects(two.start(), /authentication failed/)
})

for (const [name, lines] of [['nobody', []], ['a wrong password', ['login:agent@example.com', 'passcode:nope']], ['an unknown e-mail', ['login:nobody@example.org', 'passcode:nope']],
  ['a wrong token', [`passcode:${'x'.repeat(43)}`]], ['a wrong bearer', ['Authorization:Bearer nope']], ['login without passcode', ['login:agent@example.com']]]) {
  await test(`${name}: ERROR authentication failed, close 1008`, async () => {
    const one = await raw(system)
    one.send(frame('CONNECT', ['accept-version:1.2', 'host:x', ...lines]))
    await one.expect(/^ERROR\n[^]*message:authentication failed/)
    await one.close(1008)
  })
}

for (const version of [Versions.V1_0, Versions.V1_1, Versions.V1_2]) {
  await test(`stompjs that speaks ${version} alone`, async () => {
    const one = new Talker(system, person)
    one.client.stompVersions = new Versions([version])
    await one.start()
    assert.equal(one.connected.headers.version, version)
    await one.stop()
  })
}

await test('the subprotocol: the best of those offered, none when none was', async () => {
  for (const [offered, chosen] of [[['v10.stomp', 'v11.stomp', 'v12.stomp'], 'v12.stomp'], [['v11.stomp', 'v10.stomp'], 'v11.stomp'], [['v10.stomp'], 'v10.stomp'], [[], '']]) {
    const one = await raw(system, { protocols: offered })
    assert.equal(one.socket.protocol, chosen)
    one.end()
  }
})

await test('no version in common: ERROR with the supported list', async () => {
  const one = await raw(system, { person })
  one.send(frame('CONNECT', ['accept-version:9', 'host:x']))
  await one.expect(/^ERROR\n[^]*version:1\.0,1\.1,1\.2/)
  await one.close()
})

await test('heart-beats: 0 is none, others come into 10 to 60 s, nonsense is ERROR', async () => {
  for (const [sent, ok] of [['0,0', true], ['1,1', true], ['4294967296,1', true], ['a,b', false], ['10', false], ['-1,0', false], ['1,1,1', false], ['', false], [' 1, 1', false], ['3600000,3600000', true]]) {
    const one = await raw(system, { person })
    one.send(frame('CONNECT', ['accept-version:1.2', 'host:x', `heart-beat:${sent}`]))
    await one.expect(ok ? 'CONNECTED\n' : 'ERROR\n')
    if (ok) assert.match(one.got, /heart-beat:10000,10000/, sent)
    one.end()
  }
})

await test('heart-beats come when none but they are sent', async () => {
  const one = await raw(system, { person })
  await one.connect(['heart-beat:10000,10000'])
  const before = one.got.length
  await until(() => one.got.length > before && one.got.slice(before).trim() === '', { seconds: 14, say: 'a heart-beat' })
  one.end()
}, { seconds: 30 })

await test('STOMP as a first frame is CONNECT too; CRLF ends lines; EOLs before it are skipped', async () => {
  for (const text of ['STOMP\naccept-version:1.2\nhost:x\n\n\0', 'CONNECT\r\naccept-version:1.2\r\nhost:x\r\n\r\n\0', '\n\r\n\nCONNECT\naccept-version:1.1,1.2\nhost:x\n\n\0']) {
    const one = await raw(system, { person })
    one.send(text)
    await one.expect('CONNECTED\n')
    one.end()
  }
})

await test('a CONNECT byte by byte, as many messages and as many frames, and with what follows in one', async () => {
  const text = frame('CONNECT', ['accept-version:1.2', 'host:x'])
  const one = await raw(system, { person })
  for (const byte of Buffer.from(text)) one.send(Buffer.from([byte]))
  await one.expect('CONNECTED\n')
  one.end()
  const two = await raw(system, { person })
  two.send(text + frame('SUBSCRIBE', ['id:0', 'destination:/user/queue/errors', 'receipt:a']) + frame('DISCONNECT', ['receipt:b']))
  await two.expect('receipt-id:a')
  await two.expect('receipt-id:b')
  await two.close(1000)
})

await test('DISCONNECT: the receipt, then 1000', async () => {
  const one = await raw(system, { person })
  await one.connect()
  one.send(frame('DISCONNECT', ['receipt:bye']))
  await one.expect('RECEIPT\nreceipt-id:bye\n')
  await one.close(1000)
})

await test('a receipt with escapes comes back exactly', async () => {
  const one = await raw(system, { person })
  await one.connect()
  one.send(frame('SUBSCRIBE', ['id:0', 'destination:/user/queue/errors', 'receipt:a\\nb\\cc\\\\d\\re']))
  await one.expect('receipt-id:a\\nb\\cc\\\\d\\re\n')
  one.end()
})

await test('a second CONNECT, or none: ERROR', async () => {
  const one = await raw(system, { person })
  await one.connect()
  one.send(frame('CONNECT', ['accept-version:1.2', 'host:x']))
  await one.expect('ERROR\n')
  await one.close()
  const two = await raw(system, { person })
  two.send(frame('SUBSCRIBE', ['id:0', 'destination:/user/queue/errors']))
  await two.expect('ERROR\n')
  await two.close()
})

// ---- the handshake ----
await test('Origin: our own and none go; null, sub-strings, other ports and schemes are 403', async () => {
  for (const origin of [system.url, undefined]) {
    const one = await raw(system, { headers: origin ? { Origin: origin } : {} })
    one.end()
  }
  for (const origin of ['null', 'http://evil.example', `http://127.0.0.1:${system.port}.evil.example`, `http://127.0.0.1:${system.port + 1}`, `https://127.0.0.1:${system.port}`, 'http://127.0.0.1']) {
    const one = new Raw(system, { headers: { Origin: origin } })
    await until(() => one.status, { say: `a status for ${origin}` })
    assert.equal(one.status, 403, origin)
  }
})

const upgrade = (lines, { method = 'GET', version = 'HTTP/1.1', path = '/ws' } = {}) => `${method} ${path} ${version}\r\nHost: 127.0.0.1:${system.port}\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
const whole = ['Upgrade: websocket', 'Connection: Upgrade', key, 'Sec-WebSocket-Version: 13']

await test('a good handshake by bytes: 101 with the right accept', async () => {
  const answer = await rawHttp(system, upgrade(whole), { enough: /\r\n\r\n/ })
  assert.equal(answer.status, 101)
  assert.match(answer.text, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i)
  assert.doesNotMatch(answer.text, /Sec-WebSocket-Extensions/i)
})

for (const [name, text, status] of [
  ['no Upgrade: the greeting', upgrade(['Connection: close']), 200],
  ['no key', upgrade(['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Connection: close']), 400],
  ['a short key', upgrade(['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: c2hvcnQ=', 'Sec-WebSocket-Version: 13']), 400],
  ['HTTP/1.0', upgrade(whole, { version: 'HTTP/1.0' }), 400],
  ['version 8', upgrade([...whole.slice(0, 3), 'Sec-WebSocket-Version: 8']), 426],
  ['no version', upgrade(whole.slice(0, 3)), 426],
  ['POST', upgrade(['Content-Length: 0', 'Connection: close'], { method: 'POST' }), 405],
  ['POST with an upgrade', upgrade([...whole, 'Content-Length: 0'], { method: 'POST' }), 405],
]) {
  await test(`handshake, ${name}: ${status}`, async () => {
    const answer = await rawHttp(system, text, { enough: /\r\n\r\n/ })
    assert.equal(answer.status, status, answer.text.slice(0, 300))
    if (status === 426) assert.match(answer.text, /Sec-WebSocket-Version: 13/i)
    if (status === 405) assert.match(answer.text, /^Allow:/im)
  })
}

await test('GET /ws without Upgrade: the greeting that clients of SockJS look for', async () => {
  const answer = await new Person(system).get('/ws')
  assert.equal(answer.status, 200)
  assert.equal(answer.text, 'Welcome to SockJS!\n')
})

await test('two Upgrade headers: 400', async () => {
  // straight to pushd: nginx passes only the first of them on
  const answer = await rawHttp(system, upgrade(['Upgrade: websocket', ...whole]), { enough: /\r\n\r\n/, socket: `${system.dir}/run/pushd.sock` })
  assert.equal(answer.status, 400, answer.text.slice(0, 300))
})

await test('permessage-deflate is not negotiated', async () => {
  const answer = await rawHttp(system, upgrade([...whole, 'Sec-WebSocket-Extensions: permessage-deflate']), { enough: /\r\n\r\n/ })
  assert.equal(answer.status, 101)
  assert.doesNotMatch(answer.text, /Sec-WebSocket-Extensions/i)
})

await test('a wrong cookie is nobody: CONNECT decides', async () => {
  const stranger = new Person(system)
  stranger.cookies.set('sid', 'x'.repeat(43))
  await assert.rejects(new Talker(system, stranger).start(), /authentication failed/)
})

await finish()
