// customer: asks for a chat, talks in it with two tabs open, ends it or has it ended, and asks again.
import { setTimeout as pause } from 'node:timers/promises'
import { Tab } from './page.mjs'
import { text } from './texts.mjs'

const doors = n => ['stomp', 'stomp', 'sockjs', 'poll'][n % 4]

export class Customer {
  constructor({ person, number, journal, random, plan }) {
    Object.assign(this, { person, number, journal, random, plan })
    this.name = `c${number}`
    this.tabs = [0, 1].map(i => new Tab({ person, journal, bug: plan.bug, name: `${this.name}.${i}`, door: doors(number + i * 2) }))
    this.isStopping = false
  }

  // Asks until somebody answers. Gives undefined when the run ends first.
  async ask(what) {
    while (!this.isStopping) {
      try {
        return await what()
      } catch (error) {
        if (error.status >= 400 && error.status < 500 && error.status !== 429) throw error
        await pause(this.random.int(200, 800))
      }
    }
  }

  async run() {
    while (!this.isStopping) {
      this.journal.write('request', { who: this.name })
      const answer = await this.ask(() => this.tabs[0].api.post('/api/chat/session', { categoryId: 200 }))
      if (!answer) return
      const session = answer.data.sessionId
      this.journal.sessions.push(session)
      this.journal.write('session', { who: this.name, s: session })
      await this.consult(session)
    }
  }

  async consult(session) {
    this.session = session
    this.threads = this.tabs.map(tab => tab.open(session))
    const quota = this.random.int(this.plan.least, this.plan.most)
    const fate = this.random.chance(0.08) ? 'cancel' : this.random.chance(0.6) ? 'end' : 'wait'
    for (let said = 0; !this.isStopping && !this.isOver();) {
      if (fate === 'cancel' || said >= quota) {
        if (fate === 'cancel' && !this.random.chance(0.05)) { await pause(200); continue }
        if (fate !== 'wait' || said >= quota * 3) await this.finish(session)
      }
      if (await this.say()) said++
      if (this.random.chance(0.004)) await this.wander()
    }
    if (this.isStopping) return
    // both tabs see the end before they go
    for (let i = 0; i < 600 && !this.isStopping && !this.tabs.every(tab => tab.threads.get(session)?.isOver); i++) await pause(100)
    if (this.isStopping) return
    for (const tab of this.tabs) tab.close(session)
  }

  isOver() { return this.tabs.some(tab => tab.threads.get(this.session)?.isOver) }

  // One message by one of the tabs, when that tab's last one is stored.
  async say() {
    const tab = this.random.chance(0.8) ? this.tabs[0] : this.tabs[1]
    const thread = tab.threads.get(this.session)
    await pause(this.random.int(this.plan.pause / 2, this.plan.pause * 1.5))
    if (!thread || thread.waits > 2 || thread.isOver) return false
    thread.say(text(this.random))
    if (this.random.chance(0.06) && thread.acknowledged.length) await thread.repeat(this.random.pick(thread.acknowledged), this.random.chance(0.3) && tab.isUp ? 'stomp' : 'rest')
    return true
  }

  async finish(session) {
    this.journal.write('end', { who: this.name, s: session })
    try {
      await this.tabs[0].api.post(`/api/chat/sessions/${session}/end`, {})
      this.journal.write('end-ok', { who: this.name, s: session })
    } catch {
      await pause(500)
    }
  }

  // Reloads, goes back and forth.
  async wander() {
    const tab = this.random.pick(this.tabs)
    if (this.random.chance(0.5)) {
      tab.reload()
    } else {
      tab.hide()
      await pause(this.random.int(50, 3000))
      tab.show()
    }
  }

  stop() { this.isStopping = true }
  end() { for (const tab of this.tabs) tab.end() }
}
