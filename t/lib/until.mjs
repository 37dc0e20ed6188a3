// until: wait for a condition, never for a time.
import { setTimeout as pause } from 'node:timers/promises'

// Thrown by what until() asks: there is nothing left to wait for.
export class Final extends Error {}

// Asks `what` (may be async, may throw meanwhile) until it gives something true, and gives that back. Throws after `seconds`.
export async function until(what, { seconds = 10, every = 25, say = 'the condition' } = {}) {
  const end = Date.now() + seconds * 1000
  let last
  for (;;) {
    try {
      const value = await what()
      if (value) return value
      last = undefined
    } catch (error) {
      if (error instanceof Final) throw error
      last = error
    }
    if (Date.now() >= end) throw new Error(`${say} did not come within ${seconds} s${last ? `: ${last.message}` : ''}`)
    await pause(every)
  }
}

// `what` stays true for `seconds`: for things that must not happen.
export async function stays(what, { seconds = 1, every = 25, say = 'the condition' } = {}) {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    if (!(await what())) throw new Error(`${say} did not stay`)
    await pause(every)
  }
}
