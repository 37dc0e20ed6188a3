// clients: the STOMP libraries that people use, unmodified, behind one face. A row of `clients` is a library on a transport; peer(row, bridge, who) is
// somebody who uses it.
import { createRequire } from 'node:module'
import { Client, Versions } from '@stomp/stompjs'
import SockJS from 'sockjs-client'
import old from 'stompjs'
import webstomp from 'webstomp-client'
import WebSocket from 'ws'
import { cleanup } from './tap.mjs'
import { Final, until } from './until.mjs'

const stompNode = createRequire(import.meta.url)('stompjs')

// ---- sockets ----

function webSocket(bridge, who, protocols) {
  const headers = who.cookie ? { Cookie: who.cookie, Origin: bridge.url } : {}
  const socket = new WebSocket(bridge.wsUrl, protocols, { headers })
  socket.on('error', () => {}) // the close says it
  return socket
}

// SockJS in node sends no cookie: who comes so signs in by CONNECT.
const sockjs = transport => bridge => new SockJS(`${bridge.url}/ws`, null, { transports: [transport], timeout: 5000 })

// ---- libraries: each gives {connect, subscribe, send, begin, stop, isUp} ----

// @stomp/stompjs 7
const modern = (socket, version) => (peer, bridge, who, headers) => {
  const versions = version ? new Versions([version]) : Versions.default
  const client = new Client({
    webSocketFactory: () => socket(bridge, who, versions.protocolVersions()),
    stompVersions: versions,
    connectHeaders: headers,
    reconnectDelay: peer.comesBack ? 50 : 0,
    onConnect: frame => peer.onConnected(frame),
    onStompError: frame => peer.onError(frame),
    onWebSocketClose: () => peer.onClosed(),
    onUnhandledReceipt: frame => peer.onReceipt(frame),
  })
  return {
    connect: () => client.activate(),
    subscribe: (destination, fn, more) => client.subscribe(destination, fn, more),
    send: (destination, body, more) => client.publish({ destination, body, headers: more }),
    begin: () => client.begin(),
    stop: () => client.deactivate(),
    drop: () => client.deactivate({ force: true }),
    isUp: () => client.connected,
  }
}

// What stompjs 2.3.3 and webstomp-client have in common: one client a socket, and the program connects again.
const onceOnly = make => (peer, bridge, who, headers) => {
  let client
  let isOver = false
  let timer
  const connect = () => {
    const mine = client = make(bridge, who)
    let isGone = false
    mine.onreceipt = frame => peer.onReceipt(frame)
    mine.connect({ ...headers }, frame => peer.onConnected(frame), what => {
      if (what?.command === 'ERROR') return peer.onError(what)
      if (isGone || isOver) return
      isGone = true
      peer.onClosed()
      if (peer.comesBack) timer = setTimeout(connect, 50)
    })
  }
  return {
    connect,
    subscribe: (destination, fn, more) => client.subscribe(destination, fn, more),
    send: (destination, body, more) => (client.isWebstomp ? client.send(destination, body, more) : client.send(destination, more, body)),
    begin: () => client.begin(),
    stop: () => new Promise(yes => {
      isOver = true
      clearTimeout(timer)
      client.disconnect(yes)
    }),
    drop: () => {
      isOver = true
      clearTimeout(timer)
      client.ws.close()
    },
    isUp: () => client.connected,
  }
}

const quiet = client => Object.assign(client, { debug: () => {} })
const stompjs2 = socket => onceOnly((bridge, who) => quiet(old.over(socket(bridge, who, ['v11.stomp', 'v10.stomp']))))
const stompjs2Node = onceOnly(bridge => quiet(stompNode.overWS(bridge.wsUrl)))
const webstomp1 = options => onceOnly((bridge, who) => Object.assign(webstomp.over(webSocket(bridge, who, ['v12.stomp']), { debug: false, ...options }), { isWebstomp: true }))

const transports = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling']

// isWeb: plain WebSocket, which takes a cookie here and a STOMP frame a message. beats: the version has heart-beats.
export const clients = [
  ...['1.0', '1.1', '1.2'].map(version => ({ name: `@stomp/stompjs 7 as ${version}`, library: modern(webSocket, version), version, isWeb: true, beats: version !== '1.0' })),
  { name: 'webstomp-client', library: webstomp1({}), version: '1.2', isWeb: true, beats: true },
  { name: 'webstomp-client, binary', library: webstomp1({ binary: true }), version: '1.2', isWeb: true, beats: true },
  { name: 'stompjs 2.3.3', library: stompjs2(webSocket), version: '1.1', isWeb: true, beats: true },
  { name: 'stompjs 2.3.3 by overWS', library: stompjs2Node, version: '1.1', beats: true },
  ...transports.flatMap(transport => [
    { name: `stompjs 2.3.3 on SockJS ${transport}`, library: stompjs2(sockjs(transport)), version: '1.1', transport, beats: true },
    { name: `@stomp/stompjs 7 on SockJS ${transport}`, library: modern(sockjs(transport)), version: '1.2', transport, beats: true },
  ]),
]

// ---- somebody who uses one ----

const peers = new Set()
cleanup(() => { for (const one of peers) one.client.drop() })

export class Peer {
  // who: {cookie} or {passcode}, {login, passcode}, {Authorization}: CONNECT's headers but for the cookie. onConnect: called at each CONNECTED.
  constructor(row, bridge, who, { comesBack = false, onConnect } = {}) {
    const { cookie, ...headers } = who
    Object.assign(this, { row, bridge, comesBack, onConnect, connects: 0, closes: 0, errors: [], receipts: new Set(), serial: 0 })
    this.client = row.library(this, bridge, { cookie }, headers)
    peers.add(this)
  }

  onConnected(frame) {
    this.connected = frame
    this.connects++
    this.onConnect?.(this)
  }

  onReceipt(frame) { this.receipts.add(frame.headers['receipt-id']) }
  onError(frame) { this.errors.push(frame) }
  onClosed() { this.closes++ }

  async start() {
    this.client.connect()
    await until(() => {
      if (this.errors.length) throw new Final(`ERROR ${this.errors[0].headers.message}`)
      return this.connects
    }, { say: `CONNECTED for ${this.row.name}` })
    return this
  }

  async receipt(id) {
    await until(() => {
      if (this.errors.length) throw new Final(`ERROR ${this.errors[0].headers.message}`)
      return this.receipts.has(id)
    }, { say: `RECEIPT ${id} for ${this.row.name} (had ${[...this.receipts]})` })
  }

  // A list of frames that grows.
  listen(destination, headers = {}) {
    const list = []
    list.subscription = this.client.subscribe(destination, frame => list.push(frame), headers)
    return list
  }

  async subscribe(destination, headers = {}) {
    const receipt = `sub-${++this.serial}`
    const list = this.listen(destination, { receipt, ...headers })
    await this.receipt(receipt)
    return list
  }

  async send(destination, body, headers = {}) {
    const receipt = `send-${++this.serial}`
    this.client.send(destination, typeof body === 'string' ? body : JSON.stringify(body), { receipt, ...headers })
    await this.receipt(receipt)
  }

  say(sessionId, content, clientMessageId) { return this.send('/app/chat.sendMessage', { sessionId, content, clientMessageId }) }

  async stop() {
    peers.delete(this)
    await this.client.stop()
  }
}

export const peer = (row, bridge, who, options) => new Peer(row, bridge, who, options).start()
