#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Pages inside another site's page: who may frame them, where their links and forms lead, their cookies, and that all other pages are as they were.
import assert from 'node:assert/strict'
import { Person } from '../lib/client.mjs'
import { guest, requestChat, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const key = `frame-${process.pid}`
const set = (...fields) => system.ctl(['site', 'set', key, ...fields])
await set('name=<달빛>', 'origins=https://shop.example http://127.0.0.1:8099', 'color=#0a7d5b', 'greeting_en=Ask us & see', 'categories=200,201')
const ancestors = answer => /frame-ancestors ([^;]*)/.exec(answer.headers['content-security-policy'])?.[1]

await test('the shell and its pages name the site\'s origins and carry no X-Frame-Options; all others are for nobody\'s frame', async () => {
  const stranger = new Person(system)
  for (const target of [`/frame/${key}`, `/frame/${key}.en`, `/frame/${key}/`, `/frame/${key}.ko/help`]) {
    const answer = await stranger.expect(200, stranger.get(target))
    assert.equal(ancestors(answer), "'self' https://shop.example http://127.0.0.1:8099", target)
    assert.equal(answer.headers['x-frame-options'], undefined)
  }
  for (const target of ['/', '/help', '/signin', '/frame/nothing', '/frame/nothing/', `/frame/${key}.xx/`, `/frame/${key}/signin`, `/frame/${key}/agent`, `/frame/${key}/frame/${key}/`, '/brand.css']) {
    const answer = await stranger.get(target)
    assert.equal(answer.status, ['/', '/help', '/signin'].includes(target) ? 200 : 404, target)
    if (!target.startsWith(`/frame/${key}/`)) assert.equal(ancestors(answer), "'none'", target)
  }
  assert.equal((await stranger.get(`/frame/${key}/api/chat/categories`)).status, 404)
  assert.equal((await stranger.expect(200, stranger.get(`/frame/${key}/brand.css`))).text, ':root { --brand: #0a7d5b }\n')
})

await test('the same pages: name, greeting and topics of the site, every address inside the frame, languages by address', async () => {
  const stranger = new Person(system)
  const page = (await stranger.get(`/frame/${key}.en/`)).text
  assert.match(page, /<html lang="en"/)
  assert.match(page, /&lt;달빛&gt;/)
  assert.match(page, /Ask us &amp; see/)
  assert.equal(page.match(/name="categoryId"/g).length, 2)
  for (const [, address] of page.matchAll(/ (?:href|action|formaction)="(\/[^"]*)"/g)) assert.match(address, new RegExp(`^(/static/|/frame/${key}\\.en/)`))
  assert.equal(page.includes('/signin'), false)
  const other = await stranger.form(`/frame/${key}.en/lang`, { lang: 'ko', next: '/help' })
  assert.equal(other.headers.location, `/frame/${key}.ko/help`)
  assert.equal(other.headers['set-cookie'], undefined)
  assert.match((await stranger.get(other.headers.location, { headers: { 'Accept-Language': 'en' } })).text, /<html lang="ko"/)
})

await test('a chat begins and goes on in the frame; a topic that is not the site\'s is refused; signed out leads to the start', async () => {
  const person = new Person(system)
  const refused = await person.form(`/frame/${key}/`, { categoryId: '203' })
  assert.equal(refused.status, 422)
  const begun = await person.form(`/frame/${key}.en/`, { categoryId: '200', name: '손님' })
  assert.equal(begun.status, 303, begun.text)
  assert.match(begun.headers.location, new RegExp(`^/frame/${key}\\.en/chat/`))
  assert.match(begun.headers['set-cookie'][0], /^sid=.*SameSite=Lax/)
  const page = (await person.expect(200, person.get(begun.headers.location))).text
  assert.match(page, /data-own-read="0"/)
  assert.equal((await person.get(`/frame/${key}/`)).headers.location, begun.headers.location.replace('.en', ''))
  const stranger = new Person(system)
  assert.equal((await stranger.get(begun.headers.location)).headers.location, `/frame/${key}.en/`)
  const somebody = await guest(system)
  const { sessionId } = await requestChat(somebody)
  assert.equal((await person.get(`/frame/${key}/chat/${sessionId}`)).status, 404)
})

await test('the staff see in which site\'s page a chat began, as long as it lasts, afterwards, and when it is gone on with', async () => {
  const agent = await staff(system, 'agent', '한지수')
  const begun = async (path, page) => {
    const person = new Person(system)
    const answer = await person.form(path, { categoryId: '200', name: '손님', ...(page === undefined ? {} : { page }) })
    assert.equal(answer.status, 303, answer.text)
    const id = /[0-9a-f-]{36}$/.exec(answer.headers.location)[0]
    await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/accept`, {}))
    return { person, id }
  }
  const seen = async (path, label = '시작한 사이트') => new RegExp(`<dt>${label}</dt><dd>(.*?)</dd>`).exec((await agent.expect(200, agent.get(path))).text)?.[1]
  const { person, id } = await begun(`/frame/${key}/`, '노트 <b>4711</b>')
  const words = '&lt;달빛&gt;<br><span class="small" dir="auto">노트 &lt;b&gt;4711&lt;/b&gt;</span>'
  assert.equal(await seen(`/agent/chat/${id}`), words)
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
  assert.equal(await seen(`/history/${id}`), words)
  agent.cookies.set('lang', 'en')
  assert.equal(await seen(`/history/${id}`, 'Begun on'), words)
  agent.cookies.set('lang', 'ko')
  person.csrf = (await person.expect(200, person.get('/api/account/me'))).data.csrfToken
  const again = await person.form(`/frame/${key}/chat/${id}/reopen`)
  assert.equal(again.status, 303, again.text)
  const next = /[0-9a-f-]{36}$/.exec(again.headers.location)[0]
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${next}/accept`, {}))
  assert.equal(await seen(`/agent/chat/${next}`), words)
  for (const [path, page, wanted] of [
    [`/frame/${key}.en/`, undefined, '&lt;달빛&gt;'], // the host says nothing of its page
    [`/frame/${key}/`, ' ', '&lt;달빛&gt;'],
    [`/frame/${key}/`, '가'.repeat(300), `&lt;달빛&gt;<br><span class="small" dir="auto">${'가'.repeat(300)}</span>`],
    [`/frame/${key}/`, '가'.repeat(301), '&lt;달빛&gt;'], // nothing that the customer could do about
    [`/frame/${key}/`, 'a\u0007b', '&lt;달빛&gt;'],
    ['/', '노트', undefined], // our own page is no site's
  ]) {
    const other = await begun(path, page)
    assert.equal(await seen(`/agent/chat/${other.id}`), wanted, `${path} ${page}`)
  }
})

await test('the site\'s settings are read by its own pages alone', async () => {
  const stranger = new Person(system)
  const ask = (origin, name = key) => stranger.get(`/api/chat/sites/${name}`, { headers: origin ? { Origin: origin } : {} })
  const good = await stranger.expect(200, ask('https://shop.example'))
  assert.equal(good.headers['access-control-allow-origin'], 'https://shop.example')
  assert.equal(good.headers['access-control-allow-credentials'], undefined)
  assert.match(good.headers.vary, /Origin/)
  assert.deepEqual(good.data, { siteKey: key, name: '<달빛>', color: '#0a7d5b', position: 'right', greeting: { ko: '', en: 'Ask us & see' } })
  await stranger.expect(200, ask())
  for (const origin of ['https://evil.example', 'https://shop.example.evil.example', 'http://shop.example', 'null', system.url]) {
    const answer = await ask(origin)
    assert.equal(answer.status, 403, origin)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
  }
  await set('active=no')
  for (const target of [`/frame/${key}`, `/frame/${key}/`]) assert.equal((await stranger.get(target)).status, 404)
  assert.equal((await ask('https://shop.example')).status, 404)
  await set('active=yes')
})

await finish()
