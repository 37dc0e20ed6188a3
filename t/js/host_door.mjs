// What the shell takes of the page around it: exact origin, exact window, known shapes, no floods.
import assert from 'node:assert/strict'
import { HostDoor, readMessage } from '../../static/js/lib/host_door.js'
import { done, is } from './tap.mjs'

function test(name, fn) {
  let why = ''
  try { fn() } catch (error) { why = error.message }
  is(why, '', name)
}

function made() {
  const said = [], heard = []
  let now = 0
  const parent = { postMessage: (data, origin) => said.push([data.type, origin]) }
  const on = Object.fromEntries(['hello', 'opened', 'closed', 'user', 'locale'].map(type => [type, message => heard.push(message)]))
  const door = new HostDoor({ parent, origins: ['https://a.example', 'https://b.example'], on, now: () => now })
  const take = (data, more) => door.take({ source: parent, origin: 'https://a.example', data, ...more })
  return { door, said, heard, take, parent, wait: ms => { now += ms } }
}
const hello = { sangdam: 1, type: 'hello', user: false }

test('known shapes alone are messages', () => {
  for (const good of [hello, { sangdam: 1, type: 'opened' }, { sangdam: 1, type: 'user', jwt: 'a.b.c' }, { sangdam: 1, type: 'locale', locale: 'en' }]) assert.equal(readMessage(good), good)
  for (const bad of [null, undefined, 1, 'hello', [], {}, { sangdam: 1 }, { sangdam: '1', type: 'opened' }, { sangdam: 1, type: 'nothing' }, { sangdam: 1, type: '__proto__' }, { sangdam: 1, type: 'constructor' },
    { sangdam: 1, type: ['opened'] }, { ...hello, more: 1 }, { sangdam: 1, type: 'hello' }, { ...hello, user: 'yes' }, { sangdam: 1, type: 'user', jwt: 7 }, { sangdam: 1, type: 'user', jwt: 'x'.repeat(4097) },
    { sangdam: 1, type: 'locale', locale: 'de' }, Object.create(hello)]) assert.equal(readMessage(bad), null, JSON.stringify(bad))
})

test('another window, another origin, or one that is nearly right, is not heard', () => {
  const { heard, take } = made()
  take(hello, { source: {} })
  take(hello, { source: null })
  for (const origin of ['null', '', 'https://a.example.evil.example', 'https://a.example:8443', 'http://a.example', 'https://A.example']) take(hello, { origin })
  assert.deepEqual(heard, [])
})

test('nothing is said or done before hello, and the first origin is the only one answered', () => {
  const { door, said, heard, take } = made()
  door.say('ready')
  take({ sangdam: 1, type: 'opened' })
  assert.deepEqual([said, heard], [[], []])
  take(hello)
  take({ sangdam: 1, type: 'opened' }, { origin: 'https://b.example' })
  take({ sangdam: 1, type: 'closed' })
  door.say('unread', { n: 1 })
  assert.deepEqual(heard.map(message => message.type), ['hello', 'closed'])
  assert.deepEqual(said, [['unread', 'https://a.example']])
})

test('of 10,000 at once forty are heard, then ten a second', () => {
  const { heard, take, wait } = made()
  for (let i = 0; i < 10000; i++) take(hello)
  assert.equal(heard.length, 40)
  wait(1000)
  for (let i = 0; i < 100; i++) take(hello)
  assert.equal(heard.length, 50)
})

done()
