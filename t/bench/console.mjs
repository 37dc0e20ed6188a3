// console: what an agent's console costs whoever works in it, with 30 chats open and 500 people waiting: the bytes of the first view, the time from a key to
// the paint of what it did, and from a pushed frame to the paint of what it brought. The scripts are those of a release.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { state, theBrowser, visitor } from '../lib/browser.mjs'
import { say } from '../lib/people.mjs'
import { buildFolder, startSystem } from '../lib/system.mjs'
import { finish } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { busyAgent, countBytes, MOST_KB, roomy, sum, WAITING } from './first_view.mjs'
import { describe } from './machine.mjs'
import { makeSmallFiles } from './release.mjs'

const usage = `usage: t/bench/run console [OPTION...]

  --keys N      keys and pushed messages that are measured (60)
  --json FILE   where the details go (bench-console.json in the build folder)`
const { values: options } = parseArgs({ options: { keys: { type: 'string', default: '60' }, json: { type: 'string' }, help: { type: 'boolean' } } })
if (options.help) {
  console.log(usage)
  process.exit(0)
}
const keys = Number(options.keys)
const figures = []
function add(what, value, unit, most) {
  figures.push({ what, value, unit, most, good: value <= most })
  console.log(`${what}: ${Math.round(value * 10) / 10} ${unit} (<= ${most}) ${value <= most ? 'yes' : 'NO'}`)
}
const rank = (list, p) => [...list].sort((a, b) => a - b)[Math.max(0, Math.ceil(list.length * p) - 1)]

// In the page, before its scripts: when keys go down and frames come in, and when what they changed is on the screen (the task behind the next frame).
function watchPaints() {
  const paints = globalThis.paints = { keys: [], pushes: [] }
  const afterPaint = then => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => then(performance.now())
    port2.postMessage(0)
  })
  addEventListener('keydown', event => afterPaint(now => paints.keys.push(now - event.timeStamp)), true)
  const Plain = globalThis.WebSocket
  globalThis.WebSocket = class extends Plain {
    constructor(...args) {
      super(...args)
      this.addEventListener('message', event => {
        if (!String(event.data).includes('bench-push')) return
        const began = performance.now()
        const seen = new MutationObserver(() => {
          seen.disconnect()
          afterPaint(now => paints.pushes.push(now - began))
        })
        seen.observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true })
      })
    }
  }
}

makeSmallFiles()
const system = await startSystem({ demo: 'none', set: roomy })
const { agent, chats } = await busyAgent(system)

// a context of its own, where nothing is cached yet: the visitor's has its cache switched off, and would fetch a thing twice
const visit = await visitor(system)
await visit.signIn(agent.email)
const context = await (await theBrowser()).newContext({ baseURL: system.url, locale: 'ko-KR', viewport: { width: 1280, height: 800 }, timezoneId: 'Asia/Seoul', storageState: await visit.context.storageState() })
const one = { context, page: await context.newPage() }
await visit.context.close()
await one.context.addInitScript(watchPaints)
const came = await countBytes(one.page)
await one.page.goto(`/agent/chat/${chats[0].id}`)
await state(one.page, 'push')
await one.page.waitForLoadState('networkidle')
add('bytes of the first view', sum(came()) / 1000, 'kB', MOST_KB)
const told = await one.page.locator('#n-waiting').textContent()
if (Number(told) !== WAITING) throw new Error(`the console tells ${told} who wait, not ${WAITING}`)

await one.page.locator('#say').click()
const words = '안녕하세요 고객님 확인해 보겠습니다 ok '
for (let i = 0; i < keys; i++) await one.page.keyboard.press(/[a-z ]/.test(words[i % words.length]) ? words[i % words.length] : 'x')
await until(() => one.page.evaluate(wanted => globalThis.paints.keys.length >= wanted, keys))
const { keys: keyMs } = await one.page.evaluate(() => globalThis.paints)
add('key to paint, p95', rank(keyMs, 0.95), 'ms', 50)
add('key to paint, max', Math.max(...keyMs), 'ms', 50)

for (let i = 0; i < keys; i++) {
  const { person, id } = chats[i % 2 ? 0 : i % chats.length] // in the open chat, and in the list
  await say(person, id, `bench-push ${i}`)
  await until(() => one.page.evaluate(wanted => globalThis.paints.pushes.length >= wanted, i + 1), { every: 10 })
}
const { pushes } = await one.page.evaluate(() => globalThis.paints)
add('pushed change to paint, p95', rank(pushes, 0.95), 'ms', 100)
add('pushed change to paint, max', Math.max(...pushes), 'ms', 100)
fs.writeFileSync(options.json ?? path.join(buildFolder(), 'bench-console.json'), JSON.stringify({ machine: describe(system.dir), figures, keyMs, pushes }, null, 1))
await context.close()
await finish()
