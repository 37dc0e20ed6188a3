// page_clock: a page whose clock is set by the test: Date, performance.now() and the timers go on by themselves, and ahead() moves all of them on. Pages that are opened
// later begin with the time as it is then. (playwright's own clock adds a script to each page for each step: an hour of steps takes ever longer.)
const inPage = () => {
  const real = { Date, perf: performance.now.bind(performance), set: setTimeout.bind(globalThis), clear: clearTimeout.bind(globalThis) }
  const timers = new Map() // id -> {id, fn, args, due, every, handle}
  const read = () => { try { return Number(localStorage.clockAhead) || 0 } catch { return 0 } } // there is no storage without an origin
  let ahead = read(), last = 1e6

  const now = () => real.perf() + ahead
  const arm = timer => { timer.handle = real.set(fire, Math.max(0, timer.due - now()), timer) }
  function fire(timer) {
    if (timer.every === undefined) timers.delete(timer.id)
    else {
      timer.due += timer.every * Math.max(1, Math.ceil((now() - timer.due) / timer.every)) // what was missed is not made up for
      arm(timer)
    }
    timer.fn(...timer.args)
  }
  const add = (fn, ms, every, args) => {
    const timer = { id: ++last, fn, args, due: now() + (Number(ms) || 0), every }
    timers.set(timer.id, timer)
    arm(timer)
    return timer.id
  }
  const drop = id => {
    const timer = timers.get(id)
    if (timer) real.clear(timer.handle)
    timers.delete(id)
  }
  Object.assign(globalThis, {
    setTimeout: (fn, ms, ...args) => add(fn, ms, undefined, args), setInterval: (fn, ms, ...args) => add(fn, ms, Math.max(1, Number(ms) || 0), args), clearTimeout: drop, clearInterval: drop,
    Date: class extends real.Date {
      constructor(...args) { args.length ? super(...args) : super(real.Date.now() + ahead) }
      static now() { return real.Date.now() + ahead }
    },
    // How far the clock is ahead, in ms; gives how many timers there are.
    clockAhead(ms) {
      ahead = ms
      try { localStorage.clockAhead = ms } catch { /* as above */ }
      for (const timer of [...timers.values()].sort((a, b) => a.due - b.due)) {
        real.clear(timer.handle)
        arm(timer)
      }
      return timers.size
    },
  })
  performance.now = now
}

export const installClock = context => context.addInitScript(inPage)

// A page that is just being left is told by what it finds stored.
export const ahead = (page, ms) => page.evaluate(value => globalThis.clockAhead(value), ms).catch(error => {
  if (!/context was destroyed|navigat|closed/i.test(error.message)) throw error
})
