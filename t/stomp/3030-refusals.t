#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// SEND and SUBSCRIBE that are refused: the error queue and an open connection for rules, ERROR and the close for what is malformed or not allowed.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { consultation, contents, guest, history, isDense, password, requestChat, say, staff } from '../lib/people.mjs'
import { frame, raw, rows, talker } from '../lib/stomp.mjs'
import { startSystem, theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { stays, until } from '../lib/until.mjs'

const system = await theSystem()
const agent = await staff(system)
const stranger = await staff(system)
const supervisor = await staff(system, 'supervisor')
const { person, id } = await consultation(system, agent)
const foreign = await consultation(system, stranger)
const marker = `비밀${uuid()}`
await say(foreign.person, foreign.id, marker)
const send = (lines, body) => frame('SEND', ['destination:/app/chat.sendMessage', ...lines], typeof body === 'string' ? body : JSON.stringify(body))

// A raw connection that is signed in and has the error queue.
async function door(who = person, { errors = true } = {}) {
  const one = await raw(system, { person: who, headers: { Origin: system.url } })
  await one.connect()
  if (errors) {
    one.send(frame('SUBSCRIBE', ['id:e', 'destination:/user/queue/errors', 'receipt:e']))
    await one.expect('receipt-id:e\n')
  }
  return one
}

await test('rules: no RECEIPT but a MESSAGE with receipt-id, code, clientMessageId; the connection stays', async () => {
  const one = await door()
  const key = uuid()
  for (const [name, body, code] of [
    ['blank', { sessionId: id, content: ' \u3164 ', clientMessageId: key }, '01'],
    ['too long', { sessionId: id, content: '가'.repeat(2001), clientMessageId: key }, '01'],
    ['control', { sessionId: id, content: 'a\u0007b', clientMessageId: key }, '01'],
    ['a file that is none', { sessionId: id, content: 'x', messageTypeId: 13, clientMessageId: key }, '01'],
    ['half a character', `{"sessionId":"${id}","content":"\\ud800"}`, '01'],
    ['a system line', { sessionId: id, content: 'x', messageTypeId: 'SYSTEM', clientMessageId: key }, '01'],
    ['someone else\'s chat', { sessionId: foreign.id, content: 'x', clientMessageId: key }, '03'],
    ['no such chat', { sessionId: uuid(), content: 'x', clientMessageId: key }, '03'],
    ['a malformed id', { sessionId: 'x', content: 'x', clientMessageId: key }, '03'],
  ]) {
    one.got = ''
    one.send(send([`receipt:${name}`], body))
    await one.expect(/^MESSAGE\n[^]*\0/)
    assert.ok(one.got.includes(`receipt-id:${name}\n`), one.got)
    const error = JSON.parse(one.got.slice(one.got.indexOf('\n\n') + 2, one.got.indexOf('\0')))
    assert.equal(error.code, code, name)
    if (typeof body !== 'string') assert.equal(error.clientMessageId, key, name)
    assert.equal(error.destination, '/app/chat.sendMessage')
    assert.equal(one.got.includes(marker), false)
  }
  one.send(send(['receipt:good'], { sessionId: id, content: '이건 돼요' }))
  await one.expect('RECEIPT\nreceipt-id:good\n')
  one.end()
})

await test('without the error queue the same is ERROR and the close', async () => {
  const one = await door(person, { errors: false })
  one.send(send(['receipt:r'], { sessionId: id, content: '' }))
  await one.expect(/ERROR\n[^]*receipt-id:r\n/)
  await one.close()
})

const bad = {
  'no JSON': '{', 'an array': '[]', 'a string': '"x"', 'trailing bytes': '{"sessionId":"x","content":"x"}x', 'a key twice': `{"sessionId":"${id}","content":"x","content":"y"}`,
  'an unknown key': `{"sessionId":"${id}","content":"x","colour":1}`, 'content as number': `{"sessionId":"${id}","content":5}`, 'no content': `{"sessionId":"${id}"}`,
  'no sessionId': '{"content":"x"}', 'an upper-case key': `{"sessionId":"${id}","content":"x","clientMessageId":"${uuid().toUpperCase()}"}`,
  'an escaped NUL': `{"sessionId":"${id}","content":"a\\u0000"}`, nothing: '',
}
for (const [name, body] of Object.entries(bad)) {
  await test(`a body that is ${name}: ERROR and close`, async () => {
    const one = await door()
    one.send(send(['receipt:r'], body))
    await one.expect('ERROR\n')
    await one.close()
  })
}

for (const destination of ['/app/unknown', '/app/', '/app/chat.sendmessage', '/topic/chat/x', `/topic/chat/${'0'.repeat(36)}`, '/topic/admin/notifications', '/queue/x', '/user/queue/messages', '/user/2/queue/messages', 'x', '/', '']) {
  await test(`SEND to '${destination}': ERROR and close`, async () => {
    const one = await door(agent)
    one.send(frame('SEND', [`destination:${destination}`], '{}'))
    await one.expect('ERROR\n')
    await one.close()
  })
}

for (const destination of [`/topic/chat/${foreign.id}`, `/topic/chat/${foreign.id}/live`, '/topic/admin/notifications', '/topic/chat/sessions', '/topic/chat/new-session', '/topic/chat/presence', '/topic/chat/messages',
  '/topic/*', '/topic/**', '/topic/chat/*', '/topic/>', '/topic/chat/..', '/topic/../x', `/topic/chat/${uuid()}`, '/topic/chat/', '/topic', '/app/chat.sendMessage', '/unknown', '', `/topic/${'x'.repeat(900)}`, '/user/3/queue/errors', '/queue/x']) {
  await test(`a guest's SUBSCRIBE to '${destination.slice(0, 60).replace(foreign.id, 'FOREIGN')}': ERROR, nothing leaks`, async () => {
    const one = await door()
    one.send(frame('SUBSCRIBE', ['id:1', `destination:${destination}`, 'after:0']))
    await one.expect('ERROR\n')
    await one.close()
    assert.equal(one.got.includes(marker), false)
  })
}

await test('an agent\'s SUBSCRIBE to another agent\'s open chat: ERROR; a supervisor may', async () => {
  const one = await door(agent)
  one.send(frame('SUBSCRIBE', ['id:1', `destination:/topic/chat/${foreign.id}`, 'after:0']))
  await one.expect('ERROR\n')
  await one.close()
  assert.equal(one.got.includes(marker), false)
  const two = await talker(system, supervisor)
  const list = await two.subscribe(`/topic/chat/${foreign.id}`, { after: '0' })
  await until(() => list.some(row => row.content === marker))
})

for (const [name, lines] of [['no id', ['destination:/user/queue/errors']], ['no destination', ['id:1']], ['an id twice', ['id:e', 'destination:/user/queue/errors']]]) {
  await test(`SUBSCRIBE with ${name}: ERROR`, async () => {
    const one = await door()
    one.send(frame('SUBSCRIBE', lines))
    await one.expect('ERROR\n')
    await one.close()
  })
}

for (const after of ['-1', 'abc', '1.5', '', ' 1', '1e3', '0x1']) {
  await test(`after:${after}: ERROR`, async () => {
    const one = await door()
    one.send(frame('SUBSCRIBE', ['id:1', `destination:/topic/chat/${id}`, `after:${after}`]))
    await one.expect('ERROR\n')
    await one.close()
  })
}

await test('after beyond the head, or another epoch: RESYNC, then rows 1 to head', async () => {
  const talk = await talker(system, person)
  const head = (await history(person, id)).length
  for (const headers of [{ after: String(head + 1000) }, { after: '99999999999999999999' }, { after: '1', epoch: uuid() }]) {
    const list = await talk.subscribe(`/topic/chat/${id}`, headers)
    await until(() => rows(list).length === head)
    assert.equal(list[0].kind, 'RESYNC')
    assert.equal(list[0].seq, null)
    assert.equal(list[0].epoch, talk.connected.headers.epoch)
    assert.equal(list[0].head, head)
    assert.ok(isDense(rows(list)))
    list.subscription.unsubscribe()
  }
  await talk.stop()
})

await test('after head: nothing old; without after: live only; UNSUBSCRIBE ends it', async () => {
  const talk = await talker(system, person)
  const head = (await history(person, id)).length
  const exact = await talk.subscribe(`/topic/chat/${id}`, { after: String(head) })
  const live = await talk.subscribe(`/topic/chat/${id}`)
  await say(agent, id, '새 말')
  await until(() => rows(exact).length === 1 && rows(live).length === 1)
  assert.equal(exact[0].seq, head + 1)
  live.subscription.unsubscribe()
  await say(agent, id, '또 새 말')
  await until(() => rows(exact).length === 2)
  assert.equal(rows(live).length, 1)
  await talk.stop()
})

await test('a replay of 600 rows while others come: dense, once, in order', async () => {
  const other = await consultation(system, agent)
  for (let i = 0; i < 12; i++) await Promise.all(Array.from({ length: 50 }, (_, k) => say(other.person, other.id, `${i}/${k} ${'가'.repeat(200)}`)))
  const talk = await talker(system, other.person)
  const list = await talk.subscribe(`/topic/chat/${other.id}`, { after: '0' }, { confirmed: false })
  for (let i = 0; i < 20; i++) await say(agent, other.id, `새 ${i}`)
  await until(() => rows(list).some(row => row.content === '새 19'), { seconds: 30 })
  assert.ok(isDense(rows(list)))
  assert.equal(contents(rows(list)).length, 620)
  await talk.stop()
}, { seconds: 120 })

await test('clientMessageId over STOMP and REST is one key', async () => {
  const talk = await talker(system, person)
  await talk.refusals()
  const key = uuid()
  assert.equal(await talk.say(id, '두 문으로', key), 'RECEIPT')
  const again = await person.post(`/api/chat/sessions/${id}/messages`, { content: '두 문으로', clientMessageId: key })
  assert.equal(again.status, 200)
  assert.equal(await talk.say(id, '두 문으로', key), 'RECEIPT')
  assert.equal((await talk.say(id, '다른 말', key)).code, '02')
  assert.equal(contents(await history(person, id)).filter(text => text === '두 문으로').length, 1)
  await talk.stop()
})

await test('/user/queue/messages: every row of the member\'s own open chats, on all connections', async () => {
  const [one, two] = [await talker(system, person), await talker(system, person)]
  const lists = [await one.subscribe('/user/queue/messages'), await two.subscribe('/user/queue/messages')]
  const key = uuid()
  await say(agent, id, '모두에게', key)
  for (const list of lists) {
    await until(() => list.some(row => row.clientMessageId === key))
    assert.equal(list.frames[0].headers.destination, '/user/queue/messages')
    assert.ok(list.every(row => row.sessionId === id))
  }
  await one.stop()
  await two.stop()
})

await test('addUser and removeUser: one JOIN per stretch, one LEAVE; other people\'s claims are ignored', async () => {
  const other = await consultation(system, agent)
  const talk = await talker(system, other.person)
  for (let i = 0; i < 3; i++) assert.equal(await talk.send('/app/chat.addUser', { sessionId: other.id, senderId: 1, senderName: '상담원', senderType: 'ADMIN' }), 'RECEIPT')
  assert.equal(await talk.send('/app/chat.removeUser', { sessionId: other.id }), 'RECEIPT')
  const log = await history(agent, other.id)
  const joins = log.filter(row => row.kind === 'JOIN')
  assert.deepEqual(joins.map(row => row.content), [`${other.person.nickname}님이 상담에 참가했습니다.`])
  assert.deepEqual(log.filter(row => row.kind === 'LEAVE').map(row => row.content), [`${other.person.nickname}님이 상담에서 나갔습니다.`])
  await talk.stop()
})

await test('after the end: read, typing and removeUser succeed and change nothing, a send is refused', async () => {
  const other = await consultation(system, agent)
  const talk = await talker(system, other.person)
  await talk.refusals()
  await other.person.expect(200, other.person.post(`/api/chat/sessions/${other.id}/end`, {}))
  const log = await history(other.person, other.id)
  for (const destination of ['/app/chat.read', '/app/chat.typing', '/app/chat.removeUser']) assert.equal(await talk.send(destination, { sessionId: other.id }), 'RECEIPT', destination)
  assert.equal((await talk.say(other.id, 'x')).code, '02')
  assert.deepEqual((await history(other.person, other.id)).length, log.length)
  await talk.stop()
})

await test('a name with colons and line feeds adds no header', async () => {
  const odd = await guest(system, { nickname: 'session:1\\ndestination:/x' })
  const chat = await consultation(system, agent, odd)
  const talk = await talker(system, agent)
  const list = await talk.subscribe(`/topic/chat/${chat.id}`, { after: '0' })
  await say(odd, chat.id, 'x')
  await until(() => list.some(row => row.content === 'x'))
  for (const one of list.frames) assert.equal(one.headers.destination, `/topic/chat/${chat.id}`)
  await talk.stop()
})

// ---- rights that are lost ----
const quick = () => Date.now()
async function lost(name, lose) {
  await test(`${name}: the subscription ends within 2 s, nothing comes after it`, async () => {
    const chat = await consultation(system, agent)
    const talk = await talker(system, agent)
    const list = await talk.subscribe(`/topic/chat/${chat.id}`, { after: '0' })
    await lose(chat)
    const at = quick()
    const secret = `나중 ${uuid()}`
    await until(() => talk.errors.length || talk.closes.length || quick() - at > 2000, { seconds: 4 })
    await say(chat.person, chat.id, secret).catch(() => {})
    await stays(() => !list.some(row => row.content === secret), { seconds: 1, say: 'silence' })
    await talk.stop()
  })
}
await lost('a change of agent', async chat => {
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${chat.id}/transfer`, {}))
  await stranger.expect(200, stranger.post(`/api/admin/chat/sessions/${chat.id}/accept`, {}))
})

await test('the connection outlives a lost subscription; the error queue says which', async () => {
  const chat = await consultation(system, agent)
  const [deaf, told] = [await talker(system, agent), await talker(system, agent)]
  await told.refusals()
  const others = await deaf.subscribe('/topic/chat/sessions')
  await deaf.subscribe(`/topic/chat/${chat.id}`)
  await told.subscribe(`/topic/chat/${chat.id}`)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${chat.id}/transfer`, {}))
  await stranger.expect(200, stranger.post(`/api/admin/chat/sessions/${chat.id}/accept`, {}))
  const word = await until(() => told.refused[0], { seconds: 4 })
  assert.equal(word.sessionId, chat.id)
  assert.equal(word.destination, `/topic/chat/${chat.id}`)
  await chat.person.post(`/api/chat/sessions/${chat.id}/end`, {})
  await until(() => others.some(row => row.sessionId === chat.id && row.type === 'SESSION_ENDED'))
  assert.ok(deaf.client.connected && told.client.connected)
  await deaf.stop()
  await told.stop()
})

