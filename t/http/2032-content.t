#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// What a message may hold, and what a name may be.
import assert from 'node:assert/strict'
import { Person, uuid } from '../lib/client.mjs'
import { consultation, guest, password, send, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system)
const { person, id } = await consultation(system, agent)

const blank = ['', ' ', '\n', ' \n\t ', '\u00a0', '\u3000', '\u200b', '\u200b\u200c\u200d', '\ufeff', '\u2028', '\u3164', '\u115f', '\u1160', '\uffa0', '\u2800', '\u2060', '\u00ad', '\r\n\r', '\u202e', ' \u3164 ']
for (const text of blank) {
  await test(`blank ${JSON.stringify(text).replace(/[^\x20-\x7e]/g, c => `\\u${c.charCodeAt(0).toString(16)}`)}: 422`, async () => {
    const answer = await send(person, id, text)
    assert.equal(answer.status, 422, answer.text)
    assert.equal(answer.json.errors[0].field, 'content')
  })
}

await test('2000 code points go, 2001 do not, counted in code points', async () => {
  for (const unit of ['가', 'x', '😀', '\u0301']) {
    const body = `a${unit.repeat(1999)}`
    const answer = await send(person, id, body)
    assert.equal(answer.status, 201, unit)
    assert.equal(answer.data.content, body)
    assert.equal((await send(person, id, body + unit)).status, 422, unit)
  }
})

await test('CRLF and CR become LF before the length is taken', async () => {
  const answer = await send(person, id, 'a\r\nb\rc\n\r\nd')
  assert.equal(answer.data.content, 'a\nb\nc\n\nd')
  assert.equal((await send(person, id, `${'\r\n'.repeat(1999)}x`)).status, 201)
})

await test('C0 controls but TAB and LF are refused', async () => {
  for (let c = 1; c < 32; c++) {
    const answer = await send(person, id, `a${String.fromCharCode(c)}b`)
    assert.equal(answer.status, [9, 10, 13].includes(c) ? 201 : 422, `U+${c.toString(16)}`)
  }
})

await test('no trim, no normalisation: NFD stays NFD, spaces stay', async () => {
  for (const text of ['  앞뒤  ', '\u1112\u1161\u11ab\u1100\u1173\u11af', 'e\u0301', '한글', '\ufeffx', 'a\u0000'.slice(0, 1), '🏳️‍🌈', '\u202eabc', '=HYPERLINK("x")', '<script>alert(1)</script>', "'; DROP TABLE member; --", '${7*7}{{7*7}}', '%s%n%x']) {
    assert.equal((await send(person, id, text)).data.content, text)
  }
})

// ---- names ----
const good = ['김하늘', 'Emma Clark', "O'Neil", '李小龍', 'Пётр', '하늘🌤', '<img src=x onerror=alert(1)>', '=HYPERLINK("http://x")', '@SUM', 'a'.repeat(64), '가'.repeat(64), '& < > "', '${x}', '고객님']
for (const nickname of good) {
  await test(`the name ${nickname.slice(0, 30)} is kept as it is, or refused clearly`, async () => {
    const answer = await new Person(system).post('/api/account/guest', { nickname })
    assert.ok([201, 422].includes(answer.status), answer.text)
    if (answer.status === 201) assert.equal(answer.data.nickname, nickname.normalize('NFC'))
    else assert.equal(answer.json.errors[0].field, 'nickname')
  })
}

const bad = ['', ' ', '\u3164', '상담원', '상담사', '관리자', 'admin', 'ADMIN', 'аdmin', 'ＡＤＭＩＮ', 'system', 'a\u202egpj.exe', 'a\u2066b', 'a\u0007b', 'a\nb', 'a\tb', 'a\u200bb', 'a'.repeat(65), '가'.repeat(65),
  `e${'\u0301'.repeat(100)}`, `a${'\u0301'.repeat(10000)}`, '상 담 원', 'a d m i n', 'Admin', '𝐚𝐝𝐦𝐢𝐧', '\ud83d\ude00\u0000'.slice(0, 2) + '\u0001']
for (const nickname of bad) {
  await test(`the name ${JSON.stringify(nickname.slice(0, 20)).replace(/[\u0000-\u001f\u0300-\u036f\u200b-\u206f]/g, '?')} (${[...nickname].length}): 422`, async () => {
    for (const [path, body] of [['guest', { nickname }], ['signup', { nickname, email: `n-${uuid()}@example.org`, password }]]) {
      const answer = await new Person(system).post(`/api/account/${path}`, body)
      assert.equal(answer.status, 422, `${path}: ${answer.text}`)
      assert.equal(answer.json.errors[0].field, 'nickname')
    }
  })
}

await test('a name typed as jamo is stored in NFC', async () => {
  const one = await guest(system, { nickname: '한글이름'.normalize('NFD') })
  assert.equal(one.nickname, '한글이름')
})

await finish()
