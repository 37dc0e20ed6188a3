#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Slow readers, unfinished frames, silence and limits of a connection; WebSocket frames that are wrong, through the whole chain.
import assert from 'node:assert/strict'
import net from 'node:net'
import { randomBytes } from 'node:crypto'
import { consultation, guest, isDense, say, staff } from '../lib/people.mjs'
import { frame, raw, rows, talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { out_queue_age: '2s', frame_timeout: '2s', connect_timeout: '2s', subscriptions_max: '8' } })
const agent = await staff(system)
const { person, id } = await consultation(system, agent)

await test('who does not read is closed with 4008 and a reason; others are not held up; it resumes with after', async () => {
  const slow = await raw(system, { person })
  await slow.connect()
  slow.send(frame('SUBSCRIBE', ['id:1', `destination:/topic/chat/${id}`, 'after:0', 'receipt:s']))
  await slow.expect('receipt-id:s')
  slow.socket._socket.pause()
  const fast = await talker(system, person)
  const list = await fast.subscribe(`/topic/chat/${id}`, { after: '0' })
  let said = 0
  const filler = '가'.repeat(1900)
  // the kernel and nginx hold some megabytes before anything waits in pushd
  await until(async () => {
    await Promise.all(Array.from({ length: 20 }, () => say(agent, id, `${said++} ${filler}`)))
    await until(() => rows(list).length >= said)
    return /slow_reader_closed/.test(system.log('pushd')) || said > 4000
  }, { seconds: 100, every: 1 })
  slow.socket._socket.resume()
  await slow.close(4008, { seconds: 20 })
  assert.ok(slow.closed.reason.length > 0)
  assert.ok(isDense(rows(list)))
  const again = await talker(system, person)
  const rest = await again.subscribe(`/topic/chat/${id}`, { after: '0' }, { confirmed: false })
  await until(() => rows(rest).length === rows(list).length, { seconds: 40 })
  assert.ok(isDense(rows(rest)))
  await again.stop()
  await fast.stop()
}, { seconds: 180 })

await test('a frame that stays unfinished, and a connection that never says CONNECT: ERROR or close, soon', async () => {
  const one = await raw(system, { person })
  await one.connect()
  one.send('SEND\ndestination:/app/chat.sendMessage\ncontent-length:10\n\nhalf')
  await one.expect('ERROR\n')
  await one.close()
  const two = await raw(system, { person })
  await two.close(undefined, { seconds: 10 })
})

for (const [name, text] of [
  ['33 headers', frame('SEND', ['destination:/app/chat.read', ...Array.from({ length: 32 }, (_, i) => `h${i}:x`)], '{}')],
  ['a header of over 1 KiB', frame('SEND', ['destination:/app/chat.read', `h:${'x'.repeat(1025)}`], '{}')],
  ['a header without a colon', 'SEND\ndestination\n\n\0'], ['an empty key', 'SEND\n:x\n\n\0'], ['a wrong escape', 'SEND\ndestination:a\\tb\n\n\0'],
  ['an unknown command', 'HELLO\n\n\0'], ['a command in small letters', 'send\n\n\0'], ['a length below zero', 'SEND\ndestination:/app/chat.read\ncontent-length:-1\n\n{}\0'],
  ['a length of 2^64', 'SEND\ndestination:/app/chat.read\ncontent-length:18446744073709551616\n\n{}\0'], ['a length that its body belies', 'SEND\ndestination:/app/chat.read\ncontent-length:1\n\n{}\0'],
  ['a frame over 64 KiB', frame('SEND', ['destination:/app/chat.sendMessage'], 'x'.repeat(66000))], ['bytes that are no UTF-8 in a header', Buffer.from('SEND\ndestination:\xff\n\n\0', 'latin1')],
]) {
  await test(`STOMP, ${name}: ERROR and close`, async () => {
    const one = await raw(system, { person })
    await one.connect()
    one.socket.send(text, { binary: true })
    await until(() => one.got.includes('ERROR\n') || one.closed)
    await one.close()
  })
}

await test('a ninth subscription of eight: ERROR', async () => {
  const one = await raw(system, { person })
  await one.connect()
  for (let i = 0; i < 9; i++) one.send(frame('SUBSCRIBE', [`id:${i}`, 'destination:/user/queue/errors']))
  await one.expect('ERROR\n')
  await one.close()
})

// ---- WebSocket frames by bytes ----
function masked(opcode, payload = Buffer.alloc(0), { fin = 1, rsv = 0, mask = true, length } = {}) {
  const head = [(fin << 7) | (rsv << 4) | opcode]
  const n = payload.length
  const bit = mask ? 128 : 0
  if (length) head.push(bit | length[0], ...length.slice(1))
  else if (n < 126) head.push(bit | n)
  else head.push(bit | 126, n >> 8, n & 255)
  if (!mask) return Buffer.concat([Buffer.from(head), payload])
  const key = randomBytes(4)
  return Buffer.concat([Buffer.from(head), key, Buffer.from(payload.map((byte, i) => byte ^ key[i % 4]))])
}

