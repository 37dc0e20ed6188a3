#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Queries, paths and methods that are no good.
import assert from 'node:assert/strict'
import { Person } from '../lib/client.mjs'
import { consultation, staff } from '../lib/people.mjs'
import { theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const agent = await staff(system)
const admin = await staff(system, 'admin')
const { person, id } = await consultation(system, agent)
const messages = `/api/chat/sessions/${id}/messages`

for (const query of ['after=', 'after=x', 'after=-1', 'after=1.5', 'after=1e3', 'after=0x10', 'after=+1', 'after=%201', 'after=1%20', 'after=99999999999999999999', 'after=1&after=2', 'after[]=1',
  'after=1&before=5', 'limit=0', 'limit=-1', 'limit=201', 'limit=100000', 'limit=abc', 'limit=', 'limit[]=5', 'limit=5&limit=5', 'before=-1', 'unknown=1', 'sort=id;DROP', 'sort=(select%20sleep(5))',
  'op=)%20OR%201=1', 'token=abc', '=1', '%00=1', 'after=1%00', 'after=%zz', 'after=%C0%AF', 'after=1;limit=5', 'AFTER=1']) {
  await test(`messages?${query}: 400`, async () => {
    // an empty number is an input left empty: absent
    const answer = await person.get(`${messages}?${query}`)
    if (query === 'after=' || query === 'limit=') assert.ok([200, 400].includes(answer.status))
    else assert.equal(answer.status, 400, answer.text)
  })
}

for (const query of ['limit=0', 'limit=201', 'cursor=abc', 'cursor=-1', 'cursor=1%20or%201=1', 'agent=abc', 'agent=-1', 'category=NOPE', 'from=yesterday', 'from=2026-13-01', 'from=2026-02-30', 'to=x',
  'page=-1', 'size=0', 'size=1000', 'page=a', 'page=0&cursor=5', 'q=a&search=b', 'dateFilter=nonsense', 'exitReasonFilter=NOPE', 'sort=1', `q=${'x'.repeat(5000)}`, 'q=%FF', 'q=a%00b']) {
  await test(`history?${query.slice(0, 40)}: 400`, async () => {
    const began = Date.now()
    const answer = await admin.get(`/api/admin/chat/sessions/history?${query}`)
    assert.ok([400, 422].includes(answer.status), `${answer.status} ${answer.text}`)
    assert.ok(Date.now() - began < 2000)
  })
}

await test('quotes and wildcards in a search are letters', async () => {
  for (const q of ["'", '"', '%', '_', '\\', "' OR 1=1 -- ", '%%%%', 'ㅂㅅ', '😀']) {
    const answer = await admin.get(`/api/admin/chat/sessions/history?q=${encodeURIComponent(q + 'zzz-none')}`)
    assert.equal(answer.status, 200, q)
    assert.deepEqual(answer.data, [])
  }
})

for (const name of ['summary', 'agents', 'categories', 'hours', 'chats']) {
  await test(`/stats/${name}.json refuses wrong values, naming them`, async () => {
    for (const query of ['from=x', 'from=2026-13-01', 'tz=Nowhere/City', 'tz=../../etc/passwd', 'group=fortnight', 'unknown=1', 'from=2026-11-22&to=2026-11-01', 'agent=x', 'category=NOPE', 'by=colour']) {
      const answer = await admin.get(`/stats/${name}.json?${query}`)
      assert.equal(answer.status, 400, `${query}: ${answer.text}`)
    }
  })
}

for (const path of ['/api/../admin', '/api/chat/../chat/categories', '/api/chat/%2e%2e/categories', '/api/chat/.%2e/x', '//api/chat/categories', '/api//chat/categories', '/api/chat/categories%00', '/api/chat/%zz',
  '/api/chat/categories;a=b', '/api/chat/categories/', '/API/chat/categories', '/api/chat/categories/x', '/api/chat/%2fcategories', '/api/chat\\categories', `/api/chat/${'x'.repeat(9000)}`, '/api/chat/%C0%AF', '/api/',
  '/api', '/.git/config', '/etc/passwd', '/static/../sangdam.conf', '/static/%2e%2e/sangdam.conf', '/static/..%2fsangdam.conf', '/static/', '/static/js/', '/protected/x', '/protected/', '/errors/400.json', '/cgi-bin/x', '/index.php']) {
  await test(`${path.slice(0, 60)}: 400 or 404`, async () => {
    const answer = await new Person(system).get(path, { check: false })
    assert.ok([400, 404].includes(answer.status), String(answer.status))
    if (path.startsWith('/api/chat')) assert.match(answer.headers['content-type'], /problem\+json/)
  })
}

for (const [method, path] of [['TRACE', '/api/chat/categories'], ['PUT', messages], ['DELETE', messages], ['PATCH', messages], ['BREW', messages], ['OPTIONS', '/api/chat/categories'], ['POST', '/api/chat/categories'],
  ['GET', '/api/account/login'], ['POST', '/my'], ['PUT', '/'], ['DELETE', '/signin'], ['POST', '/stats/live.json'], ['POST', '/livez'], ['POST', '/static/css/sangdam.css']]) {
  await test(`${method} ${path.replace(id, 'ID')}: 405 with Allow`, async () => {
    const answer = await person.ask(method, path, { check: false })
    assert.equal(answer.status, 405, answer.text.slice(0, 200))
    assert.ok(answer.headers.allow, 'no Allow')
  })
}

await test('HEAD is GET without a body', async () => {
  for (const path of ['/api/chat/categories', messages, '/signin', '/']) {
    const get = await person.get(path)
    const head = await person.ask('HEAD', path)
    assert.equal(head.status, get.status, path)
    assert.equal(head.bytes.length, 0)
  }
})

await test('a GET with a body is served and the body ignored', async () => {
  const answer = await person.ask('GET', messages, { body: '{"after":"x"}', type: 'application/json' })
  assert.equal(answer.status, 200)
})

await finish()
