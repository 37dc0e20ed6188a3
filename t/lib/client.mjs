// client: HTTP as people's browsers and programs speak it. Every answer under /api/ and /stats/ is held against doc/openapi.yaml.
import { randomBytes, randomUUID } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import { gunzipSync } from 'node:zlib'
import { checkAnswer } from './openapi.mjs'

export const uuid = () => randomUUID()

const isApi = target => /^\/(api|stats)\/|^\/(livez|readyz|metrics)$/.test(target.split('?')[0]) && !/\.html(\?|$)/.test(target)

// Every answer that was seen, for the tests that look at all of them.
export const seen = []

// Somebody who asks: with a cookie (and then an Origin and a CSRF token), a bearer token, or nothing.
export class Person {
  constructor(system, { origin = system.url, lang } = {}) {
    this.system = system
    this.origin = origin
    this.lang = lang
    this.cookies = new Map()
    this.csrf = undefined
    this.token = undefined
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 256 })
  }

  get cookie() { return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }

  headers(method) {
    const headers = {}
    if (this.lang) headers['Accept-Language'] = this.lang
    if (this.token) {
      headers.Authorization = `Bearer ${this.token}`
    } else {
      if (this.cookies.size) headers.Cookie = this.cookie
      if (method !== 'GET' && method !== 'HEAD' && this.origin) headers.Origin = this.origin
    }
    return headers
  }

  keepCookies(lines = []) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(';')
      const at = pair.indexOf('=')
      const gone = attributes.some(one => /^\s*max-age=0\s*$/i.test(one))
      if (gone) this.cookies.delete(pair.slice(0, at))
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }

  // Options: json (a value), body (bytes or text, with type), headers (undefined takes one away), check: false (an answer outside of the API).
  ask(method, target, { json, body, type, headers = {}, check = isApi(target) } = {}) {
    const all = this.headers(method)
    let bytes = body
    if (json !== undefined) {
      bytes = JSON.stringify(json)
      all['Content-Type'] = 'application/json'
    }
    if (type !== undefined) all['Content-Type'] = type
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined) delete all[name]
      else all[name] = value
    }
    if (bytes !== undefined && all['Content-Length'] === undefined && all['Transfer-Encoding'] === undefined) all['Content-Length'] = Buffer.byteLength(bytes)
    else if (bytes === undefined && method !== 'GET' && method !== 'HEAD') all['Content-Length'] = 0
    return new Promise((yes, no) => {
      const request = http.request({ host: '127.0.0.1', port: this.system.port, method, path: target, headers: all, agent: this.agent }, response => {
        const chunks = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', no)
        response.on('end', () => {
          try {
            yes(this.take(method, target, response, Buffer.concat(chunks), check))
          } catch (error) {
            no(error)
          }
        })
      })
      request.setTimeout(30000, () => request.destroy(new Error(`${method} ${target}: no answer in 30 s`)))
      request.on('error', no)
      request.end(bytes)
    })
  }

  take(method, target, response, bytes, check) {
    const plain = response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
    const answer = { status: response.statusCode, headers: response.headers, bytes, text: plain.toString('utf8'), hasBody: method !== 'HEAD' }
    if (/json\b/.test(response.headers['content-type'] ?? '') && bytes.length) answer.json = JSON.parse(answer.text)
    answer.data = answer.json?.data
    this.keepCookies(response.headers['set-cookie'])
    seen.push({ method, target, status: answer.status })
    if (answer.status === 500) throw new Error(`${method} ${target} answered 500: ${answer.text.slice(0, 300)}`)
    if (check) checkAnswer(method, target, answer)
    return answer
  }

  get(target, options) { return this.ask('GET', target, options) }
  post(target, json, options) { return this.ask('POST', target, { json, ...options }) }
  put(target, json, options) { return this.ask('PUT', target, { json, ...options }) }
  delete(target, options) { return this.ask('DELETE', target, { json: {}, ...options }) }

  // A form as a browser without script posts it; the CSRF token is put in.
  form(target, fields = {}, options = {}) {
    const all = { ...(this.csrf ? { csrfToken: this.csrf } : {}), ...fields }
    return this.ask('POST', target, { body: new URLSearchParams(all).toString(), type: 'application/x-www-form-urlencoded', ...options })
  }

  // One multipart body. parts: [{name, value}] or [{name, filename, type, bytes}]
  upload(target, parts, options = {}) {
    const { body, type } = multipart(parts)
    return this.ask('POST', target, { body, type, headers: { ...(this.csrf && !this.token ? { 'X-CSRF-Token': this.csrf } : {}), ...options.headers }, check: options.check })
  }

  async expect(status, promise) {
    const answer = await promise
    if (answer.status !== status) throw new Error(`wanted ${status}, got ${answer.status}: ${answer.text.slice(0, 400)}`)
    return answer
  }

  // A successful call's data.
  async data(method, target, json) {
    const answer = await this.ask(method, target, { json })
    if (answer.status >= 300) throw new Error(`${method} ${target}: ${answer.status} ${answer.text.slice(0, 400)}`)
    return answer.data
  }

  close() { this.agent.destroy() }
}

export function multipart(parts, boundary = `----t${randomBytes(12).toString('hex')}`) {
  const pieces = []
  for (const part of parts) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"`
    if (part.filename !== undefined) head += `; filename="${part.filename}"`
    head += '\r\n'
    if (part.type) head += `Content-Type: ${part.type}\r\n`
    pieces.push(Buffer.from(head + '\r\n'), Buffer.from(part.bytes ?? part.value ?? ''), Buffer.from('\r\n'))
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return { body: Buffer.concat(pieces), type: `multipart/form-data; boundary=${boundary}` }
}

// Bytes as they are, for what no HTTP library sends. Gives what came back until the server closed, `enough` matched or `seconds` went by. socket: the
// path of a UNIX socket, to speak to a program without nginx.
export function rawHttp(system, bytes, { seconds = 5, half = false, enough, socket: path } = {}) {
  return new Promise((yes, no) => {
    const socket = path ? net.connect(path) : net.connect(system.port, '127.0.0.1')
    const chunks = []
    const done = () => {
      socket.destroy()
      const text = Buffer.concat(chunks).toString('latin1')
      const m = /^HTTP\/1\.[01] (\d{3})/.exec(text)
      yes({ status: m ? Number(m[1]) : 0, text, count: text.split(/^HTTP\/1\.[01] \d{3}/m).length - 1 })
    }
    socket.setTimeout(seconds * 1000, done)
    socket.on('data', chunk => {
      chunks.push(chunk)
      if (enough?.test(Buffer.concat(chunks).toString('latin1'))) done()
    })
    socket.on('error', error => (chunks.length || error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done() : no(error)))
    socket.on('close', done)
    socket.write(bytes)
    if (half) socket.end()
  })
}
