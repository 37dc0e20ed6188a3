#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The checker itself: a small whole history passes; each way to break it is found, by the invariant that names it and no other.
import assert from 'node:assert/strict'
import { check } from './check/check.mjs'
import { history } from './check/read.mjs'
import { finish, test } from '../lib/tap.mjs'

const S = 's1'
const row = (seq, k, type, sender, at, more = {}) => ({ s: S, seq, k, type, sender, at, h: `h${seq}`, key: null, name: null, ...more })

// A customer (10) and an agent (20), with one page each; another agent (21) and another customer (11) look on from outside.
function whole() {
  const messages = [
    row(1, 'START', 'S', 1, 1000, { name: 'agent' }),
    row(2, 'TEXT', 'M', 10, 2000, { key: 'k2' }),
    row(3, 'TEXT', 'A', 20, 3000, { key: 'k3' }),
    row(4, 'TEXT', 'M', 10, 4000, { key: 'k4' }),
    row(5, 'END', 'S', 1, 9000),
  ]
  const sessions = [{ s: S, member: 10, admin: 20, status: 3, head: 5, from: 500, to: 9000 }]
  const events = [
    { t: 0, e: 'run', seconds: 1 },
    { t: 1, e: 'person', name: 'c1', id: 10, role: 'GUEST', nickname: 'customer' },
    { t: 1, e: 'person', name: 'c2', id: 11, role: 'GUEST', nickname: 'other customer' },
    { t: 1, e: 'person', name: 'a1', id: 20, role: 'AGENT', nickname: 'agent' },
    { t: 1, e: 'person', name: 'a2', id: 21, role: 'AGENT', nickname: 'other agent' },
    { t: 990, e: 'accept', who: 'a1', s: S }, { t: 1001, e: 'accept-ok', who: 'a1', s: S },
    ...['c1.0', 'a1.0'].flatMap(who => [{ t: 1100, e: 'open', who, s: S, p: who }, { t: 1100, e: 'sub', who, s: S, p: who, n: 1, after: 0 }]),
    ...send('c1.0', 'k2', 'h2', 1990, 2005, 2), ...send('a1.0', 'k3', 'h3', 2990, 3005, 3),
    { t: 2, e: 'plan', faults: ['pushd kill'] },
    { t: 3980, e: 'fault', n: 1, name: 'pushd kill', phase: 'begin' },
    { t: 3990, e: 'try', who: 'c1.0', s: S, p: 'c1.0', key: 'k4', h: 'h4' }, { t: 4100, e: 'unknown', who: 'c1.0', s: S, p: 'c1.0', key: 'k4' },
    ...send('c1.0', 'k4', 'h4', 4110, 4200, 4),
    { t: 4300, e: 'fault', n: 1, name: 'pushd kill', phase: 'end' },
    { t: 5000, e: 'again', who: 'c1.0', s: S, p: 'c1.0', key: 'k2' }, { t: 5005, e: 'again-ok', who: 'c1.0', s: S, p: 'c1.0', key: 'k2', seq: 2 },
    ...['c1.0', 'a1.0'].flatMap(who => [1, 2, 3, 4, 5].flatMap(seq => [
      { t: 2000 * seq, e: 'frame', who, s: S, p: who, n: 1, seq, h: `h${seq}` }, { t: 2000 * seq + 1, e: 'shown', who, s: S, p: who, seq, h: `h${seq}` }])),
    { t: 10000, e: 'over', up: ['c1.0', 'a1.0'] },
    ...['c1.0', 'a1.0'].map(who => ({ t: 10100, e: 'rest', who, s: S, p: who, last: 5, waits: 0, door: 'stomp' })),
    ...['empty', 'base', 'end', 'left'].map(at => ({ t: 10100, e: 'resources', at, pushd: { fds: 20, threads: 8, rssKb: 9000 }, mariadbd: { connections: 9 } })),
    { t: 10200, e: 'metrics', gap_reads: 3 },
  ]
  return { events, messages, sessions }
}

