#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Web push: a push service of the test's own gets what only the browser's key opens, signed by the site's; it says 410, 429 and is obeyed.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import http from 'node:http'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { startSystem } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const b64 = bytes => Buffer.from(bytes).toString('base64url')
const path = '/api/admin/chat/push-subscriptions'
// our pair, as `sangdamctl webpush init` prints one
const ours = crypto.createECDH('prime256v1')
ours.generateKeys()
const priv = Buffer.concat([Buffer.alloc(32), ours.getPrivateKey()]).subarray(-32)
const system = await startSystem({ demo: 'none', set: { webpush_public: b64(ours.getPublicKey()), webpush_private: b64(priv), webpush_contact: 'mailto:chat@example.org',
  webpush_any_endpoint: 'on', webpush_interval: '100ms' } })

// ---- a push service ----
const got = []
let answer = () => ({ status: 201 })
const service = http.createServer((request, response) => {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', () => {
    const one = { path: request.url, head: request.headers, body: Buffer.concat(parts), at: Date.now() }
    const { status, head = {} } = answer(one)
    got.push({ ...one, status })
    response.writeHead(status, head).end()
  })
})
await new Promise(done => service.listen(0, '127.0.0.1', done))
cleanup(() => service.close())
const origin = `http://127.0.0.1:${service.address().port}`

// ---- a browser's side of RFC 8291 ----
function browser(name) {
  const pair = crypto.createECDH('prime256v1'), auth = crypto.randomBytes(16)
  pair.generateKeys()
  return { subscription: { endpoint: `${origin}/${name}`, p256dh: b64(pair.getPublicKey()), auth: b64(auth) }, open(body) {
    const salt = body.subarray(0, 16), size = body[20], sender = body.subarray(21, 21 + size), sealed = body.subarray(21 + size)
    assert.equal(body.readUInt32BE(16), 4096)
    const hkdf = (key, salt_, info, n) => Buffer.from(crypto.hkdfSync('sha256', key, salt_, info, n))
    const ikm = hkdf(pair.computeSecret(sender), auth, Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), sender]), 32)
    const open = crypto.createDecipheriv('aes-128-gcm', hkdf(ikm, salt, 'Content-Encoding: aes128gcm\0', 16), hkdf(ikm, salt, 'Content-Encoding: nonce\0', 12))
    open.setAuthTag(sealed.subarray(-16))
    const plain = Buffer.concat([open.update(sealed.subarray(0, -16)), open.final()])
    assert.equal(plain.at(-1), 2)
    return JSON.parse(plain.subarray(0, -1))
  } }
}
function verify(head) {
  const [, token, key] = head.authorization.match(/^vapid t=([\w.-]+), k=([\w-]+)$/)
  assert.equal(key, b64(ours.getPublicKey()))
  const [header, claims, signature] = token.split('.'), point = ours.getPublicKey()
  const jwk = { kty: 'EC', crv: 'P-256', x: b64(point.subarray(1, 33)), y: b64(point.subarray(33)) }
  assert.ok(crypto.verify('sha256', Buffer.from(`${header}.${claims}`), { key: crypto.createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
  return JSON.parse(Buffer.from(claims, 'base64url'))
}
const to = name => got.filter(one => one.path === `/${name}`)
const agent = await staff(system, 'agent', '한지수')
const phone = browser('phone'), desk = browser('desk')
const end = async chat => chat.person.expect(200, chat.person.post(`/api/chat/sessions/${chat.sessionId}/end`, {}))
const wait = async (nickname, title) => {
  const person = await guest(system, { nickname })
  return { person, ...await requestChat(person, { title }) }
}

await test('subscribing: the site\'s key; refused input by field; the same browser again is the same subscription', async () => {
  assert.equal((await agent.expect(200, agent.get(path))).data.publicKey, b64(ours.getPublicKey()))
  for (const [field, value] of [['p256dh', 'AAAA'], ['auth', 'AAAA'], ['p256dh', b64(Buffer.alloc(65))]]) {
    const refused = await agent.expect(422, agent.post(path, { ...phone.subscription, [field]: value }))
    assert.equal(refused.json.errors[0].field, field)
  }
  const first = await agent.expect(201, agent.post(path, phone.subscription))
  assert.deepEqual((await agent.expect(201, agent.post(path, phone.subscription))).data, first.data)
  await agent.expect(201, agent.post(path, { ...desk.subscription, firstLine: false }))
})

await test('a chat that waits is told once to each browser, encrypted for it and signed by us', async () => {
  const chat = await wait('이서연', '결제가 <b>두 번</b> 되었어요')
  await until(() => to('phone').length && to('desk').length)
  const [one] = to('phone')
  assert.equal(one.head['content-encoding'], 'aes128gcm')
  assert.ok(Number(one.head.ttl) > 0)
  const claims = verify(one.head)
  assert.equal(claims.aud, origin)
  assert.equal(claims.sub, 'mailto:chat@example.org')
  assert.ok(claims.exp > Date.now() / 1000 && claims.exp <= Date.now() / 1000 + 86400)
  const news = phone.open(one.body)
  assert.equal(news.sessionId, chat.sessionId)
  assert.match(news.title, /이서연/)
  assert.equal(news.body, '결제가 <b>두 번</b> 되었어요')
  assert.ok(!JSON.stringify(desk.open(to('desk')[0].body)).includes('결제'), 'without the first line, by choice')
  await end(chat)
  assert.equal(to('phone').length, 1)
})

await test('410: the subscription ends; 429: Retry-After is obeyed, and a chat that somebody took meanwhile is not told', async () => {
  answer = one => (one.path === '/desk' ? { status: 410 } : to('phone').length < 2 ? { status: 429, head: { 'Retry-After': '2' } } : { status: 201 })
  const chat = await wait('김민준', '하나')
  await until(() => to('phone').length === 3 && to('desk').length === 2)
  const [, early, late] = to('phone')
  assert.equal(early.status, 429)
  assert.ok(late.at - early.at >= 1900, `${late.at - early.at} ms`)
  answer = one => (one.status ? {} : { status: 429, head: { 'Retry-After': '1' } })
  await end(chat)
  const other = await wait('최지우', '둘')
  await until(() => to('phone').length === 4)
  await end(other)
  answer = () => ({ status: 201 })
  const last = await wait('정하은', '셋')
  await until(() => to('phone').length === 5)
  assert.equal(phone.open(to('phone')[4].body).sessionId, last.sessionId)
  assert.equal(to('desk').length, 2, 'nothing more goes to who is gone')
  await end(last)
})

await test('after the shift nothing is sent; another member can\'t end it', async () => {
  const { data } = await agent.expect(201, agent.post(path, phone.subscription)), other = await staff(system, 'agent'), watch = browser('watch')
  await other.expect(201, other.post(path, watch.subscription))
  await other.expect(200, other.ask('DELETE', `${path}/${data.pushSubscriptionId}`, { json: {} }))
  const before = to('phone').length, chat = await wait('윤서아', '넷')
  await until(() => to('phone').length === before + 1 && to('watch').length === 1)
  await end(chat)
  await agent.expect(200, agent.ask('DELETE', `${path}/${data.pushSubscriptionId}`, { json: {} }))
  const next = await wait('강도윤', '다섯')
  await until(() => to('watch').length === 2)
  assert.equal(to('phone').length, before + 1)
  await end(next)
})

await finish()
