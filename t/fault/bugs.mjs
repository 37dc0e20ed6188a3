// bugs: the proof of the proof. t/fault/bugs [--seeds A,B,C] [--only BUG,...] [--report FILE]
//
// Each bug is one that a chat might really have. The programs are built with all of them asleep (CPPFLAGS=-DSANGDAM_BUGS, lib/base/bug.h), one is woken,
// and the checker must break the invariant that stands here, within LIMIT_S, for every seed. The same build without a bug must break none.
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { top } from '../lib/system.mjs'
import { cleanup } from '../lib/tap.mjs' // it also ends what was started when a signal ends us

const LIMIT_S = 120
const SECONDS = 15

// invariant: as check/check.mjs numbers them. Without `page` or `prepare` it is in the programs.
export const bugs = {
  ack_before_commit: { invariant: 1, why: 'acknowledged though COMMIT did not come through', faults: ['link cut before COMMIT', 'mariadbd kill'] },
  no_unique_key: {
    invariant: 1, why: 'the table knows no clientMessageId', faults: ["link cut at COMMIT's answer", 'pushd kill'],
    prepare: system => system.sql('ALTER TABLE chat_message DROP INDEX uq_chat_message_client, ADD INDEX uq_chat_message_client (session_no, sender_id, client_message_id)'),
  },
  seq_auto_increment: {
    invariant: 2, why: 'numbers come from one counter of the table', faults: ['nginx reload'],
    prepare: system => system.sql(`CREATE SEQUENCE seqs; CREATE TRIGGER take_seq BEFORE INSERT ON chat_message FOR EACH ROW SET NEW.seq = NEXT VALUE FOR seqs`),
  },
  no_row_lock: { invariant: 4, why: 'the chat is read without a lock, and a taken seq is tried again one higher', faults: ['pushd kill'], plan: { quota: [2, 5], pauseMs: 10 } },
  register_after_read: { invariant: 3, why: 'what commits between the read of the log and the registration is missed', faults: ['client reset mid-frame', 'pushd kill'] },
  drop_slow_reader: { invariant: 3, why: 'rows that find the queue full are dropped', faults: ['slow reader'] },
  no_sweep: { invariant: 5, why: 'lost hints are not looked for', faults: ['hints lost'] },
  retry_with_new_id: { invariant: 1, why: 'the page sends again by another id', faults: ["link cut at COMMIT's answer", 'client reset mid-frame'], page: true },
  state_outside: { invariant: 4, why: 'the state is checked before the transaction', faults: ['pushd kill'], plan: { quota: [2, 5], pauseMs: 10 } },
  rights_cached: { invariant: 4, why: 'who once could read goes on', faults: ['nginx reload'], plan: { gives: 0.9, quota: [20, 60], seconds: 40 } },
}

const { values: o } = parseArgs({ options: { seeds: { type: 'string', default: '1,2,3' }, only: { type: 'string' }, report: { type: 'string' }, verbose: { type: 'boolean' } } })
process.env.SANGDAM_BUILD ??= path.join(top, 'build-bugs')
process.env.SANGDAM_CONFIGURE = `${process.env.SANGDAM_CONFIGURE ?? '--enable-developer'} CPPFLAGS=-DSANGDAM_BUGS`

const { prove } = await import('./prove.mjs')

async function run(seed, { name, faults, plan = {}, page, prepare }) {
  let began = Date.now()
  const result = await prove({
    seconds: SECONDS, seed, customers: 12, agents: 4, faults, between: [100, 600], patienceS: name ? [15, 15] : undefined, ...plan, prepare: async system => { began = Date.now(); await prepare?.(system) }, bug: page ? name : undefined, env: { SANGDAM_BUG: name ?? '' },
    atEnd: cleanup,
  })
  fs.rmSync(path.dirname(result.out), { recursive: true, force: true })
  return { ...result, seconds: Math.round((Date.now() - began) / 1000) }
}

const say = (...parts) => console.log(parts.join(' '))
const lines = ['| bug | invariant | seed | verdict | found by | s |', '| --- | ---: | ---: | --- | --- | ---: |']
let failed = 0
const line = (name, invariant, seed, result, isRight) => {
  const found = [...new Set(result.wrong.map(one => `${one.invariant}: ${one.what}`))].join('; ')
  if (!isRight) failed++
  lines.push(`| ${name} | ${invariant} | ${seed} | ${isRight ? '' : '**not as it should be:** '}${result.verdict} | ${found} | ${result.seconds} |`)
  say(isRight ? 'ok' : 'not ok', name, 'seed', seed, result.verdict, `${result.seconds} s`, found)
  if (o.verbose || !isRight) say(result.text)
}

const only = o.only?.split(',')
for (const seed of o.seeds.split(',')) {
  for (const [name, bug] of Object.entries(bugs)) {
    if (only && !only.includes(name)) continue
    const result = await run(seed, { name, ...bug })
    line(name, bug.invariant, seed, result, result.wrong.some(one => one.invariant === bug.invariant) && result.seconds <= LIMIT_S)
  }
  if (only && !only.includes('none')) continue
  // without a bug: each plan that a bug was looked for by
  for (const [name, plan] of Object.entries({ 'none, all faults': {}, 'none, short chats': bugs.state_outside.plan, 'none, handed over': bugs.rights_cached.plan })) {
    const faults = [...new Set(Object.values(bugs).flatMap(bug => bug.faults))]
    const result = await run(seed, { faults, plan })
    line(name, '', seed, result, !result.wrong.length && !result.trouble.length)
  }
}
const text = `# Seeded bugs\n\n${lines.join('\n')}\n\n${failed ? `${failed} not as they should be` : 'Each was found by its invariant; the build without one breaks none.'}\n`
if (o.report) fs.writeFileSync(o.report, text)
say(failed ? `${failed} failed` : 'all as they should be')
process.exit(failed ? 1 : 0)
