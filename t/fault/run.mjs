// run: one proof. t/fault/run [--seconds N] [--seed S] [--customers N] [--agents N] [--nodes N --redis] [--faults A,B] [--set KEY=VALUE] [--keep DIR] [--report FILE]
//      t/fault/run --check DIR --seconds N: the verdict on a history that was kept
//
// Starts a sangdam, lets people talk, lets faults happen, waits until all is quiet, dumps the tables, asks the checker. Exits 0 on "pass", 1 on
// "fail", 2 on "unknown". What it wrote stays in --keep, or, when the verdict is not "pass", in the folder that it names.
import process from 'node:process'
import { parseArgs } from 'node:util'
import { cleanup } from '../lib/tap.mjs' // it also ends what was started when a signal ends us
import { check } from './check/check.mjs'
import { readHistory } from './check/read.mjs'
import { prove } from './prove.mjs'
import { reportText } from './report.mjs'

const codes = { pass: 0, fail: 1, unknown: 2 }
const { values: o } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 100000) }, customers: { type: 'string', default: '40' },
    agents: { type: 'string', default: '10' }, faults: { type: 'string' }, set: { type: 'string', multiple: true, default: [] }, keep: { type: 'string' },
    report: { type: 'string' }, check: { type: 'string' }, nodes: { type: 'string', default: '1' }, redis: { type: 'boolean' }, pause: { type: 'string' },
  },
})
const number = name => {
  const n = Number(o[name])
  if (!Number.isInteger(n) || n < 0) throw new Error(`--${name} is a whole number`)
  return n
}
if (o.check) {
  const result = check(await readHistory(o.check), { seconds: number('seconds') })
  console.log(reportText(result))
  process.exit(codes[result.verdict])
}
const result = await prove({
  atEnd: cleanup,
  seconds: number('seconds'), seed: o.seed, customers: number('customers'), agents: number('agents'), nodes: number('nodes'), faults: o.faults?.split(','), keep: o.keep, report: o.report,
  pauseMs: o.pause === undefined ? undefined : number('pause'), more: Object.fromEntries(o.set.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])),
  say: text => console.error(text),
})
console.log(result.text)
process.exit(codes[result.verdict])
