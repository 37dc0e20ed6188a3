#!/usr/bin/env node
// talk: a whole client of sangdam in one file, by polling, written from doc/DELIVERY alone. It shows what a client must do.
//
//   TOKEN=... node talk.mjs URL SESSION_ID FOLDER
//
// A line on standard input is a message. FOLDER holds what must survive the end of this program: `log`, a row of the chat a line (this is also what
// was shown: rows are printed by appending them there), `outbox`, the messages whose rows were not read yet, and `epoch`. Kill it at any time and
// start it again: nothing is lost, nothing is shown twice. It ends when standard input has ended and all was stored and read, or when the chat is over.
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import readline from 'node:readline'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

const [url, session, folder] = process.argv.slice(2)
const file = name => path.join(folder, name)
fs.mkdirSync(folder, { recursive: true })

// ---- what survives ----
// A file is replaced as a whole or not at all; a row is appended, and a last line that a kill cut short is taken off at the start.
const read = name => { try { return fs.readFileSync(file(name), 'utf8') } catch { return '' } }
const put = (name, text) => {
  fs.writeFileSync(file(`${name}.new`), text)
  fs.renameSync(file(`${name}.new`), file(name))
}
const log = read('log')
const whole = log.slice(0, log.lastIndexOf('\n') + 1)
if (whole !== log) put('log', whole)
let last = whole.split('\n').length - 1 // rows are dense from 1: their number is the last seq
let epoch = read('epoch')
const outbox = read('outbox').split('\n').filter(Boolean).map(line => JSON.parse(line))
const acknowledged = new Set() // by id: stored, and its row not read yet
const keep = () => put('outbox', outbox.map(one => `${JSON.stringify(one)}\n`).join(''))

// ---- asking: an answer, or undefined when nobody knows ----
let wait = 0
async function ask(method, target, body) {
  try {
    const answer = await fetch(url + target, {
      method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(20000),
      headers: { authorization: `Bearer ${process.env.TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
    })
    const after = Number(answer.headers.get('retry-after'))
    if (answer.status === 429 || answer.status >= 500) throw Object.assign(new Error(`${answer.status}`), { after })
    const json = await answer.json()
    wait = 0
    return { status: answer.status, json }
  } catch (error) {
    // rule 3 and 5: the same again, after a random wait that doubles up to 30 s, and never sooner than the server asks for
    wait = Math.min(30000, Math.max(500, wait * 2))
    await pause(Math.max((error.after || 0) * 1000, Math.random() * wait))
    return undefined
  }
}

// ---- rule 1 and 4: rows are shown strictly one after the other; another epoch is another log ----
function take({ data, log: head }) {
  if (head.epoch !== epoch || head.head < last) {
    const isNew = epoch === ''
    epoch = head.epoch
    put('epoch', epoch)
    if (!isNew) {
      put('log', '')
      last = 0
      acknowledged.clear() // rule 7: what the restored log doesn't have goes out again, under its id
      return
    }
  }
  for (const row of data) {
    if (row.seq !== last + 1) continue
    fs.appendFileSync(file('log'), `${JSON.stringify(row)}\n`)
    last = row.seq
    const mine = outbox.findIndex(one => one.clientMessageId === row.clientMessageId)
    if (mine >= 0) {
      outbox.splice(mine, 1)
      keep()
    }
    if (row.kind === 'END' || row.kind === 'CANCEL') isOver = true
  }
}

// ---- rule 2 and 3: one send on its way, by the id that the message got when it was said ----
const unsent = () => outbox.find(one => !acknowledged.has(one.clientMessageId))

async function send(one) {
  const answer = await ask('POST', `/api/chat/sessions/${session}/messages`, one)
  if (!answer) return
  if (answer.status < 300) {
    acknowledged.add(one.clientMessageId)
    return
  }
  outbox.splice(outbox.indexOf(one), 1)
  keep()
  console.error(`refused: ${answer.json.message}: ${one.content}`)
}

let isOver = false, hasMore = true, isDue = true
const lines = readline.createInterface({ input: process.stdin })
lines.on('line', line => {
  outbox.push({ content: line, clientMessageId: randomUUID() })
  keep()
  isDue = true
})
lines.on('close', () => { hasMore = false })

for (let idle = 0; !isOver && (hasMore || outbox.length); ) {
  isDue = false
  if (unsent()) await send(unsent())
  const before = last
  const answer = await ask('GET', `/api/chat/sessions/${session}/messages?after=${last}&limit=200`)
  if (answer?.status === 200) take(answer.json)
  else if (answer) {
    console.error(`${answer.status}: ${answer.json.message}`)
    process.exit(1)
  }
  idle = last > before || outbox.length ? 0 : idle + 1
  // 2 s while something happens, then 5, 15 and 30; a line that was just said doesn't wait
  const until = Date.now() + (idle < 15 ? 2000 : idle < 30 ? 5000 : idle < 60 ? 15000 : 30000)
  while (!outbox.length && last === before && hasMore && !isDue && Date.now() < until) await pause(50)
}
process.exit(0)
