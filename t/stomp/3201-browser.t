#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The libraries of existing pages in the customer's browser, unmodified: sockjs-client over each transport with stompjs 2.3.3 and @stomp/stompjs 7 on
// top, signed in by the cookie, through nginx and a line that is cut. Frames and JSONP are not served (doc/wire.md): sockjs-client goes on to the next.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { bridge } from '../lib/bridge.mjs'
import { theBrowser } from '../lib/browser.mjs'
import { consultation, contents, guest, history, isDense, say, staff } from '../lib/people.mjs'
import { theSystem, top } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await theSystem()
const agent = await staff(system)
const line = await bridge({ host: '127.0.0.1', port: system.port })
const scripts = ['sockjs-client/dist/sockjs.min.js', 'stompjs/lib/stomp.min.js', '@stomp/stompjs/bundles/stomp.umd.min.js'].map(name => fs.readFileSync(path.join(top, 't/node_modules', name), 'utf8'))

// What a page does with them. A talk: {got: bodies in order, connects, transport, receipts, errors}.
const pageScript = `
  window.talks = {}
  window.begin = (key, library, transports, topic) => {
    const talk = window.talks[key] = { got: [], connects: 0, receipts: [], errors: [] }
    const last = () => String(talk.got.length ? talk.got[talk.got.length - 1].seq : 0)
    const take = frame => { const row = JSON.parse(frame.body); if (typeof row.seq === 'number') talk.got.push(row) }
    const socket = () => (talk.socket = new SockJS('/ws', null, transports ? { transports } : {}))
    const up = (client, frame) => {
      talk.transport = talk.socket.transport
      talk.version = frame.headers.version
      client.subscribe(topic, take, { after: last(), receipt: 'sub-' + talk.connects })
      talk.connects++
    }
    if (library === 'stompjs 2.3.3') {
      const connect = () => {
        const client = Stomp.over(socket())
        client.debug = null
        client.onreceipt = frame => talk.receipts.push(frame.headers['receipt-id'])
        client.connect({}, frame => up(client, frame), what => {
          if (what.command) talk.errors.push(what.headers.message)
          else if (!talk.isOver) setTimeout(connect, 100)
        })
        talk.say = (destination, body, receipt) => client.send(destination, { receipt }, body)
        talk.end = () => { talk.isOver = true; client.disconnect(() => {}) }
      }
      connect()
    } else {
      const client = new StompJs.Client({ webSocketFactory: socket, reconnectDelay: 100, onConnect: frame => up(client, frame),
        onUnhandledReceipt: frame => talk.receipts.push(frame.headers['receipt-id']), onStompError: frame => talk.errors.push(frame.headers.message) })
      client.activate()
      talk.say = (destination, body, receipt) => client.publish({ destination, body, headers: { receipt } })
      talk.end = () => client.deactivate()
    }
  }
  window.look = key => { const { got, connects, transport, version, receipts, errors } = window.talks[key]; return { got, connects, transport, version, receipts, errors } }
`

// Somebody at a browser, with the cookie of a guest, on our start page.
async function visitor({ init } = {}) {
  const person = await guest(system)
  const context = await (await theBrowser()).newContext({ baseURL: line.url })
  cleanup(() => context.close())
  await context.addCookies([...person.cookies].map(([name, value]) => ({ name, value, url: line.url, httpOnly: true, sameSite: 'Lax' })))
  if (init) await context.addInitScript(init)
  const page = await context.newPage()
  const wrong = []
  page.on('pageerror', error => wrong.push(error.message))
  page.on('console', message => /Content Security Policy/.test(message.text()) && wrong.push(message.text()))
  await page.goto('/')
  for (const script of [...scripts, pageScript]) await page.evaluate(script)
  return { person, page, wrong }
}

