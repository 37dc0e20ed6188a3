// links: the lines between the parts, in a process of their own: clients to nginx (TCP) and programs to MariaDB (UNIX). A line can be reset inside a
// frame, go silent, stall, dribble; a COMMIT can lose its answer. Run by links_control.mjs, which tells it what to do.
import net from 'node:net'
import process from 'node:process'
import { Random } from './random.mjs'

// what commits: COMMIT itself, and the running of a prepared statement that ends with it
const QUERY_COMMIT = Buffer.from('\x03COMMIT')
const ENDS_WITH_COMMIT = Buffer.from('; COMMIT; END')
const PREPARE = 0x16
const EXECUTE = 0x17
let random = new Random('links')
const lines = { client: new Set(), database: new Set() }
const armed = { commits: 0, mode: 'answer', cut: 0 }

class Line {
  constructor(kind, near, far) {
    Object.assign(this, { kind, near, far, isSilent: false, cutIn: undefined, bytesATurn: Infinity })
    lines[kind].add(this)
    for (const [from, to, isUp] of [[near, far, true], [far, near, false]]) {
      from.on('data', chunk => this.carry(chunk, from, to, isUp))
      from.on('end', () => this.isSilent || to.end())
      from.on('error', () => this.reset())
      from.on('close', () => this.isSilent || this.drop())
      to.on('drain', () => this.isSilent || this.isStalled || from.resume())
    }
  }

  carry(chunk, from, to, isUp) {
    if (this.isSilent) return // as on a pulled cable: taken by nobody, told to nobody
    if (this.kind === 'database' && this.commit(chunk, isUp)) return
    if (this.cutIn !== undefined) {
      if (chunk.length > this.cutIn) {
        to.write(chunk.subarray(0, this.cutIn), () => this.reset())
        this.cutIn = undefined
        this.isSilent = true
        return
      }
      this.cutIn -= chunk.length
    }
    if (this.bytesATurn < chunk.length) return this.dribble(chunk, from, to)
    if (!to.write(chunk)) from.pause()
  }

  // A packet is length (3 bytes), number, what it is, the rest; the answer to a PREPARE is a zero byte, then the statement's number.
  isCommit(chunk) {
    this.prepares = chunk[4] === PREPARE && chunk.includes(ENDS_WITH_COMMIT)
    return chunk.indexOf(QUERY_COMMIT) === 4 || (chunk[4] === EXECUTE && chunk.length > 8 && this.commits?.has(chunk.readUInt32LE(5)))
  }

  seeAnswer(chunk) {
    if (this.prepares && chunk.length > 8 && chunk[4] === 0) (this.commits ??= new Set()).add(chunk.readUInt32LE(5))
    this.prepares = false
  }

  // True when the chunk went no further.
  commit(chunk, isUp) {
    const commits = isUp && this.isCommit(chunk)
    if (!isUp) this.seeAnswer(chunk)
    if (this.loses && !isUp) { // the answer to a COMMIT that was carried out
      this.reset()
      return true
    }
    if (!commits || !armed.commits) return false
    armed.commits--
    armed.cut++
    const mode = armed.mode === 'any' ? random.pick(['answer', 'request', 'at once']) : armed.mode
    if (mode === 'request') this.reset()
    else if (mode === 'at once') this.far.write(chunk, () => this.reset())
    else {
      this.loses = true
      this.far.write(chunk)
    }
    return true
  }

  dribble(chunk, from, to) {
    from.pause()
    let at = 0
    const step = () => {
      if (to.destroyed || at >= chunk.length) return void from.resume()
      to.write(chunk.subarray(at, at += this.bytesATurn))
      setTimeout(step, 5)
    }
    step()
  }

  stall(ms) {
    this.isStalled = true
    this.far.pause()
    setTimeout(() => {
      this.isStalled = false
      this.far.resume()
    }, ms)
  }

  reset() {
    lines[this.kind].delete(this)
    if (this.kind === 'client') for (const socket of [this.near, this.far]) socket.resetAndDestroy() // a UNIX socket knows no reset
    this.drop()
  }

  drop() {
    lines[this.kind].delete(this)
    this.near.destroy()
    this.far.destroy()
  }
}

function listen(kind, where, target) {
  return new Promise(yes => {
    const server = net.createServer({ allowHalfOpen: true }, near => {
      near.on('error', () => {})
      const far = net.connect({ ...target, allowHalfOpen: true })
      far.on('error', () => near.destroy())
      near.setNoDelay?.(true)
      far.setNoDelay?.(true)
      new Line(kind, near, far)
    })
    server.listen(where, () => yes(server.address()))
  })
}

const some = (kind, share) => [...lines[kind]].filter(() => random.chance(share))

const orders = {
  seed({ seed }) { random = new Random(seed) },
  async client({ port }) { return (await listen('client', { host: '127.0.0.1', port: 0 }, { host: '127.0.0.1', port })).port },
  async database({ path, to }) { await listen('database', { path }, { path: to }) },
  // each chosen line ends inside what it carries next
  cut({ kind, share, bytes }) { return some(kind, share).map(line => { line.cutIn = random.int(1, bytes) }).length },
  silence({ share }) { return some('client', share).map(line => { line.isSilent = true }).length },
  stall({ kind = 'client', share, ms }) { return some(kind, share).map(line => line.stall(ms)).length },
  dribble({ share, bytes }) { return some('client', share).map(line => { line.bytesATurn = bytes }).length },
  straight() { for (const line of lines.client) line.bytesATurn = Infinity },
  // silent ones come to an end for both, as when the machine at the other end is gone for good
  bury() {
    const list = [...lines.client].filter(line => line.isSilent)
    for (const line of list) line.drop()
    return list.length
  },
  commits({ count, mode }) { Object.assign(armed, { commits: count, mode, cut: 0 }) },
  cuts() { return armed.cut },
  disarm() { armed.commits = 0; return armed.cut },
}

process.on('message', async ({ id, order, ...args }) => {
  try {
    process.send({ id, answer: await orders[order](args) })
  } catch (error) {
    process.send({ id, error: error.message })
  }
})
process.on('disconnect', () => process.exit(0))
