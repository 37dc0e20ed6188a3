// order, invariant 2: seqs are 1..head and head is message_count; what was acknowledged before another was sent has the lower seq; a repeated send is
// answered with the first seq.
import { sends } from './rows.mjs'

export function order(h) {
  const wrong = []
  const say = (what, fields) => wrong.push({ invariant: 2, what, ...fields })
  for (const session of h.sessions) {
    const log = h.logs.get(session.s) ?? []
    const hole = log.findIndex((row, i) => row.seq !== i + 1)
    if (hole >= 0) say('the log is not dense', { s: session.s, at: hole + 1, seq: log[hole].seq })
    if ((log.at(-1)?.seq ?? 0) !== session.head) say('the head is not the last seq', { s: session.s, head: session.head, last: log.at(-1)?.seq ?? 0 })
  }
  realTime(h, say)
  const first = new Map(h.messages.filter(row => row.key).map(row => [`${row.s} ${row.sender} ${row.key}`, row.seq]))
  let again = 0
  for (const one of h.kinds.get('again-ok') ?? []) {
    const seq = first.get(`${one.s} ${h.of(one.who).id} ${one.key}`)
    if (one.seq === undefined) continue
    if (one.seq !== seq) say('a repeat was answered with another seq', { s: one.s, key: one.key, seq: one.seq, first: seq })
    else again++
  }
  for (const one of h.kinds.get('again-fail') ?? []) if (one.status === 409 || one.code === '02') say('a repeat was refused', { s: one.s, key: one.key, code: one.code })
  return { wrong, counts: { repeats: again } }
}

// From the end of each log: the earliest acknowledgement of any later row must not lie before this row's first try.
function realTime(h, say) {
  const times = new Map(sends(h).map(send => [`${send.s} ${send.sender} ${send.key}`, send]))
  for (const [s, log] of h.logs) {
    let acked = Infinity, later
    for (let i = log.length - 1; i >= 0; i--) {
      const send = log[i].key && times.get(`${s} ${log[i].sender} ${log[i].key}`)
      if (!send) continue
      if (acked < send.tried) say('acknowledged first, but stored behind', { s, seq: log[i].seq, later })
      if (send.acked !== undefined && send.acked < acked) {
        acked = send.acked
        later = log[i].seq
      }
    }
  }
}
