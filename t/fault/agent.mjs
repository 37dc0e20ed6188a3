// agent: takes waiting chats against the other agents, talks in several at once with two consoles open, ends some, gives some back.
import { setTimeout as pause } from 'node:timers/promises'
import { Tab } from './page.mjs'
import { text } from './texts.mjs'

export class Agent {
  constructor({ person, number, journal, random, plan }) {
    Object.assign(this, { person, number, journal, random, plan })
    this.name = `a${number}`
    this.tabs = [0, 1].map(i => new Tab({ person, journal, bug: plan.bug, name: `${this.name}.${i}`, door: ['stomp', 'sockjs', 'stomp', 'poll'][(number + i) % 4] }))
    this.chats = new Map() // session -> promise
    this.isStopping = false
  }

  get api() { return this.tabs[0].api }

  async run() {
    while (!this.isStopping) {
      if (this.chats.size < this.plan.chats) await this.look()
      await pause(this.random.int(100, this.chats.size ? 1500 : 400))
      if (this.random.chance(0.003)) this.random.pick(this.tabs).reload()
    }
    await Promise.allSettled(this.chats.values())
  }

  async look() {
    try {
      const { data } = await this.api.get('/api/admin/chat/sessions/waiting')
      // the oldest ones, so that agents meet
      const free = data.filter(one => !this.chats.has(one.sessionId)).slice(0, 3)
      if (free.length) await this.accept(this.random.pick(free).sessionId)
    } catch { /* away: the next look */ }
  }

  async accept(session) {
    this.journal.write('accept', { who: this.name, s: session })
    try {
      await this.api.post(`/api/admin/chat/sessions/${session}/accept`, {})
    } catch (error) {
      this.journal.write(error.status >= 400 && error.status < 500 ? 'accept-fail' : 'accept-unknown', { who: this.name, s: session, status: error.status })
      return
    }
    this.journal.write('accept-ok', { who: this.name, s: session })
    this.chats.set(session, this.consult(session).catch(error => this.journal.write('trouble', { who: this.name, text: String(error?.stack ?? error) }))
      .finally(() => this.chats.delete(session)))
  }

  async consult(session) {
    for (const tab of this.tabs) tab.open(session)
    const threads = () => this.tabs.map(tab => tab.threads.get(session)).filter(Boolean)
    const quota = this.random.int(this.plan.least, this.plan.most)
    const gives = this.random.chance(this.plan.gives)
    let said = 0
    while (!this.isStopping && !threads().some(one => one.isOver || one.isLost)) {
      await pause(this.random.int(this.plan.pause / 2, this.plan.pause * 1.5))
      const tab = this.random.chance(0.8) ? this.tabs[0] : this.tabs[1]
      const thread = tab.threads.get(session)
      if (!thread || this.random.chance(0.05) || thread.waits > 2) {
        if (!await this.isMine(session)) break
        if (!thread || thread.waits > 2) continue
      }
      thread.say(text(this.random))
      if (this.random.chance(0.06) && thread.acknowledged.length) await thread.repeat(this.random.pick(thread.acknowledged), 'rest')
      if (++said === Math.ceil(quota / 3) && gives) {
        await this.giveBack(session)
        break
      }
      if (said > quota && this.random.chance(0.05)) await this.finish(session)
    }
    if (this.isStopping) return
    await this.leave(session, threads)
  }

  // Both consoles see the end, or that the chat is no longer ours, before it is closed on them.
  async leave(session, threads) {
    for (let i = 0; i < 100 && !this.isStopping && !threads().every(one => one.isOver || one.isLost); i++) await pause(100)
    if (this.isStopping && threads().every(one => !one.isLost)) return
    for (const tab of this.tabs) tab.close(session)
  }

  async giveBack(session) {
    this.journal.write('transfer', { who: this.name, s: session })
    try {
      await this.api.post(`/api/admin/chat/sessions/${session}/transfer`, {})
      this.journal.write('transfer-ok', { who: this.name, s: session })
    } catch { /* it went or not: the pages see */ }
  }

  // The console's lists say whose a chat is; a page that lost its chat meanwhile is closed.
  async isMine(session) {
    try {
      const { data } = await this.api.get(`/api/chat/sessions/${session}`)
      return data.adminId === this.person.memberId || data.status === 'COMPLETED'
    } catch (error) {
      return error.status !== 404
    }
  }

  async finish(session) {
    this.journal.write('end', { who: this.name, s: session })
    try {
      await this.api.post(`/api/admin/chat/sessions/${session}/end`, {})
      this.journal.write('end-ok', { who: this.name, s: session })
    } catch {
      await pause(500)
    }
  }

  stop() { this.isStopping = true }
  end() { for (const tab of this.tabs) tab.end() }
}
