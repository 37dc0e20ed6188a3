// slow: a reader that takes nothing while its chat is talked in without a pause: one more subscription of a customer, straight on pushd's socket, where no
// buffer of nginx's stands between. It may be closed; what it got until then has no hole.
import { setTimeout as pause } from 'node:timers/promises'
import WebSocket from 'ws'
import { digest } from './journal.mjs'

const frame = (command, lines, body = '') => `${command}\n${lines.map(line => `${line}\n`).join('')}\n${body}\0`
let count = 0

// The frames of one subscription, written down as a page's are.
function listen({ system, journal, customer, session }) {
  const who = `${customer.name}.slow`, p = `${who}#${++count}`
  const socket = new WebSocket(`ws+unix:${system.dir}/run/pushd.sock:/ws`, ['v12.stomp'], { headers: { Cookie: customer.person.cookie, Host: 'localhost' }, perMessageDeflate: false })
  const reader = { socket, frames: 0, isClosed: false }
  socket.on('error', () => {})
  socket.on('close', code => { reader.isClosed = true; reader.code = code })
  socket.on('open', () => socket.send(frame('CONNECT', ['accept-version:1.2', 'host:sangdam'])))
  socket.on('message', data => {
    const all = data.toString()
    if (all.startsWith('CONNECTED')) {
      journal.write('sub', { who, s: session, p, n: 1, after: 0 })
      socket.send(frame('SUBSCRIBE', ['id:0', `destination:/topic/chat/${session}`, 'after:0']))
    } else if (all.startsWith('MESSAGE')) {
      const row = JSON.parse(all.slice(all.indexOf('\n\n') + 2, all.lastIndexOf('\0')))
      if (!Number.isInteger(row.seq)) return
      reader.frames++
      journal.write('frame', { who, s: session, p, n: 1, seq: row.seq, h: digest(row.content) })
    }
  })
  return reader
}

// As many bytes as a message may have.
const long = random => Array.from({ length: 1980 }, () => String.fromCharCode(random.int(0xac00, 0xd7a4))).join('')

export async function slowReader({ system, people, journal, random, note }) {
  const talking = people.filter(one => one.session && one.threads?.some(thread => thread.isStarted && !thread.isOver && !thread.isEnded))
  if (!talking.length) return note('nobody talks')
  const customer = random.pick(talking), { session } = customer
  const reader = listen({ system, journal, customer, session })
  for (let i = 0; i < 50 && !reader.frames; i++) await pause(20)
  reader.socket._socket?.pause()
  // all tabs of both sides talk at once
  const threads = () => people.flatMap(one => one.tabs ?? []).map(tab => tab.threads.get(session)).filter(thread => thread && !thread.isOver && !thread.isEnded && !thread.isLost)
  const end = Date.now() + 12000
  for (let said = 0; said < 160 && Date.now() < end && threads().length && !reader.isClosed;) {
    for (const thread of threads()) if (thread.waits < 4 && ++said) thread.say(long(random))
    await pause(5)
  }
  reader.socket._socket?.resume()
  for (let i = 0; i < 20 && !reader.isClosed; i++) await pause(50)
  note(`slow reader: ${reader.frames} frames, closed ${reader.isClosed} ${reader.code ?? ''}`)
  reader.socket.terminate()
}
