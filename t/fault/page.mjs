// page: a page as a reader has it, without its DOM: the real modules of static/js (Connection, Transport, ChatState, Outbox) on a socket and a fetch of
// node. What they take in and what they show goes to the journal.
//
//   Tab      one page of one person: a connection by one of the doors 'stomp', 'sockjs', 'poll'
//   Thread   one chat on it: what was shown, what waits in the outbox
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { Parser } from '@stomp/stompjs'
import WebSocket from 'ws'
import { Api } from '../../static/js/lib/api.js'
import { ChatState } from '../../static/js/lib/chat_state.js'
import { Connection } from '../../static/js/lib/connection.js'
import { clientOf } from '../../static/js/lib/stomp_client.js'
import { Transport } from '../../static/js/lib/transport.js'
import { digest } from './journal.mjs'
import { SockJs } from './sockjs.mjs'

// A sessionStorage.
const storage = () => {
  const map = new Map()
  return { getItem: key => map.get(key) ?? null, setItem: (key, value) => map.set(key, String(value)), removeItem: key => map.delete(key) }
}

const handshake = person => ({ Cookie: person.cookie, Origin: person.system.url })

// The page's own REST, with the cookie and the Origin that a browser would add.
export function apiOf(person) {
  return new Api(person.csrf, {
    fetch: (path, init) => fetch(person.system.url + path, { ...init, headers: { ...init.headers, ...handshake(person) } }),
  })
}

// The page's STOMP client, on a socket of node's.
function stompOf(person, door) {
  if (door === 'poll') return async () => { throw new Error('no push here') }
  const open = door === 'sockjs'
    ? () => new SockJs(person.system, handshake(person))
    : () => {
      const socket = new WebSocket(person.system.wsUrl, 'v12.stomp', { headers: handshake(person), perMessageDeflate: false })
      socket.on('error', () => {}) // its close follows
      return socket
    }
  class Stomp extends clientOf({ Parser }) {
    constructor(config) { super({ ...config, webSocketFactory: open }) }
  }
  return async () => ({ Client: Stomp })
}

// Whatever a reader of a SEND's failure may know: a refusal is final, 99 and silence are not.
function outcome(error) {
  const status = error.status ?? 0
  if (error.unknown || error.isUnknown || error.code === '99' || (!error.code && !status)) return { e: 'unknown', status, code: error.code }
  return { e: 'fail', status, code: error.code }
}

export class Tab {
  constructor({ person, name, door, journal, bug }) {
    Object.assign(this, { person, name, door, journal, bug })
    this.api = apiOf(person)
    this.storages = new Map() // session -> sessionStorage: it outlives a reload
    this.threads = new Map()
    this.subscriptions = 0
    this.load()
  }

  get isUp() { return this.connection.isUp }

