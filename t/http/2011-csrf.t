#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Who may change something with somebody's cookie: Origin and CSRF rules of the contract.
import assert from 'node:assert/strict'
import { Person } from '../lib/client.mjs'
import { guest, guestByToken, requestChat } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const person = await guest(system)
const chat = await requestChat(person)
const target = `/api/chat/sessions/${chat.sessionId}/messages`
const body = () => ({ content: '안녕하세요' })
const form = 'application/x-www-form-urlencoded'

await test('own Origin and JSON: goes', async () => {
  assert.equal((await person.post(target, body())).status, 201)
})

await test('own Origin and JSON with a charset: goes', async () => {
  const answer = await person.ask('POST', target, { body: JSON.stringify(body()), type: 'application/json; charset=UTF-8' })
  assert.equal(answer.status, 201)
})

await test('no Origin with the cookie: 403', async () => {
  assert.equal((await person.post(target, body(), { headers: { Origin: undefined } })).status, 403)
})

for (const origin of ['null', 'http://evil.example', `https://127.0.0.1:${system.port}`, `http://127.0.0.1:${system.port + 1}`, 'http://127.0.0.1',
  `http://localhost:${system.port}`, `http://127.0.0.1:${system.port}.evil.example`, `http://127.0.0.1:${system.port}/`, '', 'x']) {
  await test(`Origin '${origin.replace(String(system.port), 'PORT').replace(String(system.port + 1), 'PORT+1')}': 403`, async () => {
    assert.equal((await person.post(target, body(), { headers: { Origin: origin } })).status, 403)
  })
}

await test('a foreign Origin is 403 where no CSRF rule holds, and for reading', async () => {
  for (const path of ['login', 'token', 'signup', 'guest']) {
    const answer = await new Person(system).post(`/api/account/${path}`, { email: 'a@example.org', password: 'x', nickname: 'y' }, { headers: { Origin: 'http://evil.example' } })
    assert.equal(answer.status, 403, path)
  }
  assert.equal((await person.get(target, { headers: { Origin: 'http://evil.example' } })).status, 403)
})

await test('text/plain and no type at all: 403', async () => {
  for (const type of ['text/plain', undefined]) {
    const answer = await person.ask('POST', target, { body: JSON.stringify(body()), type })
    assert.equal(answer.status, 403, String(type))
  }
})

await test('a form without the token, with a wrong one or somebody else\'s: 403', async () => {
  const other = await guest(system)
  for (const token of [undefined, '', 'x', person.csrf.slice(1), other.csrf]) {
    const fields = new URLSearchParams({ content: 'x', ...(token === undefined ? {} : { csrfToken: token }) })
    const answer = await person.ask('POST', target, { body: fields.toString(), type: form })
    assert.equal(answer.status, 403, String(token))
  }
})

await test('a form with the token in it or as a header: goes', async () => {
  const inside = await person.ask('POST', target, { body: new URLSearchParams({ content: 'x', csrfToken: person.csrf }).toString(), type: form })
  assert.equal(inside.status, 201)
  const header = await person.ask('POST', target, { body: new URLSearchParams({ content: 'x' }).toString(), type: form, headers: { 'X-CSRF-Token': person.csrf } })
  assert.equal(header.status, 201)
})

await test('JSON with a wrong X-CSRF-Token: 403', async () => {
  assert.equal((await person.post(target, body(), { headers: { 'X-CSRF-Token': 'wrong' } })).status, 403)
})

await test('a form with the token but no Origin: 403', async () => {
  const answer = await person.ask('POST', target, { body: new URLSearchParams({ content: 'x', csrfToken: person.csrf }).toString(), type: form, headers: { Origin: undefined } })
  assert.equal(answer.status, 403)
})

await test('a bearer request needs neither', async () => {
  const program = await guestByToken(system)
  const own = await requestChat(program)
  assert.equal((await program.post(`/api/chat/sessions/${own.sessionId}/messages`, body())).status, 201)
})

await test('the refused ones left nothing behind', async () => {
  const log = await person.get(target)
  assert.equal(log.data.filter(row => row.kind === 'TEXT').length, 4)
})

await test('GET changes nothing and answers 405 on routes that only take POST', async () => {
  for (const path of [`/api/chat/sessions/${chat.sessionId}/end`, '/api/chat/session', '/api/account/login', '/api/account/logout']) {
    const answer = await person.get(path)
    assert.equal(answer.status, 405, path)
    assert.match(answer.headers.allow, /POST/)
  }
})

await test('pages carry the headers that keep them ours', async () => {
  for (const path of ['/signin', '/', `/chat/${chat.sessionId}`]) {
    const answer = await (path === '/signin' ? new Person(system) : person).get(path)
    assert.equal(answer.status, 200, path)
    const csp = answer.headers['content-security-policy']
    assert.match(csp, /default-src 'none'|default-src 'self'/, path)
    assert.doesNotMatch(csp, /unsafe-inline|unsafe-eval|script-src[^;]*(\*|data:|blob:)/, path)
    assert.equal(answer.headers['referrer-policy'], 'same-origin', path)
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', path)
    assert.match(answer.headers['cache-control'], /no-store/, path)
  }
})

await finish()
