#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Requests that arrive twice: nginx hands each one to a program whose answer is lost, and then to the next, as `fastcgi_next_upstream non_idempotent` does; an
// old one comes again much later; an old connection lives beside the new one. Each thing happens once, and who asked hears that it happened.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { uuid } from '../lib/client.mjs'
import { contents, guest, history, isDense, send, staff } from '../lib/people.mjs'
import { rows, talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem({ demo: 'none', set: { limits: 'off' } })
const agent = await staff(system)
const other = await staff(system)

// A door whose answers are lost: what is asked goes through, and the connection ends with the first byte that comes back.
let lost = 0
async function losing(name) {
  const socket = path.join(system.dir, 'run', `losing-${name}.sock`)
  const server = net.createServer(near => {
    const far = net.connect(path.join(system.dir, 'run', `${name}.sock`))
    const end = () => { near.destroy(); far.destroy() }
    near.on('error', end).on('close', end).pipe(far)
    far.on('error', end).on('close', end).on('data', () => { lost++; end() })
  })
  await new Promise(yes => server.listen(socket, yes))
  fs.chmodSync(socket, 0o777)
  cleanup(() => server.close())
  return socket
}

const conf = path.join(system.dir, 'nginx.conf')
let text = fs.readFileSync(conf, 'utf8').replace('    server {', '    fastcgi_next_upstream error timeout invalid_header non_idempotent;\n    server {')
for (const name of ['chat', 'agent', 'file']) {
  const first = await losing(name)
  text = text.replace(`server "unix:${system.dir}/run/${name}.sock";`, `server "unix:${first}" max_fails=0; server "unix:${system.dir}/run/${name}.sock" backup;`)
}
fs.writeFileSync(conf, text)
const [master] = system.pids('nginx')
const workers = () => fs.readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').split(' ').filter(Boolean)
const before = workers()
process.kill(master, 'SIGHUP')
// for a while nginx has the workers of before, too, who know nothing of these doors
await until(() => { const now = workers(); return now.length > 0 && !now.some(pid => before.includes(pid)) }, { say: "the last of nginx's old workers" })
const asker = await guest(system)
await until(async () => { await asker.get('/api/chat/categories'); return lost > 0 })

// As people.mjs has it, but for the statuses: the second answer to a start says that it was started.
async function consultation() {
  const person = await guest(system)
  const { sessionId: id } = (await person.post('/api/chat/session', { categoryId: 200 })).data
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  return { person, id }
}

const one = async sql => (await system.sql(sql))[0][0]
const twice = async asks => {
  const before = lost
  const answer = await asks()
  assert.ok(lost > before, 'it went twice')
  return answer
}
const kinds = async id => (await system.sql(`SELECT kind FROM chat_message WHERE session_id = '${id}' ORDER BY seq`)).map(([kind]) => kind)

await test('every step of a chat, twice: one chat, one START, each message, file and END once', async () => {
  const person = await guest(system)
  const started = await twice(() => person.post('/api/chat/session', { categoryId: 200 }))
  assert.ok([200, 201].includes(started.status), started.text)
  const id = started.data.sessionId
  assert.equal(await one(`SELECT COUNT(*) FROM chat_session WHERE member_id = ${person.memberId}`), '1')
  const accepted = await twice(() => agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
  assert.equal(accepted.status, 200, accepted.text)
  for (const who of [person, agent, person]) {
    const key = uuid()
    const sent = await twice(() => send(who, id, `말 ${key}`, key))
    assert.ok([200, 201].includes(sent.status), sent.text)
    assert.equal(sent.data.clientMessageId, key)
  }
  const key = uuid()
  const file = await twice(() => person.upload(`/api/chat/sessions/${id}/files`, [{ name: 'clientMessageId', value: key }, { name: 'file', filename: 'a.txt', type: 'text/plain', bytes: Buffer.from('파일') }]))
  assert.ok([200, 201].includes(file.status), file.text)
  await twice(() => person.post(`/api/chat/sessions/${id}/end`, {})).then(answer => assert.ok([200, 409].includes(answer.status), answer.text))
  const list = await kinds(id)
  const count = kind => list.filter(one => one === kind).length
  assert.deepEqual(['START', 'TEXT', 'FILE', 'END'].map(count), ['START', 'TEXT', 'FILE', 'END'].map(kind => ({ TEXT: 3 })[kind] ?? 1), list.join())
  assert.ok(isDense(await history(person, id)))
  await until(async () => fs.readdirSync(path.join(system.dir, 'files')).length === 1)
})

await test('a form without script, twice: its hidden id makes it one message', async () => {
  const { person, id } = await consultation()
  const page = (await person.get(`/chat/${id}`)).text
  const key = /name="clientMessageId" value="([^"]+)"/.exec(page)?.[1]
  assert.ok(key, 'the form has an id')
  const answer = await twice(() => person.form(`/chat/${id}/send`, { content: '글만 쓰는 사람', clientMessageId: key, csrfToken: /name="csrfToken" value="([^"]+)"/.exec(page)[1] }))
  assert.equal(answer.status, 303, answer.text.slice(0, 300))
  assert.deepEqual(contents(await history(person, id)), ['글만 쓰는 사람'])
})

await test('two agents take one chat, each twice: one has it, the other hears who', async () => {
  const person = await guest(system)
  const id = (await person.post('/api/chat/session', { categoryId: 200 })).data.sessionId
  const answers = await Promise.all([agent, other].map(who => who.post(`/api/admin/chat/sessions/${id}/accept`, {})))
  assert.deepEqual(answers.map(answer => answer.status).sort(), [200, 409])
  assert.deepEqual((await kinds(id)).filter(kind => kind === 'START'), ['START'])
  const winner = answers[0].status === 200 ? agent : other
  assert.equal(await one(`SELECT admin_id FROM chat_session WHERE session_id = '${id}'`), String(winner.memberId))
})

await test('an old request comes again, behind others, and behind the end: the first answer, no second row', async () => {
  const { person, id } = await consultation()
  const key = uuid()
  const first = (await send(person, id, '처음', key)).data
  for (let i = 0; i < 5; i++) await send(agent, id, `그 뒤 ${i}`)
  const check = async () => {
    const again = await send(person, id, '처음', key)
    assert.deepEqual([again.status, again.data.seq, again.data.timestamp], [200, first.seq, first.timestamp])
  }
  await check()
  await person.post(`/api/chat/sessions/${id}/end`, {})
  await check()
  assert.equal(contents(await history(person, id)).filter(text => text === '처음').length, 1)
})

await test('an old connection beside the new one: each shows each row once, and the death of the old one is no absence', async () => {
  const { person, id } = await consultation()
  const talks = [await talker(system, person), await talker(system, person)]
  const lists = await Promise.all(talks.map(talk => talk.subscribe(`/topic/chat/${id}`)))
  for (let i = 0; i < 10; i++) assert.equal(await talks[i % 2].say(id, `말 ${i}`, uuid()), 'RECEIPT')
  for (const list of lists) {
    await until(() => rows(list).filter(row => row.kind === 'TEXT').length >= 10)
    assert.equal(new Set(rows(list).map(row => row.seq)).size, rows(list).length)
  }
  talks[0].cut()
  await send(agent, id, '아직 계세요?')
  await until(() => lists[1].some(row => row.content === '아직 계세요?'))
  assert.equal(await one(`SELECT COUNT(*) FROM chat_session WHERE session_id = '${id}' AND member_grace_until IS NULL AND status_id = 2`), '1')
})

await finish()
