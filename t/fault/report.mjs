// report: a verdict as a page of text.
import { invariants } from './check/check.mjs'

const row = cells => `| ${cells.join(' | ')} |`

export function reportText({ verdict, wrong, missing, counts, faults, run, trouble }) {
  const n = name => String(counts[name] ?? 0)
  const lines = [
    `# A proof of the delivery contract: ${verdict}`, '',
    `Seed ${run.seed}, ${run.seconds} s, ${run.customers} customers and ${run.agents} agents, two tabs each; ${run.nodes > 1 ? `${run.nodes} nodes with Redis` : 'one node'}; half STOMP, a quarter SockJS, a quarter REST and polling.`, '',
    row(['what', 'count']), row(['---', '---:']),
    row(['messages acknowledged', n('acknowledged')]), row(['written', n('writes')]), row(['outcomes unknown / settled', `${n('unknown')} / ${n('settled')}`]),
    row(['refused by a rule', n('refused')]), row(['repeats answered with the first seq', n('repeats')]),
    row(['rows shown', n('shown')]), row(['frames', n('frames')]), row(['pages', n('pages')]), row(['resumes / with missed rows', `${n('resumes')} / ${n('resumed')}`]),
    row(['holes filled from the log', n('holes')]), row(['chats ended / cancelled / handed over', `${n('ended')} / ${n('cancelled')} / ${n('handed')}`]),
    row(['accepts', n('accepts')]), row(['strangers\' tries', n('probes')]), row(['slowest to hold the head after all, ms', n('slowestMs')]),
    row(['rows seen late after a right was lost, while pushd could not look', n('late')]),
    row(['faults', n('faults')]), row(['of them with a send in flight', `${Math.round((counts.inFlight ?? 0) * 100)} %`]), '',
    row(['fault', 'times']), row(['---', '---:']), ...Object.entries(faults).sort().map(([name, times]) => row([name, times])), '',
  ]
  if (wrong.length) {
    lines.push(`## Broken: ${wrong.length}`, '')
    const kinds = new Map()
    for (const one of wrong) {
      const kind = `${one.invariant} (${invariants[one.invariant]}): ${one.what}`
      kinds.set(kind, [...(kinds.get(kind) ?? []), one])
    }
    for (const [kind, list] of kinds) lines.push(`- ${kind}, ${list.length} times; ${list.slice(0, 3).map(one => JSON.stringify(one)).join(' ')}`)
    lines.push('')
  }
  if (missing.length) lines.push('## Too little', '', ...missing.map(one => `- ${one.name}: ${typeof one.got === 'number' ? Math.round(one.got * 100) / 100 : one.got}, wanted ${one.wanted}`), '')
  if (trouble.length) lines.push('## Trouble of the run itself', '', ...trouble.slice(0, 5).map(text => `- ${text.split('\n').slice(0, 3).join(' ')}`), '')
  return lines.join('\n')
}
