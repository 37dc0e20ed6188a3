#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// A whole shift: three agents at their consoles, a supervisor at the board, forty customers. Chats are taken, handed on, refused, given back; an agent's network is
// cut until her chats are others'; the supervisor takes one over and closes one. The consoles and the board are never reloaded, and after each step they show what the
// database has; at the end what was said, the figures and the lists are of one mind.
// Each agent has two tabs: one stays at the lists from the first minute to the last, in the other chats are opened.
import assert from 'node:assert/strict'
import { Bridge } from '../lib/bridge.mjs'
import { sees, state, visitor } from '../lib/browser.mjs'
import { Consoles } from '../lib/consoles.mjs'
import { guest, requestChat, say, staff } from '../lib/people.mjs'
import { rows, talker } from '../lib/stomp.mjs'
import { startSystem } from '../lib/system.mjs'
import { finish, note, test } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const CUSTOMERS = 40, FIRST = 24, BY_PAGE = 3, BY_STOMP = 12 // the others by REST
const system = await startSystem({ demo: 'none', set: { linger: '1s', grace_agent: '2s', rest_idle: '30m', chats_max: '40' } })
const bridge = new Bridge({ host: '127.0.0.1', port: system.port })
await new Promise(yes => bridge.server.listen(0, '127.0.0.1', yes))
const consoles = new Consoles(system)
const at = chat => `/api/admin/chat/sessions/${chat.id}`
const inDatabase = async (chat, columns) => (await system.sql(`SELECT ${columns} FROM chat_session WHERE session_id = '${chat.id}'`))[0]

// ---- who is there ----

// person: by program; lists: the tab that stays; work: the tab in which chats are opened.
async function agent(nickname, where = system) {
  const person = await staff(system, 'agent', nickname)
  const who = await visitor(where)
  await who.signIn(person.email)
  const lists = who.page, work = await who.context.newPage()
  for (const page of [lists, work]) {
    await page.goto('/agent')
    await state(page, 'push')
  }
  const pages = [await consoles.add(`${nickname}, the lists`, lists, person.memberId, { steady: true }), await consoles.add(`${nickname}, at work`, work, person.memberId)]
  return { nickname, person, who, lists, work, pages, memberId: person.memberId }
}

const [one, two, three] = await Promise.all([agent('한지수'), agent('최유진'), agent('오세훈', { url: bridge.url })])
three.who.isOff = true // what the browser logs of the cut is no flaw
const agents = [one, two, three]
const chief = { person: await staff(system, 'supervisor', '박서윤'), who: await visitor(system) }
await chief.who.signIn(chief.person.email)
chief.board = chief.who.page
chief.lists = await chief.who.context.newPage()
chief.work = await chief.who.context.newPage()
await Promise.all([chief.board.goto('/board'), chief.lists.goto('/agent?list=all')])
await state(chief.lists, 'push')
await consoles.addBoard('the board', chief.board)
await consoles.add('the supervisor, all chats', chief.lists, chief.person.memberId, { all: true, steady: true })

// ---- customers and their chats ----

const chats = [] // in the order in which they came: what was done to each is noted here, and held against the database at the end

