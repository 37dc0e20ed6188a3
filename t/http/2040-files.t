#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Files in and out: types by content and extension, names, sizes, multipart that is none, and who may read them.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import { multipart, uuid } from '../lib/client.mjs'
import { consultation, guest, history, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system)
const { person, id } = await consultation(system, agent)
const target = `/api/chat/sessions/${id}/files`
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const elf = fs.readFileSync(process.execPath).subarray(0, 4096)
const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')
const put = (filename, bytes, type = 'application/octet-stream', more = []) => person.upload(target, [...more, { name: 'file', filename, type, bytes }])
const uploads = () => fs.readdirSync(path.join(system.dir, 'files'))

await test('a picture: 201 FILE message with name, size, type and dimensions', async () => {
  const answer = await put('사진 1.png', png, 'image/png')
  assert.equal(answer.status, 201, answer.text)
  assert.equal(answer.data.kind, 'FILE')
  assert.equal(answer.data.messageType, 'FILE')
  assert.equal(answer.data.content, '사진 1.png')
  const { fileId, ...attachment } = answer.data.attachment
  assert.deepEqual(attachment, { name: '사진 1.png', size: png.length, contentType: 'image/png', width: 1, height: 1, url: `/api/chat/files/${fileId}` })
})

await test('it is served to both sides with nosniff, inline only for safe pictures; the path on disk is not shown', async () => {
  const { attachment } = (await put('그림.png', png, 'image/png')).data
  for (const who of [person, agent]) {
    const file = await who.get(attachment.url)
    assert.equal(file.status, 200)
    assert.ok(file.bytes.equals(png))
    assert.equal(file.headers['x-content-type-options'], 'nosniff')
    assert.match(file.headers['content-type'], /^image\/png/)
    assert.match(file.headers['content-disposition'], /^inline; .*filename\*=UTF-8''%EA%B7%B8%EB%A6%BC\.png/)
    assert.equal(file.headers['x-accel-redirect'], undefined)
    assert.match(file.headers['content-security-policy'], /default-src 'none'/)
  }
  const doc = (await put('설명서.pdf', pdf, 'application/pdf')).data.attachment
  const file = await agent.get(doc.url)
  assert.match(file.headers['content-disposition'], /^attachment; /)
  assert.ok(file.bytes.equals(pdf))
})

await test('with words beside it, and once for a clientMessageId', async () => {
  const key = uuid()
  const more = [{ name: 'content', value: '영수증이에요 🙏' }, { name: 'clientMessageId', value: key }]
  const first = await put('영수증.png', png, 'image/png', more)
  assert.equal(first.status, 201)
  assert.equal(first.data.content, '영수증이에요 🙏')
  const before = uploads().length
  const again = await put('영수증.png', png, 'image/png', more)
  assert.equal(again.status, 200)
  assert.equal(again.data.seq, first.data.seq)
  assert.equal(uploads().length, before)
})

for (const [name, bytes, type] of [
  ['a.html', '<html><script>alert(1)</script></html>', 'text/html'], ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'image/svg+xml'],
  ['a.xml', '<?xml version="1.0"?><a/>', 'text/xml'], ['a.phtml', '<?php system("id"); ?>', 'text/plain'], ['a.jpg.php', png, 'image/png'], ['a.php\0.jpg', png, 'image/jpeg'],
  ['a.png', elf, 'image/png'], ['a.png', 'PK\u0003\u0004aaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'image/png'], ['a.exe', elf, 'application/octet-stream'], ['a', elf, ''], ['a.png', '<svg onload=alert(1)>', 'image/png'],
  ['a.js', 'alert(1)', 'text/javascript'], ['a.htm', png, 'image/png'], ['a.swf', 'CWS\u0005aaaaaaaaaaaa', 'x'], ['.htaccess', 'AddType text/html .png', 'text/plain'], ['a.png', 'GIF89a<script>', 'image/png'],
]) {
  await test(`${JSON.stringify(name)} of ${Buffer.from(bytes).subarray(0, 12).toString('latin1').replace(/[^\x20-\x7e]/g, '.')}: 415 or harmless`, async () => {
    const before = uploads().length
    const answer = await put(name, bytes, type)
    assert.ok([400, 415, 201].includes(answer.status), `${answer.status} ${answer.text}`)
    if (answer.status !== 201) {
      assert.equal(uploads().length, before, 'something stayed on disk')
      return
    }
    const file = await agent.get(answer.data.attachment.url)
    assert.match(file.headers['content-disposition'], /^attachment/)
    assert.match(file.headers['content-type'], /^(application\/octet-stream|text\/plain|application\/(zip|pdf))/)
  })
}

await test('no bytes at all: 422; no file part: 400; two files: 400; an unknown field: 400', async () => {
  assert.equal((await put('a.png', Buffer.alloc(0), 'image/png')).status, 422)
  assert.ok([400, 422].includes((await person.upload(target, [{ name: 'content', value: 'x' }])).status))
  assert.equal((await person.upload(target, [{ name: 'file', filename: 'a.png', bytes: png }, { name: 'file', filename: 'b.png', bytes: png }])).status, 400)
  assert.equal((await person.upload(target, [{ name: 'colour', value: 'x' }, { name: 'file', filename: 'a.png', bytes: png }])).status, 400)
})

