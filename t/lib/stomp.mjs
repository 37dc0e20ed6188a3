// stomp: two ways to speak to pushd. Talker is the unmodified @stomp/stompjs over ws, as a page would use it; Raw is bytes over ws, for what
// no library sends.
import { Client } from '@stomp/stompjs'
import WebSocket from 'ws'
import { cleanup } from './tap.mjs'
import { Final, until } from './until.mjs'

const talkers = new Set()
cleanup(() => Promise.all([...talkers].map(one => one.stop())))

export class Talker {
  // person: its cookie or bearer token goes with the handshake. headers: of CONNECT. Options of stompjs in `client`.
  constructor(system, person, { headers = {}, client = {}, protocols, handshake = {} } = {}) {
    this.errors = []
    this.frames = []
    this.closes = []
    this.connects = 0
    this.receipt = 0
    const handshakeHeaders = { ...handshake }
    if (person?.token) handshakeHeaders.Authorization = `Bearer ${person.token}`
    else if (person?.cookies.size) handshakeHeaders.Cookie = person.cookie
    if (person?.cookies.size && !person.token && handshakeHeaders.Origin === undefined) handshakeHeaders.Origin = system.url
    this.client = new Client({
      webSocketFactory: () => {
        const socket = new WebSocket(system.wsUrl, protocols ?? this.client.stompVersions.protocolVersions(), { headers: handshakeHeaders })
        // stompjs needs an onerror; without a listener ws throws
        socket.on('error', error => this.closes.push({ code: 0, reason: error.message }))
        return socket
      },
      connectHeaders: headers,
      reconnectDelay: 0,
      heartbeatIncoming: 10000,
      heartbeatOutgoing: 10000,
      ...client,
    })
    this.client.onConnect = frame => { this.connected = frame; this.connects++; this.onConnect?.(frame) }
    this.client.onStompError = frame => this.errors.push(frame)
    this.client.onWebSocketClose = event => this.closes.push({ code: event.code, reason: event.reason })
    talkers.add(this)
  }

  async start() {
    this.client.activate()
    await until(() => {
      if (this.errors.length) throw new Final(`ERROR ${this.errors[0].headers.message}: ${this.errors[0].body}`)
      return this.connects
    }, { say: 'CONNECTED' })
    return this
  }

  // Subscribes and gives a list that grows: the bodies, parsed, with their frames beside.
  async subscribe(destination, headers = {}, { confirmed = true } = {}) {
    const got = []
    got.frames = []
    const receipt = `r${++this.receipt}`
    let registered = !confirmed
    if (confirmed) this.client.watchForReceipt(receipt, () => { registered = true })
    got.subscription = this.client.subscribe(destination, frame => {
      got.frames.push(frame)
      got.push(JSON.parse(frame.body))
    }, { ...headers, ...(confirmed ? { receipt } : {}) })
    await until(() => {
      if (this.errors.length) throw new Final(`ERROR ${this.errors.at(-1).headers.message}`)
      return registered
    }, { say: `RECEIPT of SUBSCRIBE ${destination}` })
    return got
  }

  // SEND and its answer: resolves with 'RECEIPT', or with the refusal from /user/queue/errors (which must be subscribed by refusals()).
  async send(destination, body, headers = {}) {
    const receipt = `s${++this.receipt}`
    let done = false
    this.client.watchForReceipt(receipt, () => { done = true })
    this.client.publish({ destination, body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'application/json', receipt, ...headers } })
    let refusal
    await until(() => {
      refusal = this.refused?.frames.find(frame => frame.headers['receipt-id'] === receipt)
      if (this.errors.length) throw new Final(`ERROR ${this.errors.at(-1).headers.message}`)
      return done || refusal
    }, { say: `the answer to SEND ${destination}` })
    return refusal ? JSON.parse(refusal.body) : 'RECEIPT'
  }

  async refusals() {
    this.refused = await this.subscribe('/user/queue/errors')
    return this.refused
  }

  say(sessionId, content, clientMessageId) {
    return this.send('/app/chat.sendMessage', { sessionId, content, ...(clientMessageId ? { clientMessageId } : {}) })
  }

  // As a cable that is pulled: no DISCONNECT, no close frame.
  cut() { this.client.webSocket?.terminate?.() ?? this.client.forceDisconnect() }

  async stop() {
    talkers.delete(this)
    this.client.reconnectDelay = 0
    await this.client.deactivate({ force: true })
  }
}

export const talker = (system, person, options) => new Talker(system, person, options).start()

export const rows = list => list.filter(one => typeof one.seq === 'number')

// ---- raw ----

export class Raw {
  constructor(system, { headers = {}, protocols = ['v12.stomp'], url, person } = {}) {
    this.got = ''
    this.chunks = []
    const all = { ...headers }
    if (person?.cookies.size) all.Cookie = person.cookie
    this.socket = new WebSocket(url ?? system.wsUrl, protocols, { headers: all, skipUTF8Validation: true })
    this.socket.on('message', (data, isBinary) => {
      this.chunks.push({ data, isBinary })
      this.got += data.toString('utf8')
    })
    this.socket.on('error', error => { this.error = error })
    this.socket.on('unexpected-response', (request, response) => {
      this.status = response.statusCode
      this.responseHeaders = response.headers
      response.resume()
      request.destroy()
    })
    this.socket.on('close', (code, reason) => { this.closed = { code, reason: reason.toString('utf8') } })
    cleanup(() => this.socket.terminate())
  }

  async open() {
    await until(() => {
      if (this.status) throw new Final(`status ${this.status}`)
      if (this.error) throw new Final(this.error.message)
      return this.socket.readyState === WebSocket.OPEN
    }, { say: 'the upgrade' })
    return this
  }

  send(data) {
    this.socket.send(data)
    return this
  }

  // Bytes straight to the TCP connection.
  bytes(...parts) {
    this.socket._socket.write(Buffer.concat(parts.map(part => Buffer.from(part))))
    return this
  }

  // Waits until what came holds `text`, or the pattern matches.
  async expect(text, { seconds = 10 } = {}) {
    await until(() => (text instanceof RegExp ? text.test(this.got) : this.got.includes(text)), { seconds, say: `${text} (had ${JSON.stringify(this.got.slice(-300))}, closed ${JSON.stringify(this.closed)})` })
    return this
  }

  async close(code, { seconds = 15 } = {}) {
    await until(() => this.closed, { seconds, say: `a close (had ${JSON.stringify(this.got.slice(-300))})` })
    if (code !== undefined && ![code].flat().includes(this.closed.code)) throw new Final(`closed with ${this.closed.code} ${this.closed.reason}, not ${code}; had ${JSON.stringify(this.got.slice(-300))}`)
    return this
  }

  async connect(lines = []) {
    this.send(frame('CONNECT', ['accept-version:1.2', 'host:sangdam', ...lines]))
    await this.expect('CONNECTED\n')
    return this
  }

  end() { this.socket.terminate() }
}

export const frame = (command, lines = [], body = '') => `${command}\n${lines.map(line => `${line}\n`).join('')}\n${body}\0`

export const raw = (system, options) => new Raw(system, options).open()
