#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Bodies that are no good: the documented refusal, nothing half done, no 500.
import assert from 'node:assert/strict'
import { uuid } from '../lib/client.mjs'
import { consultation, contents, history, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system)
const { person, id } = await consultation(system, agent)
const target = `/api/chat/sessions/${id}/messages`
const raw = (body, type = 'application/json') => person.ask('POST', target, { body, type })
const before = await history(person, id)
const bytes = (...parts) => Buffer.concat(parts.map(part => Buffer.from(part)))

const malformed = {
  'nothing at all': '',
  'only spaces': '   ',
  'a cut object': '{"content":"x"',
  'a cut string': '{"content":"x',
  'trailing bytes': '{"content":"x"}xyz',
  'two objects': '{"content":"x"}{"content":"y"}',
  'a comment': '{"content":"x"/*y*/}',
  'a line comment': '{"content":"x"}//y',
  'single quotes': "{'content':'x'}",
  'no quotes': '{content:"x"}',
  'a trailing comma': '{"content":"x",}',
  'a leading comma': '{,"content":"x"}',
  'a BOM': '\ufeff{"content":"x"}',
  'an array': '["content","x"]',
  'a string': '"content"',
  'a number': '5',
  null: 'null',
  true: 'true',
  'a key twice': '{"content":"x","content":"y"}',
  'an unknown key': '{"content":"x","colour":"red"}',
  __proto__x: '{"content":"x","__proto__":{"a":1}}',
  constructor: '{"content":"x","constructor":{"prototype":{}}}',
  'an empty key': '{"content":"x","":1}',
  'content as number': '{"content":5}',
  'content as list': '{"content":["x"]}',
  'content as object': '{"content":{}}',
  'content true': '{"content":true}',
  'content null': '{"content":null}',
  'no content': '{}',
  NaN: '{"content":NaN}',
  Infinity: '{"content":Infinity}',
  'a raw NUL': bytes('{"content":"a', [0], 'b"}'),
  'an escaped NUL': '{"content":"a\\u0000b"}',
  'a raw line feed': '{"content":"a\nb"}',
  'a raw tab': '{"content":"a\tb"}',
  'a raw control': '{"content":"a\u0001b"}',
  'a wrong escape': '{"content":"\\x41"}',
  'a short escape': '{"content":"\\u12"}',
  'overlong C0 AF': bytes('{"content":"', [0xc0, 0xaf], '"}'),
  'overlong E0 80 80': bytes('{"content":"', [0xe0, 0x80, 0x80], '"}'),
  'a raw surrogate ED A0 80': bytes('{"content":"', [0xed, 0xa0, 0x80], '"}'),
  'beyond U+10FFFF': bytes('{"content":"', [0xf4, 0x90, 0x80, 0x80], '"}'),
  'FF FE': bytes([0xff, 0xfe], '{"content":"x"}'),
  'a lone continuation': bytes('{"content":"', [0x80], '"}'),
  'a cut character': bytes('{"content":"', [0xed, 0x95], '"}'),
  'UTF-16': Buffer.from('{"content":"x"}', 'utf16le'),
  'deep arrays in an unknown key': `{"content":"x","deep":${'['.repeat(2000)}${']'.repeat(2000)}}`,
  '60 KiB of [],[] in an unknown key': `{"content":"x","many":[${'[],'.repeat(20000)}[]]}`,
  'deep objects': '{"a":'.repeat(3000) + '1' + '}'.repeat(3000),
}
for (const [name, body] of Object.entries(malformed)) {
  await test(`${name.replace('__proto__x', '__proto__')}: 400`, async () => {
    const answer = await raw(body)
    assert.equal(answer.status, 400, answer.text)
    assert.equal(answer.json.code, '01')
  })
}

await test('a lone surrogate as an escape: 400 or 422', async () => {
  for (const body of ['{"content":"\\ud800"}', '{"content":"\\udc00\\ud800"}', '{"content":"\\ud800x"}']) {
    assert.ok([400, 422].includes((await raw(body)).status), body)
  }
})

await test('64 KiB and a byte: 413', async () => {
  const answer = await raw(JSON.stringify({ content: 'x'.repeat(65537 - 14) }))
  assert.equal(answer.status, 413)
  assert.equal((await raw(JSON.stringify({ content: 'x'.repeat(300000) }))).status, 413)
})

await test('64 KiB of white space around a good message: taken', async () => {
  const body = JSON.stringify({ content: '공백 안의 말' })
  const answer = await raw(body + ' '.repeat(65536 - Buffer.byteLength(body)))
  assert.equal(answer.status, 201)
})

await test('other types of body: 403 or 415, never read as JSON', async () => {
  for (const type of ['text/plain', 'application/xml', 'application/jsonp', 'application/json5', 'application/json; charset=utf-16', 'text/json', 'multipart/form-data']) {
    assert.ok([400, 403, 415].includes((await raw('{"content":"x"}', type)).status), type)
  }
})

await test('numbers are whole JSON integers in range, never clamped', async () => {
  const read = body => person.ask('POST', `/api/chat/sessions/${id}/read`, { body, type: 'application/json' })
  for (const value of ['99999999999999999999', '-1', '1e3', '1.0', '"5"', 'NaN', 'true', '0x10', '01', '+1', '1.', '.5', '9223372036854775808', '-9223372036854775809', '[]', '{}', '2147483648']) {
    assert.equal((await read(`{"seq":${value}}`)).status, 400, value)
  }
  assert.equal((await read('{"seq":1}')).status, 200)
})

await test('escapes of JSON are understood: 😀 by surrogate pair, \\/ and \\b in its place', async () => {
  const answer = await raw(`{"content":"\\ud83d\\ude00 \\/ \\u0041","clientMessageId":"${uuid()}"}`)
  assert.equal(answer.status, 201)
  assert.equal(answer.data.content, '😀 / A')
})

await test('all of that left two messages', async () => {
  const rows = await history(person, id)
  assert.deepEqual(contents(rows), ['공백 안의 말', '😀 / A'])
  assert.equal(rows.length, before.length + 2)
})

await test('bodies of other routes are as strict', async () => {
  for (const [path, good] of [['/api/account/login', '{"email":"a@example.org","password":"x"}'], ['/api/account/guest', '{"nickname":"x"}'], ['/api/chat/session', '{"categoryId":200}'],
    [`/api/chat/sessions/${id}/end`, '{}'], [`/api/chat/sessions/${id}/presence`, '{"state":"ACTIVE"}']]) {
    for (const body of [good + 'x', good.slice(0, -1), '[]', '"x"', good.replace('}', '"unknown":1}').replace('{"unknown', '{"unknown').replace(/([^{])"unknown/, '$1,"unknown')]) {
      const answer = await person.ask('POST', path, { body, type: 'application/json' })
      assert.equal(answer.status, 400, `${path} ${body}: ${answer.text}`)
    }
  }
})

await finish()