await test('10 MiB go, a byte more is 413', async () => {
  const big = Buffer.alloc(10 << 20)
  pdf.copy(big)
  assert.equal((await put('큰 파일.pdf', big, 'application/pdf')).status, 201)
  assert.equal((await put('더 큰 파일.pdf', Buffer.concat([big, Buffer.from('x')]), 'application/pdf')).status, 413)
  assert.equal((await put('아주 큰 파일.pdf', Buffer.alloc(14 << 20), 'application/pdf')).status, 413)
})

await test('a picture that says 30,000 x 30,000 is not shown inline', async () => {
  const chunk = (type, data) => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(data.length)
    head.write(type, 4)
    return Buffer.concat([head, data, Buffer.alloc(4)])
  }
  const size = Buffer.alloc(13)
  size.writeUInt32BE(30000, 0)
  size.writeUInt32BE(30000, 4)
  size.set([8, 2, 0, 0, 0], 8)
  const bomb = Buffer.concat([png.subarray(0, 8), chunk('IHDR', size), chunk('IDAT', deflateSync(Buffer.alloc(1000))), chunk('IEND', Buffer.alloc(0))])
  const answer = await put('bomb.png', bomb, 'image/png')
  assert.ok([201, 415, 422].includes(answer.status))
  if (answer.status === 201) assert.match((await agent.get(answer.data.attachment.url)).headers['content-disposition'], /^attachment/)
})

await test('names come out clean, and can\'t break a header', async () => {
  for (const name of ['../../etc/x.png', 'C:\\x\\y.png', 'con.png', `${'가'.repeat(300)}.png`, 'a\u202egnp.exe.png', '-rf.png', ';a=b.png', "a'b.png", '%22.png', '....png', 'a%0d%0aX: y.png', '  앞.png', 'ａ．png']) {
    const answer = await put(name, png, 'image/png')
    assert.ok([201, 415, 422].includes(answer.status), `${name}: ${answer.status} ${answer.text}`)
    if (answer.status !== 201) continue
    const clean = answer.data.attachment.name
    assert.doesNotMatch(clean, /[\u0000-\u001f\u007f/\\\u202a-\u202e\u2066-\u2069]|^[.-]/, name)
    assert.ok(Buffer.byteLength(clean) <= 255)
    const file = await agent.get(answer.data.attachment.url)
    assert.equal(file.status, 200)
    assert.equal(file.headers.x, undefined)
  }
})

await test('on disk: random names in the upload folder, outside of the web, mode not for others', async () => {
  for (const name of uploads()) assert.match(name, /^[A-Za-z0-9_-]{43}$|^\.?tmp|^[0-9a-f]{2}$/)
  const rows = await system.sql('SELECT storage_name, LOWER(HEX(sha256)), size FROM attachment')
  assert.ok(rows.length >= 3)
  for (const [name] of rows.slice(-3)) {
    const answer = await person.get(`/protected/${name}`, { check: false })
    assert.equal(answer.status, 404)
    assert.equal((await person.get(`/files/${name}`, { check: false })).status, 404)
  }
})

await test('ranges: one is 206, many and nonsense are 200 or 416', async () => {
  const { attachment } = (await put('범위.pdf', pdf, 'application/pdf')).data
  const part = await person.get(attachment.url, { headers: { Range: 'bytes=0-3' } })
  assert.equal(part.status, 206)
  assert.equal(part.text, '%PDF')
  for (const range of [`bytes=${'0-,'.repeat(1000)}0-`, 'bytes=-0', 'bytes=99999999999-', 'bytes=5-2', 'lines=1-2', 'bytes=a-b']) {
    const answer = await person.get(attachment.url, { headers: { Range: range } })
    assert.ok([200, 206, 416].includes(answer.status), `${range.slice(0, 20)} ${answer.status}`)
    assert.ok(answer.bytes.length <= pdf.length + 500)
  }
})

await test('foreign and absent files are 404 alike; nobody is 401', async () => {
  const { attachment } = (await put('비밀.png', png, 'image/png')).data
  const stranger = await guest(system)
  const other = await staff(system)
  const foreign = await stranger.get(attachment.url)
  const absent = await stranger.get('/api/chat/files/999999999')
  assert.equal(foreign.status, 404)
  assert.equal(foreign.text, absent.text)
  assert.equal((await other.get(attachment.url)).status, 404)
  for (const bad of ['0', '-1', 'x', '1e3', '99999999999999999999', '%00', '1/2']) assert.ok([400, 404].includes((await person.get(`/api/chat/files/${bad}`)).status), bad)
  assert.ok([404].includes((await stranger.upload(target, [{ name: 'file', filename: 'a.png', bytes: png }])).status))
})

