// rights, invariant 4: nothing reaches anyone without the right to that chat; nothing follows the end of a chat; one winner of each accept; one open
// chat of a customer.
const GRACE_MS = 2000 // a lost right ends within, while pushd runs and reaches its database
const END = new Set(['END', 'CANCEL'])
const AFTER_END = new Set(['EDIT', 'REDACT'])
const COMPLETED = 3

// Who had a chat as its agent, and until when: from START to TRANSFER as the log says.
export function stretches(h, log) {
  const names = new Map([...h.people.values()].map(one => [one.nickname, one.id]))
  const list = []
  for (const row of log) {
    if (row.k === 'START') list.push({ agent: names.get(row.name), from: row.at, to: Infinity })
    if (row.k === 'TRANSFER' && list.length) list.at(-1).to = row.at
  }
  return list
}

// What a person may not get of this chat: spans of ms, each begun by the loss of the right. Staff may read what waits and what is over.
function forbidden(session, list, person) {
  if (person.id === session.member) return []
  if (person.role !== 'AGENT') return [{ from: -Infinity, to: Infinity }]
  return list.filter(one => one.agent !== person.id).map(one => ({ from: one.from, to: Math.min(one.to, session.to ?? Infinity) }))
}

export function rights(h) {
  const wrong = []
  const say = (what, fields) => wrong.push({ invariant: 4, what, ...fields })
  const counts = { seen: 0, late: 0, probes: 0, ended: 0, cancelled: 0, handed: 0, accepts: 0 }
  const agents = new Map()
  for (const session of h.sessions) {
    const log = h.logs.get(session.s) ?? []
    const list = stretches(h, log)
    agents.set(session.s, list)
    life(session, log, counts, say)
    winners(h, session, list, counts, say)
  }
  seen(h, agents, counts, say)
  for (const one of h.kinds.get('probe') ?? []) {
    counts.probes++
    if (one.got) say('a stranger was let in', { s: one.s, who: one.who, door: one.door, got: one.got })
  }
  openChats(h, say)
  return { wrong, counts }
}

function life(session, log, counts, say) {
  const end = log.findIndex(row => END.has(row.k))
  counts.handed += log.filter(row => row.k === 'TRANSFER').length
  if (end < 0) {
    if (session.status === COMPLETED) say('completed without a last row', { s: session.s })
    return
  }
  counts[log[end].k === 'END' ? 'ended' : 'cancelled']++
  if (session.status !== COMPLETED) say('open behind its end', { s: session.s })
  for (const row of log.slice(end + 1)) if (!AFTER_END.has(row.k)) say('a row behind the end', { s: session.s, seq: row.seq, k: row.k })
}

function winners(h, session, list, counts, say) {
  const won = (h.bySession ??= bySession(h)).get(session.s) ?? []
  counts.accepts += won.length
  const distinct = new Set(won.map(one => h.of(one.who).id))
  for (const id of distinct) if (!list.some(one => one.agent === id)) say('an accept was answered and is not in the log', { s: session.s, member: id })
  const winners = new Set(list.map(one => one.agent))
  if (list.length > 1) for (const [i, one] of list.entries()) if (i && list[i - 1].to === Infinity) say('taken twice', { s: session.s, member: one.agent })
  if (distinct.size > winners.size) say('two winners', { s: session.s })
}

const bySession = h => {
  const map = new Map()
  for (const one of h.kinds.get('accept-ok') ?? []) map.set(one.s, [...(map.get(one.s) ?? []), one])
  return map
}

// Spans in which pushd could not look: a fault says so of itself.
function blindSpans(h) {
  const begun = new Map(), list = []
  for (const one of h.kinds.get('fault') ?? []) {
    if (one.phase === 'begin') begun.set(one.n, one.t)
    else if (one.blind) list.push({ from: begun.get(one.n), to: one.t + GRACE_MS })
  }
  return list
}

function seen(h, agents, counts, say) {
  const spans = new Map(), blind = blindSpans(h)
  for (const one of h.events) {
    if (one.e !== 'frame' && one.e !== 'shown') continue
    const person = h.of(one.who), session = h.session.get(one.s)
    const id = `${one.s} ${person.id}`
    counts.seen++
    if (!session) continue // shown.mjs tells of it
    if (!spans.has(id)) spans.set(id, forbidden(session, agents.get(one.s), person))
    const row = h.logs.get(one.s)?.[one.seq - 1]
    const span = row && spans.get(id).find(({ from, to }) => row.at > from + GRACE_MS && row.at < to && one.t < to)
    if (!span) continue
    if (blind.some(({ from, to }) => row.at > from && span.from + GRACE_MS < to && span.from + GRACE_MS > from && one.t < to)) counts.late++
    else say('seen without the right', { s: one.s, who: one.who, seq: one.seq, late: Math.round(row.at - span.from) })
  }
}

function openChats(h, say) {
  const last = new Map()
  for (const session of [...h.sessions].sort((a, b) => a.from - b.from)) {
    const before = last.get(session.member)
    if (before && (before.to ?? Infinity) > session.from) say('two open chats of one customer', { s: session.s, other: before.s })
    last.set(session.member, session)
  }
}