function send(who, key, h, from, to, seq) {
  return [{ t: from, e: 'try', who, s: S, p: who, key, h }, { t: to, e: 'ok', who, s: S, p: who, key, seq }]
}

const least = { acknowledged: 3, faults: 1, settled: 1, repeats: 1, resumed: 0, holes: 1, eachFault: 1, inFlight: 0.8 }
const judge = one => check(history({ ...one, events: [...one.events].sort((a, b) => a.t - b.t) }), { seconds: 1, least })
const event = (one, wanted) => one.events.find(e => Object.entries(wanted).every(([name, value]) => e[name] === value))
const without = (one, wanted) => { one.events.splice(one.events.indexOf(event(one, wanted)), 1) }

await test('a whole history passes', () => {
  const result = judge(whole())
  assert.deepEqual(result.wrong, [])
  assert.deepEqual(result.missing, [])
  assert.equal(result.verdict, 'pass')
})

const broken = {
  1: {
    'acknowledged and lost': one => { one.messages[3].key = null; one.messages[3].type = 'S' },
    'stored twice': one => { one.messages[4] = row(5, 'TEXT', 'M', 10, 4001, { key: 'k4', h: 'h4' }); tail(one, 6); one.events.forEach(e => { if (e.seq === 5) e.h = 'h4' }) },
    'one text under two ids': one => { one.messages[4] = row(5, 'TEXT', 'M', 10, 4001, { key: 'k5', h: 'h4' }); tail(one, 6); one.events.push(...send('c1.0', 'k5', 'h4', 4210, 4220, 5)); one.events.forEach(e => { if (e.seq === 5) e.h = 'h4' }) },
    'another text is stored': one => { one.messages[1].h = 'x'; one.events.forEach(e => { if (e.seq === 2 && e.h) e.h = 'x' }); event(one, { e: 'try', key: 'k2' }).h = 'h2' },
    'refused and stored': one => { const ok = event(one, { e: 'ok', key: 'k3' }); ok.e = 'fail'; ok.code = '02'; delete ok.seq },
    'acknowledged with another seq': one => { event(one, { e: 'ok', key: 'k3' }).seq = 4 },
    'a row that nobody sent': one => { one.messages[2].key = 'k9'; for (const e of ['try', 'ok']) without(one, { e, key: 'k3' }) },
  },
  2: {
    'the log is not dense': one => { for (const log of [one.messages, one.events.filter(e => e.e === 'frame' || e.e === 'shown')]) log.forEach(e => { if (e.seq === 5) { e.seq = 6; e.h = 'h5' } }); one.sessions[0].head = 6; one.expect = [2, 3, 5] },
    'the head is not the last seq': one => { one.sessions[0].head = 6 },
    'acknowledged first, but stored behind': one => { event(one, { e: 'ok', key: 'k3' }).t = 1500; event(one, { e: 'try', key: 'k3' }).t = 1400 },
    'a repeat was answered with another seq': one => { event(one, { e: 'again-ok' }).seq = 3 },
    'a repeat was refused': one => { const e = event(one, { e: 'again-ok' }); e.e = 'again-fail'; e.status = 409 },
  },
  3: {
    'shown twice': one => { one.events.push({ t: 9500, e: 'shown', who: 'c1.0', s: S, p: 'c1.0', seq: 4, h: 'h4' }) },
    'shown over a hole': one => { without(one, { e: 'shown', p: 'a1.0', seq: 3 }) },
    'shown and not stored': one => { one.events.push({ t: 10050, e: 'shown', who: 'c1.0', s: S, p: 'c1.0', seq: 6, h: 'h6' }) },
    'another text was shown': one => { event(one, { e: 'shown', p: 'a1.0', seq: 3 }).h = 'x' },
    'pushed over a hole': one => { without(one, { e: 'frame', p: 'a1.0', seq: 3 }) },
    'pushed twice': one => { one.events.push({ t: 9500, e: 'frame', who: 'c1.0', s: S, p: 'c1.0', n: 1, seq: 4, h: 'h4' }) },
  },
  4: {
    'seen without the right': one => { one.events.push({ t: 5000, e: 'open', who: 'c2.0', s: S, p: 'c2.0' }, { t: 5000, e: 'sub', who: 'c2.0', s: S, p: 'c2.0', n: 1, after: 2 }, { t: 5001, e: 'frame', who: 'c2.0', s: S, p: 'c2.0', n: 1, seq: 3, h: 'h3' }) },
    'a stranger was let in': one => { one.events.push({ t: 5000, e: 'probe', who: 'c2.0', s: S, door: 'rest', got: 'rows' }) },
    'a row behind the end': one => { one.messages[4] = row(5, 'TEXT', 'M', 10, 9001, { key: 'k5' }); one.messages[3] = row(4, 'END', 'S', 1, 8000, { h: 'h4' }); one.events = one.events.filter(e => e.key !== 'k4'); one.events.push(...send('c1.0', 'k5', 'h5', 9000, 9002, 5), { t: 4150, e: 'try', who: 'c1.0', s: S, p: 'c1.0', key: 'k6', h: 'h6' }, { t: 4160, e: 'unknown', who: 'c1.0', s: S, p: 'c1.0', key: 'k6' }) },
    'open behind its end': one => { one.sessions[0].status = 2 },
    'completed without a last row': one => { one.messages[4].k = 'LEAVE' },
    'an accept was answered and is not in the log': one => { one.events.push({ t: 1002, e: 'accept-ok', who: 'a2', s: S }); one.also = ['two winners'] },
    'taken twice': one => { one.messages[2] = row(3, 'START', 'S', 1, 3000, { name: 'other agent' }); one.events = one.events.filter(e => e.key !== 'k3' && !(e.who === 'a1.0' && e.t > 3000)) },
    'two open chats of one customer': one => { one.sessions.push({ s: 's2', member: 10, admin: null, status: 1, head: 0, from: 8000, to: null }) },
  },
  5: {
    'rows were never found': one => { without(one, { e: 'shown', p: 'a1.0', seq: 5 }); event(one, { e: 'rest', p: 'a1.0' }).last = 4 },
    'rows were found late': one => { event(one, { e: 'shown', p: 'a1.0', seq: 5 }).t = 15200; event(one, { e: 'frame', p: 'a1.0', seq: 5 }).t = 15199 },
    'written and never stored': one => { event(one, { e: 'rest', p: 'c1.0' }).waits = 1; one.sessions[0].status = 2; one.also = ['open behind its end'] },
    'descriptors were not given back': one => { event(one, { e: 'resources', at: 'left' }).pushd = { fds: 200, threads: 8, rssKb: 9000 } },
    'threads were not ended': one => { event(one, { e: 'resources', at: 'end' }).pushd = { fds: 20, threads: 20, rssKb: 9000 } },
    'the run did not come to rest': one => { without(one, { e: 'over' }) },
  },
}

