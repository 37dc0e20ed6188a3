#!/bin/sh
':' //; exec "$(dirname "$0")/../lib/own-network" node "$(dirname "$0")/../lib/t.mjs" "$0"
// The network around: names that nobody resolves, a client whose cable is pulled without a word, a certificate that has expired.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import dgram from 'node:dgram'
import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import process from 'node:process'
import readline from 'node:readline'
import WebSocket from 'ws'
import { consultation, say, staff } from '../lib/people.mjs'
import { Talker, rows, talker } from '../lib/stomp.mjs'
import { newFolder, startSystem } from '../lib/system.mjs'
import { cleanup, finish, skip, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { metrics } from './house.mjs'

// The other machine: this file once more, in a network of its own; it tells its rows.
if (process.env.SANGDAM_FAR) {
  const far = JSON.parse(process.env.SANGDAM_FAR)
  await new Promise(yes => process.stdin.once('data', yes)) // its cable is plugged in
  const shown = []
  const talk = new Talker({ wsUrl: far.wsUrl, url: far.url }, { cookies: new Map([['sid', 1]]), cookie: far.cookie }, { client: { reconnectDelay: 300, connectionTimeout: 2000, heartbeatIncoming: 1000, heartbeatOutgoing: 1000 } })
  talk.onConnect = () => {
    talk.client.subscribe(`/topic/chat/${far.id}`, frame => {
      const { seq } = JSON.parse(frame.body)
      if (seq > shown.length) shown.push(seq)
      console.log(JSON.stringify({ shown }))
    }, { after: String(shown.length) })
    console.log(JSON.stringify({ connects: talk.connects }))
  }
  talk.client.activate()
  process.stdin.on('end', () => process.exit(0))
  await new Promise(() => {})
}

if (!process.env.SANGDAM_OWN_NETWORK) {
  skip('the network around', 'a network of its own is not allowed here')
  await finish()
}
const folder = newFolder()
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))

// Every name is asked for here, and nobody answers.
let asked = 0
const names = dgram.createSocket('udp4')
names.on('message', () => asked++)
await new Promise(yes => names.bind(53, '127.0.0.1', yes))
cleanup(() => names.close())
for (const [file, text] of [['resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n'], ['hosts', '']]) {
  fs.writeFileSync(path.join(folder, file), text)
  execFileSync('mount', ['--bind', path.join(folder, file), `/etc/${file}`])
}
const system = await startSystem({ demo: 'none', set: { limits: 'off', dead_after: '3s', ping_interval: '1s' } })
const agent = await staff(system)
const { person, id } = await consultation(system, agent)

await test('no name is asked for, from the start to a talk by both doors; the same would hear nothing', async () => {
  const talk = await talker(system, person)
  const list = await talk.subscribe(`/topic/chat/${id}`)
  assert.equal(await talk.say(id, '이름 없이'), 'RECEIPT')
  await say(agent, id, '네')
  await until(() => rows(list).length >= 2)
  await talk.stop()
  assert.equal(asked, 0)
  spawn('getent', ['hosts', 'chat.example.com'])
  await until(() => asked > 0, { say: 'a question that is heard' })
})

const conf = path.join(system.dir, 'nginx.conf')
const [master] = system.pids('nginx')
const listenAlso = (line, more = '') => {
  const text = fs.readFileSync(conf, 'utf8')
  fs.writeFileSync(conf, text.replace(/( *listen 127[^\n]*;)\n/, `$1\n listen ${line};\n${more}`))
  process.kill(master, 'SIGHUP')
}
// Sockets to the other machine that some program here still holds: one that was closed has no inode, whatever the kernel still tries to send.
const held = () => fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').filter(line => /^ *\d+: \S+ 0200090A:/.test(line) && line.trim().split(/\s+/)[9] !== '0').length

