#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Who may what: every route and STOMP destination, by every role, on a chat of their own, a foreign one and one that is absent. rights.matrix says
// what is wanted; a route that it lacks fails. A marker stands in the foreign chats: no refusal may hold it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { Person, multipart, uuid } from '../lib/client.mjs'
import { customer, guest, say, signIn, staff } from '../lib/people.mjs'
import { frame, raw } from '../lib/stomp.mjs'
import { buildFolder, theSystem, top } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const roles = ['none', 'guest', 'customer', 'agent', 'supervisor', 'admin']
const marker = `비밀표시${uuid()}`
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

// METHOD /path OBJECT none guest customer agent supervisor admin
const wanted = new Map()
for (const line of fs.readFileSync(path.join(top, 't/http/rights.matrix'), 'utf8').split('\n')) {
  const cells = line.replace(/#.*/, '').trim().split(/\s+/)
  if (cells.length < 2) continue
  assert.equal(cells.length, 3 + roles.length, line)
  wanted.set(cells.slice(0, 3).join(' '), cells.slice(3))
}

const people = {
  none: new Person(system),
  guest: await guest(system),
  customer: await customer(system),
  agent: await staff(system),
  supervisor: await staff(system, 'supervisor'),
  admin: await staff(system, 'admin'),
}
const helper = await staff(system)

// ---- the chats that are asked about ----
const admin = id => `/api/admin/chat/sessions/${id}`
const isStaff = role => ['agent', 'supervisor', 'admin'].includes(role)
const request = async who => (await who.expect(201, who.post('/api/chat/session', { categoryId: 200 }))).data.sessionId

async function withFile(who, id) {
  const answer = await who.expect(201, who.upload(`/api/chat/sessions/${id}/files`, [{ name: 'file', filename: `${marker}.png`, type: 'image/png', bytes: png }]))
  return answer.data.attachment.fileId
}

async function ownChat(role, waits) {
  const who = people[role]
  const asker = isStaff(role) || role === 'none' ? await guest(system) : who
  const open = (await asker.get('/api/chat/sessions/resumable')).data
  for (const chat of open) await asker.expect(200, asker.post(`/api/chat/sessions/${chat.sessionId}/end`, {}))
  const id = await request(asker)
  if (waits) return { id, asker }
  const accepter = isStaff(role) ? who : helper
  await accepter.expect(200, accepter.post(`${admin(id)}/accept`, {}))
  return { id, asker }
}

async function foreignChat(waits) {
  const asker = await guest(system)
  const id = await request(asker)
  await say(asker, id, marker)
  if (!waits) await helper.expect(200, helper.post(`${admin(id)}/accept`, {}))
  return { id, asker }
}

const kept = new Map()
async function chatFor(role, object, route) {
  if (object === 'absent') return { id: uuid() }
  const waits = /\/accept$/.test(route) && !/\/transfer\//.test(route)
  // a route that only reads can share the chat
  const key = route.startsWith('GET') && !route.includes('/files/') ? `${object} ${object === 'foreign' ? '' : role}` : undefined
  if (key && kept.has(key)) return kept.get(key)
  const chat = object === 'own' ? await ownChat(role, waits) : await foreignChat(waits)
  if (key) kept.set(key, chat)
  return chat
}

// ---- what is sent ----
const canned = () => ({ scope: 'PERSONAL', shortcut: uuid(), title: '제목', content: '내용' })
const bodies = {
  '/api/account/signup': () => ({ email: `r-${uuid()}@example.org`, password: 'sangdam-demo', nickname: '이름' }),
  '/api/account/login': () => ({ email: 'customer@example.com', password: 'sangdam-demo' }),
  '/api/account/token': () => ({ email: 'customer@example.com', password: 'sangdam-demo' }),
  '/api/account/guest': () => ({ nickname: '손님' }),
  '/api/account/identity': () => ({ siteKey: 'nothing', jwt: 'a.b.c' }),
  '/api/chat/session': () => ({ categoryId: 200 }),
  '/api/chat/session/popup': () => ({ category: 'DELIVERY' }),
  '/api/chat/sessions/{id}/messages': () => ({ content: '안녕하세요' }),
  '/api/chat/sessions/{id}/messages/{seq}': () => ({ content: '고쳤어요' }), // the first row: the system's
  '/api/chat/sessions/{id}/rating': () => ({ score: 4 }),
  '/api/chat/sessions/{id}/presence': () => ({ state: 'ACTIVE' }),
  '/api/admin/chat/sessions/{id}/notes': () => ({ content: '메모', clientNoteId: uuid() }),
  '/api/admin/chat/sessions/{id}/hold': () => ({ minutes: 5 }),
  '/api/admin/chat/sessions/{id}/tags': () => ({ tag: '태그' }),
  '/api/admin/chat/sessions/{id}/block': () => ({ days: 1, reason: '시험' }),
  '/api/admin/chat/push-subscriptions': () => ({ endpoint: 'https://push.example.org/x', p256dh: 'x', auth: 'x' }),
  '/api/admin/chat/me/state': () => ({ state: 'ONLINE' }),
  '/api/admin/chat/agent-states/{member}': () => ({ state: 'ONLINE' }),
  '/api/admin/chat/tags': () => ({ tag: `태그 ${uuid().slice(0, 8)}` }),
  '/api/admin/chat/tags/{word}': () => ({ isRetired: true }),
  '/api/admin/chat/canned-replies': () => canned(),
  '/api/admin/chat/canned-replies/{reply}': () => canned(),
  '/api/admin/chat/sessions/{id}/status': () => ({ status: 'COMPLETED' }),
  '/api/admin/chat/sessions/message-counts': id => [id],
  '/api/admin/chat/sessions/history/export': () => ({ purpose: '시험', from: '2150-01-01' }),
}
const forms = {
  '/agent/canned': () => canned(),
  '/agent/canned/{reply}': () => canned(),
  '/agent/chat/{id}/hold': () => ({ minutes: '5' }),
  '/agent/chat/{id}/tags': () => ({ tag: '태그' }),
  '/agent/chat/{id}/tags/remove': () => ({ tag: '태그' }),
  '/agent/chat/{id}/block': () => ({ days: '1', reason: '시험' }),
  '/signin': () => ({ email: 'customer@example.com', password: 'sangdam-demo' }),
  '/signup': () => ({ email: `r-${uuid()}@example.org`, password: 'sangdam-demo', nickname: '이름' }),
  '/guest': () => ({ nickname: '손님' }),
  '/lang': () => ({ lang: 'ko' }),
  '/history/export': () => ({ purpose: '시험', from: '2150-01-01' }),
  '/chat/transcript': () => ({ secret: 'x' }),
  '/': () => ({ categoryId: '200' }),
  '/admin/tags': () => ({ tag: `태그 ${uuid().slice(0, 8)}` }),
  '/admin/tags/{word}': () => ({ tag: '태그' }),
  '/admin/tags/{word}/retire': () => ({ retired: 'true' }),
  '/admin/entry': () => ({ kind1: 'none of these' }), // an empty form would ask customers for nothing
  '/board/agents/{member}/state': () => ({ state: 'away' }),
  '/admin/sites': () => ({ siteKey: 'rights', name: '가게', origins: 'https://rights.example' }),
  '/admin/sites/{key}': () => ({ name: '가게', origins: 'https://rights.example' }),
}
const formOf = target => forms[target]?.() ?? (/\/note$/.test(target) ? { note: '메모' } : /\/transcript$/.test(target) ? { email: 'a@example.org' } : /\/rating$/.test(target) ? { score: '4' } : /\{seq\}$/.test(target) ? { content: '고쳤어요' } : /\/(send|refresh)$/.test(target) ? { content: '안녕하세요', clientMessageId: uuid() } : /\/end$/.test(target) ? { exitReasonId: '144' } : {})

// Signing in or out ends the cookie that came with it: such a route gets one of its own.
const isAccount = pattern => /^\/(signin|signup|signout|guest|lang)$|^\/api\/account\//.test(pattern)
const freshCookie = person => (person === people.none ? new Person(system) : person === people.guest ? guest(system) : signIn(system, person.email))

function copyOf(person) {
  const copy = new Person(system)
  copy.cookies = new Map(person.cookies)
  copy.csrf = person.csrf
  return copy
}

async function ask(person, method, pattern, id) {
  const target = pattern.replace('{id}', id).replace('{seq}', '1').replace('{code}', 'DELIVERY').replace('{status}', 'completed').replace('{key}', 'nothing').replace(/\{reply\}|\{subscription\}|\{word\}/, '999999999').replace('{member}', '999999999').replace('{choice}', 'ONLINE').replace('{category}', '999')
  const who = method !== 'GET' && isAccount(pattern) ? await freshCookie(person) : copyOf(person)
  const check = target.startsWith('/api/')
  try {
    if (method === 'GET') return await who.get(target, { check })
    if (/\/files$/.test(pattern)) {
      const { body, type } = multipart([...(who.csrf ? [{ name: 'csrfToken', value: who.csrf }] : []), { name: 'file', filename: 'a.png', type: 'image/png', bytes: png }])
      return await who.ask('POST', target, { body, type, check })
    }
    if (target.startsWith('/api/')) return await who.ask(method, target, { json: ((method !== 'DELETE' || /\/tags$/.test(pattern)) && bodies[pattern]?.(id)) || {} })
    return await who.form(target, formOf(pattern))
  } finally {
    who.close()
  }
}

// ---- the routes ----
const routes = ['account', 'chat', 'agent', 'stats', 'file']
  .flatMap(name => execFileSync(path.join(buildFolder(), 'inst/libexec/sangdam', `${name}.fcgi`), ['--routes'], { encoding: 'utf8' }).trim().split('\n'))
  .map(line => line.split(' ').slice(0, 2))
const hasObject = pattern => /\{id\}|message-counts/.test(pattern)
const noted = process.env.SANGDAM_RIGHTS_OUT ? fs.createWriteStream(process.env.SANGDAM_RIGHTS_OUT) : undefined

for (const [method, pattern] of routes) {
  for (const object of hasObject(pattern) ? ['own', 'foreign', 'absent'] : ['-']) {
    await test(`${method} ${pattern} ${object}`, async () => {
      const line = wanted.get(`${method} ${pattern} ${object}`)
      if (!noted) assert.ok(line, 'it is missing in rights.matrix')
      const got = []
      for (const role of roles) {
        const chat = object === '-' ? {} : await chatFor(role, object, `${method} ${pattern}`)
        let id = chat.id
        if (pattern === '/api/chat/files/{id}') {
          chat.fileId ??= object === 'absent' ? 999999999 : await withFile(chat.asker, chat.id)
          id = chat.fileId
        }
        const answer = await ask(people[role], method, pattern, id)
        got.push(String(answer.status))
        // who may read the chat may also see it beside a refusal
        const mayRead = object === 'own' || ['supervisor', 'admin'].includes(role)
        // an agent who was too late gets the lists, in which chats that wait stand with their words: this one is not among them
        const hasLists = pattern === '/agent/chat/{id}/transfer/accept' && role === 'agent'
        if (hasLists) assert.equal(answer.text.includes(`data-session="${id}"`), false, `${role}: the chat is in a refusal`)
        else if (answer.status >= 300 && !mayRead) assert.equal(answer.text.includes(marker), false, `${role}: the marker is in a refusal`)
      }
      noted?.write(`${method} ${pattern} ${object} ${got.join(' ')}\n`)
      if (!noted) roles.forEach((role, i) => assert.ok(line[i].split('/').includes(got[i]), `${role}: wanted ${line[i]}, got ${got[i]} (all: ${got.join(' ')})`))
    }, { seconds: 120 })
  }
}

// ---- STOMP ----
const destinations = [
  ...['/topic/chat/{id}', '/topic/chat/{id}/live'].map(one => ['SUBSCRIBE', one]),
  ...['/topic/admin/notifications', '/topic/chat/sessions', '/topic/chat/new-session', '/topic/chat/presence', '/topic/chat/messages', '/user/queue/messages', '/user/queue/errors'].map(one => ['SUBSCRIBE', one]),
  ...['/app/chat.sendMessage', '/app/chat.addUser', '/app/chat.removeUser', '/app/chat.read', '/app/chat.typing', '/app/chat.watch'].map(one => ['SEND', one]),
]

async function tell(person, command, pattern, id) {
  const one = await raw(system, { person, headers: { Origin: system.url } })
  try {
    one.send(frame('CONNECT', ['accept-version:1.2', 'host:x']))
    await until(() => /^(CONNECTED|ERROR)\n/.test(one.got))
    if (one.got.startsWith('ERROR')) return 'ERROR'
    if (pattern !== '/user/queue/errors') {
      one.send(frame('SUBSCRIBE', ['id:e', 'destination:/user/queue/errors', 'receipt:e']))
      await one.expect('receipt-id:e\n')
    }
    one.got = ''
    const destination = pattern.replace('{id}', id)
    if (command === 'SUBSCRIBE') one.send(frame('SUBSCRIBE', ['id:1', `destination:${destination}`, 'after:0', 'receipt:r'].filter(line => line !== 'after:0' || destination === `/topic/chat/${id}`)))
    else one.send(frame('SEND', [`destination:${destination}`, 'receipt:r'], JSON.stringify({ sessionId: id, ...(pattern.endsWith('sendMessage') ? { content: '안녕' } : {}) })))
    await until(() => /receipt-id:r\n[^]*\0/.test(one.got) || one.got.startsWith('ERROR'))
    if (one.got.startsWith('RECEIPT')) return 'RECEIPT'
    assert.equal(one.got.includes(marker), false, 'the marker is in a refusal')
    if (one.got.startsWith('ERROR')) return 'ERROR'
    return JSON.parse(/\n\n([^\0]*)\0/.exec(one.got)[1]).code
  } finally {
    one.end()
  }
}

for (const [command, pattern] of destinations) {
  const needs = command === 'SEND' || pattern.includes('{id}')
  for (const object of needs ? ['own', 'foreign', 'absent'] : ['-']) {
    await test(`${command} ${pattern} ${object}`, async () => {
      const line = wanted.get(`${command} ${pattern} ${object}`)
      if (!noted) assert.ok(line, 'it is missing in rights.matrix')
      const got = []
      for (const role of roles) {
        const chat = object === '-' ? {} : await chatFor(role, object, command === 'SUBSCRIBE' ? 'GET' : command)
        got.push(await tell(people[role], command, pattern, chat.id))
      }
      noted?.write(`${command} ${pattern} ${object} ${got.join(' ')}\n`)
      if (!noted) roles.forEach((role, i) => assert.ok(line[i].split('/').includes(got[i]), `${role}: wanted ${line[i]}, got ${got[i]} (all: ${got.join(' ')})`))
    }, { seconds: 120 })
  }
}

await test('message counts leave out what the agent may not see', async () => {
  const chat = await foreignChat(false)
  const answer = await people.agent.post('/api/admin/chat/sessions/message-counts', [chat.id, uuid()])
  assert.deepEqual(answer.data.messageCounts, {})
})

await test('the matrix names nothing that is no more', () => {
  const known = new Set([...routes, ...destinations].map(pair => pair.join(' ')))
  assert.deepEqual([...wanted.keys()].map(key => key.split(' ').slice(0, 2).join(' ')).filter(key => !known.has(key)), [])
})

await finish()