// The end moves behind one row more.
function tail(one, seq) {
  one.messages.push(row(seq, 'END', 'S', 1, 9000, { h: `h${seq}` }))
  one.sessions[0].head = seq
  for (const who of ['c1.0', 'a1.0']) {
    one.events.push({ t: 9900, e: 'frame', who, s: S, p: who, n: 1, seq, h: `h${seq}` }, { t: 9900, e: 'shown', who, s: S, p: who, seq, h: `h${seq}` })
    // the page's time of row 5 comes first
    for (const e of one.events) if (e.p === who && e.seq === 5) e.t = 9800
    event(one, { e: 'rest', p: who }).last = seq
  }
}

for (const [invariant, list] of Object.entries(broken)) {
  for (const [what, breakIt] of Object.entries(list)) {
    await test(`${invariant}: ${what}`, () => {
      const one = whole()
      breakIt(one)
      const result = judge(one)
      assert.equal(result.verdict, 'fail')
      const found = result.wrong.filter(w => !one.also?.includes(w.what))
      assert.ok(found.some(w => w.what === what && w.invariant === Number(invariant)), JSON.stringify(result.wrong))
      const named = new Set(found.map(w => w.invariant))
      assert.deepEqual([...named].sort(), one.expect ?? [Number(invariant)], JSON.stringify(result.wrong))
    })
  }
}

