// random: numbers that a seed decides, so that a run can be repeated. fork(name) gives a stream of its own: what one part draws moves no other.

const hash = text => {
  let h = 0x811c9dc5
  for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 0x01000193)
  return h >>> 0
}

export class Random {
  constructor(seed) {
    this.seed = String(seed)
    this.state = hash(this.seed)
  }

  fork(name) { return new Random(`${this.seed}/${name}`) }

  // 0 <= x < 1 (mulberry32)
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  // from <= n < to
  int(from, to) { return from + Math.floor(this.next() * (to - from)) }

  chance(p) { return this.next() < p }

  pick(list) { return list[this.int(0, list.length)] }

  shuffle(list) {
    const all = [...list]
    for (let i = all.length - 1; i > 0; i--) {
      const j = this.int(0, i + 1);
      [all[i], all[j]] = [all[j], all[i]]
    }
    return all
  }
}
