// rows, invariant 1: every acknowledged send has exactly one row with its body and seq; no refused one has any; an unknown one has none or one; there
// is no row that nobody sent.

// What became of each clientMessageId of each sender: the tries of one key belong together.
export function sends(h) {
  const all = new Map()
  const get = (one) => {
    const id = `${one.s} ${h.of(one.who).id} ${one.key}`
    if (!all.has(id)) all.set(id, { s: one.s, who: one.who, sender: h.of(one.who).id, key: one.key, tries: 0, unknown: 0, refused: 0, open: 0 })
    return all.get(id)
  }
  for (const one of h.events) {
    switch (one.e) {
    case 'try': {
      const send = get(one)
      send.tries++
      send.open++
      send.h = one.h
      send.tried ??= one.t
      break
    }
    case 'ok': {
      const send = get(one)
      send.open--
      send.acked ??= one.t
      if (one.seq !== undefined) (send.seqs ??= new Set()).add(one.seq)
      break
    }
    case 'unknown': get(one).open--; get(one).unknown++; break
    case 'fail': get(one).open--; get(one).refused++; break
    }
  }
  return [...all.values()]
}

export function rows(h) {
  const wrong = []
  const say = (what, fields) => wrong.push({ invariant: 1, what, ...fields })
  const stored = new Map()
  for (const row of h.messages) {
    if (!row.key) continue
    const id = `${row.s} ${row.sender} ${row.key}`
    if (!stored.has(id)) stored.set(id, [])
    stored.get(id).push(row)
  }
  const known = new Set()
  const counts = { writes: 0, acknowledged: 0, unknown: 0, settled: 0, refused: 0 }
  const texts = new Map() // each text is written once: a second row of it is a repeat under another id
  for (const send of sends(h)) {
    const id = `${send.s} ${send.sender} ${send.key}`
    const found = stored.get(id) ?? []
    const where = { s: send.s, key: send.key, who: send.who }
    known.add(id)
    counts.writes++
    counts.acknowledged += send.acked !== undefined
    counts.unknown += send.unknown
    counts.settled += send.acked === undefined && send.refused === 0 ? 0 : send.unknown
    counts.refused += send.refused
    if (found.length > 1) say('stored twice', { ...where, seqs: found.map(row => row.seq) })
    if (send.acked !== undefined && !found.length) say('acknowledged and lost', where)
    if (send.acked === undefined && !send.unknown && !send.open && send.refused && found.length) say('refused and stored', where)
    for (const row of found) {
      if (row.h !== send.h) say('another text is stored', { ...where, seq: row.seq })
      const before = texts.get(send.h)
      if (before && before !== send.key) say('one text under two ids', { ...where, other: before })
      texts.set(send.h, send.key)
    }
    for (const seq of send.seqs ?? []) if (!found.some(row => row.seq === seq)) say('acknowledged with another seq', { ...where, seq })
  }
  for (const row of h.messages) {
    if (row.type !== 'S' && (row.k === 'TEXT' || row.k === 'FILE') && !known.has(`${row.s} ${row.sender} ${row.key}`)) say('a row that nobody sent', { s: row.s, seq: row.seq })
  }
  return { wrong, counts }
}
