// browser: Debian's Chromium by playwright-core, and what every page test watches: errors of the console and of pages, CSP reports, failed requests.
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { chromium } from 'playwright-core'
import { newFolder } from './system.mjs'
import { cleanup } from './tap.mjs'

let browser
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']
const pictures = process.env.SANGDAM_TEST_PICTURES

export async function theBrowser() {
  if (browser) return browser
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
  cleanup(() => browser.close())
  return browser
}

// A browser by itself whose settings (Default/Preferences) and switches are a test's own: its only context.
export async function launchPersistent(folder, more) {
  const context = await chromium.launchPersistentContext(folder, { executablePath: '/usr/bin/chromium', args: [...args, ...more], locale: 'ko-KR', viewport: { width: 1100, height: 800 } })
  cleanup(() => context.close())
  return context
}

// A person at a browser of their own. wrong: what went wrong on any of their pages; networkIsOff: failed requests are expected then.
export async function visitor(system, { lang = 'ko-KR', script = true, size = { width: 1280, height: 800 }, touch = false } = {}) {
  const context = await (await theBrowser()).newContext({ baseURL: system.url, locale: lang, javaScriptEnabled: script, viewport: size, hasTouch: touch, isMobile: touch, timezoneId: 'Asia/Seoul', acceptDownloads: true })
  const wrong = []
  const one = { context, wrong, isOff: false }
  await context.route('**', async (route, request) => {
    const url = new URL(request.url())
    // nothing of ours asks anybody else
    if (url.origin !== system.url && !/^(data|blob):$/.test(url.protocol)) {
      wrong.push(`a request to ${url.origin}`)
      return route.abort()
    }
    // the page may have gone, or another handler that was taken off may have answered
    return route.continue().catch(error => { if (!/already handled|closed/.test(error.message)) throw error })
  })
  if (script) {
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', event => console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`))
    })
  }
  context.on('page', page => {
    page.on('pageerror', error => wrong.push(`page error: ${error.message}${(error.stack ?? '').split('\n').slice(1, 4).join(' <')} at ${page.url()}`))
    page.on('console', message => {
      if (message.type() !== 'error') return
      const text = message.text()
      if (one.isOff && /Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_NETWORK|WebSocket/.test(text)) return
      wrong.push(`console: ${text} (${message.location().url})`)
    })
    page.on('dialog', dialog => {
      wrong.push(`dialog: ${dialog.message()}`)
      dialog.dismiss()
    })
    page.setDefaultTimeout(30000)
  })
  one.page = await context.newPage()
  one.page.setDefaultTimeout(30000)
  one.signIn = async email => {
    await one.page.goto('/signin')
    await one.page.fill('[name=email]', email)
    await one.page.fill('[name=password]', 'sangdam-demo')
    await one.page.click('form.card button')
    await one.page.waitForURL(url => !url.pathname.startsWith('/signin'))
  }
  one.offline = async off => {
    if (off) one.isOff = true
    await context.setOffline(off)
  }
  // A picture for people, when SANGDAM_TEST_PICTURES names a folder; else in a folder that goes with the test.
  one.picture = async name => {
    const folder = pictures ?? (picturesFolder ??= newFolder())
    fs.mkdirSync(folder, { recursive: true })
    await one.page.screenshot({ path: path.join(folder, `${name}.png`) })
  }
  cleanup(() => context.close())
  return one
}
let picturesFolder
cleanup(() => picturesFolder && fs.rmSync(picturesFolder, { recursive: true, force: true }))

// The rows of a thread as a person sees them.
export const shownRows = page => page.locator('[role=log] li[data-seq]').evaluateAll(list => list.map(li => ({ seq: Number(li.dataset.seq), kind: li.dataset.kind, text: (li.querySelector('p.bubble') ?? li).textContent.trim() })))

export const sees = (page, text) => page.locator('[role=log] li[data-seq]', { hasText: text }).first().waitFor()

export const state = (page, wanted) => page.locator(`[role=status][data-state=${wanted}]`).first().waitFor({ state: 'attached' })
