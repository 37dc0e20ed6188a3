// driver: draws faults by the seed and lets them happen, one at a time on each lane, until its time is over.
import { setTimeout as pause } from 'node:timers/promises'
import { faults } from './faults.mjs'

export class Driver {
  // only: names; none: all that the place allows
  constructor({ place, journal, random, only }) {
    Object.assign(this, { place, journal, random })
    this.lanes = { house: [], line: [] }
    for (const [name, fault] of Object.entries(faults)) {
      if (only ? only.includes(name) : !fault.needs || place[fault.needs]) this.lanes[fault.lane ?? 'house'].push(name)
    }
    this.count = 0
    journal.write('plan', { faults: Object.values(this.lanes).flat() })
  }

  async run(until) {
    await Promise.all(Object.entries(this.lanes).map(([name, list]) => this.#lane(list, until, this.random.fork(name))))
  }

  // Rounds through all of the list, each in another order, so that none is left out.
  async #lane(list, end, random) {
    if (!list.length) return
    for (let round = []; Date.now() < end;) {
      if (!round.length) round = random.shuffle(list)
      await pause(random.int(...this.place.between))
      if (Date.now() >= end) return
      await this.#one(round.pop(), random)
    }
  }

  async #one(name, random) {
    const n = ++this.count
    this.journal.write('fault', { n, name, phase: 'begin' })
    let trouble
    try {
      await faults[name].run({ ...this.place, random, journal: this.journal, note: text => this.journal.write('note', { n, text }) })
    } catch (error) {
      trouble = String(error?.stack ?? error)
    }
    this.journal.write('fault', { n, name, phase: 'end', trouble, blind: faults[name].blind })
  }
}
