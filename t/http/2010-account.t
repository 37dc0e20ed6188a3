#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Accounts over REST: sign up, sign in and out, tokens, guests, the cookie.
import assert from 'node:assert/strict'
import { Person, uuid } from '../lib/client.mjs'
import { guest, guestByToken, password, signIn } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const email = `new-${uuid().slice(0, 8)}@example.org`

await test('sign up makes a customer: 201', async () => {
  const person = new Person(system)
  const answer = await person.post('/api/account/signup', { email, password, nickname: '새 고객' })
  assert.equal(answer.status, 201)
  assert.equal(answer.data.nickname, '새 고객')
  assert.equal(answer.data.role, 'CUSTOMER')
})

await test('the same e-mail again, in capitals too: 409 naming the field', async () => {
  for (const again of [email, email.toUpperCase()]) {
    const answer = await new Person(system).post('/api/account/signup', { email: again, password, nickname: '둘째' })
    assert.equal(answer.status, 409)
    assert.equal(answer.json.errors[0].field, 'email')
  }
})

await test('sign in: the cookie is HttpOnly, SameSite=Lax, Path=/ and the answer tells who', async () => {
  const person = new Person(system)
  const answer = await person.post('/api/account/login', { email, password })
  assert.equal(answer.status, 200)
  const line = answer.headers['set-cookie'].find(one => one.startsWith('sid='))
  assert.match(line, /;\s*HttpOnly/i)
  assert.match(line, /;\s*SameSite=Lax/i)
  assert.match(line, /;\s*Path=\/(;|$)/i)
  assert.doesNotMatch(line, /;\s*(Secure|Domain)/i)
  const me = await person.get('/api/account/me')
  assert.equal(me.status, 200)
  assert.deepEqual(me.data.memberId, answer.data.memberId)
  assert.equal(me.data.csrfToken, answer.data.csrfToken)
  assert.ok(me.data.csrfToken.length >= 32)
})

await test('the cookie changes at each sign-in, and one set beforehand is not taken over', async () => {
  const person = new Person(system)
  person.cookies.set('sid', 'A'.repeat(43))
  await person.expect(200, person.post('/api/account/login', { email, password }))
  const first = person.cookies.get('sid')
  assert.notEqual(first, 'A'.repeat(43))
  await person.expect(200, person.post('/api/account/login', { email, password }))
  assert.notEqual(person.cookies.get('sid'), first)
})

await test('an unknown e-mail and a wrong password get the same 401', async () => {
  const one = await new Person(system).post('/api/account/login', { email: 'nobody@example.org', password })
  const two = await new Person(system).post('/api/account/login', { email, password: 'something else' })
  assert.equal(one.status, 401)
  assert.equal(two.status, 401)
  assert.equal(one.text, two.text)
  assert.equal(one.headers['set-cookie'], undefined)
})

await test('sign out ends the cookie at once', async () => {
  const person = await signIn(system, email)
  const sid = person.cookies.get('sid')
  await person.expect(200, person.post('/api/account/logout', {}))
  assert.equal(person.cookies.has('sid'), false)
  person.cookies.set('sid', sid)
  assert.equal((await person.get('/api/account/me')).status, 401)
})

await test('a token is for programs: no cookie, no CSRF, no Origin', async () => {
  const person = new Person(system)
  const answer = await person.post('/api/account/token', { email, password }, { headers: { Origin: undefined } })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['set-cookie'], undefined)
  assert.ok(Date.parse(answer.data.expiresAt) > Date.now())
  person.token = answer.data.token
  assert.equal((await person.get('/api/account/me')).data.nickname, '새 고객')
  assert.equal((await person.post('/api/chat/session', { categoryId: 200 })).status, 201)
})

await test('a wrong bearer token is nobody, also beside a good cookie', async () => {
  const person = await signIn(system, email)
  const answer = await person.get('/api/account/me', { headers: { Authorization: `Bearer ${'x'.repeat(43)}` } })
  assert.equal(answer.status, 401)
})

await test('a guest has a name, a cookie and the role GUEST', async () => {
  const person = await guest(system, { nickname: '지나가던 손님' })
  assert.equal(person.role, 'GUEST')
  assert.ok(person.cookies.get('sid'))
  assert.equal((await person.get('/api/account/me')).data.nickname, '지나가던 손님')
})

await test('a guest by token needs no cookie', async () => {
  const person = await guestByToken(system)
  assert.equal(person.cookies.size, 0)
  assert.equal(person.role, 'GUEST')
})

await test('no cookie comes from reading alone', async () => {
  for (const path of ['/api/chat/categories', '/signin', '/signup', '/', '/api/account/me']) {
    const answer = await new Person(system).get(path)
    assert.equal(answer.headers['set-cookie'], undefined, path)
  }
})

await test('the name sid twice in a request: 400', async () => {
  const person = await signIn(system, email)
  const answer = await person.get('/api/account/me', { headers: { Cookie: `sid=${person.cookies.get('sid')}; sid=${'b'.repeat(43)}` } })
  assert.equal(answer.status, 400)
})

await test('not signed in: 401 with WWW-Authenticate', async () => {
  const answer = await new Person(system).get('/api/account/me')
  assert.equal(answer.status, 401)
  assert.ok(answer.headers['www-authenticate'])
  assert.equal(answer.json.code, '04')
})

await test('passwords too short and e-mails that are none: 422 naming the field', async () => {
  for (const [field, fields] of [
    ['password', { password: 'short' }], ['password', { password: '' }], ['email', { email: 'nobody' }], ['email', { email: 'a@b@c' }],
    ['email', { email: `${'a'.repeat(250)}@example.org` }], ['nickname', { nickname: '   ' }],
  ]) {
    const answer = await new Person(system).post('/api/account/signup', { email: `x-${uuid()}@example.org`, password, nickname: '이름', ...fields })
    assert.equal(answer.status, 422, JSON.stringify(fields))
    assert.equal(answer.json.errors[0].field, field)
  }
})

await test('a disabled member is out at once', async () => {
  const person = await signIn(system, email)
  await system.ctl(['member', 'disable', email])
  assert.equal((await person.get('/api/account/me')).status, 401)
  assert.equal((await new Person(system).post('/api/account/login', { email, password })).status, 401)
})

await test('tokens and passwords are in no log', async () => {
  const person = await guestByToken(system)
  await person.get(`/api/account/me?token=${person.token}`)
  for (const name of ['account', 'chat', 'nginx', 'nginx-access', 'pushd']) {
    const log = system.log(name)
    assert.equal(log.includes(person.token), false, name)
    assert.equal(log.includes(password), false, name)
  }
})

await finish()
