#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// /metrics keeps Prometheus's rules, says what /stats/live says, and etc/grafana and etc/prometheus ask for nothing that it has not; what nginx packs.
// The rules are those of `promtool check metrics` (Prometheus 2.42); promtool itself, a third of a gigabyte with what it needs, is asked where it is installed.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Person } from '../lib/client.mjs'
import { consultation, guest, requestChat, say, staff } from '../lib/people.mjs'
import { Talker } from '../lib/stomp.mjs'
import { startSystem, top } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const system = await startSystem() // its own: the figures of now stand still while they are compared
const admin = await staff(system, 'admin')
const promtool = (args, input) => {
  const run = spawnSync('promtool', args, { input, encoding: 'utf8' })
  return run.error ? undefined : { status: run.status, text: run.stdout + run.stderr }
}

// {name: {help, type, samples: [{name, labels, value}]}}, or an error naming the line
function parse(text) {
  const families = {}
  let now
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-z_:0-9]+) (.+)$/.exec(line)
    if (comment) {
      now = families[comment[2]] ??= { samples: [] }
      assert.ok(!(comment[1].toLowerCase() in now), `twice: ${line}`)
      now[comment[1].toLowerCase()] = comment[3]
      continue
    }
    const sample = /^([a-z_:0-9]+)(?:\{((?:[a-z_]+="[^"\\\n]*",?)*)\})? (-?[0-9.e+-]+|NaN|\+Inf)$/.exec(line)
    assert.ok(sample, `no sample: ${line}`)
    const [, name, labels = ''] = sample
    const family = families[name] ?? families[name.replace(/_(bucket|sum|count)$/, '')]
    assert.equal(family, now, `${line} stands behind its own HELP and TYPE`)
    assert.ok(!family.samples.some(one => one.name === name && one.labels === labels), `twice: ${line}`)
    family.samples.push({ name, labels, value: Number(sample[3]) })
  }
  return families
}

const metricsOf = async () => parse((await new Person(system).expect(200, new Person(system).get('/metrics'))).text)
const one = (families, name, labels = '') => (families[name] ?? families[name.replace(/_(bucket|sum|count)$/, '')])?.samples.find(s => s.name === name && s.labels === labels)?.value

await test('/metrics keeps the rules: HELP, TYPE, names, base units, whole histograms', async () => {
  const text = (await new Person(system).get('/metrics')).text
  const families = parse(text)
  assert.ok(Object.keys(families).length > 80)
  for (const [name, f] of Object.entries(families)) {
    assert.match(name, /^sangdam_[a-z0-9_]+$/)
    assert.ok(f.help && f.samples.length, `${name} has a text and a value`)
    assert.ok(['counter', 'gauge', 'histogram'].includes(f.type), name)
    assert.equal(/_total$/.test(name), f.type === 'counter', `${name}: counters, and only they, end with _total`)
    assert.doesNotMatch(name, /_(count|sum|bucket|counter|gauge|histogram|summary)(_|$)/, 'neither type nor suffix in the name')
    assert.doesNotMatch(name, /_(ms|us|ns|s|sec|secs|milliseconds|minutes|hours|days|kb|kilobytes|megabytes|percent)(_total)?$/, 'base units, not abbreviated')
    if (/seconds/.test(name)) assert.match(name, /_seconds(_total)?$/)
    if (f.type !== 'histogram') continue
    const plain = labels => labels.replace(/,?le="[^"]*"/, '')
    for (const labels of new Set(f.samples.map(s => plain(s.labels)))) {
      const buckets = f.samples.filter(s => s.name === `${name}_bucket` && plain(s.labels) === labels)
      const bounds = buckets.map(s => Number(/le="([^"]+)"/.exec(s.labels)[1].replace('+Inf', 'Infinity')))
      assert.ok(bounds.every((b, i) => i === 0 || b > bounds[i - 1]) && bounds.at(-1) === Infinity, `${name}: bounds grow to +Inf`)
      assert.ok(buckets.every((b, i) => i === 0 || b.value >= buckets[i - 1].value), `${name}: counts are cumulative`)
      assert.equal(buckets.at(-1).value, one(families, `${name}_count`, labels), `${name}{${labels}}`)
      assert.ok(one(families, `${name}_sum`, labels) >= 0)
    }
  }
  const checked = promtool(['check', 'metrics'], text)
  if (checked) assert.deepEqual(checked, { status: 0, text: '' }, 'promtool finds nothing')
})

await test('each program counts its answers and their time; messages count on their way', async () => {
  const agent = await staff(system)
  const before = await metricsOf()
  const { person, id } = await consultation(system, agent)
  await say(person, id, '안녕하세요')
  await admin.get('/stats/live.json')
  await admin.get('/stats/live.json?from=x')
  const file = await person.get('/api/chat/files/999999999')
  assert.equal(file.status, 404)
  const after = await metricsOf()
  for (const [program, status] of [['account', '2xx'], ['chat', '2xx'], ['agent', '2xx'], ['stats', '2xx'], ['stats', '4xx'], ['file', '4xx']]) {
    const labels = `program="${program}",status="${status}"`
    assert.ok(one(after, 'sangdam_program_responses_total', labels) > one(before, 'sangdam_program_responses_total', labels), labels)
  }
  for (const program of ['account', 'chat', 'agent', 'stats', 'file'])
    assert.ok(one(after, 'sangdam_program_response_seconds_count', `program="${program}"`) > one(before, 'sangdam_program_response_seconds_count', `program="${program}"`), program)
})

await test('the figures of now are those of /stats/live in each form and of the dashboard', async () => {
  const agent = await staff(system)
  const { person, id } = await consultation(system, agent)
  await say(person, id, '언제 오나요?')
  await say(agent, id, '내일 도착합니다')
  await requestChat(await guest(system))
  const live = async () => (await admin.expect(200, admin.get('/stats/live.json'))).json
  const names = { chats_waiting: 'waiting', chats_active: 'active', agents_max: 'agents_max', today_chats: 'chats', today_missed: 'missed', today_abandoned: 'abandoned', today_dropped: 'dropped' }
  // the one is up to five seconds older than the other
  await until(async () => {
    const a = await live(), m = await metricsOf(), b = await live()
    if (one(m, 'sangdam_figures_up') !== 1) return false
    for (const [metric, key] of Object.entries(names)) if (a[key] !== b[key] || one(m, `sangdam_${metric}`) !== a[key]) return false
    if (a.frt_s.median !== b.frt_s.median || one(m, 'sangdam_today_median_seconds', 'figure="frt_s"') !== a.frt_s.median) return false
    if (one(m, 'sangdam_today_first_response_seconds_count') !== a.frt_s.n) return false
    assert.ok(a.waiting >= 1 && a.active >= 1 && a.chats >= 2 && a.frt_s.n >= 1)
    assert.equal(typeof a.connections, 'number')
    const [head, row] = (await admin.get('/stats/live.csv')).text.trim().split('\r\n').map(line => line.split(','))
    const txt = (await admin.get('/stats/live.txt')).text
    const board = (await admin.get('/dashboard')).text
    const c = await live()
    if (Object.values(names).some(key => a[key] !== c[key])) return false
    for (const key of Object.values(names)) assert.equal(row[head.indexOf(key)], String(a[key]), `csv ${key}`)
    for (const key of ['waiting', 'active', 'agents_max']) assert.match(txt, new RegExp(`^${key} ${a[key]}$`, 'm'))
    for (const key of ['waiting', 'active', 'chats', 'missed', 'abandoned'])
      assert.match(board, new RegExp(`data-key="${key}"><p class="label">[^<]+</p><strong>${a[key].toLocaleString('en-US')}<`), `dashboard ${key}`)
    return true
  }, { seconds: 20, every: 200, say: 'that /metrics says what /stats/live says' })
})

await test('who is connected is online in /stats/agents, and away while the board says so', async () => {
  const agent = await staff(system), boss = await staff(system, 'supervisor')
  const { id } = await consultation(system, agent)
  const rowOf = async () => (await admin.expect(200, admin.get('/stats/agents.json'))).json.rows.find(row => row.key === String(agent.memberId))
  const idle = await rowOf()
  assert.deepEqual([idle.concurrency.max, idle.concurrency.mean, idle.online_s, idle.away_s], [1, 1, 0, 0])
  await boss.form(`/board/agents/${agent.memberId}/state`, { state: 'away', reason: '점심' })
  const talker = new Talker(system, agent)
  await talker.start()
  const begun = Date.now()
  await until(() => Date.now() - begun > 300, { say: 'some time online' })
  await talker.stop()
  const row = await until(async () => { const one = await rowOf(); return one.online_s > 0 && one.away_s > 0 && one }, { say: 'the notes' })
  assert.ok(row.online_s < 60 && row.away_s <= row.online_s + 1, JSON.stringify(row))
  await agent.expect(200, agent.post(`/api/admin/chat/sessions/${id}/end`, {}))
})

await test('Grafana and the alert rules ask for nothing that is not there', async () => {
  const families = await metricsOf()
  const board = JSON.parse(fs.readFileSync(path.join(top, 'etc/grafana/sangdam.json'), 'utf8'))
  const rules = path.join(top, 'etc/prometheus/sangdam.rules.yml')
  const asked = [...board.panels.flatMap(p => p.targets.map(t => t.expr)), ...fs.readFileSync(rules, 'utf8').match(/^ +expr: .+$/gm)].join('\n').match(/sangdam_[a-z0-9_]+/g)
  assert.ok(new Set(asked).size > 20)
  for (const name of new Set(asked)) assert.ok(families[name] ?? families[name.replace(/_(bucket|sum|count)$/, '')], `${name} is on /metrics`)
  for (const p of board.panels) assert.ok(p.title && p.description && p.gridPos.x + p.gridPos.w <= 24, p.title)
  const checked = promtool(['check', 'rules', rules])
  if (checked) assert.equal(checked.status, 0, checked.text)
})

await test('/livez, /readyz?verbose', async () => {
  const anybody = new Person(system)
  assert.equal((await anybody.get('/livez')).text, 'alive\n')
  const ready = await anybody.get('/readyz?verbose')
  assert.equal(ready.status, 200)
  assert.match(ready.text, /^ready\ndatabase up\nstopping no\nconnections \d+\n$/)
})

await test('nginx packs figures and pages, whose form token is another text each time; a kept answer is 304; the next page is in Link', async () => {
  const get = (target, headers = {}) => admin.get(target, { headers: { 'Accept-Encoding': 'gzip', ...headers }, check: false })
  for (const target of ['/stats/hours.json?group=weekday-hour', '/stats/hours.csv?group=weekday-hour', '/stats/hours.txt?group=weekday-hour', '/stats/hours.svg?group=weekday-hour', '/stats/chats.csv']) {
    const packed = await get(target)
    assert.equal(packed.status, 200, target)
    assert.equal(packed.headers['content-encoding'], 'gzip', target)
    assert.ok(gunzipSync(packed.bytes).length > packed.bytes.length)
  }
  const tokens = []
  for (let i = 0; i < 2; i++) {
    const html = await get('/stats/hours.html?group=weekday-hour')
    assert.equal(html.headers['content-encoding'], 'gzip')
    tokens.push(...gunzipSync(html.bytes).toString().matchAll(/name="csrfToken" value="([^"]*)"/g))
  }
  assert.ok(tokens.length > 1 && tokens.every(([, token]) => token.length === 86))
  assert.notEqual(tokens[0][1], tokens.at(-1)[1])
  const csv = await get('/stats/hours.csv?from=2026-01-01&to=2026-01-02')
  assert.equal((await get('/stats/hours.csv?from=2026-01-01&to=2026-01-02', { 'If-None-Match': csv.headers.etag })).status, 304)
  const page = await admin.get('/stats/chats.json?limit=1')
  const next = /^<(\/stats\/chats\.json\?limit=1&cursor=[^>]+)>; rel="next"$/.exec(page.headers.link)
  assert.ok(next, page.headers.link)
  const second = await admin.expect(200, admin.get(next[1]))
  assert.notEqual(second.json.rows[0].sessionId, page.json.rows[0].sessionId)
})

await finish()
