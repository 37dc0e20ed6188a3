// bridge: a TCP port of loopback in front of another one, or of a UNIX socket, that a test can listen to and cut, as a bad network would.
import net from 'node:net'
import { cleanup } from './tap.mjs'

export class Bridge {
  constructor(target) {
    this.target = target
    this.pairs = new Set()
    this.isOpen = true
    this.cuts = 0
    this.server = net.createServer(socket => this.take(socket))
    cleanup(() => this.end())
  }

  take(near) {
    near.on('error', () => {})
    if (!this.isOpen) return near.destroy()
    const far = net.connect(this.target)
    const pair = { near, far, up: [], down: [] }
    far.on('error', () => {})
    this.pairs.add(pair)
    near.on('data', chunk => pair.up.push(chunk))
    far.on('data', chunk => pair.down.push(chunk))
    near.pipe(far)
    far.pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.end())
    return pair
  }

  get port() { return this.server.address().port }
  get url() { return `http://127.0.0.1:${this.port}` }
  get wsUrl() { return `ws://127.0.0.1:${this.port}/ws` }

  // Cuts all connections; new ones are refused until mend().
  cut() {
    this.isOpen = false
    this.cuts++
    for (const { near, far } of this.pairs) {
      near.resetAndDestroy()
      far.destroy()
    }
    this.pairs.clear()
  }

  mend() { this.isOpen = true }

  // What was said in a direction ('up' or 'down'), one text a WebSocket frame or HTTP connection.
  heard(direction) {
    return [...this.pairs].flatMap(pair => {
      const bytes = Buffer.concat(pair[direction])
      return /\r\nsec-websocket-accept:/i.test(Buffer.concat(pair.down).toString('latin1')) ? payloads(bytes) : [bytes.toString('utf8')]
    })
  }

  end() {
    this.cut()
    this.server.close()
  }
}

// target: what net.connect() takes.
export async function bridge(target) {
  const one = new Bridge(target)
  await new Promise((yes, no) => one.server.once('error', no).listen(0, '127.0.0.1', yes))
  return one
}

// The payloads of the whole text and binary frames behind the handshake's head.
function payloads(bytes) {
  const all = []
  for (let at = bytes.indexOf('\r\n\r\n') + 4; at + 2 <= bytes.length;) {
    const isMasked = bytes[at + 1] & 128
    let n = bytes[at + 1] & 127
    let head = 2
    if (n >= 126) {
      const size = n === 126 ? 2 : 8
      if (at + 2 + size > bytes.length) break
      n = size === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
      head += size
    }
    const start = at + head + (isMasked ? 4 : 0)
    if (start + n > bytes.length) break
    const payload = Buffer.from(bytes.subarray(start, start + n))
    if (isMasked) for (let i = 0; i < n; i++) payload[i] ^= bytes[start - 4 + (i & 3)]
    if ((bytes[at] & 15) < 8) all.push(payload.toString('utf8'))
    at = start + n
  }
  return all
}
