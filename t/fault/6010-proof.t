#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A minute of the proof: people talk while the house is shaken; nothing is lost, repeated, out of order or seen by the wrong person.
import assert from 'node:assert/strict'
import process from 'node:process'
import { cleanup, finish, note, test } from '../lib/tap.mjs'
import { prove } from './prove.mjs'

// what a busy machine does in a minute, too; 1 h of it is t/fault/run
const least = { acknowledged: 500, faults: 6, settled: 1, repeats: 10, resumed: 1, holes: 0, eachFault: 0, inFlight: 0.5 }

await test('12 customers and 4 agents, faults for 40 s', async () => {
  const seed = process.env.SANGDAM_SEED ?? String(Date.now() % 100000)
  const result = await prove({ seconds: 40, seed, customers: 12, agents: 4, least, atEnd: cleanup })
  note(result.text)
  assert.deepEqual(result.wrong.slice(0, 5), [], `seed ${seed}, history in ${result.out}`)
  assert.deepEqual(result.trouble, [])
  assert.equal(result.verdict, 'pass', `seed ${seed}: ${JSON.stringify(result.missing)}`)
}, { seconds: 400 })

await finish()
