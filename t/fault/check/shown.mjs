// shown, invariant 3: each page showed the seqs strictly + 1 with the stored texts, and in the end the whole log; each subscription brought its rows
// strictly + 1 from what it asked for.

export function shown(h) {
  const wrong = []
  const say = (what, fields) => wrong.push({ invariant: 3, what, ...fields })
  const stored = new Map([...h.logs].map(([s, log]) => [s, new Map(log.map(row => [row.seq, row.h]))]))
  const pages = new Map(), subscriptions = new Map()
  const counts = { shown: 0, frames: 0, pages: 0, resumes: 0, resumed: 0 }
  for (const one of h.events) {
    switch (one.e) {
    case 'open':
      pages.set(one.p, { last: 0 })
      counts.pages++
      break
    case 'reset':
      if (pages.has(one.p)) pages.get(one.p).last = 0
      break
    case 'shown': {
      const page = pages.get(one.p)
      counts.shown++
      if (one.seq !== page.last + 1) say(one.seq <= page.last ? 'shown twice' : 'shown over a hole', { s: one.s, who: one.p, seq: one.seq, last: page.last })
      page.last = Math.max(page.last, one.seq)
      const text = stored.get(one.s)?.get(one.seq)
      if (text === undefined) say('shown and not stored', { s: one.s, who: one.p, seq: one.seq })
      else if (text !== one.h) say('another text was shown', { s: one.s, who: one.p, seq: one.seq })
      break
    }
    case 'sub':
      subscriptions.set(`${one.p} ${one.n}`, { last: one.after, after: one.after })
      counts.resumes++
      break
    case 'resync':
      subscriptions.get(`${one.p} ${one.n}`).last = 0
      break
    case 'frame': {
      const sub = subscriptions.get(`${one.p} ${one.n}`)
      counts.frames++
      if (one.seq !== sub.last + 1) say(one.seq <= sub.last ? 'pushed twice' : 'pushed over a hole', { s: one.s, who: one.p, n: one.n, seq: one.seq, last: sub.last })
      sub.last = Math.max(sub.last, one.seq)
      break
    }
    }
  }
  return { wrong, counts }
}
