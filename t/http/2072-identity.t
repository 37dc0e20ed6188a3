#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Members of a site by its signed word: who they become, that a word counts once, that nothing but a good word is taken; and the how-to's own code.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Person, uuid } from '../lib/client.mjs'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { theSystem, top } from '../lib/system.mjs'
import { cleanup, finish, skip, test } from '../lib/tap.mjs'

const system = await theSystem()
const boss = await staff(system, 'admin')
const site = `member-${process.pid}`, other = `${site}-other`
for (const key of [site, other]) await system.ctl(['site', 'set', key, 'name=가게', 'origins=https://shop.example'])
const newKey = async key => { const [kid, secret] = (await system.ctl(['site', 'key', key, 'new'])).trim().split(/\s+/); return { kid, secret } }
const key = await newKey(site)
await newKey(other)

// The how-to's code is what is tried.
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'identity-'))
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
const doc = fs.readFileSync(path.join(top, 'doc/embedding.md'), 'utf8')
const snippet = (language, name) => { fs.writeFileSync(path.join(folder, name), new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(doc)[1]); return path.join(folder, name) }
const { chatIdentity } = await import(snippet('js', 'node.mjs'))
const word = (more = {}) => chatIdentity({ site, ...key, sub: 'u-17', name: '김하늘', ...more })
const has = program => { try { execFileSync(program, ['--version'], { stdio: 'pipe' }); return true } catch { return false } }

