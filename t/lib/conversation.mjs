// conversation: two sides that talk without a pause over both doors, resend what was not acknowledged by the same clientMessageId, come back with
// `after` when they are cut off, and afterwards say whether the promises of doc/DELIVERY were kept.
import assert from 'node:assert/strict'
import { uuid } from './client.mjs'
import { history, isDense } from './people.mjs'
import { Talker } from './stomp.mjs'
import { until } from './until.mjs'
import { setTimeout as pause } from 'node:timers/promises'

// One side: says numbered things until stop(), by 'rest' or 'stomp', and listens all the while.
export class Side {
  constructor(system, person, id, door) {
    Object.assign(this, { system, person, id, door })
    this.said = [] // {key, content, seq?} in the order in which they were acknowledged
    this.shown = [] // rows, strictly seq + 1
    this.wrong = []
    this.unknown = 0
    this.isTalking = true
    this.talk = new Talker(system, person, { client: { reconnectDelay: 200, connectionTimeout: 3000 } })
    this.talk.onConnect = () => this.listen()
    this.talk.client.activate()
  }

  listen() {
    const { client } = this.talk
    this.refused = new Map()
    client.subscribe('/user/queue/errors', frame => this.refused.set(frame.headers['receipt-id'], JSON.parse(frame.body)))
    client.subscribe(`/topic/chat/${this.id}`, frame => this.show(JSON.parse(frame.body)), { after: String(this.shown.length) })
  }

  show(row) {
    if (typeof row.seq !== 'number' || row.seq <= this.shown.length) return
    if (row.seq !== this.shown.length + 1) this.wrong.push(`${row.seq} came behind ${this.shown.length}`)
    else this.shown.push(row)
  }

  async sendByRest(key, content) {
    const answer = await this.person.post(`/api/chat/sessions/${this.id}/messages`, { content, clientMessageId: key })
    if (answer.status === 201 || answer.status === 200) return true
    if (![429, 502, 503, 504].includes(answer.status)) this.wrong.push(`${answer.status} ${answer.text.slice(0, 200)}`)
    return false
  }

  async sendByStomp(key, content) {
    const { client } = this.talk
    if (!client.connected) return false
    const receipt = uuid()
    const connection = client.webSocket
    let done = false
    client.watchForReceipt(receipt, () => { done = true })
    client.publish({ destination: '/app/chat.sendMessage', headers: { receipt, 'content-type': 'application/json' }, body: JSON.stringify({ sessionId: this.id, content, clientMessageId: key }) })
    await until(() => done || this.refused.has(receipt) || !client.connected || client.webSocket !== connection, { seconds: 8, every: 2 }).catch(() => { this.unknown++ })
    const refusal = this.refused.get(receipt)
    if (refusal && !['06', '99'].includes(refusal.code)) this.wrong.push(JSON.stringify(refusal))
    return done
  }

  async talkOn() {
    for (let i = 0; this.isTalking; i++) {
      const one = { key: uuid(), content: `${this.person.nickname} ${i} 안녕 👋` }
      for (let isFirst = true; ; isFirst = false) {
        let done = false
        try {
          done = this.door === 'rest' ? await this.sendByRest(one.key, one.content) : await this.sendByStomp(one.key, one.content)
        } catch {
          this.unknown++
        }
        if (done) break
        // said once without an answer: it may be stored or not, and goes on the list only when it is acknowledged
        if (!this.isTalking && !isFirst && this.isGivenUp) return
        await pause(100)
      }
      this.said.push(one)
      await pause(15)
    }
  }

  // n more are acknowledged.
  async more(n, seconds = 60) {
    const from = this.said.length
    await until(() => this.said.length >= from + n, { seconds, say: `${n} more of ${this.person.nickname} by ${this.door} (connected ${this.talk.client.connected}, wrong ${this.wrong})` })
  }

  async stop() {
    await this.talk.stop()
  }
}

export async function start(system, customer, agent, id, doors = ['stomp', 'rest']) {
  const sides = [new Side(system, customer, id, doors[0]), new Side(system, agent, id, doors[1])]
  const loops = sides.map(side => side.talkOn())
  return { id, sides, loops }
}

// Ends the talk and holds what everybody saw against what is stored.
export async function check({ id, sides, loops }) {
  for (const side of sides) side.isTalking = false
  await Promise.all(loops)
  const [customer] = sides
  const log = await until(() => history(customer.person, id), { seconds: 30 })
  assert.ok(isDense(log), 'the log has a hole')
  const byKey = new Map()
  for (const row of log.filter(row => row.clientMessageId)) {
    assert.ok(!byKey.has(row.clientMessageId), `${row.clientMessageId} is stored twice`)
    byKey.set(row.clientMessageId, row)
  }
  for (const side of sides) {
    assert.deepEqual(side.wrong, [])
    let last = 0
    for (const one of side.said) {
      const row = byKey.get(one.key)
      assert.ok(row, `acknowledged and lost: ${one.content}`)
      assert.equal(row.content, one.content)
      assert.ok(row.seq > last, `${one.content} is out of order`)
      last = row.seq
    }
    await until(() => side.shown.length === log.length, { seconds: 30, say: `all ${log.length} rows at ${side.person.nickname} (${side.shown.length}, connected ${side.talk.client.connected})` })
    assert.deepEqual(side.shown.map(row => [row.seq, row.content]), log.map(row => [row.seq, row.content]))
  }
  const said = sides.reduce((n, side) => n + side.said.length, 0)
  assert.equal(byKey.size, said, 'a row that nobody has acknowledged')
  return { rows: log.length, said, unknown: sides.reduce((n, side) => n + side.unknown, 0) }
}
