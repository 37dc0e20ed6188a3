// links_control: starts links.mjs and hands it orders: links.ask('cut', { kind: 'client', share: 0.3, bytes: 200 }) gives its answer.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export class Links {
  constructor() {
    this.child = fork(fileURLToPath(new URL('links.mjs', import.meta.url)))
    this.waiting = new Map()
    this.count = 0
    this.child.on('message', ({ id, answer, error }) => {
      const { yes, no } = this.waiting.get(id)
      this.waiting.delete(id)
      if (error) no(new Error(error))
      else yes(answer)
    })
  }

  ask(order, args = {}) {
    const id = ++this.count
    return new Promise((yes, no) => {
      if (!this.child.connected) return no(new Error('the links have ended'))
      this.waiting.set(id, { yes, no })
      this.child.send({ id, order, ...args })
    })
  }

  end() { if (this.child.connected) this.child.disconnect() }
}
