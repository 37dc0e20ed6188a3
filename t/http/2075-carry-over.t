#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A guest signs in, up, or is known by their site's word: the open chat goes along, whole, once, to nobody else; a chat that ended meanwhile stays.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { Person, uuid } from '../lib/client.mjs'
import { consultation, customer, guest, history, password, requestChat, say, send, staff } from '../lib/people.mjs'
import { Talker } from '../lib/stomp.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const agent = await staff(system, 'agent', '한지수')
const site = `carry-${process.pid}`, other = `${site}-other`
const keys = {}
for (const key of [site, other]) {
  await system.ctl(['site', 'set', key, 'name=가게', 'origins=https://shop.example'])
  const [kid, secret] = (await system.ctl(['site', 'key', key, 'new'])).trim().split(/\s+/)
  keys[key] = { kid, secret }
}
const part = value => Buffer.from(JSON.stringify(value)).toString('base64url')
function word(key, sub) {
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid: keys[key].kid })}.${part({ aud: key, sub, name: '박서준', jti: uuid(), exp: Math.floor(Date.now() / 1000) + 120 })}`
  return `${text}.${createHmac('sha256', keys[key].secret).update(text).digest('base64url')}`
}
const csrf = async person => { person.csrf = (await person.expect(200, person.get('/api/account/me'))).data.csrfToken }
// A guest who has begun a chat in the site's page.
async function framed(key) {
  const person = new Person(system)
  const begun = await person.form(`/frame/${key}/`, { categoryId: '200', name: '손님' })
  assert.equal(begun.status, 303, begun.text)
  await csrf(person)
  return { person, id: /[0-9a-f-]{36}$/.exec(begun.headers.location)[0] }
}
// The same browser: another sign-in in the place of the cookie that it has.
const copy = person => { const one = new Person(system); for (const [name, value] of person.cookies) one.cookies.set(name, value); return one }
const enter = (person, key, sub) => person.post('/api/account/identity', { siteKey: key, jwt: word(key, sub) })
const login = (person, email) => person.post('/api/account/login', { email, password })
const rowOf = async id => (await system.sql(`SELECT member_id, status_id FROM chat_session WHERE session_id = '${id}'`))[0].map(Number)
// Whose chat it is wrote all of its customer's rows.
const isWhole = async id => assert.deepEqual(await system.sql(`SELECT COUNT(*) FROM chat_message m JOIN chat_session s USING (session_no) WHERE s.session_id = '${id}' AND m.sender_type = 'M' AND m.sender_id <> s.member_id`), [['0']])
// A page that listens to a chat: heard, and over once it may no more.
async function listener(person, id) {
  const talker = await new Talker(system, person).start()
  const errors = await talker.subscribe('/user/queue/errors')
  const heard = await talker.subscribe(`/topic/chat/${id}`, { after: '0' })
  return { heard, isOver: () => errors.some(body => body.code === '05' && body.destination === `/topic/chat/${id}`) }
}
const mayRead = async (person, id) => (await person.get(`/api/chat/sessions/${id}/messages`)).status

await test('by the site\'s word: the chat, its rows and files are the member\'s, the guest reads it no more, the agent sees the name', async () => {
  const { person, id } = await framed(site)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  const key = uuid(), before = copy(person)
  const sent = await person.expect(201, send(person, id, '로그인 전', key))
  const upload = await person.expect(201, person.upload(`/api/chat/sessions/${id}/files`, [{ name: 'file', filename: 'a.txt', type: 'text/plain', bytes: Buffer.from('abc') }]))
  const { heard, isOver } = await listener(person, id)
  await until(() => heard.some(row => row.content === '로그인 전'), { say: 'the guest listens' })
  const lists = await (await new Talker(system, agent).start()).subscribe('/topic/chat/sessions')
  const known = await person.expect(200, enter(person, site, 'u-1'))
  person.csrf = known.data.csrfToken
  assert.deepEqual(await rowOf(id), [known.data.memberId, 2])
  await isWhole(id)
  const again = await person.expect(200, send(person, id, '로그인 전', key))
  assert.equal(again.data.seq, sent.data.seq, 'a message that is sent again is still known')
  assert.equal((await person.expect(200, person.get(upload.data.attachment.url))).text, 'abc')
  await until(() => lists.some(one => one.change === 'MEMBER' && one.sessionId === id && one.session.memberName === '박서준'), { say: 'the name in the lists' })
  await until(isOver, { say: 'the guest\'s page is told' })
  assert.equal(await mayRead(before, id), 401, 'the guest\'s sign-in is over')
  await say(agent, id, '로그인 후')
  await say(person, id, '네')
  assert.equal((await person.get('/api/chat/sessions/resumable')).data[0].sessionId, id)
  const ends = (await history(person, id)).at(-1).seq
  const news = await (await new Talker(system, person).start()).subscribe(`/topic/chat/${id}`, { after: '0' })
  await until(() => news.some(row => row.seq === ends), { say: 'the member listens' })
  assert.equal(heard.some(row => row.content === '로그인 후'), false, 'the guest\'s page heard nothing behind it')
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
})

await test('without the hint to pushd the guest\'s page loses the chat within two seconds all the same', async () => {
  const { person, id } = await consultation(system, agent)
  const one = await customer(system)
  const { heard, isOver } = await listener(person, id)
  // as another node would do it: nothing but the rows and the note
  await system.sql(`UPDATE chat_session SET member_id = ${one.memberId} WHERE session_id = '${id}'; INSERT INTO right_change (session_no, cdate) SELECT session_no, UTC_TIMESTAMP(3) FROM chat_session WHERE session_id = '${id}'`)
  await until(isOver, { say: 'the guest\'s page is told', seconds: 3 })
  await say(agent, id, '나중')
  const ends = (await history(agent, id)).at(-1).seq
  const news = await (await new Talker(system, one).start()).subscribe(`/topic/chat/${id}`, { after: '0' })
  await until(() => news.some(row => row.seq === ends))
  assert.equal(heard.some(row => row.content === '나중'), false)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
})

await test('by signing in and by signing up on our own pages', async () => {
  const account = await customer(system)
  const by = {
    'a form': one => one.form('/signin', { email: account.email, password }),
    'a new account': one => one.form('/signup', { email: `n-${uuid()}@example.org`, password, nickname: '새 고객' }),
    REST: one => login(one, account.email),
  }
  for (const [how, act] of Object.entries(by)) {
    const one = await guest(system)
    const { sessionId } = await requestChat(one)
    await say(one, sessionId, '기다리는 중')
    const answer = await act(one)
    assert.ok([200, 303].includes(answer.status), `${how}: ${answer.text}`)
    await csrf(one)
    assert.equal(await mayRead(one, sessionId), 200, how)
    const me = (await one.get('/api/account/me')).data
    assert.deepEqual([me.role, ...await rowOf(sessionId)], ['CUSTOMER', me.memberId, 1], how)
    await isWhole(sessionId)
    await one.expect(200, one.post(`/api/chat/sessions/${sessionId}/end`, {}))
  }
})

await test('what is nobody\'s to carry stays: another guest\'s chat, another site\'s, our own page\'s, one of the staff\'s, one whose member has an open chat', async () => {
  const mine = await framed(site), foreign = await framed(site), elsewhere = await framed(other), ours = await guest(system)
  const { sessionId: own } = await requestChat(ours)
  const owner = async id => (await rowOf(id))[0]
  const before = {}
  for (const id of [mine.id, foreign.id, elsewhere.id, own]) before[id] = await owner(id)
  const first = await mine.person.expect(200, enter(mine.person, site, 'u-2'))
  assert.equal(await owner(mine.id), first.data.memberId)
  assert.equal(await owner(foreign.id), before[foreign.id], 'nothing of another cookie')
  await enter(elsewhere.person, site, 'u-3') // a site speaks for its own pages alone
  await enter(ours, site, 'u-4')
  assert.deepEqual([await owner(elsewhere.id), await owner(own)], [before[elsewhere.id], before[own]])
  // u-2 has an open chat already
  await foreign.person.expect(200, enter(foreign.person, site, 'u-2'))
  assert.equal(await owner(foreign.id), before[foreign.id])
  // a bad word, a bad password, a cookie that is none
  const wrong = await framed(site), known = await owner(wrong.id)
  assert.equal((await wrong.person.post('/api/account/identity', { siteKey: site, jwt: `${word(site, 'u-5')}x` })).status, 401)
  assert.equal((await wrong.person.post('/api/account/login', { email: (await customer(system)).email, password: 'not this one' })).status, 401)
  const stranger = new Person(system)
  stranger.cookies.set('sid', 'x'.repeat(43))
  assert.equal((await enter(stranger, site, 'u-6')).status, 200)
  // staff take no chats along
  assert.equal((await login(wrong.person, agent.email)).status, 200)
  assert.equal(await owner(wrong.id), known)
})

await test('ten sign-ins at once, of ten accounts, by one guest: one gets the chat, whole', async () => {
  for (let round = 0; round < 5; round++) {
    const { person, id } = await framed(site)
    await say(person, id, '누구의 것?')
    const tabs = Array.from({ length: 10 }, () => copy(person))
    const answers = await Promise.all(tabs.map((tab, i) => enter(tab, site, `race-${round}-${i}`)))
    const members = answers.map(answer => answer.data?.memberId).filter(Boolean)
    assert.ok(members.length > 0, answers.map(answer => answer.status).join())
    const [holder, status] = await rowOf(id)
    assert.ok(members.includes(holder) && status === 1, 'one of them')
    await isWhole(id)
    const can = await Promise.all(tabs.map(async (tab, i) => answers[i].status === 200 ? mayRead(tab, id) : 0))
    assert.deepEqual(can.filter(code => code === 200).length, 1)
  }
})

await test('the chat ends, or its new owner begins another, in the same moment: either before or after, never in between', async () => {
  const seen = new Set()
  for (let round = 0; round < 15; round++) {
    const { person, id } = await framed(site)
    const guestId = (await rowOf(id))[0]
    await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
    await say(person, id, '끝나가나요?')
    const tab = copy(person), late = copy(person)
    await csrf(late)
    const [known, ended, sent] = await Promise.all([enter(tab, site, `end-${round}`), agent.post(`/api/admin/chat/sessions/${id}/end`, {}), send(late, id, '마지막')])
    assert.equal(known.status, 200)
    assert.equal(ended.status, 200)
    const [holder, status] = await rowOf(id)
    assert.equal(status, 3)
    assert.ok([guestId, known.data.memberId].includes(holder))
    seen.add(holder === guestId ? 'ended first' : 'carried first')
    await isWhole(id)
    assert.equal((await history(agent, id)).filter(row => row.content === '마지막').length, sent.status === 201 ? 1 : 0)
    assert.equal(await mayRead(tab, id), holder === guestId ? 404 : 200)
  }
  for (let round = 0; round < 10; round++) {
    const { person, id } = await framed(site), sub = `both-${round}`
    const member = new Person(system)
    await member.expect(200, enter(member, site, sub))
    await csrf(member)
    const [known, begun] = await Promise.all([enter(copy(person), site, sub), member.post('/api/chat/session', { categoryId: 200 })])
    assert.equal(known.status, 200)
    assert.ok([200, 201].includes(begun.status), begun.text)
    const [holder] = await rowOf(id)
    assert.equal(begun.status === 200 ? holder : known.data.memberId, known.data.memberId)
    assert.equal(begun.data.sessionId === id, holder === known.data.memberId, 'one open chat')
    seen.add(begun.status === 200 ? 'carried' : 'begun')
    await isWhole(id)
  }
  console.log(`# ${[...seen].sort().join(', ')}`)
})

await finish()
