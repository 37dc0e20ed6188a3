#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A shared host: the programs as plain CGI below Apache with the sample .htaccess, and below nginx with fcgiwrap; no daemon. Customers and agents work by
// polling, and what the clock asks for is done by the requests that come, or by `sangdamctl tick`.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { rawHttp } from '../lib/client.mjs'
import { sees, shownRows, state, visitor } from '../lib/browser.mjs'
import { belowApache, belowFcgiwrap } from '../lib/hosting.mjs'
import { contents, customer, guest, guestByToken, history, isDense, requestChat, say, staff } from '../lib/people.mjs'
import { finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const run = promisify(execFile)
const short = { rest_idle: '5s', linger: '1s', grace_customer: '2s', grace_agent: '2s', queue_timeout: '1h' }
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

for (const [name, start] of [['Apache', belowApache], ['nginx and fcgiwrap', belowFcgiwrap]]) {
  const system = await start(short)
  const ctl = async args => (await run(system.program('bin', 'sangdamctl'), ['-c', path.join(system.home, 'sangdam.conf'), ...args])).stdout
  const agent = await staff(system, 'agent')
  const chief = await staff(system, 'admin')

  await test(`${name}: a consultation from its start to its history`, async () => {
    const person = await guest(system)
    const { sessionId: id } = await requestChat(person, { title: '언제 와요?' })
    const waiting = await agent.expect(200, agent.get('/api/admin/chat/sessions/waiting'))
    assert.ok(waiting.data.some(one => one.sessionId === id))
    await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
    await say(person, id, '안녕하세요 👋')
    await say(agent, id, '네, 무엇을 도와 드릴까요?')
    const sent = await person.expect(201, person.upload(`/api/chat/sessions/${id}/files`, [{ name: 'file', filename: '사진.png', type: 'image/png', bytes: png }]))
    const file = await agent.get(sent.data.attachment.url, { check: false })
    assert.equal(file.status, 200)
    assert.deepEqual(file.bytes, png)
    assert.match(file.headers['content-security-policy'], /sandbox/)
    const news = await agent.expect(200, agent.get(`/api/chat/sessions/${id}/messages?after=0`))
    assert.deepEqual(contents(news.data), ['안녕하세요 👋', '네, 무엇을 도와 드릴까요?'])
    assert.equal(news.data.at(-1).attachment.name, '사진.png')
    await agent.expect(200, agent.post(`/api/chat/sessions/${id}/end`, {}))
    const rows = await history(person, id)
    assert.ok(isDense(rows))
    assert.equal(rows.at(-1).kind, 'END')
    assert.match((await agent.expect(200, agent.get(`/history/${id}`))).text, /안녕하세요/)
    const live = await chief.expect(200, chief.get('/stats/live.json'))
    assert.equal(live.json.active, 0)
  })

  await test(`${name}: pages without script: a form, a redirect, the talk`, async () => {
    const person = await customer(system)
    const made = await person.form('/', { categoryId: '200', name: '하늘', content: '' })
    const place = made.status === 303 ? made.headers.location : (await requestChat(person)).sessionId
    const target = made.status === 303 ? place : `/chat/${place}`
    const page = await person.expect(200, person.get(target))
    assert.match(page.text, /data-push="off"/)
    assert.match(page.headers['content-security-policy'], /default-src 'none'/)
  })

  await test(`${name}: a bearer's token reaches the programs`, async () => {
    const person = await guestByToken(system)
    await requestChat(person)
  })

  await test(`${name}: an idle poll is small, and smaller when nothing changed`, async () => {
    const person = await guest(system)
    const { sessionId: id } = await requestChat(person)
    await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
    const head = (await history(person, id)).length
    const target = `/api/chat/sessions/${id}/messages?after=${head}`
    const ask = more => rawHttp(system, `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${system.port}\r\nCookie: ${person.cookie}\r\n${more}Connection: close\r\n\r\n`)
    const first = await ask('')
    assert.equal(first.status, 200)
    const size = first.text.length
    note(`${size} bytes, head and body`)
    assert.ok(size <= 600, `${size} bytes:\n${first.text}`)
    const tag = /^etag: (.+)\r$/mi.exec(first.text)?.[1]
    assert.ok(tag, first.text)
    const second = await ask(`If-None-Match: ${tag}\r\n`)
    assert.equal(second.status, 304)
    note(`${second.text.length} bytes when nothing changed`)
    assert.ok(second.text.length < 300, second.text)
    await say(agent, id, '새 소식')
    const third = await ask(`If-None-Match: ${tag}\r\n`)
    assert.equal(third.status, 200)
    assert.match(third.text, /"seq":2/)
  })

  await test(`${name}: absences and time-outs come by the requests of others`, async () => {
    const person = await guest(system)
    const { sessionId: id } = await requestChat(person)
    await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
    // the agent goes on asking; the customer is silent, is away, and is given up
    const kinds = await until(async () => {
      const list = (await history(agent, id)).map(row => row.kind)
      return list.includes('END') && list
    }, { seconds: 30, every: 300, say: 'the end of the silent customer\'s chat' })
    assert.deepEqual(kinds, ['START', 'AWAY', 'END'])
  }, { seconds: 60 })

  await test(`${name}: sangdamctl tick does it where nobody asks`, async () => {
    const person = await guest(system)
    const { sessionId: id } = await requestChat(person)
    await until(async () => {
      const counts = JSON.parse(await ctl(['tick', '--json']))
      assert.ok(counts.chats >= 0)
      const [[status]] = await system.sql(`SELECT status_id FROM chat_session WHERE session_id = '${id}'`)
      return status === '3'
    }, { seconds: 30, every: 500, say: 'the waiting customer who left is given up' })
  }, { seconds: 60 })

  await test(`${name}: two people in their browsers, by polling`, async () => {
    const one = await visitor(system, { size: { width: 390, height: 780 } })
    const other = await visitor(system)
    let unchanged = 0
    one.context.on('response', answer => { if (answer.status() === 304) unchanged++ })
    await one.page.goto('/')
    await one.page.fill('[name=name]', '김하늘')
    await one.page.locator('label', { hasText: '배송' }).first().click()
    await one.page.getByRole('button', { name: '상담 시작하기' }).click()
    await one.page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
    const id = /[0-9a-f-]{36}/.exec(one.page.url())[0]
    await state(one.page, 'polling')
    await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
    await other.signIn(agent.email)
    await other.page.goto(`/agent/chat/${id}`)
    const write = async (who, text) => {
      await who.page.fill('textarea[name=content]', text)
      await who.page.getByRole('button', { name: '보내기', exact: true }).click()
    }
    await write(other, '안녕하세요, 무엇을 도와 드릴까요?')
    await sees(one.page, '무엇을 도와 드릴까요?')
    await write(one, '배송이 늦어요')
    await sees(other.page, '배송이 늦어요')
    await until(() => unchanged > 0, { seconds: 20, say: 'a poll that finds nothing new' })
    const texts = (await shownRows(one.page)).filter(row => row.kind === 'TEXT').map(row => row.text)
    assert.deepEqual(texts, ['안녕하세요, 무엇을 도와 드릴까요?', '배송이 늦어요'])
    await one.picture(`shared-${name.split(' ')[0]}`)
    assert.deepEqual([...one.wrong, ...other.wrong], [])
  }, { seconds: 60 })

  await test(`${name}: nothing else is served`, async () => {
    for (const target of ['/cgi-bin/chat.cgi', '/cgi-bin/chat.cgi/api/chat/categories', '/cgi-bin/', '/.htaccess', '/sangdam.conf', '/static/', '/nothing', '/static/../sangdam.conf']) {
      const answer = await rawHttp(system, `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${system.port}\r\nConnection: close\r\n\r\n`)
      assert.ok([400, 403, 404].includes(answer.status), `${target}: ${answer.status}`)
    }
    const script = await agent.get('/static/js/chat.js', { check: false })
    assert.equal(script.status, 200)
    assert.match(script.headers['content-type'], /^text\/javascript/)
    assert.equal(script.headers['x-content-type-options'], 'nosniff')
  })
}

await finish()
