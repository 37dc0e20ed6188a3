#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// Two agents at their consoles work a queue for an hour of which ten minutes are run here, SANGDAM_TEST_MINUTES=60 runs all. The clocks of the programs and of the pages
// are moved on together, a second at a time; in between people act by real clicks and keys. After each step of 15 s every list is what the database has, unread counts too,
// and at the end the pages that stayed open are the same documents, said nothing wrong and have not grown.
// Each agent has two tabs: one stays at the lists from the first minute to the last, in the other chats are opened.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import process from 'node:process'
import { Random } from '../fault/random.mjs'
import { Shim } from '../fault/shim.mjs'
import { sees, state, visitor } from '../lib/browser.mjs'
import { Consoles } from '../lib/consoles.mjs'
import { ahead, installClock } from '../lib/page_clock.mjs'
import { guest, requestChat, say, staff } from '../lib/people.mjs'
import { newFolder, startSystem } from '../lib/system.mjs'
import { cleanup, finish, note, skip, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const MINUTES = Number(process.env.SANGDAM_TEST_MINUTES ?? 10), STEP_S = 15, STEPS = MINUTES * 60 / STEP_S, FEW = 5, CHATS_MAX = 8
const random = new Random(process.env.SANGDAM_TEST_SEED ?? '5051')
const folder = newFolder()
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
const shim = Shim.make(folder)
if (!shim) {
  skip('a simulated hour', 'a sanitizer wants to be the first library')
  await finish()
}
const set = { queue_timeout: `${MINUTES * 15}s`, agent_idle: `${MINUTES * 10}s`, chats_max: String(CHATS_MAX), transfer_timeout: '60s', grace_customer: '1m' }
const system = await startSystem({ demo: 'none', set, env: shim.env })
let aheadMs = 0
const consoles = new Consoles(system, { now: () => Date.now() + aheadMs })
const did = {} // what happened how often
const count = what => { did[what] = (did[what] ?? 0) + 1 }
const wants = (what, chance) => !did[what] || random.chance(chance) // the first time whenever it can be, later now and then
shim.waitsFollow()

// ---- who is there ----

async function agent(nickname) {
  const person = await staff(system, 'agent', nickname)
  const who = await visitor(system)
  await installClock(who.context)
  await who.signIn(person.email)
  const lists = who.page, work = await who.context.newPage()
  for (const page of [lists, work]) {
    await page.goto('/agent')
    await state(page, 'push')
  }
  await consoles.add(`${nickname}, the lists`, lists, person.memberId, { steady: true })
  await consoles.add(`${nickname}, at work`, work, person.memberId)
  return { nickname, person, who, lists, work, memberId: person.memberId }
}

const chief = await staff(system, 'supervisor', '박서윤')
const [one, two] = [await agent('한지수'), await agent('최유진')]
const agents = [one, two]
const pages = agents.flatMap(who => [who.lists, who.work])
const text = { text: '안녕하세요, 곧 연결해 드리겠습니다', textEn: 'Hello, somebody will be with you soon' }
for (const fields of [{ kind: 'greeting' }, { kind: 'nobody', delay: '60' }, { kind: 'silent', delay: '2' }]) {
  assert.equal((await chief.form('/admin/messages', { on: 'on', ...fields, ...text }, { check: false })).status, 303)
}
await chief.expect(200, chief.ask('PUT', '/api/admin/chat/routing/201', { json: { mode: 'round-robin' } }))

// ---- the clock ----

async function pass(seconds) {
  while (seconds-- > 0) {
    aheadMs += 1000
    for (const clock of ['wall', 'monotonic']) shim.ahead(clock, aheadMs)
    await Promise.all(pages.map(page => ahead(page, aheadMs)))
  }
}

const minute = step => `minute ${(step * STEP_S / 60).toFixed(2)}`

// ---- customers ----
// way: 'talks' asks now and then; 'silent' asks once; 'leaves' is not seen again; 'waits' wants what nobody does. Topic 201 is offered to agents in their turn.

const chats = new Map()
const NOBODYS = 202

async function come() {
  const number = chats.size, way = number % 9 === 4 ? 'silent' : number % 9 === 6 ? 'leaves' : number % 8 === 1 ? 'waits' : 'talks'
  const person = await guest(system, { nickname: `고객 ${String(number).padStart(3, '0')}` })
  const { sessionId: id } = await requestChat(person, { categoryId: way === 'waits' ? NOBODYS : random.pick([200, 201, 201]), title: `${number}번째 문의` })
  chats.set(id, { id, number, person, way, asked: 0 })
  count('came')
}

async function ask(chat) {
  await say(chat.person, chat.id, `${chat.number}번 고객의 질문 ${++chat.asked}`)
  count('asked')
}

// Customers without push ask for what is new; who leaves does not.
async function customers({ all }, step) {
  if (step === 0 || (random.chance(0.45) && all.length < 16 && (step < STEPS - 8 || step >= STEPS))) await come()
  await Promise.all(all.map(async ({ id, isWaiting }) => {
    const chat = chats.get(id)
    if (!chat || (chat.way === 'leaves' && !isWaiting)) return
    if (step % 4 === chat.number % 4) await chat.person.get(`/api/chat/sessions/${id}/messages?after=0&limit=1`)
    if (chat.way === 'talks' ? random.chance(0.25) : !isWaiting && !chat.asked) await ask(chat)
  }))
}

// ---- what agents do in the tab in which they work ----

const isAt = id => url => url.pathname === `/agent/chat/${id}`
const openId = who => /^\/agent\/chat\/([0-9a-f-]{36})/.exec(new URL(who.work.url()).pathname)?.[1]

async function arrive(who, id) {
  await who.work.waitForURL(isAt(id))
  await state(who.work, 'push')
}

async function accept(who, id) {
  await who.work.locator(`#list-waiting li[data-session="${id}"] [data-do=accept]`).click()
  await arrive(who, id)
  count('accepted by a click')
}

// From where no chat is open the key takes the first of the list.
async function acceptByKey(who) {
  await who.work.goto('/agent')
  await state(who.work, 'push')
  await who.work.locator('#list-waiting > li[data-session] [data-do=accept]').first().waitFor()
  await who.work.keyboard.press('a')
  await who.work.waitForURL(/\/agent\/chat\//)
  await arrive(who, openId(who))
  count('accepted by a key')
}

async function open(who, id) {
  if (openId(who) === id) return
  await who.work.locator(`#list-mine li[data-session="${id}"] a.row`).click()
  await arrive(who, id)
  count('opened')
}

async function answer(who, id) {
  await open(who, id)
  const words = `${who.nickname}: 답 ${did.answered ?? 0}`
  await who.work.fill('#say', words)
  await who.work.keyboard.press('Enter')
  await sees(who.work, words)
  count('answered')
}

async function handOn(who, colleague, id) {
  await open(who, id)
  await who.work.locator('.head [data-do=transfer]').click()
  await who.work.locator('#transfer-dialog label', { hasText: colleague.nickname }).first().click()
  await who.work.locator('#transfer-dialog button.main').click()
  await who.work.locator('#offer-flag').waitFor()
  count('handed on')
}

async function end(who, id) {
  await open(who, id)
  await who.work.locator('.head [data-do=end]').click()
  await who.work.locator('#end-dialog button.bad').click()
  await until(async () => !(await consoles.truth()).all.some(row => row.id === id), { say: 'its end' })
  count('ended by an agent')
}

const DECISIONS = ['refused', 'taken from a colleague', 'not taken at once']

async function decide(who, id) {
  const row = who.work.locator(`#offers li[data-session="${id}"]`)
  const isOffered = async () => (await consoles.truth()).all.some(one => one.id === id && one.offered === who.memberId)
  await until(async () => await row.isVisible() || !(await isOffered()), { say: 'the offer on the page' })
  if (!(await row.isVisible())) return // its time ended as the hand was raised
  const way = DECISIONS.find(word => !did[word]) ?? random.pick([...DECISIONS, 'not taken at once'])
  if (way === 'refused') {
    await row.getByRole('button', { name: /^받지 않기/ }).click()
    await row.waitFor({ state: 'detached' })
  } else if (way === 'taken from a colleague') {
    await row.getByRole('button', { name: /^받기/ }).click()
    await arrive(who, id)
  }
  count(way)
}

// One thing at a time, as a person does: what it is to be. taken: what a colleague takes just now; who is first of two is what 5050 is about.
function plan(who, colleague, { all, online }, taken) {
  const own = all.filter(row => row.admin === who.memberId), offered = all.find(row => row.offered === who.memberId)
  const free = all.filter(row => row.isWaiting && !taken.includes(row.id) && chats.get(row.id).way !== 'waits')
  const unread = own.filter(row => row.unread && !row.offered && chats.get(row.id).way !== 'leaves')
  const settled = own.filter(row => chats.get(row.id).way === 'talks' && !row.unread && !row.offered)
  const queue = all.filter(row => row.isWaiting), first = queue.find(row => row.routed === who.memberId) ?? queue[0]
  const hasRoom = online.includes(colleague.memberId) && all.filter(row => row.admin === colleague.memberId || row.offered === colleague.memberId || row.routed === colleague.memberId).length < CHATS_MAX - 1
  if (offered) return () => decide(who, offered.id)
  if (unread.length && random.chance(0.6)) {
    const { id } = random.pick(unread)
    return () => answer(who, id)
  }
  if (free.length && own.length < 6) {
    const byKey = free.includes(first) && wants('accepted by a key', 0.4), { id } = byKey ? first : free.find(row => row.routed === who.memberId) ?? free.find(row => !row.routed) ?? free[0]
    taken.push(...byKey ? free.map(row => row.id) : [id]) // which one the key takes the page decides
    if (byKey) return () => acceptByKey(who)
    return () => accept(who, id)
  }
  if (!settled.length) return () => {}
  const { id } = random.pick(settled)
  if (!colleague.isIdle && hasRoom && (DECISIONS.some(what => !did[what]) || random.chance(0.2))) return () => handOn(who, colleague, id)
  return settled.length > 2 || !did['ended by an agent'] ? () => end(who, id) : () => {}
}

// ---- the hour ----

const grown = async page => {
  const client = await page.context().newCDPSession(page)
  await client.send('HeapProfiler.enable')
  await client.send('HeapProfiler.collectGarbage')
  await client.send('Performance.enable')
  const { metrics } = await client.send('Performance.getMetrics')
  const of = name => metrics.find(metric => metric.name === name).value
  const size = { heap: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners'), timers: await ahead(page, aheadMs) }
  await client.detach()
  return size
}

const IDLE_FROM = Math.floor(STEPS / 3), IDLE_TO = IDLE_FROM + Math.ceil(MINUTES * 10 / STEP_S) + 4
let early

const took = { clock: 0, customers: 0, agents: 0, agree: 0 }
const time = async (what, doing) => {
  const began = performance.now()
  try { return await doing } finally { took[what] += performance.now() - began }
}
const agree = what => time('agree', consoles.agree(what))

async function step(i) {
  await time('clock', pass(STEP_S))
  let truth = await agree(`${minute(i)}, the clock`)
  two.isIdle = i >= IDLE_FROM && i < IDLE_TO
  if (i === IDLE_TO) await comeBack(two)
  await time('customers', customers(truth, i))
  truth = await agree(`${minute(i)}, the customers`)
  truth.online = (await system.sql("SELECT member_id FROM agent_state WHERE state = 'ONLINE'")).map(([id]) => Number(id)) // who did nothing for long is away
  const taken = [], plans = [[one, two], [two, one]].filter(([who]) => !who.isIdle).map(([who, colleague]) => plan(who, colleague, truth, taken))
  await time('agents', Promise.all(plans.map(doIt => doIt())))
  await agree(`${minute(i)}, the agents`)
  if (i === Math.floor(STEPS / 4)) early = await Promise.all(agents.map(who => grown(who.lists)))
}

async function comeBack(who) {
  for (const page of [who.lists, who.work]) await page.locator('#desk[data-state=AWAY]').waitFor({ state: 'attached' })
  await who.work.keyboard.press('Shift')
  await pass(3)
  for (const page of [who.lists, who.work]) await page.locator('#desk[data-state=ONLINE]').waitFor({ state: 'attached' })
  count('away by idleness')
}

// What an hour must have and has not had yet.
const DEEDS = ['accepted by a click', 'accepted by a key', 'answered', 'handed on', 'refused', 'taken from a colleague', 'not taken at once', 'ended by an agent', 'away by idleness']

async function missing() {
  const [[silent, tired, left]] = await system.sql(`SELECT SUM(status_id = 3 AND admin_id IS NOT NULL AND ended_by = 'S'), SUM(status_id = 3 AND admin_id IS NULL), COUNT(DISTINCT m.session_no)
    FROM chat_session s LEFT JOIN chat_message m ON m.session_no = s.session_no AND m.kind = 'AWAY'`)
  const ends = { 'ended by silence': Number(silent), 'tired of waiting': Number(tired), 'left the page': Number(left) }
  return [...DEEDS.filter(what => !did[what]), ...Object.keys(ends).filter(what => !ends[what])]
}

// Who does what when is drawn and also hangs on how quick the machine is: where something did not come about the hour goes on, half of it at most.
await test(`${MINUTES} minutes in steps of ${STEP_S} s: every list is what the database has`, async () => {
  const began = Date.now()
  let i = 0
  while (i < STEPS || (i < STEPS * 1.5 && (await missing()).length)) await step(i++)
  note(`${i} steps, ${Math.round((Date.now() - began) / i)} ms each: ${Object.entries(took).map(([what, ms]) => `${what} ${Math.round(ms / i)}`).join(', ')}`)
}, { seconds: 60 * MINUTES })

await test('all that an hour has did happen', async () => {
  note(JSON.stringify({ ...did, rows: Object.fromEntries(await system.sql('SELECT kind, COUNT(*) FROM chat_message GROUP BY kind')) }))
  assert.deepEqual(await missing(), [])
})

await test('no console was reloaded, nothing went wrong on any page, and none has grown', async () => {
  await consoles.unbroken()
  const lost = /status of 404 .*\/(messages|notes)\b/ // what browsers log by themselves: a page may have asked once while the right to its chat went
  for (const who of agents) assert.deepEqual(who.who.wrong.filter(line => !lost.test(line)), [], who.nickname)
  const late = await Promise.all(agents.map(who => grown(who.lists)))
  note(JSON.stringify({ early, late }))
  late.forEach((now, i) => {
    const then = early[i]
    assert.ok(now.heap < then.heap * 1.5 + 1e6, 'the heap')
    assert.ok(now.nodes < then.nodes * 1.5 + 500, 'nodes')
    assert.ok(now.listeners < then.listeners * 1.5 + 50, 'listeners')
    assert.ok(now.timers <= then.timers + FEW, 'timers')
  })
})

await finish()
