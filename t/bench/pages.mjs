// pages: what a customer's pages cost a phone, and a site its loader: Lighthouse's scores, and the first paint of the chat on a slow line. The scripts are those of a
// release (static/include.am), in a build folder of the bench's own.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { visitor } from '../lib/browser.mjs'
import { consultation, guest, say, staff } from '../lib/people.mjs'
import { buildFolder, startSystem, top } from '../lib/system.mjs'
import { cleanup } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'
import { describe } from './machine.mjs'
import { makeSmallFiles } from './release.mjs'

const usage = `usage: t/bench/run pages [OPTION...]

  --rounds N    of each, of which the median counts (5)
  --json FILE   where the details go (bench-pages.json in the build folder)

t/bench/install lighthouse comes first.`
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, json: { type: 'string' }, help: { type: 'boolean' } } })
if (options.help) {
  console.log(usage)
  process.exit(0)
}
const rounds = Number(options.rounds)
const median = list => [...list].sort((a, b) => a - b)[list.length >> 1]

const figures = []
function add(what, value, unit, { most, least } = {}) {
  const good = most !== undefined ? value <= most : least !== undefined ? value >= least : undefined
  figures.push({ what, value, unit, most, least, good })
  console.log(`${what}: ${Math.round(value * 10) / 10} ${unit}${most === undefined ? '' : ` (<= ${most})`}${least === undefined ? '' : ` (>= ${least})`}${good === undefined ? '' : good ? ' yes' : ' NO'}`)
}

// ---- Lighthouse ----

async function loadLighthouse() {
  const file = path.join(top, 't', 'bench', 'lighthouse', 'node_modules', 'lighthouse', 'core', 'index.js')
  if (!fs.existsSync(file)) throw new Error('Lighthouse is not there: t/bench/install lighthouse')
  return (await import(pathToFileURL(file))).default
}

// A Chromium that Lighthouse drives; a new one for each look, as for somebody who was never here.
async function chromium() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'sd-chromium-'))
  const child = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-dev-shm-usage', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], { stdio: 'ignore' })
  const end = async () => {
    const gone = new Promise(yes => child.once('exit', yes))
    if (child.exitCode === null && child.kill('SIGTERM')) await gone
    // its children write for a moment after it has gone
    await until(() => { fs.rmSync(profile, { recursive: true, force: true }); return true }, { say: 'the end of what Chromium writes' })
  }
  cleanup(end)
  const file = path.join(profile, 'DevToolsActivePort')
  const port = await until(() => fs.existsSync(file) && Number(fs.readFileSync(file, 'utf8').split('\n')[0]), { seconds: 30, say: 'Chromium' })
  return { port, end }
}

async function scores(lighthouse, url, cookie) {
  const browser = await chromium()
  try {
    const { lhr } = await lighthouse(url, {
      port: browser.port, logLevel: 'error', output: 'json', onlyCategories: ['performance', 'accessibility', 'best-practices'], ...(cookie && { extraHeaders: { Cookie: cookie } }),
    })
    const lost = Object.values(lhr.audits).filter(one => one.score !== null && one.score < 0.9 && one.scoreDisplayMode !== 'informative').map(one => one.id)
    return { ...Object.fromEntries(Object.values(lhr.categories).map(one => [one.id, 100 * one.score])), lost }
  } finally {
    await browser.end()
  }
}

async function look(lighthouse, name, url, cookie) {
  const list = []
  for (let i = 0; i < rounds; i++) list.push(await scores(lighthouse, url, cookie))
  for (const [what, least] of [['performance', 95], ['accessibility', 95], ['best-practices', 95]]) add(`${name}, ${what}`, median(list.map(one => one[what])), 'points', { least })
  figures.push({ what: `${name}, all`, detail: list })
  return median(list.map(one => one.performance))
}

// ---- a slow line ----

// ms to the first paint with nothing in the cache: 400 ms there and back, 50 kB/s.
async function firstPaint(system, person, target) {
  const one = await visitor(system, { size: { width: 360, height: 740 }, touch: true })
  await one.context.addCookies([{ name: 'sid', value: person.cookie.replace(/^sid=/, ''), url: system.url }])
  const line = await one.context.newCDPSession(one.page)
  await line.send('Network.enable')
  await line.send('Network.setCacheDisabled', { cacheDisabled: true })
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 400, downloadThroughput: 50000, uploadThroughput: 50000 })
  await one.page.goto(target)
  const ms = await until(() => one.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime), { seconds: 30, say: 'a paint' })
  await one.context.close()
  return ms
}

// ---- a site that has the loader ----

// A page such as a company has: text and a picture, with the one tag or without it.
async function hostPage(tag) {
  const html = `<!doctype html><html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>가게</title><meta name="description" content="가게">`
    + `<style>body{font:16px/1.6 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}</style>${tag}</head><body><main><h1>달빛 문구</h1>${'<p>연필과 공책을 팝니다. 오늘 주문하면 내일 도착합니다.</p>'.repeat(20)}</main></body></html>`
  const server = http.createServer((request, response) => {
    const isPage = request.url === '/'
    response.writeHead(isPage ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "script-src 'self' http://127.0.0.1:*; object-src 'none'" })
    response.end(isPage ? html : '')
  })
  await new Promise(yes => server.listen(0, '127.0.0.1', yes))
  const end = () => new Promise(yes => { server.close(yes); server.closeAllConnections() })
  cleanup(() => server.listening && end())
  return { url: `http://127.0.0.1:${server.address().port}/`, end }
}

async function hostPages(lighthouse, system) {
  if (!fs.existsSync(path.join(top, 'static', 'sangdam.js'))) return
  const plain = await hostPage(''), loaded = await hostPage(`<script async src="${system.url}/static/sangdam.js" data-site="default"></script>`)
  const without = [], withIt = []
  for (let i = 0; i < rounds; i++) { // in turn, so that what the machine does otherwise meets both
    without.push((await scores(lighthouse, plain.url)).performance)
    withIt.push((await scores(lighthouse, loaded.url)).performance)
  }
  await plain.end()
  await loaded.end()
  add('a page without the loader, performance', median(without), 'points')
  add('points that the loader costs it', median(without) - median(withIt), 'points', { most: 1 })
}

// ---- all of it ----

makeSmallFiles()
const lighthouse = await loadLighthouse()
const system = await startSystem({ demo: 'none' })
const agent = await staff(system)
const person = await guest(system, { nickname: '김하늘' })
const chat = await consultation(system, agent, person)
for (let i = 0; i < 30; i++) await say(i % 2 ? agent : person, chat.id, `주문한 공책이 아직 오지 않았어요. ${i}`)
const target = `/chat/${chat.id}`
const paints = []
for (let i = 0; i < rounds; i++) paints.push(await firstPaint(system, person, target))
add('first paint of the chat, 400 ms and 50 kB/s, nothing cached', median(paints) / 1000, 's', { most: 1.6 })
await look(lighthouse, 'first page', `${system.url}/`)
await look(lighthouse, 'chat', system.url + target, person.cookie)
await look(lighthouse, 'sign-in', `${system.url}/signin`)
await hostPages(lighthouse, system)
fs.writeFileSync(options.json ?? path.join(buildFolder(), 'bench-pages.json'), JSON.stringify({ machine: describe(system.dir), figures }, null, 1))
const { finish } = await import('../lib/tap.mjs')
await finish()
