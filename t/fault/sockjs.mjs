// sockjs: a SockJS client as stompjs takes it for a socket: WebSocket framing of SockJS, or xhr-polling by HTTP.
import http from 'node:http'
import { randomBytes } from 'node:crypto'
import WebSocket from 'ws'

let count = 0

export class SockJs {
  constructor(system, headers, transport = ++count % 2 ? 'websocket' : 'xhr') {
    Object.assign(this, { system, headers, readyState: WebSocket.CONNECTING })
    this.base = `/ws/${String(count % 1000).padStart(3, '0')}/${randomBytes(8).toString('hex')}`
    if (transport === 'websocket') this.#openSocket()
    else this.#openPolls()
  }

  send(data) {
    const frame = JSON.stringify([typeof data === 'string' ? data : Buffer.from(data).toString('utf8')])
    if (this.socket) this.socket.send(frame)
    else {
      this.out = [...(this.out ?? []), frame]
      this.#post()
    }
  }

  close() { this.#gone(1000) }
  terminate() { this.#gone(1006) }

  #take(text) {
    if (text === 'o') {
      this.readyState = WebSocket.OPEN
      this.onopen?.({})
    } else if (text[0] === 'a') {
      for (const data of JSON.parse(text.slice(1))) this.onmessage?.({ data })
    } else if (text[0] === 'c') {
      this.#gone(JSON.parse(text.slice(1))[0])
    }
  }

  #gone(code) {
    if (this.readyState === WebSocket.CLOSED) return
    this.readyState = WebSocket.CLOSED
    this.socket?.terminate()
    this.agent?.destroy()
    setImmediate(() => this.onclose?.({ code, reason: '', wasClean: code === 1000 }))
  }

  #openSocket() {
    this.socket = new WebSocket(`ws://127.0.0.1:${this.system.port}${this.base}/websocket`, { headers: this.headers, perMessageDeflate: false })
    this.socket.on('message', data => this.#take(data.toString('utf8')))
    this.socket.on('error', () => {})
    this.socket.on('close', code => this.#gone(code))
  }

  #openPolls() {
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 2 })
    this.#poll()
  }

  async #poll() {
    while (this.readyState !== WebSocket.CLOSED) {
      const answer = await this.#ask('/xhr')
      if (answer?.status !== 200) return this.#gone(1006)
      for (const line of answer.text.split('\n')) if (line) this.#take(line)
    }
  }

  // One POST at a time, so that frames stay in order.
  async #post() {
    if (this.posting) return
    this.posting = true
    while (this.out?.length && this.readyState !== WebSocket.CLOSED) {
      const frames = this.out.splice(0)
      const body = `[${frames.map(frame => frame.slice(1, -1)).join(',')}]`
      const answer = await this.#ask('/xhr_send', body)
      if (answer?.status !== 204) this.#gone(1006)
    }
    this.posting = false
  }

  #ask(path, body = '') {
    return new Promise(yes => {
      const request = http.request({
        host: '127.0.0.1', port: this.system.port, method: 'POST', path: this.base + path, agent: this.agent,
        headers: { ...this.headers, 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) },
      }, response => {
        const chunks = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', () => yes())
        response.on('aborted', () => yes())
        response.on('end', () => yes({ status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') }))
      })
      request.setTimeout(40000, () => request.destroy())
      request.on('error', () => yes())
      request.end(body)
    })
  }
}