async function wire() {
  const socket = net.connect(system.port, '127.0.0.1')
  const one = { socket, got: Buffer.alloc(0), isClosed: false }
  socket.on('data', chunk => { one.got = Buffer.concat([one.got, chunk]) })
  socket.on('close', () => { one.isClosed = true })
  socket.on('error', () => { one.isClosed = true })
  socket.write(`GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${system.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`)
  await until(() => one.got.includes('\r\n\r\n'))
  one.got = one.got.subarray(one.got.indexOf('\r\n\r\n') + 4)
  // the code of the close frame among what came, skipping others
  one.code = () => {
    for (let at = 0; at + 2 <= one.got.length;) {
      const opcode = one.got[at] & 15
      let n = one.got[at + 1] & 127
      let skip = 2
      if (n === 126) { n = one.got.readUInt16BE(at + 2); skip = 4 }
      if (opcode === 8) return n >= 2 ? one.got.readUInt16BE(at + skip) : 1005
      at += skip + n
    }
    return undefined
  }
  return one
}

const text = Buffer.from('CONNECT\n')
for (const [name, bytes, code] of [
  ['unmasked', masked(1, text, { mask: false }), 1002], ['RSV1 set', masked(1, text, { rsv: 4 }), 1002], ['RSV2 set', masked(1, text, { rsv: 2 }), 1002], ['opcode 3', masked(3, text), 1002], ['opcode 11', masked(11), 1002],
  ['a continuation of nothing', masked(0, text), 1002], ['text inside of text', Buffer.concat([masked(1, text, { fin: 0 }), masked(1, text)]), 1002], ['a fragmented ping', masked(9, text, { fin: 0 }), 1002],
  ['a ping of 126 bytes', masked(9, Buffer.alloc(126)), 1002], ['5 bytes in the long form', masked(1, Buffer.from('hello'), { length: [126, 0, 5] }), 1002],
  ['a length of 2^63', masked(1, Buffer.alloc(0), { length: [127, 128, 0, 0, 0, 0, 0, 0, 0] }), [1002, 1009]], ['a length of 2^63 - 1', masked(1, Buffer.alloc(0), { length: [127, 127, 255, 255, 255, 255, 255, 255, 255] }), [1002, 1009]],
  ['no UTF-8', masked(1, Buffer.from([0xc0, 0xaf])), 1007], ['no UTF-8 over two fragments', Buffer.concat([masked(1, Buffer.from([0xed]), { fin: 0 }), masked(0, Buffer.from([0xa0, 0x80]))]), 1007],
  ['too many fragments', Buffer.concat([masked(1, Buffer.from('C'), { fin: 0 }), ...Array.from({ length: 70 }, () => masked(0, Buffer.from('x'), { fin: 0 }))]), 1008],
  ['close 999', masked(8, Buffer.from([3, 231])), 1002], ['close 1005', masked(8, Buffer.from([3, 237])), 1002], ['a close of one byte', masked(8, Buffer.from([3])), 1002],
  ['a close whose reason is no UTF-8', masked(8, Buffer.from([3, 232, 0xff])), [1002, 1007]], ['a good close', masked(8, Buffer.from([3, 232])), 1000], ['an empty close', masked(8), [1000, 1005]],
]) {
  await test(`WebSocket, ${name}: ${[code].flat().join(' or ')}, and the connection ends`, async () => {
    const one = await wire()
    one.socket.write(bytes)
    await until(() => one.code() !== undefined, { say: 'a close frame' })
    assert.ok([code].flat().includes(one.code()), `closed with ${one.code()}`)
    one.socket.end()
    await until(() => one.isClosed, { seconds: 8, say: 'the end of the connection' })
  })
}

await test('a character split over fragments is fine, a ping between them is answered', async () => {
  const one = await wire()
  const letters = Buffer.from('CONNECT\naccept-version:1.2\nhost:가\n\n\0')
  const cut = letters.indexOf(Buffer.from('가')) + 1
  one.socket.write(Buffer.concat([masked(1, letters.subarray(0, cut), { fin: 0 }), masked(9, Buffer.from('핑')), masked(0, letters.subarray(cut))]))
  await until(() => one.got.includes('ERROR\n'))
  assert.ok(one.got.includes(Buffer.concat([Buffer.from([0x8a, 3]), Buffer.from('핑')])), 'a pong with the same bytes')
  assert.ok(one.got.includes('authentication failed'))
  one.socket.destroy()
})

await test('after all of that pushd is the same process and serves', async () => {
  const someone = await guest(system)
  const talk = await talker(system, someone)
  await talk.stop()
  assert.equal(system.pids('pushd').length, 1)
  assert.equal((system.log('pushd').match(/ ready version/g) ?? []).length, 1)
})

await finish()