await test('a cable is pulled: the server lets go of the silent client in time, with its descriptor; plugged in again, the client misses nothing', async () => {
  const ip = (...words) => execFileSync('ip', words)
  const far = spawn('unshare', ['--net', process.execPath, ...process.argv.slice(1)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, SANGDAM_FAR: JSON.stringify({ wsUrl: `ws://10.9.0.1:${system.port}/ws`, url: `http://10.9.0.1:${system.port}`, cookie: person.cookie, id }) },
  })
  cleanup(() => far.kill('SIGKILL'))
  const told = { shown: [], connects: 0 }
  readline.createInterface({ input: far.stdout }).on('line', line => { if (line.startsWith('{')) Object.assign(told, JSON.parse(line)) })
  const inside = (...words) => execFileSync('nsenter', ['--net', '--target', String(far.pid), 'ip', ...words])
  await until(() => fs.readlinkSync(`/proc/${far.pid}/ns/net`) !== fs.readlinkSync('/proc/self/ns/net'))
  ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1', 'netns', String(far.pid))
  ip('addr', 'add', '10.9.0.1/24', 'dev', 'v0')
  ip('link', 'set', 'v0', 'up')
  inside('addr', 'add', '10.9.0.2/24', 'dev', 'v1')
  inside('link', 'set', 'v1', 'up')
  listenAlso(`10.9.0.1:${system.port}`)
  far.stdin.write('go\n')
  await say(agent, id, '들리세요?')
  const head = async () => Number((await system.sql(`SELECT message_count FROM chat_session WHERE session_id = '${id}'`))[0][0])
  const hasAll = async () => told.shown.length === await head()
  await until(hasAll, { seconds: 20, say: 'all rows at the other machine' })
  const counted = async name => (await metrics(system)).reduce((n, [, one]) => n + one[name], 0)
  const [open, dead] = [await counted('connections'), await counted('dead_closed')]
  assert.equal(held(), 1)
  inside('link', 'set', 'v1', 'down')
  for (let i = 0; i < 3; i++) await say(agent, id, `못 들으신 말 ${i}`)
  await until(async () => await counted('connections') < open && await counted('dead_closed') > dead, { seconds: 8, say: 'the end of the silent connection' })
  await until(() => held() === 0, { say: 'the end of its descriptor' })
  const connects = told.connects
  inside('link', 'set', 'v1', 'up')
  await until(async () => told.connects > connects && await hasAll(), { seconds: 20, say: 'what was missed' })
  assert.deepEqual(told.shown, told.shown.map((_, i) => i + 1))
  far.stdin.end()
}, { seconds: 60 })

await test('a certificate that has expired: clients say so and do not come in, who comes without TLS talks on, and a new one is taken without a restart', async () => {
  const at = name => path.join(folder, name)
  const openssl = (...words) => execFileSync('openssl', words, { stdio: 'pipe', cwd: folder })
  fs.writeFileSync(at('ca.conf'), '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\n[req]\ndistinguished_name=n\n[n]\n')
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key', '-out', 'request', '-subj', '/CN=127.0.0.1', '-config', 'ca.conf')
  const sign = (out, from, to) => {
    fs.writeFileSync(at('index'), '')
    fs.writeFileSync(at('serial'), '01\n')
    openssl('ca', '-batch', '-config', 'ca.conf', '-selfsign', '-keyfile', 'key', '-in', 'request', '-out', out, '-startdate', from, '-enddate', to, '-notext')
  }
  sign('old', '20200101000000Z', '20200201000000Z')
  sign('good', '20200101000000Z', '20480101000000Z')
  const port = system.port + 1 > 65000 ? system.port - 1 : system.port + 1
  fs.copyFileSync(at('good'), at('certificate'))
  listenAlso(`127.0.0.1:${port} ssl`, ` ssl_certificate ${at('certificate')};\n ssl_certificate_key ${at('key')};\n`)
  const ask = () => new Promise((yes, no) => https.get({ host: '127.0.0.1', port, path: '/livez', ca: [fs.readFileSync(at('good')), fs.readFileSync(at('old'))], agent: false }, answer => yes(answer.resume().statusCode)).on('error', no))
  await until(async () => await ask() === 200)
  const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, ['v12.stomp'], { headers: { Cookie: person.cookie, Origin: `https://127.0.0.1:${port}` }, ca: fs.readFileSync(at('good')) })
  await new Promise((yes, no) => socket.on('open', yes).on('error', no))
  socket.terminate()
  fs.copyFileSync(at('old'), at('certificate'))
  process.kill(master, 'SIGHUP')
  const error = await until(() => ask().then(() => undefined, error => error))
  assert.equal(error.code, 'CERT_HAS_EXPIRED')
  await say(person, id, '다른 문으로')
  fs.copyFileSync(at('good'), at('certificate'))
  process.kill(master, 'SIGHUP')
  await until(async () => await ask() === 200)
})

await finish()
