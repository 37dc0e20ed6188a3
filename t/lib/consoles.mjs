// consoles: what the agents' lists, the board and waiting customers' pages show, held against the database: nobody reloads anything.
import assert from 'node:assert/strict'
import { note } from './tap.mjs'
import { until } from './until.mjs'

// As a person sees the lists of a console: [data-session] is which chat a row is of.
const lookAtConsole = () => {
  const rows = name => [...document.querySelectorAll(`#list-${name} > li[data-session]`)]
  const ids = name => rows(name).map(li => li.dataset.session)
  const number = id => Number(document.getElementById(id).textContent)
  const top = document.getElementById('waiting-count')
  return {
    waiting: ids('waiting'),
    mine: ids('mine').sort(),
    owners: Object.fromEntries(rows('mine').map(li => [li.dataset.session, li.querySelector('.owner').textContent]).filter(([, owner]) => owner)),
    // the open chat is accepted in its head
    acceptable: rows('waiting').filter(li => li.classList.contains('current') || li.querySelector('form')?.offsetParent).map(li => li.dataset.session),
    mineToAccept: rows('mine').filter(li => li.querySelector('form')?.offsetParent).length,
    counts: [number('n-waiting'), number('n-mine'), top.hidden ? 0 : Number(top.textContent)],
    title: Number(/^\(대기 (\d+)\)/.exec(document.title)?.[1] ?? 0),
    load: Number.parseInt(document.getElementById('desk-load').textContent, 10),
    unread: Object.fromEntries([...rows('waiting'), ...rows('mine')].map(li => [li.dataset.session, li.querySelector('.count').hidden ? 0 : Number(li.querySelector('.num').textContent)]).filter(([, n]) => n)),
  }
}

const lookAtBoard = () => {
  const ids = part => [...document.querySelectorAll(`#${part} tr[data-session]`)].map(tr => tr.dataset.session)
  const number = selector => Number(document.querySelector(selector).textContent)
  return {
    waiting: ids('waiting'),
    open: ids('open').sort(),
    counts: [number('#waiting-title .badge'), number('#open-title .badge'), number('#live [data-key=waiting] strong'), number('#live [data-key=active] strong')],
    loads: Object.fromEntries([...document.querySelectorAll('#agents tr[data-member]')].map(tr => [tr.dataset.member, Number.parseInt(tr.querySelector('td.n').textContent, 10)])),
  }
}

const lookAtQueue = () => {
  const queue = document.getElementById('queue')
  return !queue || queue.hidden ? 0 : Number(document.getElementById('place').textContent)
}

// What the customer has written and nobody of the staff has read or answered.
const UNREAD = `(SELECT COUNT(*) FROM chat_message q WHERE q.session_no = s.session_no AND q.sender_type = 'M' AND q.kind IN ('TEXT', 'FILE') AND q.seq > s.admin_read_seq
  AND NOT EXISTS (SELECT 1 FROM chat_message a WHERE a.session_no = s.session_no AND a.sender_type = 'A' AND a.kind IN ('TEXT', 'FILE') AND a.seq > q.seq))`

export class Consoles {
  #pages = []

  // now(): by the clock of the programs
  constructor(system, { now = Date.now } = {}) { Object.assign(this, { system, now }) }

  // A page of the staff with lists. all: it shows everybody's chats. steady: the document must be the same to the end, asserted by unbroken().
  async add(name, page, memberId, options = {}) { return this.#add({ name, page, memberId, look: lookAtConsole, ...options }) }
  async addBoard(name, page) { return this.#add({ name, page, look: lookAtBoard, steady: true, isBoard: true }) }
  // A customer's page; id: of the chat.
  async addCustomer(name, page, id) { return this.#add({ name, page, id, look: lookAtQueue }) }

  async #add(one) {
    if (one.steady) await one.page.evaluate(() => { globalThis.isSameDocument = true })
    this.#pages.push(one)
    return one
  }

  // Who waits in the queue's order, and the open chats with their agents.
  async truth() {
    const now = `'${new Date(this.now()).toISOString().slice(0, -1)}'`
    const rows = await this.system.sql(`SELECT session_id, status_id, COALESCE(admin_id, 0), m.nickname, IF(route_until > ${now}, route_admin_id, 0), COALESCE(IF(offer_until > ${now}, offer_admin_id, 0), 0), ${UNREAD}
      FROM chat_session s LEFT JOIN member m ON m.member_id = s.admin_id WHERE status_id <> 3 ORDER BY queue_front DESC, queue_since, s.session_no`)
    const all = rows.map(([id, status, admin, name, routed, offered, unread]) =>
      ({ id, isWaiting: status === '1', admin: Number(admin), name, routed: Number(routed), offered: Number(offered), unread: Number(unread) }))
    return { all, waiting: all.filter(row => row.isWaiting).map(row => row.id), open: all.filter(row => !row.isWaiting) }
  }

  static wanted(one, { all, waiting, open }, shown) {
    const ids = list => list.map(row => row.id).sort()
    if (one.id) return waiting.indexOf(one.id) + 1
    if (one.isBoard) {
      const loads = Object.fromEntries(Object.keys(shown.loads).map(id => [id, open.filter(row => row.admin === Number(id)).length]))
      return { waiting, open: ids(open), counts: [waiting.length, open.length, waiting.length, open.length], loads }
    }
    const names = Object.fromEntries(one.all ? open.map(row => [row.id, `${row.name}: `]) : [])
    const own = open.filter(row => row.admin === one.memberId), mine = ids(one.all ? open : own)
    const isMyTurn = id => all.find(row => row.id === id).routed === one.memberId
    const queue = [...waiting.filter(isMyTurn), ...waiting.filter(id => !isMyTurn(id))]
    const unread = Object.fromEntries(all.filter(row => row.unread && (row.isWaiting || mine.includes(row.id)) && one.page.url().split('/').at(-1) !== row.id).map(row => [row.id, row.unread]))
    return { waiting: queue, mine, owners: names, acceptable: queue, mineToAccept: 0, counts: [waiting.length, mine.length, waiting.length], title: waiting.length, load: own.length, unread }
  }

  // All pages show what the database has. but: pages that are cut off just now.
  async agree(what, { but = [], seconds = 20 } = {}) {
    const pages = this.#pages.filter(one => !but.includes(one) && !one.page.isClosed())
    let truth
    const agreed = until(async () => {
      truth = await this.truth()
      const shown = await Promise.all(pages.map(one => one.page.evaluate(one.look)))
      pages.forEach((one, i) => assert.deepEqual(shown[i], Consoles.wanted(one, truth, shown[i]), one.name))
      return true
    }, { seconds, every: 100, say: `${what}: the pages as the database is` })
    await agreed.catch(async error => {
      const queue = await this.system.sql('SELECT queue_front, queue_since, session_no, session_id, route_admin_id, route_until, udate FROM chat_session WHERE status_id = 1 ORDER BY 1 DESC, 2, 3')
      note([`at ${new Date(this.now()).toISOString()} the queue in the database:`, ...queue.map(row => row.join(' '))].join('\n'))
      for (const one of pages) note([`${one.name}:`, ...await one.page.evaluate(() => [...document.querySelectorAll('#list-waiting > li[data-session]')].map(li => `${li.dataset.session} ${li.textContent.replace(/\s+/g, ' ')}`))].join('\n'))
      throw error
    })
    return truth
  }

  // No page of which it was wanted was reloaded or left.
  async unbroken() {
    for (const one of this.#pages.filter(page => page.steady)) assert.equal(await one.page.evaluate(() => globalThis.isSameDocument), true, `${one.name} was reloaded`)
  }
}