async function comeByPage(chat) {
  const who = await visitor(system, { size: { width: 390, height: 780 } })
  const { page } = who
  await page.goto('/')
  await page.fill('[name=name]', chat.name)
  await page.locator('label:has([name=categoryId])').first().click()
  await page.getByRole('button', { name: '상담 시작하기' }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
  await state(page, 'push')
  Object.assign(chat, { who, page, id: /[0-9a-f-]{36}/.exec(page.url())[0] })
  await consoles.addCustomer(chat.name, page, chat.id)
}

async function comeByProgram(chat) {
  chat.person = await guest(system, { nickname: chat.name })
  chat.id = (await requestChat(chat.person, { title: `${chat.number}번째 문의` })).sessionId
  if (chat.number >= BY_PAGE + BY_STOMP) return
  chat.talk = await talker(system, chat.person)
  chat.heard = await chat.talk.subscribe(`/topic/chat/${chat.id}`, { after: '0' })
}

// One after the other, so that the order of the queue is that of the numbers.
async function come(n) {
  while (n-- > 0) {
    const number = chats.length
    const chat = { number, name: `고객 ${String(number).padStart(2, '0')}`, said: {}, agent: null, status: 'WAITING' }
    chats.push(chat)
    await (number < BY_PAGE ? comeByPage : comeByProgram)(chat)
  }
}

const count = (chat, who) => { chat.said[who] = (chat.said[who] ?? 0) + 1 }

async function write(page, text) {
  await page.fill('#say', text)
  await page.keyboard.press('Enter')
  await sees(page, text)
}

async function customerSays(chat, text) {
  if (chat.page) await write(chat.page, text)
  else if (chat.talk) assert.equal(await chat.talk.say(chat.id, text), 'RECEIPT')
  else await say(chat.person, chat.id, text)
  count(chat, 'customer')
}

async function agentSays(who, chat, text) {
  await say(who.person, chat.id, text)
  count(chat, who.person.memberId)
}

// ---- what agents do in the tab in which they work ----

const took = (who, chat) => { Object.assign(chat, { agent: who.person.memberId, status: 'ACTIVE' }) }
const isAt = chat => url => url.pathname === `/agent/chat/${chat.id}`

async function accept(who, chat) {
  await who.work.locator(`#list-waiting li[data-session="${chat.id}"] [data-do=accept]`).click()
  await who.work.waitForURL(isAt(chat))
  await state(who.work, 'push')
  took(who, chat)
}

async function acceptByProgram(who, chat) {
  await who.person.expect(200, who.person.post(`${at(chat)}/accept`, {}))
  took(who, chat)
}

async function open(who, chat) {
  if (isAt(chat)(new URL(who.work.url()))) return
  await who.work.locator(`#list-mine li[data-session="${chat.id}"] a.row`).click()
  await who.work.waitForURL(isAt(chat))
  await state(who.work, 'push')
}

async function answer(who, chat, text) {
  await open(who, chat)
  await write(who.work, text)
  count(chat, who.person.memberId)
}

async function handOn(who, chat, choice) {
  await open(who, chat)
  await who.work.locator('.head [data-do=transfer]').click()
  await who.work.locator('#transfer-dialog label', { hasText: choice }).first().click()
  await who.work.locator('#transfer-dialog button.main').click()
}

async function offer(who, chat, choice) {
  await handOn(who, chat, choice)
  await who.work.locator('#offer-flag').waitFor()
}

const offered = (page, chat) => page.locator(`#offers li[data-session="${chat.id}"]`)
const told = (page, words) => page.locator('.toast', { hasText: words }).first().waitFor()

async function takeOffer(who, chat) {
  await offered(who.work, chat).getByRole('button', { name: /^받기/ }).click()
  await who.work.waitForURL(isAt(chat))
  await state(who.work, 'push')
  took(who, chat)
}

const end = who => async chat => {
  await who.person.expect(200, who.person.post(`${at(chat)}/end`, {}))
  chat.status = 'COMPLETED'
}

async function leave(chat) {
  await chat.person.expect(200, chat.person.post(`/api/chat/sessions/${chat.id}/end`, {}))
  chat.status = 'COMPLETED'
}

const of = who => chats.filter(chat => chat.status === 'ACTIVE' && chat.agent === who.person.memberId)
const waiting = () => chats.filter(chat => chat.status === 'WAITING')

// ---- the figures ----

async function figures(what) {
  const boss = chief.person
  const ask = async target => (await boss.expect(200, boss.get(target))).json
  const [[inQueue, active, completed, all, missed, abandoned]] = await system.sql(`SELECT SUM(status_id = 1), SUM(status_id IN (2, 4)), SUM(status_id = 3), COUNT(*),
    SUM(status_id = 3 AND abandoned = 0 AND NOT EXISTS (SELECT 1 FROM chat_message m WHERE m.session_no = s.session_no AND m.sender_type = 'A' AND m.kind = 'TEXT')), SUM(abandoned) FROM chat_session s`)
  const [[messages, fromCustomers, fromAgents]] = await system.sql("SELECT COUNT(*), SUM(sender_type = 'M' AND kind = 'TEXT'), SUM(sender_type = 'A' AND kind = 'TEXT') FROM chat_message")
  const wanted = { inQueue, active, completed, all, missed, abandoned, messages, fromCustomers, fromAgents, fromSystem: messages - fromCustomers - fromAgents }
  for (const key of Object.keys(wanted)) wanted[key] = Number(wanted[key])
  const same = (got, keys) => assert.deepEqual(got, keys.map(key => wanted[key]), what)

  const { data } = await ask('/api/admin/chat/statistics')
  same([data.waiting, data.active, data.completed, data.totalMessages], ['inQueue', 'active', 'completed', 'messages'])
  const days = 'from=-1d' // a shift may go on over midnight
  const [summary] = (await ask(`/stats/summary.json?${days}`)).rows
  same([summary.chats, summary.missed, summary.abandoned], ['all', 'missed', 'abandoned'])
  const [sent] = (await ask(`/stats/messages.json?${days}`)).rows
  same([sent.chats, sent.messages, sent.from_customers, sent.from_agents, sent.from_system], ['all', 'messages', 'fromCustomers', 'fromAgents', 'fromSystem'])
  const queue = (await ask(`/stats/queue.json?${days}`)).rows
  same([queue.reduce((n, row) => n + row.waiting, 0), queue.reduce((n, row) => n + row.chats, 0)], ['inQueue', 'all'])
  // the figures of now are of today: live, summary and the board's tiles say the same of it
  await until(async () => {
    const [live, [today]] = [await ask('/stats/live.json'), (await ask('/stats/summary.json')).rows]
    assert.deepEqual([live.waiting, live.active], [wanted.inQueue, wanted.active])
    assert.deepEqual([live.chats, live.missed, live.abandoned, live.dropped, live.frt_s], [today.chats, today.missed, today.abandoned, today.dropped, today.frt_s])
    const tile = key => chief.board.locator(`#live [data-key=${key}] strong`).innerText()
    assert.deepEqual((await Promise.all(['waiting', 'active', 'chats', 'missed', 'abandoned'].map(tile))).map(Number), [live.waiting, live.active, live.chats, live.missed, live.abandoned])
    return true
  }, { seconds: 25, every: 250, say: `${what}: live, summary and board` })

  // by agent: the last one has the chat, the first who answered the time to the first answer
  const byAgent = new Map((await ask(`/stats/agents.json?${days}`)).rows.map(row => [Number(row.key), row]))
  const [had, answered] = [{}, {}]
  for (const [admin, lastWriter, first] of await system.sql(`SELECT COALESCE(admin_id, 0),
    COALESCE((SELECT sender_id FROM chat_message m WHERE m.session_no = s.session_no AND sender_type = 'A' AND kind = 'TEXT' ORDER BY seq DESC LIMIT 1), 0),
    COALESCE((SELECT sender_id FROM chat_message m WHERE m.session_no = s.session_no AND sender_type = 'A' AND kind = 'TEXT' AND seq >
      (SELECT MIN(seq) FROM chat_message q WHERE q.session_no = s.session_no AND q.sender_type = 'M' AND q.kind = 'TEXT') ORDER BY seq LIMIT 1), 0) FROM chat_session s`)) {
    const last = Number(admin) || Number(lastWriter)
    had[last] = (had[last] ?? 0) + 1
    if (Number(first)) answered[first] = (answered[first] ?? 0) + 1
  }
  for (const who of [0, ...agents.map(each => each.memberId), chief.person.memberId]) {
    const row = byAgent.get(who)
    assert.deepEqual([row?.chats ?? 0, row?.frt_s.n ?? 0], [had[who] ?? 0, who ? answered[who] ?? 0 : 0], `${what}: agent ${who}`)
  }
}

// ---- the shift ----

await consoles.agree('before anybody comes')

await test(`${FIRST} customers come: every console counts them, in their order, and those at a page see their place`, async () => {
  await come(FIRST)
  await consoles.agree('the first wave')
})

await test('each agent takes what they want; of two who want the same one gets it', async () => {
  await Promise.all(agents.map(async (who, i) => {
    for (const k of [i, 3 + i]) await accept(who, chats[k])
    for (const k of [6 + i, 9 + i]) await acceptByProgram(who, chats[k])
  }))
  await consoles.agree('twelve are taken')
  const both = chats[12]
  await Promise.all([one, two].map(who => who.work.evaluate(id => document.querySelector(`#list-waiting li[data-session="${id}"] [data-do=accept]`)?.click(), both.id)))
  await until(async () => (await inDatabase(both, 'status_id'))[0] === '2', { say: 'somebody has it' })
  const [first, second] = Number((await inDatabase(both, 'admin_id'))[0]) === one.memberId ? [one, two] : [two, one]
  await first.work.waitForURL(isAt(both))
  await state(first.work, 'push')
  took(first, both)
  assert.equal(isAt(both)(new URL(second.work.url())), false, 'the other stays where they were')
  await consoles.agree('one of two')
})

await test('they talk, by pages and by programs', async () => {
  const open = chats.filter(chat => chat.status === 'ACTIVE')
  await Promise.all(open.map(chat => customerSays(chat, `${chat.name}: 배송이 늦어요`)))
  await consoles.agree('questions')
  await Promise.all(agents.map(async (who, i) => {
    await answer(who, chats[i], `${who.nickname}: 바로 확인하겠습니다`)
    await sees(chats[i].page, `${who.nickname}: 바로 확인하겠습니다`)
    for (const chat of of(who).filter(chat => chat !== chats[i])) await agentSays(who, chat, `${who.nickname}: 네, 말씀하세요`)
  }))
  await consoles.agree('answers')
})

await test('more come, one gives up, one has waited too long', async () => {
  await Promise.all([come(CUSTOMERS - FIRST), leave(chats[13])])
  await customerSays(chats[14], '아무도 안 계신가요?')
  await system.sql(`UPDATE chat_session SET queue_entered = queue_entered - INTERVAL 31 MINUTE WHERE session_id = '${chats[14].id}'`)
  await until(async () => (await inDatabase(chats[14], 'status_id'))[0] === '3', { say: 'the end of the longest wait' })
  chats[14].status = 'COMPLETED'
  await consoles.agree('the second wave')
})

await test('handed on: taken by the colleague, refused, taken by whoever is first, in vain, and back into the queue', async () => {
  const [taken, refused, toAll, late, back] = [chats[0], chats[3], chats[6], chats[9], chats[12].agent === one.memberId ? chats[12] : chats[9]]
  await offer(one, taken, two.nickname)
  await offered(two.lists, taken).waitFor()
  await takeOffer(two, taken)
  await told(one.lists, '넘긴 상담을 받았습니다')
  await sees(taken.page, '상담사가 변경됩니다')
  await answer(two, taken, '이어서 돕겠습니다')
  await sees(taken.page, '이어서 돕겠습니다')
  await consoles.agree('taken by the colleague')

  await open(one, refused)
  await offer(one, refused, two.nickname)
  await offered(two.lists, refused).getByRole('button', { name: '받지 않기' }).click()
  await told(one.lists, '받지 않았습니다')
  await one.work.locator('#offer-flag').waitFor({ state: 'detached' })
  await offered(two.lists, refused).waitFor({ state: 'detached' })
  await consoles.agree('refused')

  await offer(one, toAll, '담당')
  for (const who of [two, three]) await offered(who.lists, toAll).waitFor()
  await takeOffer(three, toAll)
  await offered(two.lists, toAll).waitFor({ state: 'detached' })
  await consoles.agree('taken by whoever was first')

  await offer(one, late, three.nickname)
  await offered(three.lists, late).waitFor()
  await system.sql(`UPDATE chat_session SET offer_until = UTC_TIMESTAMP(3) WHERE session_id = '${late.id}'`)
  await told(one.lists, '받은 사람이 없습니다')
  await offered(three.lists, late).waitFor({ state: 'detached' })
  await consoles.agree('in vain')

  await handOn(one, back, '대기열로 돌려보내기')
  await one.work.waitForURL(url => url.pathname === '/agent')
  Object.assign(back, { status: 'WAITING', agent: null })
  const { waiting: queue } = await consoles.agree('back in the queue')
  assert.equal(queue[0], back.id, 'it kept its age')
  await accept(three, back)
  await consoles.agree('taken from there')
}, { seconds: 90 })

await test('an agent is lost: her grace over, her chats are the first of the queue, and colleagues go on with them', async () => {
  await acceptByProgram(three, chats[30]) // one who came later than those who wait
  await customerSays(chats[30], '계세요?')
  await open(three, chats[2])
  await consoles.agree('before the cut')
  const hers = of(three)
  bridge.cut()
  await sees(chats[2].page, '상담사의 연결이 끊겼습니다')
  await until(async () => !(await consoles.truth()).open.some(row => row.admin === three.memberId), { seconds: 20, every: 100, say: 'the end of her grace' })
  for (const chat of hers) Object.assign(chat, { status: 'WAITING', agent: null })
  const { waiting: queue } = await consoles.agree('her chats came back', { but: three.pages })
  assert.deepEqual(queue.slice(0, hers.length).sort(), hers.map(chat => chat.id).sort(), 'they go first')
  await accept(two, chats[2])
  await answer(two, chats[2], '제가 이어서 돕겠습니다')
  await sees(chats[2].page, '제가 이어서 돕겠습니다')
  await customerSays(chats[2], '고맙습니다')
  await consoles.agree('one of them is a colleague\'s', { but: three.pages })
  bridge.mend()
  // a page that has found its way back by itself just now is on its way to where the next line wants it
  for (const page of [three.lists, three.work]) await page.evaluate(() => dispatchEvent(new Event('online'))).catch(error => assert.match(error.message, /navigation/))
  await three.work.waitForURL(url => url.pathname === '/agent') // the chat that was open there is a colleague's
  await consoles.agree('she is back')
  await accept(three, hers.find(chat => chat.status === 'WAITING'))
  for (const chat of hers.filter(chat => chat.status === 'WAITING')) await acceptByProgram(one, chat)
  await consoles.agree('all have an agent again')
}, { seconds: 90 })

await test('the supervisor takes one over and closes one, and nobody else is troubled', async () => {
  const [over, closed] = of(two).filter(chat => chat !== chats[0] && chat !== chats[2])
  await open(two, over)
  await chief.work.goto('/board')
  await chief.work.locator(`#open tr[data-session="${over.id}"]`).getByRole('button', { name: /^이어받기/ }).click()
  await chief.work.waitForURL(isAt(over))
  await state(chief.work, 'push')
  took(chief, over)
  await two.work.getByText('박서윤').first().waitFor()
  await write(chief.work, '책임자 박서윤입니다')
  count(over, chief.person.memberId)
  await consoles.agree('taken over')
  await chief.work.goto('/board')
  await chief.work.locator(`#open tr[data-session="${closed.id}"]`).getByRole('link', { name: /^종료/ }).click()
  await chief.work.locator('form.stack button.bad').click()
  await until(async () => (await inDatabase(closed, 'status_id'))[0] === '3', { say: 'it is closed' })
  closed.status = 'COMPLETED'
  closed.agent = two.memberId
  await consoles.agree('closed')
})

await test('chats come to their ends, by either side; with some still open the figures are those of the database', async () => {
  await accept(one, chats[15])
  for (const chat of waiting().slice(0, -3)) await acceptByProgram(agents[chat.number % 3], chat)
  await consoles.agree('nearly all are taken')
  for (const chat of chats.filter(each => each.status === 'ACTIVE')) {
    const who = [...agents, chief].find(each => each.person.memberId === chat.agent)
    await customerSays(chat, '하나 더 물어볼게요')
    if (chat.number % 5) await agentSays(who, chat, '네, 그럼요')
  }
  await Promise.all([...agents, chief].map(async who => {
    for (const chat of of(who).filter(each => !each.page && each.number < 37 && each.number % 7)) await (chat.number % 2 ? leave(chat) : end(who)(chat))
  }))
  await open(two, chats[0])
  await two.work.locator('.head [data-do=end]').click()
  await two.work.locator('#end-dialog button.bad').click()
  chats[0].status = 'COMPLETED'
  await sees(chats[0].page, '종료되었습니다')
  const { waiting: queue, open: left } = await consoles.agree('many have ended')
  assert.ok(queue.length === 3 && left.length > 5, `${queue.length} wait, ${left.length} are open`)
  await figures('in the middle')
}, { seconds: 90 })

await test('the shift is over: nothing is open anywhere, and the figures are those of the database', async () => {
  for (const chat of waiting()) await acceptByProgram(three, chat)
  await Promise.all([...agents, chief].map(async who => { for (const chat of of(who)) await end(who)(chat) }))
  const { waiting: queue, open: left } = await consoles.agree('the end')
  assert.deepEqual([queue, left], [[], []])
  await figures('at the end')
  assert.equal(JSON.parse(await system.ctl(['stats', 'verify', '--json'])).differences, 0)
}, { seconds: 90 })

await test('the database has what was done and said, each chat without a hole; pages and programs saw all of it', async () => {
  const ofDatabase = new Map((await system.sql('SELECT session_id, status_id, COALESCE(admin_id, 0), message_count, session_no FROM chat_session')).map(([id, ...rest]) => [id, rest]))
  assert.equal(ofDatabase.size, CUSTOMERS)
  const seqs = new Map((await system.sql('SELECT session_no, COUNT(*), MIN(seq), MAX(seq) FROM chat_message GROUP BY session_no')).map(([no, ...rest]) => [no, rest.map(Number)]))
  const written = {}
  for (const [no, side, sender, n] of await system.sql("SELECT session_no, sender_type, sender_id, COUNT(*) FROM chat_message WHERE kind = 'TEXT' GROUP BY session_no, sender_type, sender_id")) {
    (written[no] ??= {})[side === 'M' ? 'customer' : sender] = Number(n)
  }
  for (const chat of chats) {
    const [status, admin, head, no] = ofDatabase.get(chat.id)
    assert.deepEqual([status, Number(admin)], ['3', chat.agent ?? 0], chat.name)
    assert.deepEqual(seqs.get(no), [Number(head), 1, Number(head)], `${chat.name}: no hole`)
    assert.deepEqual(written[no] ?? {}, chat.said, `${chat.name}: who said how much`)
    if (chat.heard) await until(() => rows(chat.heard).length === Number(head) && rows(chat.heard).every((row, i) => row.seq === i + 1), { say: `all rows at ${chat.name}` })
    if (chat.page) await until(async () => Number(await chat.page.locator('[role=log] li[data-seq]').last().getAttribute('data-seq')) === Number(head), { say: `the last row on the page of ${chat.name}` })
  }
  note(`${chats.length} chats, ${[...seqs.values()].reduce((n, [all]) => n + all, 0)} rows`)
})

await test('no console and no board was reloaded, and nothing went wrong on any page', async () => {
  await consoles.unbroken()
  const wrong = Object.fromEntries([...agents, chief, ...chats.filter(chat => chat.page)].map(who => [who.nickname ?? who.name ?? '박서윤', who.who.wrong]))
  // what browsers log by themselves: of the two who wanted the same one was late; and a page may have asked once for each of these while the right to its chat went
  const late = /status of 409 .*\/accept\)$/, lost = /status of 404 .*\/(messages|notes)\b/
  for (const [name, words] of Object.entries(wrong)) {
    assert.deepEqual(words.filter(line => !late.test(line) && !lost.test(line)), [], name)
    assert.equal(new Set(words).size, words.length, `${name}: asked again\n${words.join('\n')}`)
  }
  assert.ok(Object.values(wrong).flat().filter(line => late.test(line)).length <= 1)
})

await finish()