await test('signed out: the cookie\'s connections end within 2 s', async () => {
  const someone = await guest(system)
  const chat = await requestChat(someone)
  const talk = await talker(system, someone)
  await talk.subscribe(`/topic/chat/${chat.sessionId}`)
  await someone.expect(200, someone.post('/api/account/logout', {}))
  const at = quick()
  await until(() => talk.closes.length, { seconds: 5, say: 'the close' })
  assert.ok(quick() - at < 3500, `${quick() - at} ms`)
})

await test('disabled: within 2 s', async () => {
  const someone = await staff(system)
  const talk = await talker(system, someone)
  await talk.subscribe('/topic/admin/notifications')
  await system.ctl(['member', 'disable', someone.email])
  await until(() => talk.closes.length, { seconds: 5, say: 'the close' })
  const again = await raw(system)
  again.send(frame('CONNECT', ['accept-version:1.2', 'host:x', `login:${someone.email}`, `passcode:${password}`]))
  await again.expect('authentication failed')
})

await test('over the send rate: code 06 with retryAfterMs, the connection open', async () => {
  const narrow = await startSystem({ demo: 'none', set: { send_rate: '30/10s' } })
  const someone = await guest(narrow)
  const chat = await requestChat(someone)
  const talk = await talker(narrow, someone)
  await talk.refusals()
  const answers = []
  for (let i = 0; i < 16; i++) answers.push(await talk.say(chat.sessionId, `${i}`))
  const refused = answers.filter(answer => answer !== 'RECEIPT')
  assert.ok(refused.length >= 1)
  assert.equal(refused[0].code, '06')
  assert.ok(refused[0].retryAfterMs > 0)
  assert.ok(talk.client.connected)
  assert.equal(contents(await history(someone, chat.sessionId)).length, 16 - refused.length)
}, { seconds: 120 })

await finish()
