// tap: one test, one TAP line. A test is an async function that throws (node:assert) when what it looks at isn't so.
//
//   import { test, finish } from '../lib/tap.mjs'
//   await test('what a person would say is true', async () => { assert.equal(...) })
//   await finish()
import process from 'node:process'

let count = 0
let failed = 0
const atEnd = []

const indent = text => String(text).split('\n').map(line => '#   ' + line).join('\n')

// Runs fn and prints its line. It fails when it throws or hasn't ended within `seconds`.
export async function test(name, fn, { seconds = 60 } = {}) {
  count++
  const number = count
  let timer
  const limit = new Promise((_, no) => {
    timer = setTimeout(() => no(new Error(`not done after ${seconds} s`)), seconds * 1000)
  })
  const began = process.hrtime.bigint()
  try {
    await Promise.race([fn(), limit])
    const ms = Number((process.hrtime.bigint() - began) / 1000000n)
    console.log(`ok ${number} - ${name}${ms > 1000 ? ` # ${(ms / 1000).toFixed(1)} s` : ''}`)
  } catch (error) {
    failed++
    console.log(`not ok ${number} - ${name}`)
    console.log(indent(error?.stack ?? error))
  } finally {
    clearTimeout(timer)
  }
}

export function skip(name, why) {
  count++
  console.log(`ok ${count} - ${name} # SKIP ${why}`)
}

export const note = text => console.log(indent(text))

// fn runs when the file is done, whatever happened; the last one first.
export const cleanup = fn => atEnd.push(fn)

export async function finish() {
  for (const fn of atEnd.reverse()) {
    try {
      await fn()
    } catch (error) {
      note(`while cleaning up: ${error?.stack ?? error}`)
    }
  }
  console.log(`1..${count}`)
  process.exit(failed ? 1 : 0)
}

// A failure outside of a test (starting the system, say) is told, cleaned up after and not taken for success.
const bail = async error => {
  failed++
  console.log(`not ok ${++count} - outside of the tests`)
  console.log(indent(error?.stack ?? error))
  await finish()
}
process.on('uncaughtException', bail)
process.on('unhandledRejection', bail)
// Ended from outside (a time limit, Ctrl-C): what was started ends too.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => bail(new Error(`ended by ${signal}`)))
