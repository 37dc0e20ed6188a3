#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// doc/openapi.yaml is OpenAPI 3.1, and names the routes of the programs: all of them, and none but them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { Person } from '../lib/client.mjs'
import { api, checkAnswer, findTemplate, operations } from '../lib/openapi.mjs'
import { staff } from '../lib/people.mjs'
import { buildFolder, theSystem } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const system = await theSystem()
const nameless = route => route.replaceAll(/\{\w+\}/g, '{}')
const routes = ['account', 'chat', 'agent', 'stats', 'file']
  .flatMap(name => execFileSync(path.join(buildFolder(), 'inst/libexec/sangdam', `${name}.fcgi`), ['--routes'], { encoding: 'utf8' }).trim().split('\n'))
  .map(line => line.split(' '))
  .filter(([, target]) => /^\/(api|stats)(\/|$)/.test(target))
const ofPushd = ['GET /livez', 'GET /readyz', 'GET /metrics']

await test('it is 3.1, and every operation has an id of its own, a summary and a tag that is declared', () => {
  assert.match(api.openapi, /^3\.1\./)
  const ids = new Set()
  const tags = api.tags.map(tag => tag.name)
  for (const [target, item] of Object.entries(api.paths)) {
    for (const method of ['get', 'put', 'post', 'delete']) {
      const operation = item[method]
      if (!operation) continue
      assert.ok(operation.operationId && !ids.has(operation.operationId), `${method} ${target}: ${operation.operationId}`)
      ids.add(operation.operationId)
      assert.ok(operation.summary)
      assert.ok(operation.tags.every(tag => tags.includes(tag)))
      for (const hole of target.match(/\{\w+\}/g) ?? []) assert.ok(item.parameters?.length, `${target}: ${hole} is not described`)
    }
  }
})

await test('every reference leads somewhere', () => {
  const walk = node => {
    if (Array.isArray(node)) return node.forEach(walk)
    if (node === null || typeof node !== 'object') return undefined
    if (typeof node.$ref === 'string') {
      let at = api
      for (const name of node.$ref.slice(2).split('/')) at = at?.[name]
      assert.ok(at, node.$ref)
    }
    return Object.values(node).forEach(walk)
  }
  walk(api)
})

await test('every route of the programs stands in the file', () => {
  const known = new Set(operations.map(nameless))
  assert.deepEqual(routes.map(([method, target]) => nameless(`${method} ${target}`)).filter(route => !known.has(route)), [])
})

await test('every operation of the file is a route of a program', () => {
  const known = new Set([...routes.map(([method, target]) => nameless(`${method} ${target}`)), ...ofPushd])
  assert.deepEqual(operations.filter(operation => !known.has(nameless(operation))), [])
})

await test('who is needed agrees: security [] is for anybody, all others want a sign-in', () => {
  for (const [method, target, least] of routes) {
    const operation = findTemplate(target.replaceAll(/\{\w+\}/g, 'x')).item[method.toLowerCase()]
    assert.equal(operation.security?.length === 0, least === 'NONE', `${method} ${target} ${least}`)
  }
})

await test('the check itself finds what is wrong', () => {
  const good = { status: 200, hasBody: true, headers: { 'content-type': 'application/json' }, text: '{}', json: { code: '00', message: 'x', data: { statusId: 3 }, timestamp: '2026-11-22T00:00:00.000Z' } }
  checkAnswer('GET', '/api/admin/chat/status/completed', good)
  assert.throws(() => checkAnswer('GET', '/api/admin/chat/status/completed', { ...good, status: 202 }), /not in doc\/openapi.yaml/)
  assert.throws(() => checkAnswer('GET', '/api/unknown', good), /not in doc/)
  assert.throws(() => checkAnswer('GET', '/api/admin/chat/status/completed', { ...good, json: { ...good.json, extra: 1 } }), /unevaluated/)
  assert.throws(() => checkAnswer('GET', '/api/admin/chat/status/completed', { ...good, json: { ...good.json, data: {} } }), /statusId/)
  assert.throws(() => checkAnswer('GET', '/api/admin/chat/status/completed', { ...good, headers: { 'content-type': 'text/html' } }), /Content-Type/)
})

await test('the answers of the operation routes, and of /stats in each form', async () => {
  const anybody = new Person(system)
  assert.equal((await anybody.get('/livez')).status, 200)
  assert.equal((await anybody.get('/readyz')).status, 200)
  const metrics = await anybody.get('/metrics')
  assert.equal(metrics.status, 200)
  assert.match(metrics.text, /^# TYPE sangdam_\w+ (counter|gauge)$/m)
  const admin = await staff(system, 'admin')
  for (const name of ['live', 'summary', 'agents', 'categories', 'hours', 'chats']) {
    for (const ext of ['json', 'csv', 'txt', 'html']) {
      const answer = await admin.get(`/stats/${name}.${ext}?tz=Asia/Seoul`)
      assert.equal(answer.status, 200, `${name}.${ext}: ${answer.text.slice(0, 200)}`)
      assert.equal((await anybody.get(`/stats/${name}.${ext}`)).status, ext === 'html' ? 303 : 401)
    }
  }
})

await finish()