  load() {
    const connection = new Connection({ url: this.person.system.wsUrl, stomp: stompOf(this.person, this.door) })
    connection.addEventListener('up', () => this.write('up'))
    connection.addEventListener('down', event => this.write('down', { waitMs: event.detail.waitMs }))
    connection.addEventListener('error', event => this.#refused(event.detail))
    setMaxListeners(0, connection) // a console has many chats
    this.connection = connection
    connection.start()
  }

  write(e, fields = {}) { this.journal.write(e, { who: this.name, ...fields }) }

  // A subscription that ends by itself: the right to the chat is lost.
  #refused(body) {
    if (body.code !== '05' || !/^\/topic\/chat\//.test(body.destination ?? '')) return
    this.write('lost', { s: body.sessionId })
    this.threads.get(body.sessionId)?.lost()
  }

  open(session, epoch = '') {
    if (!this.threads.has(session)) {
      if (!this.storages.has(session)) this.storages.set(session, storage())
      this.threads.set(session, new Thread(this, session, epoch, this.storages.get(session)))
    }
    return this.threads.get(session)
  }

  close(session) {
    this.threads.get(session)?.end()
    this.threads.delete(session)
  }

  // The page goes and is loaded anew: nothing but sessionStorage is left of it.
  reload() {
    const open = [...this.threads.values()].filter(thread => !thread.isLost)
    for (const thread of this.threads.values()) thread.end()
    this.threads.clear()
    this.connection.stop()
    this.write('reload')
    this.load()
    for (const thread of open) this.open(thread.session, thread.chat.epoch)
  }

  // pagehide and pageshow from the back/forward cache: the page itself stays.
  hide() { this.connection.stop(); this.write('hide') }
  show() {
    this.write('pageshow')
    this.connection.start()
    for (const thread of this.threads.values()) thread.transport.resync()
  }

  end() {
    for (const session of [...this.threads.keys()]) this.close(session)
    this.connection.stop()
  }
}

let written = 0

export class Thread {
  constructor(tab, session, epoch, storage) {
    Object.assign(this, { tab, session })
    this.rows = 0
    this.isOver = false
    this.isLost = false
    this.acknowledged = []
    this.gone = new AbortController()
    this.page = `${tab.name}#${++tab.subscriptions}`
    this.write('open', {})
    this.chat = new ChatState({
      sessionId: session, epoch, storage,
      on: {
        show: row => this.#show(row),
        reset: () => this.write('reset'),
        need: () => this.transport.fetchAfter(),
        send: entry => this.transport.send(tab.bug === 'retry_with_new_id' ? this.#renamed(entry) : entry),
        failed: entry => setImmediate(() => this.chat.discard(entry.id)), // while it is on its way it can't go
        over: () => { this.isOver = true },
      },
    })
    this.transport = new Transport({ connection: this.#wire(), api: this.#api(), sessionId: session, isHidden: () => false })
    this.chat.start()
    this.transport.start(this.chat)
  }

  write(e, fields = {}) { this.tab.write(e, { s: this.session, p: this.page, ...fields }) }

  get waits() { return this.chat.outbox.list().filter(one => one.state === 'pending').length }
  get last() { return this.chat.last }

  #show(row) {
    this.rows++
    if (row.kind === 'START') this.isStarted = true
    if (row.kind === 'TRANSFER') this.isStarted = false
    this.write('shown', { seq: row.seq, h: digest(row.content), k: row.kind })
    this.onRow?.(row)
  }

  // The connection as the thread's Transport sees it: what goes in and out is written down.
  #wire() {
    const thread = this, connection = this.tab.connection, ended = () => this.isEnded
    return new Proxy(connection, {
      get(target, name) {
        if (name === 'subscribe') return (destination, on, headers) => thread.#subscribe(destination, on, headers)
        if (name === 'send') return (destination, body) => ended() ? new Promise(() => {}) : thread.#attempt(body, 'stomp', () => connection.send(destination, body))
        if (name === 'addEventListener') return (type, fn) => connection.addEventListener(type, fn, { signal: thread.gone.signal })
        const value = target[name]
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  #subscribe(destination, on, headers) {
    const isLog = destination === `/topic/chat/${this.session}`
    let number = 0
    const handle = this.tab.connection.subscribe(destination, body => {
      if (this.isEnded) return
      if (isLog && body.kind === 'RESYNC') this.write('resync', { n: number })
      else if (isLog && Number.isInteger(body.seq)) this.write('frame', { n: number, seq: body.seq, h: digest(body.content) })
      on(body)
    }, () => {
      const asked = headers?.() ?? {}
      number = ++this.tab.subscriptions
      if (isLog) this.write('sub', { n: number, after: Number(asked.after) })
      return asked
    })
    this.handles = [...(this.handles ?? []), handle]
    return handle
  }

  #api() {
    const { api } = this.tab
    const unlessEnded = answer => this.isEnded ? new Promise(() => {}) : answer
    return {
      get: async path => unlessEnded(await api.get(path)),
      getNewer: async (path, tag) => unlessEnded(await api.getNewer(path, tag)),
      post: (path, body) => this.isEnded ? new Promise(() => {})
        : path.endsWith('/messages') ? this.#attempt(body, 'rest', () => api.post(path, body)) : api.post(path, body),
    }
  }

  async #attempt({ content, clientMessageId: key }, door, send) {
    this.write('try', { key, h: digest(content), door })
    try {
      const answer = await send()
      this.write('ok', { key, seq: answer?.data?.seq })
      this.acknowledged.push({ key, content, seq: answer?.data?.seq })
      if (this.acknowledged.length > 50) this.acknowledged.shift()
      return answer
    } catch (error) {
      const { e, ...rest } = outcome(error)
      this.write(e, { key, ...rest })
      throw error
    }
  }

  // A seeded bug: what is sent again goes by another id.
  #renamed(entry) {
    if (!entry.isTried) {
      entry.isTried = true
      return entry
    }
    this.chat.outbox.remove(entry.id)
    const other = { ...entry, id: randomUUID() }
    this.chat.outbox.add(other)
    this.chat.inFlight = other.id
    return other
  }

  say(content) {
    this.chat.write(`${++written} ${content}`)
  }

  // Sends what was acknowledged once more, past the outbox: the answer must be the first one.
  async repeat({ key, content }, door) {
    const { api, connection } = this.tab
    this.write('again', { key, door })
    try {
      const answer = door === 'stomp' ? await connection.send('/app/chat.sendMessage', { sessionId: this.session, content, clientMessageId: key })
        : await api.post(`/api/chat/sessions/${this.session}/messages`, { content, clientMessageId: key })
      this.write('again-ok', { key, seq: answer?.data?.seq })
    } catch (error) {
      const { e, ...rest } = outcome(error)
      this.write(`again-${e}`, { key, ...rest })
    }
  }

  // The right is lost: what waits will not be stored by us any more.
  lost() {
    this.isLost = true
    this.write('close')
  }

  end() {
    if (this.isEnded) return
    this.isEnded = true
    this.gone.abort()
    for (const handle of this.handles ?? []) handle.end()
    this.transport.stop()
    this.chat.on = new Proxy({}, { get: () => () => {} })
    this.chat.connected = false
    if (!this.isLost) this.write('close')
  }
}