const few = {
  'no fault': one => { one.events = one.events.filter(e => e.e !== 'fault') },
  'no send on its way': one => { for (const e of one.events) if (e.e === 'fault') e.t += 2000 },
  'no unknown outcome': one => { without(one, { e: 'unknown' }); without(one, { e: 'try', key: 'k4', t: 3990 }) },
  'no repeat': one => { without(one, { e: 'again-ok' }) },
  'no hole': one => { event(one, { e: 'metrics' }).gap_reads = 0 },
  'a planned fault that never came': one => { event(one, { e: 'plan' }).faults.push('nginx kill') },
  'a fault that did not work': one => { event(one, { e: 'fault', phase: 'end' }).trouble = 'Error: no' },
}
for (const [what, breakIt] of Object.entries(few)) {
  await test(`6: ${what}: unknown`, () => {
    const one = whole()
    breakIt(one)
    assert.equal(judge(one).verdict, 'unknown')
  })
}

await test('an agent who gave a chat back: what follows within 2 s, or while it waits, or after its end is no breach; later is', () => {
  const at = (start, seen) => {
    const one = whole()
    one.messages = [row(1, 'START', 'S', 1, 1000, { name: 'agent' }), row(2, 'TRANSFER', 'S', 1, 1500), row(3, 'START', 'S', 1, start, { name: 'other agent' }),
      row(4, 'TEXT', 'M', 10, 6000, { key: 'k4' }), row(5, 'END', 'S', 1, 9000)]
    one.events = one.events.filter(e => !['k2', 'k3'].includes(e.key) && !(e.who === 'a1.0' && ['frame', 'shown', 'rest'].includes(e.e)))
    for (const e of one.events) if (e.key === 'k4') e.t += 1900
    one.events.push({ t: seen, e: 'frame', who: 'a1.0', s: S, p: 'a1.0', n: 2, seq: 4, h: 'h4' }, { t: seen - 1, e: 'sub', who: 'a1.0', s: S, p: 'a1.0', n: 2, after: 3 })
    return judge(one).wrong.filter(w => w.what === 'seen without the right').length
  }
  assert.equal(at(5000, 6001), 0)
  assert.equal(at(7000, 6001), 0)
  assert.equal(at(2000, 9500), 0)
  assert.equal(at(2000, 6001), 1)
})

await test('what pushd delivers late because it was frozen is counted; with no such fault it is a breach', () => {
  const late = blind => {
    const one = whole()
    one.messages = [row(1, 'START', 'S', 1, 1000, { name: 'agent' }), row(2, 'TRANSFER', 'S', 1, 1500), row(3, 'START', 'S', 1, 2500, { name: 'other agent' }),
      row(4, 'TEXT', 'M', 10, 6000, { key: 'k4' }), row(5, 'END', 'S', 1, 9000)]
    one.events = one.events.filter(e => !['k2', 'k3'].includes(e.key) && !(e.who === 'a1.0' && ['frame', 'shown', 'rest'].includes(e.e)))
    for (const e of one.events) {
      if (e.key === 'k4') e.t += 1900
      if (e.e === 'fault' && e.phase === 'end') Object.assign(e, { t: 6500, blind })
    }
    one.events.push({ t: 5990, e: 'sub', who: 'a1.0', s: S, p: 'a1.0', n: 2, after: 3 }, { t: 6600, e: 'frame', who: 'a1.0', s: S, p: 'a1.0', n: 2, seq: 4, h: 'h4' })
    const result = judge(one)
    return [result.wrong.filter(w => w.what === 'seen without the right').length, result.counts.late]
  }
  assert.deepEqual(late(true), [0, 1])
  assert.deepEqual(late(undefined), [1, 0])
})

await finish()
