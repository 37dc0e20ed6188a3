#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Bytes that no HTTP library sends: lengths, double headers, cut requests. nginx and the programs take one decision.
import assert from 'node:assert/strict'
import { rawHttp } from '../lib/client.mjs'
import { contents, guest, history, requestChat } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const person = await guest(system)
const chat = await requestChat(person)
const target = `/api/chat/sessions/${chat.sessionId}/messages`
const host = `127.0.0.1:${system.port}`
const post = (lines, body) => `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nCookie: ${person.cookie}\r\nContent-Type: application/json\r\nConnection: close\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n${body}`
const body = '{"content":"raw"}'

await test('the frame of these tests is good', async () => {
  const answer = await rawHttp(system, post([`Content-Length: ${body.length}`], body))
  assert.equal(answer.status, 201, answer.text)
})

const smuggled = `GET /api/account/me HTTP/1.1\r\nHost: ${host}\r\n\r\n`
for (const [name, lines, text] of [
  ['a length and chunks', [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`],
  ['two lengths', [`Content-Length: ${body.length}`, 'Content-Length: 0'], body],
  ['the same length twice', [`Content-Length: ${body.length}`, `Content-Length: ${body.length}`], body],
  ['a signed length', [`Content-Length: +${body.length}`], body],
  ['a hexadecimal length', ['Content-Length: 0x11'], body],
  ['a negative length', ['Content-Length: -1'], body],
  ['a length beyond 2^63', ['Content-Length: 99999999999999999999'], body],
  ['a list of lengths', [`Content-Length: ${body.length}, ${body.length}`], body],
  ['an unknown transfer encoding', ['Transfer-Encoding: cow'], body],
  ['two hosts', [`Content-Length: ${body.length}`, 'Host: evil.example'], body],
  ['a chunk size that is none', ['Transfer-Encoding: chunked'], `zz\r\n${body}\r\n0\r\n\r\n`],
]) {
  await test(`${name}: refused, one answer, no message`, async () => {
    const answer = await rawHttp(system, post(lines, text), { seconds: 15 })
    assert.ok([400, 411, 413, 501].includes(answer.status), answer.text.slice(0, 300))
    assert.equal(answer.count, 1)
    assert.deepEqual(contents(await history(person, chat.sessionId)), ['raw'])
  })
}

await test('chunks of a good body are taken as one', async () => {
  const answer = await rawHttp(system, post(['Transfer-Encoding: chunked'], `8\r\n${body.slice(0, 8)}\r\n${(body.length - 8).toString(16)}\r\n${body.slice(8)}\r\n0\r\n\r\n`))
  assert.equal(answer.status, 201, answer.text)
})

await test('a body cut off by the client: no row, and the program lives', async () => {
  const before = (await history(person, chat.sessionId)).length
  const answer = await rawHttp(system, post(['Content-Length: 100'], body), { half: true })
  assert.ok([0, 400, 408].includes(answer.status), answer.text)
  assert.equal((await history(person, chat.sessionId)).length, before)
})

await test('a line that is no request, HTTP/0.9, HTTP/3.0: 400 or closed', async () => {
  for (const bytes of ['GARBAGE\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000', 'GET /\r\n\r\n', 'GET / HTTP/3.0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', `GET / HTTP/1.1\r\nHost: ${host}\r\nX y: z\r\n\r\n`]) {
    const answer = await rawHttp(system, bytes, { half: true })
    assert.ok(answer.status < 500 || answer.status === 505, `${JSON.stringify(bytes)}: ${answer.status}`)
  }
})

await test('a header of 40 KiB: 400 or 431, as a problem file', async () => {
  const answer = await rawHttp(system, `GET /api/chat/categories HTTP/1.1\r\nHost: ${host}\r\nX: ${'y'.repeat(40000)}\r\n\r\n`)
  assert.ok([400, 431, 0].includes(answer.status), answer.text.slice(0, 200))
})

await test('a client-sent X-Accel-Redirect means nothing', async () => {
  const answer = await rawHttp(system, `GET /api/chat/categories HTTP/1.1\r\nHost: ${host}\r\nX-Accel-Redirect: /protected/x\r\nConnection: close\r\n\r\n`)
  assert.equal(answer.status, 200)
  assert.match(answer.text, /DELIVERY/)
})

await test('a client-sent X-Forwarded-For changes nothing', async () => {
  const answer = await rawHttp(system, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: 203.0.113.5\r\nConnection: close\r\n\r\n`)
  assert.equal(answer.status, 200)
})

await finish()
