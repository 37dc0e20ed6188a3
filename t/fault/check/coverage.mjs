// coverage, invariant 6: enough happened at once, else nobody knows. The counts are those of a run of 20 minutes, scaled down for a shorter one.

const FULL_SECONDS = 1200
const FULL = { acknowledged: 300000, faults: 200, settled: 200, repeats: 1000, resumed: 500, holes: 50, eachFault: 5 }
const IN_FLIGHT = 0.8
const MOST_FAILED = 100 // one in so many

// Pages that subscribed with `after` and got rows that were stored before they asked.
function resumed(h) {
  const subs = new Map(), done = new Set()
  for (const one of h.events) {
    if (one.e === 'sub') subs.set(`${one.p} ${one.n}`, one)
    if (one.e !== 'frame') continue
    const id = `${one.p} ${one.n}`, sub = subs.get(id)
    const row = h.logs.get(one.s)?.[one.seq - 1]
    if (sub && row && sub.after > 0 && row.at < sub.t) done.add(id)
  }
  return done.size
}

function faultsOf(h) {
  const begun = new Map(), list = []
  for (const one of h.kinds.get('fault') ?? []) {
    if (one.phase === 'begin') begun.set(one.n, one)
    else list.push({ name: one.name, from: begun.get(one.n).t, to: one.t, trouble: one.trouble })
  }
  return list
}

// In how many of them a send was on its way.
function overlapped(h, faults) {
  const spans = []
  const open = new Map()
  for (const one of h.events) {
    const id = `${one.who} ${one.key}`
    if (one.e === 'try') open.set(id, one.t)
    else if ((one.e === 'ok' || one.e === 'unknown' || one.e === 'fail') && open.has(id)) {
      spans.push([open.get(id), one.t])
      open.delete(id)
    }
  }
  for (const t of open.values()) spans.push([t, Infinity])
  return faults.filter(fault => spans.some(([from, to]) => from <= fault.to && to >= fault.from)).length
}

export function coverage(h, { seconds, least = {}, ...counts }) {
  const faults = faultsOf(h)
  const names = new Map((h.kinds.get('plan')?.[0].faults ?? []).map(name => [name, 0]))
  for (const fault of faults) names.set(fault.name, (names.get(fault.name) ?? 0) + (fault.trouble ? 0 : 1))
  const metrics = h.kinds.get('metrics')?.at(-1) ?? {}
  const got = { ...counts, faults: faults.length - faults.filter(fault => fault.trouble).length, resumed: resumed(h), holes: metrics.gap_reads ?? 0, inFlight: faults.length ? overlapped(h, faults) / faults.length : 0 }
  const scale = Math.min(1, seconds / FULL_SECONDS)
  const wanted = { inFlight: IN_FLIGHT }
  for (const [name, n] of Object.entries(FULL)) if (name !== 'eachFault') wanted[name] = Math.max(1, Math.floor(n * scale))
  const { eachFault: each = Math.floor(FULL.eachFault * scale), ...others } = least
  Object.assign(wanted, others)
  const missing = Object.keys(wanted).filter(name => (got[name] ?? 0) < wanted[name]).map(name => ({ name, got: got[name] ?? 0, wanted: wanted[name] }))
  for (const name of names.keys()) if (names.get(name) < each) missing.push({ name, got: names.get(name), wanted: each })
  const failed = faults.filter(fault => fault.trouble) // these did not happen: they count for nothing, and must be few
  if (failed.length * MOST_FAILED > faults.length) for (const fault of failed) missing.push({ name: `${fault.name}: ${fault.trouble.split('\n')[0]}`, got: 0, wanted: 1 })
  return { missing, counts: got, faults: Object.fromEntries(names) }
}