const look = (page, key) => page.evaluate(key => window.look(key), key)
const sees = (page, key, text) => until(async () => (await look(page, key)).got.some(row => row.content === text), { seconds: 15, every: 50, say: `'${text}' in the browser` })
const tell = (page, key, id, content, receipt) => page.evaluate(([key, body, receipt]) => window.talks[key].say('/app/chat.sendMessage', body, receipt), [key, JSON.stringify({ sessionId: id, content }), receipt])

async function begin(page, key, library, transports, topic) {
  await page.evaluate(args => window.begin(...args), [key, library, transports, topic])
  return until(async () => {
    const one = await look(page, key)
    return one.receipts.includes('sub-0') && one
  }, { seconds: 20, every: 50, say: `${library} over ${transports} in the browser` })
}

const { person, page, wrong } = await visitor()
const chat = await consultation(system, agent, person)
const topic = `/topic/chat/${chat.id}`
const words = ['안녕하세요 👋🏽', '100% 할인 %41 "따옴표" \\ \u2028\u200d끝']

for (const transport of ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling']) {
  await test(`SockJS ${transport} in Chromium, both libraries: the cookie signs in, they talk, are cut off and miss nothing`, async () => {
    const keys = ['stompjs 2.3.3', '@stomp/stompjs 7']
    for (const key of keys) {
      const one = await begin(page, key, key, [transport], topic)
      assert.equal(one.transport, transport)
      assert.equal(one.version, key === 'stompjs 2.3.3' ? '1.1' : '1.2')
      await tell(page, key, chat.id, `${words[0]} ${transport} ${key}`, 'said')
      await until(async () => (await look(page, key)).receipts.includes('said'), { say: 'the RECEIPT' })
    }
    await say(agent, chat.id, `${words[1]} ${transport}`)
    for (const key of keys) await sees(page, key, `${words[1]} ${transport}`)
    line.cut()
    for (let i = 0; i < 3; i++) await say(agent, chat.id, `그사이 ${i} ${transport}`)
    line.mend()
    for (const key of keys) {
      await sees(page, key, `그사이 2 ${transport}`)
      assert.ok((await look(page, key)).connects >= 2)
      await tell(page, key, chat.id, `돌아왔어요 ${transport} ${key}`)
      await sees(page, key, `돌아왔어요 ${transport} ${key}`)
    }
    const log = await history(person, chat.id)
    for (const key of keys) {
      const { got, errors } = await look(page, key)
      assert.ok(isDense(got), `${key}: ${got.map(row => row.seq)}`)
      assert.deepEqual(contents(got), contents(log).slice(0, contents(got).length), key)
      assert.deepEqual(errors, [])
      await page.evaluate(key => window.talks[key].end(), key)
    }
  })
}

await test('left to itself it takes the WebSocket', async () => {
  assert.equal((await begin(page, 'free', '@stomp/stompjs 7', null, topic)).transport, 'websocket')
  await page.evaluate(() => window.talks.free.end())
})

await test('frames are not served: it goes on to what is, and says so when nothing is left', async () => {
  assert.equal((await begin(page, 'fall', 'stompjs 2.3.3', ['iframe-eventsource', 'iframe-xhr-polling', 'xhr-polling'], topic)).transport, 'xhr-polling')
  await page.evaluate(() => window.talks.fall.end())
  const code = await page.evaluate(() => new Promise(yes => { new SockJS('/ws', null, { transports: ['iframe-eventsource'] }).onclose = event => yes(event.code) }))
  assert.equal(code, 2000)
})

await test('a browser without WebSocket streams', async () => {
  const other = await visitor({ init: () => { delete window.WebSocket } })
  const theirs = await consultation(system, agent, other.person)
  assert.equal((await begin(other.page, 'old', 'stompjs 2.3.3', null, `/topic/chat/${theirs.id}`)).transport, 'xhr-streaming')
  await say(agent, theirs.id, words[1])
  await sees(other.page, 'old', words[1])
  assert.deepEqual(other.wrong, [])
})

await test('nothing went wrong on the page', async () => assert.deepEqual(wrong.filter(text => !/frame/i.test(text)), []))

await finish()
