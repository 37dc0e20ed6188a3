// life, invariant 5: when faults are over, everybody with a connection holds the head within 5 s, others within their back-off of 30 s; what was
// written is stored; descriptors, threads, memory and database connections are what they were.
import { stretches } from './rights.mjs'

const FOUND_MS = 5000
const BACK_MS = 30000

export function life(h) {
  const wrong = []
  const say = (what, fields) => wrong.push({ invariant: 5, what, ...fields })
  const over = h.kinds.get('over')?.[0]
  const counts = { rests: 0, slowestMs: 0 }
  if (!over) return { wrong: [{ invariant: 5, what: 'the run did not come to rest' }], counts }
  const up = new Set(over.up)
  const heads = new Map([...h.logs].map(([s, log]) => [s, log.filter(row => row.at <= over.t).length]))
  const reached = lastShown(h, over.t, heads)
  for (const one of h.kinds.get('rest') ?? []) {
    if (!isTheirs(h, one)) continue
    const head = heads.get(one.s) ?? 0
    const late = (reached.get(one.p) ?? Infinity) - over.t
    const limit = up.has(one.who) ? FOUND_MS : FOUND_MS + BACK_MS
    counts.rests++
    if (one.last < head) say('rows were never found', { s: one.s, who: one.p, last: one.last, head, door: one.door })
    else if (late > limit + stall(h, over.t)) say('rows were found late', { s: one.s, who: one.p, ms: Math.round(late), door: one.door })
    if (one.last >= head) counts.slowestMs = Math.max(counts.slowestMs, Math.round(late))
    const ended = h.session.get(one.s)?.status === 3
    if (one.waits && !ended) say('written and never stored', { s: one.s, who: one.p, waits: one.waits })
  }
  held(h, say)
  return { wrong, counts }
}

// An agent who lost the chat, and whose page was not told yet, need not hold it.
function isTheirs(h, { s, who }) {
  const person = h.of(who)
  return person.role !== 'AGENT' || stretches(h, h.logs.get(s) ?? []).at(-1)?.agent === person.id
}

// When each page had shown the head that was there at `t`.
function lastShown(h, t, heads) {
  const reached = new Map()
  for (const one of h.events) if (one.e === 'shown' && one.seq === heads.get(one.s)) reached.set(one.p, Math.max(one.t, t))
  for (const one of h.kinds.get('rest') ?? []) if (!heads.get(one.s)) reached.set(one.p, t)
  return reached
}

// How long this machine let the tests themselves wait then: nobody can be quicker.
const stall = (h, t) => Math.max(0, ...(h.kinds.get('stall') ?? []).filter(one => one.t > t - 1000).map(one => one.ms))

// A pushd's descriptors from before the first person to after the last: while people are there, they move between the nodes.
function held(h, say) {
  const [empty, base, end, left] = ['empty', 'base', 'end', 'left'].map(at => h.kinds.get('resources')?.find(one => one.at === at))
  const isPushd = name => name.startsWith('pushd')
  for (const [name, last] of Object.entries(end ?? {})) {
    if (typeof last !== 'object' || !base?.[name]) continue
    const was = { ...base[name], fds: isPushd(name) ? empty?.[name].fds : base[name].fds }
    const is = { ...last, fds: isPushd(name) ? left?.[name].fds : last.fds }
    if (is.fds > was.fds * 1.5 + 40) say('descriptors were not given back', { program: name, was: was.fds, is: is.fds })
    if (is.threads > was.threads + 4) say('threads were not ended', { program: name, was: was.threads, is: is.threads })
    if (is.rssKb > was.rssKb * 3 + 65536) say('memory was not given back', { program: name, was: was.rssKb, is: is.rssKb })
    if (is.connections > was.connections + 40) say('database connections were not given back', { was: was.connections, is: is.connections })
  }
}
