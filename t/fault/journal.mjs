// journal: what happened, one JSON line each, in the order in which this process saw it. t is wall time in ms that never goes back.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { performance } from 'node:perf_hooks'

export const now = () => Math.round((performance.timeOrigin + performance.now()) * 100) / 100

// A text as the history names it; the database gives the same of its column.
export const digest = text => createHash('sha1').update(text).digest('hex').slice(0, 16)

export class Journal {
  constructor(file) {
    this.fd = fs.openSync(file, 'w')
    this.lines = []
    this.size = 0
    this.counts = {}
    this.sessions = [] // all chats that were begun
  }

  write(e, fields = {}) {
    const line = JSON.stringify({ t: now(), e, ...fields })
    this.counts[e] = (this.counts[e] ?? 0) + 1
    this.lines.push(line)
    this.size += line.length
    if (this.size > 1 << 16) this.flush()
  }

  flush() {
    if (!this.lines.length) return
    fs.writeSync(this.fd, this.lines.join('\n') + '\n')
    this.lines = []
    this.size = 0
  }

  close() {
    this.flush()
    fs.closeSync(this.fd)
  }
}
