// check: the verdict on a history. Pure: the same history, the same verdict. "fail" when an invariant is broken; "unknown" when none is, but too little
// happened to say more; else "pass".
import { coverage } from './coverage.mjs'
import { life } from './life.mjs'
import { order } from './order.mjs'
import { rights } from './rights.mjs'
import { rows } from './rows.mjs'
import { shown } from './shown.mjs'

export const invariants = { 1: 'rows', 2: 'order', 3: 'shown', 4: 'rights', 5: 'life', 6: 'coverage' }

export function check(h, { seconds, least } = {}) {
  const run = h.kinds.get('run')?.[0] ?? {}
  const parts = [rows, order, shown, rights, life].map(rule => rule(h))
  const wrong = parts.flatMap(part => part.wrong)
  const counts = Object.assign({}, ...parts.map(part => part.counts))
  const enough = coverage(h, { seconds: seconds ?? run.seconds ?? 0, least, ...counts })
  return {
    verdict: wrong.length ? 'fail' : enough.missing.length ? 'unknown' : 'pass',
    wrong, missing: enough.missing, counts: enough.counts, faults: enough.faults, run,
    trouble: (h.kinds.get('trouble') ?? []).map(one => one.text),
    metrics: h.kinds.get('metrics')?.at(-1) ?? {},
  }
}