const part = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const now = () => Math.floor(Date.now() / 1000)
const sign = (header, payload, secret = key.secret) => { const text = `${part(header)}.${part(payload)}`; return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}` }
const header = { alg: 'HS256', typ: 'JWT', kid: key.kid }
const claims = more => ({ aud: site, sub: 'u-17', jti: uuid(), exp: now() + 60, ...more })
const enter = (jwt, { person = new Person(system), siteKey = site, ...more } = {}) => person.post('/api/account/identity', { siteKey, jwt, ...more })

await test('the same member each time, by cookie or token; the name follows; another sub or another site is somebody else', async () => {
  const person = new Person(system)
  const first = await person.expect(200, enter(word(), { person }))
  assert.equal(first.data.role, 'CUSTOMER')
  assert.equal(first.data.nickname, '김하늘')
  assert.match(first.headers['set-cookie'][0], /^sid=/)
  person.csrf = first.data.csrfToken
  await requestChat(person)
  const again = await enter(word({ name: '하늘' }), { token: true })
  assert.equal(again.data.memberId, first.data.memberId)
  assert.equal(again.data.nickname, '하늘')
  assert.equal(again.headers['set-cookie'], undefined)
  const program = new Person(system)
  program.token = again.data.token
  assert.equal((await program.expect(200, program.get('/api/chat/sessions/resumable'))).data.length, 1, 'the chat of that member')
  const named = await enter(word({ sub: 'u-18', name: '관리자' }))
  assert.notEqual(named.data.memberId, first.data.memberId)
  assert.equal(named.data.nickname, '손님', 'a name that looks like staff is left out')
  for (const sub of ['U-17', ' u-17', 'u-17 ', 'ｕ-17']) assert.notEqual((await enter(word({ sub }))).data.memberId, first.data.memberId, JSON.stringify(sub))
})

await test('the staff see who it is, by which number, and which site says so: beside a chat, afterwards, and in the member\'s own page', async () => {
  const agent = await staff(system, 'agent')
  const seen = async (who, path, part) => part.exec((await who.expect(200, who.get(path))).text)?.[1]
  const head = /id="panel".*?<div class="head"><div>(.*?)<\/div>/s, about = /<dt>고객<\/dt><dd>(.*?) <a/
  const chatOf = async person => {
    const { sessionId } = await requestChat(person)
    await agent.expect(200, agent.post(`/api/admin/chat/sessions/${sessionId}/accept`, {}))
    return sessionId
  }
  const member = async more => {
    const person = new Person(system)
    const known = await person.expect(200, enter(word(more), { person }))
    person.csrf = known.data.csrfToken
    return { id: await chatOf(person), memberId: known.data.memberId }
  }
  const { id, memberId } = await member({ sub: 'M-<4711>', name: '박서준' })
  assert.equal(await seen(agent, `/agent/chat/${id}`, head), '<h2>박서준</h2><p>회원 <bdi>M-&lt;4711&gt;</bdi> · 가게에서 확인함</p>')
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  assert.equal(await seen(agent, `/history/${id}`, about), '박서준, <bdi>M-&lt;4711&gt;</bdi> (가게에서 확인함)')
  assert.equal(await seen(boss, `/admin/members/${memberId}`, /<dt>회원 번호<\/dt><dd>(.*?)<\/dd>/), '<bdi>M-&lt;4711&gt;</bdi><br>가게에서 확인함')
  agent.cookies.set('lang', 'en')
  assert.equal(await seen(agent, `/agent/chat/${(await member({ sub: '한글 아이디', name: undefined })).id}`, head), '<h2>손님</h2><p>Member <bdi>한글 아이디</bdi> · Verified by 가게</p>')
  assert.equal(await seen(agent, `/agent/chat/${await chatOf(await guest(system, { nickname: '손' }))}`, head), '<h2>손</h2><p>Guest</p>')
})

await test('a word counts once, also when it comes fifty times at once', async () => {
  const jwt = word()
  const answers = await Promise.all(Array.from({ length: 50 }, () => enter(jwt, { token: true })))
  assert.deepEqual([answers.filter(one => one.status === 200).length, answers.filter(one => one.status === 401).length], [1, 49])
  const fresh = await Promise.all(Array.from({ length: 10 }, () => enter(word({ sub: 'at-once' }), { token: true })))
  assert.equal(new Set(fresh.map(one => one.data?.memberId)).size, 1, 'ten first words of one member make one member')
})

await test('what is no good word is 401 and changes nothing', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const rsa = `${part({ ...header, alg: 'RS256' })}.${part(claims())}`
  const members = async () => (await system.sql('SELECT COUNT(*) FROM site_member'))[0][0]
  const before = await members(), good = word()
  const bad = {
    'alg none': `${part({ ...header, alg: 'none' })}.${part(claims())}.`,
    'alg none with a signature': sign({ ...header, alg: 'none' }, claims()),
    RS256: `${rsa}.${createSign('RSA-SHA256').update(rsa).sign(privateKey, 'base64url')}`,
    'RS256 in the header, HMAC by the public key': sign({ ...header, alg: 'RS256' }, claims(), publicKey.export({ type: 'spki', format: 'pem' })),
    'exp past': sign(header, claims({ exp: now() - 1 })),
    'exp in ten years': sign(header, claims({ exp: now() + 10 * 365 * 86400 })),
    'exp a little too far': sign(header, claims({ exp: now() + 310 })),
    'another aud': sign(header, claims({ aud: other })),
    'no jti': sign(header, claims({ jti: undefined })),
    'kid of a path': sign({ ...header, kid: '../../x' }, claims()),
    'no kid': sign({ ...header, kid: undefined }, claims()),
    'another secret': sign(header, claims(), 'x'.repeat(43)),
    'another payload under the signature': [good.split('.')[0], part(claims({ sub: 'u-1' })), good.split('.')[2]].join('.'),
    empty: '', words: 'not a token', long: `${'a'.repeat(5000)}.b.c`,
  }
  for (const [name, jwt] of Object.entries(bad)) {
    const answer = await enter(jwt)
    assert.equal(answer.status, 401, name)
    assert.equal(answer.headers['set-cookie'], undefined, name)
    assert.equal(/alg|kid|signature|exp/.test(answer.json.message), false, 'the reason is in the log alone')
  }
  assert.equal((await enter(word(), { siteKey: other })).status, 401, 'a word of one site is none of another')
  assert.equal((await enter(word(), { siteKey: 'nothing' })).status, 404)
  assert.equal(await members(), before)
  assert.equal((await new Person(system).post('/api/account/identity', { siteKey: site, jwt: 7 })).status, 400)
  assert.match(system.log('account'), /host_jwt_refused site=\S+ reason="exp is more than five minutes away"/)
  assert.equal(system.log('account').includes(good.split('.')[2]), false)
})

await test('two keys live at a time, the kid chooses; a third pushes out the first; a dropped one is gone; each change is in the audit', async () => {
  const second = await newKey(site)
  for (const one of [key, second]) assert.equal((await enter(word(one))).status, 200)
  assert.equal((await enter(word({ ...key, secret: second.secret }))).status, 401)
  const page = await boss.form(`/admin/sites/${site}/keys`)
  assert.equal(page.status, 200)
  const [, kid] = /id="kid"[^>]*>(k[\w-]{8})</.exec(page.text), [, secret] = /id="secret"[^>]*>([\w-]{43})</.exec(page.text)
  assert.equal((await enter(word(key))).status, 401)
  for (const one of [second, { kid, secret }]) assert.equal((await enter(word(one))).status, 200)
  const shown = (await boss.get(`/admin/sites/${site}`)).text
  assert.ok(shown.includes(kid) && shown.includes(second.kid) && !shown.includes(secret), 'a secret is shown once')
  assert.equal((await boss.form(`/admin/sites/${site}/keys/${second.kid}/drop`)).status, 303)
  assert.equal((await enter(word(second))).status, 401)
  assert.equal((await boss.form(`/admin/sites/${site}/keys/nothing/drop`)).status, 404)
  const [[count, leak]] = await system.sql(`SELECT COUNT(*), SUM(detail LIKE '%${secret}%') FROM audit_log WHERE action = 'site.key' AND target = '${site}'`)
  assert.deepEqual([count, leak], ['4', '0'])
  await system.ctl(['site', 'key', site, 'drop', kid])
  assert.equal((await enter(word({ kid, secret }))).status, 401)
})

if (has('javac')) {
  await test('the how-to\'s Java', async () => {
    const one = await newKey(site)
    snippet('java', 'ChatIdentity.java')
    fs.writeFileSync(path.join(folder, 'Main.java'), 'public class Main { public static void main(String[] a) throws Exception { System.out.print(ChatIdentity.of(a[0], a[1], a[2], a[3], "김 \\"하늘\\"")); } }')
    execFileSync('javac', ['-encoding', 'UTF-8', 'ChatIdentity.java', 'Main.java'], { cwd: folder })
    const jwt = execFileSync('java', ['-Xshare:auto', '-cp', folder, 'Main', site, one.kid, one.secret, 'u-java'], { encoding: 'utf8' })
    const answer = await enter(jwt)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.data.nickname, '김 "하늘"')
  })
} else skip('the how-to\'s Java', 'no javac')
if (has('php')) {
  await test('the how-to\'s PHP', async () => {
    const one = await newKey(site)
    const file = snippet('php', 'identity.php')
    fs.appendFileSync(file, '\necho chat_identity($argv[1], $argv[2], $argv[3], $argv[4], $argv[5]);\n')
    assert.equal((await enter(execFileSync('php', [file, site, one.kid, one.secret, 'u-php', '김하늘'], { encoding: 'utf8' }))).status, 200)
  })
} else skip('the how-to\'s PHP', 'no php')

await finish()
