// recover: the scenarios of people who come back, and of people on two nodes.
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import path from 'node:path'
import { until } from '../lib/until.mjs'
import { hold, load } from './load.mjs'
import { runSql, seedChats, writeVars } from './seed.mjs'
import { renewPushd, startBench, stopBench } from './system.mjs'
import { chatting } from './store.mjs'

const MISSED = 10000
const CROWD = 5000

// A text frame of a client, masked with zeros: what it says stays as it is.
function frame(text) {
  const body = Buffer.from(text)
  const head = body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255])
  return Buffer.concat([head, Buffer.alloc(4), body])
}

// Connects to pushd, then resolves to the milliseconds from SUBSCRIBE to the row with that seq.
function timeToSeq(system, chat, seq) {
  return new Promise((yes, no) => {
    const socket = net.connect(system.socket)
    const last = `"seq":${seq},`
    let tail = ''
    let began
    const end = (settle, value) => {
      socket.destroy()
      settle(value)
    }
    socket.on('error', no)
    socket.on('close', () => no(new Error(`closed; the last that came: ${tail.slice(-200)}`)))
    socket.on('data', bytes => {
      const text = tail + bytes.toString('latin1')
      if (began === undefined && text.includes(' 101 ') && text.includes('\r\n\r\n') && !text.includes('CONNECTED')) {
        if (!socket.saidConnect) socket.write(frame('CONNECT\naccept-version:1.2\nhost:bench\n\n\0'))
        socket.saidConnect = true
      } else if (began === undefined && text.includes('CONNECTED')) {
        began = performance.now()
        socket.write(frame(`SUBSCRIBE\nid:1\ndestination:/topic/chat/${chat.session}\nafter:0\n\n\0`))
      } else if (text.includes(last)) {
        end(yes, performance.now() - began)
        return
      }
      tail = began === undefined ? text : text.slice(-last.length)
    })
    socket.write(`GET /ws HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`
      + `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nCookie: sid=${chat.cookie}\r\n\r\n`)
  })
}

export async function resume(bench) {
  const { system } = bench
  const [chat] = await seedChats(system, 1)
  await runSql(system, ['START TRANSACTION;',
    `INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, content, client_message_id, cdate)
      SELECT s.session_no, q.seq, s.session_id, s.member_id, 'M', CONCAT('안녕하세요, 놓친 말 ', q.seq), UUID(), NOW(3)
      FROM chat_session s JOIN seq_1_to_${MISSED} q WHERE s.session_id = '${chat.session}';`,
    `UPDATE chat_session SET message_count = ${MISSED} WHERE session_id = '${chat.session}';`, 'COMMIT;'])
  await renewPushd(system)
  const times = []
  for (let i = 0; i < 5; i++) times.push(await timeToSeq(system, chat, MISSED))
  times.sort((a, b) => a - b)
  bench.add('resume', `resume of a client that missed ${MISSED} rows, the middle of 5`, { value: times[2], unit: 'ms', most: 100, detail: times })
}

// All are dropped by the death of pushd, and come back as soon as there is one again; others POST by REST all the while.
export async function comeback(bench) {
  const { system, vars, pairVars } = bench
  const count = Math.min(CROWD, bench.seeded)
  await renewPushd(system)
  const people = { address: '127.0.0.1', port: system.port, path: '/ws', host: `127.0.0.1:${system.port}`, vars, header: 'Cookie: sid=%1', sub: '/topic/chat/%3', inflight: 128, count }
  const crowd = hold({ ...people, mode: 'idle', duration: 60 }, { seconds: 80 })
  await crowd.ready
  const posts = hold({
    mode: 'post', port: system.port, count: 2, vars: pairVars, path: '/api/chat/sessions/%3/messages', header: 'Authorization: Bearer %4', host: `127.0.0.1:${system.port}`,
    body: '{"content":"그동안 %d","clientMessageId":"%u"}', duration: 60, warmup: 0,
  }, { seconds: 80 })
  await posts.ready
  const began = performance.now()
  const old = system.kill('pushd')
  await system.renewed('pushd', old, 30)
  await until(async () => (await fetch(`${system.url}/readyz`)).status === 200, { seconds: 30, every: 20, say: 'pushd to be ready' })
  const back = await load({ ...people, mode: 'connect' })
  const seconds = (performance.now() - began) / 1000
  const before = await crowd.stop()
  const meanwhile = await posts.stop()
  const wrong = back.opened < count ? `${back.opened} of ${before.opened} came back` : meanwhile.errors.http > 0 && `POSTs were answered ${JSON.stringify(meanwhile.codes)}`
  bench.add('comeback', `${before.opened} clients through nginx, dropped at once by a kill of pushd: until all are back and subscribed`, {
    value: seconds, unit: 's', most: 30, failed: wrong, detail: { before, back, meanwhile },
  })
  bench.add('comeback_posts', 'POSTs by REST meanwhile that failed', { value: meanwhile.errors.http + meanwhile.errors.tcp, unit: '', most: 0 })
}

// Chats whose two sides are on one node, then on two, of the same pair of nodes.
export async function secondNode(bench) {
  const system = await startBench({ set: { ...bench.set, push_loops: '1' }, options: ['--nodes', '2', '--redis'] })
  try {
    const vars = writeVars(path.join(system.dir, 'pairs'), await seedChats(system, 200))
    const pids = ['pushd-1', 'pushd-2', 'redis', 'mariadbd'].flatMap(name => system.pids(name))
    const talk = { ...chatting(system, vars, pids), count: 200, window: 2, duration: 4, warmup: 1 }
    const one = await load(talk)
    const two = await load({ ...talk, agent_unix: path.join(system.dir, 'run/pushd-2.sock') })
    const again = await load(talk)
    const alone = (one.delivered_per_s + again.delivered_per_s) / 2
    bench.add('second_node', 'stored pair messages whose sides are on two nodes, beside both on one', {
      value: two.delivered_per_s / alone, unit: 'times', least: 0.75, failed: two.lost_messages > 0 && `${two.lost_messages} were lost`, detail: { one, two, again },
    })
    bench.add('second_node_cpu', 'CPU of all processes a message of these, beside', {
      value: two.server_us_per_delivery / ((one.server_us_per_delivery + again.server_us_per_delivery) / 2), unit: 'times', detail: {},
    })
  } finally {
    await stopBench(system)
  }
}