await test('an erased file is 410', async () => {
  const { attachment } = (await put('지운 것.png', png, 'image/png')).data
  await system.sql(`UPDATE attachment SET status = 9 WHERE file_id = ${attachment.fileId}`)
  assert.equal((await person.get(attachment.url)).status, 410)
})

await test('an upload to a chat that has ended: 409, nothing stays', async () => {
  const other = await consultation(system, agent)
  await other.person.expect(200, other.person.post(`/api/chat/sessions/${other.id}/end`, {}))
  const before = uploads().length
  assert.equal((await other.person.upload(`/api/chat/sessions/${other.id}/files`, [{ name: 'file', filename: 'a.png', bytes: png }])).status, 409)
  assert.equal(uploads().length, before)
})

// ---- multipart that is none ----
const post = (body, type) => person.ask('POST', target, { body, type, headers: { 'X-CSRF-Token': person.csrf } })
const { body: good } = multipart([{ name: 'file', filename: 'a.png', type: 'image/png', bytes: png }], 'BOUND')
for (const [name, body, type] of [
  ['no boundary', good, 'multipart/form-data'],
  ['an empty boundary', good, 'multipart/form-data; boundary='],
  ['a boundary of 71 characters', good, `multipart/form-data; boundary=${'b'.repeat(71)}`],
  ['another boundary', good, 'multipart/form-data; boundary=OTHER'],
  ['no final boundary', good.subarray(0, good.length - 9), 'multipart/form-data; boundary=BOUND'],
  ['LF only', Buffer.from(good.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'), 'multipart/form-data; boundary=BOUND'],
  ['nothing', '', 'multipart/form-data; boundary=BOUND'],
  ['only the end', '--BOUND--\r\n', 'multipart/form-data; boundary=BOUND'],
  ['a part without a name', '--BOUND\r\nContent-Disposition: form-data\r\n\r\nx\r\n--BOUND--\r\n', 'multipart/form-data; boundary=BOUND'],
  ['a part without a head', '--BOUND\r\n\r\nx\r\n--BOUND--\r\n', 'multipart/form-data; boundary=BOUND'],
  ['10,000 parts', `${'--BOUND\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'.repeat(10000)}--BOUND--\r\n`, 'multipart/form-data; boundary=BOUND'],
  ['a nested multipart', '--BOUND\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=IN\r\n\r\n--IN\r\n\r\nx\r\n--IN--\r\n\r\n--BOUND--\r\n', 'multipart/form-data; boundary=BOUND'],
  ['a head of 20 KiB', `--BOUND\r\nContent-Disposition: form-data; name="file"; filename="${'x'.repeat(20000)}"\r\n\r\nx\r\n--BOUND--\r\n`, 'multipart/form-data; boundary=BOUND'],
  ['a NUL in the head', '--BOUND\r\nContent-Disposition: form-data; name="fi\0le"; filename="a.png"\r\n\r\nx\r\n--BOUND--\r\n', 'multipart/form-data; boundary=BOUND'],
  ['JSON', '{"file":"x"}', 'application/json'],
]) {
  await test(`multipart with ${name}: 400, 413 or 415, soon`, async () => {
    const began = Date.now()
    const answer = await post(body, type)
    assert.ok([400, 413, 415, 422].includes(answer.status), `${answer.status} ${answer.text}`)
    assert.ok(Date.now() - began < 5000)
  })
}

await test('the boundary inside the bytes is bytes', async () => {
  const tricky = Buffer.concat([pdf, Buffer.from('--BOUND\r\n\r\n--BOUN\r\n-BOUND--')])
  const { body } = multipart([{ name: 'file', filename: 'a.pdf', type: 'application/pdf', bytes: tricky }], 'BOUNDX')
  const answer = await post(body, 'multipart/form-data; boundary=BOUNDX')
  assert.equal(answer.status, 201, answer.text)
  assert.ok((await person.get(answer.data.attachment.url)).bytes.equals(tricky))
})

await test('without the CSRF token: 403; with it as a field behind the file: refused or taken, never half', async () => {
  const { body, type } = multipart([{ name: 'file', filename: 'a.png', type: 'image/png', bytes: png }])
  assert.equal((await person.ask('POST', target, { body, type })).status, 403)
  const inside = multipart([{ name: 'csrfToken', value: person.csrf }, { name: 'file', filename: 'a.png', type: 'image/png', bytes: png }])
  assert.equal((await person.ask('POST', target, { body: inside.body, type: inside.type })).status, 201)
})

await test('nothing of the refused is in the log, and no temporary file is left', async () => {
  const rows = await history(person, id)
  const stored = await system.sql(`SELECT COUNT(*) FROM attachment a JOIN chat_session s USING (session_no) WHERE s.session_id = '${id}' AND a.status IN (1, 9)`)
  assert.equal(rows.filter(row => row.kind === 'FILE').length, Number(stored[0][0]))
  assert.deepEqual(uploads().filter(name => /tmp|part|\.$/.test(name) && name.includes('.')), [])
})

await finish()
