// table: the figures as a table of Markdown, which a terminal shows well enough too.
import { PEERS, TITLES } from './peers.mjs'

const digits = v => (Math.abs(v) >= 1000 ? Math.round(v).toLocaleString('en-US') : Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1) : v.toFixed(2).replace(/\.?0+$/, ''))
const number = (v, unit) => (v === undefined || Number.isNaN(v) ? '-' : `${digits(v)}${unit ? (unit === '/s' ? unit : ` ${unit}`) : ''}`)

function goalOf(f) {
  if (f.goal) return f.goal
  if (f.least !== undefined) return `>= ${number(f.least, f.unit)}`
  if (f.most !== undefined) return `<= ${number(f.most, f.unit)}`
  return ''
}

export function verdict(f) {
  if (f.unmeasured) return 'not measured'
  if (f.failed) return 'failed'
  if (f.least !== undefined) return f.value >= f.least ? 'yes' : 'no'
  if (f.most !== undefined) return f.value <= f.most ? 'yes' : 'no'
  return ''
}

function besideOf(f) {
  const parts = []
  for (const name of ['bare', ...PEERS]) {
    const theirs = f.beside?.[name]
    if (!theirs) continue
    if (theirs.missing) parts.push(`${TITLES[name]}: not present`)
    else parts.push(`${TITLES[name]} ${number(theirs.value, f.unit)} (${number(f.value / theirs.value, 'x').replace(' x', 'x')})`)
  }
  return parts.join('; ')
}

function ownText(f) {
  if (f.unmeasured && f.value === undefined) return `not measured: ${f.unmeasured}`
  const times = [f.p50 !== undefined && `p50 ${number(f.p50, 'ms')}`, f.p99 !== undefined && `p99 ${number(f.p99, 'ms')}`].filter(Boolean).join(', ')
  const why = f.failed || f.unmeasured
  return number(f.value, f.unit) + (times && ` (${times})`) + (why ? `; ${why}` : '')
}

export function tableOf(result) {
  const m = result.machine
  const lines = [
    `Measured ${m.date}${m.commit ? ` at ${m.commit}` : ''}: ${m.cores} cores (${m.cpu}), kernel ${m.kernel}, ${m.memoryGb} GB, CFLAGS ${m.cflags}; the database on ${m.fileSystem} with `
      + `${m.fsyncsPerSecond.toLocaleString('en-US')} flushes a second; load of the machine ${result.load.map(l => l.toFixed(1)).join(' to ')}.`,
    '', '| figure | sangdam | goal | reached | beside (ours to theirs) |', '|---|---|---|---|---|',
  ]
  for (const f of result.figures) lines.push(`| ${f.what} | ${ownText(f)} | ${goalOf(f)} | ${verdict(f)} | ${besideOf(f)} |`)
  const missing = Object.entries(result.missing)
  if (missing.length) lines.push('', `Not present: ${missing.map(([name, why]) => `${TITLES[name]} (${why})`).join('; ')}.`)
  return lines.join('\n')
}
