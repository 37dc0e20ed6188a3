// people: customers, agents and consultations as the tests want them.
import { Person, uuid } from './client.mjs'

export const password = 'sangdam-demo'

const given = ['하늘', '서준', '지우', '민서', '도윤', '예준', '하은', '주원']
let count = 0
const tag = () => `${process.pid.toString(36)}${(++count).toString(36)}`

// A guest with a cookie and a name of its own.
export async function guest(system, { nickname, ...options } = {}) {
  const person = new Person(system, options)
  person.nickname = nickname ?? `${given[count % given.length]} ${tag()}`
  const answer = await person.expect(201, person.post('/api/account/guest', { nickname: person.nickname }))
  return remember(person, answer.data)
}

export async function guestByToken(system) {
  const person = new Person(system)
  const answer = await person.expect(201, person.post('/api/account/guest', { nickname: `토큰 ${tag()}`, token: true }))
  person.cookies.clear()
  person.token = answer.data.token
  return remember(person, (await person.expect(200, person.get('/api/account/me'))).data)
}

function remember(person, data) {
  person.memberId = data.memberId
  person.nickname = data.nickname
  person.role = data.role
  person.csrf = data.csrfToken
  return person
}

export async function signIn(system, email, options = {}) {
  const person = new Person(system, options)
  const answer = await person.expect(200, person.post('/api/account/login', { email, password: options.password ?? password }))
  person.email = email
  return remember(person, answer.data)
}

export async function byToken(system, email) {
  const person = new Person(system)
  const answer = await person.expect(200, person.post('/api/account/token', { email, password }))
  person.token = answer.data.token
  person.email = email
  return remember(person, (await person.expect(200, person.get('/api/account/me'))).data)
}

// A new customer with an account.
export async function customer(system) {
  const person = new Person(system)
  const email = `c-${tag()}@example.org`
  await person.expect(201, person.post('/api/account/signup', { email, password, nickname: `고객 ${tag()}` }))
  return signIn(system, email)
}

// A new member of staff: agent, supervisor or admin. Each test file takes its own, so that files don't see each other's chats.
export async function staff(system, role = 'agent', nickname = `직원 ${tag()}`) {
  const email = `${role}-${tag()}@example.org`
  await system.ctl(['member', 'add', email, nickname, role], `${password}\n`)
  return signIn(system, email)
}

// more: title, or offline with message and email
export const requestChat = async (person, { categoryId = 200, ...more } = {}) => (await person.expect(201, person.post('/api/chat/session', { categoryId, ...more }))).data

// A chat that an agent has accepted.
export async function consultation(system, agent, who) {
  const person = who ?? (await guest(system))
  const session = await requestChat(person)
  const accepted = await agent.expect(200, agent.post(`/api/admin/chat/sessions/${session.sessionId}/accept`, {}))
  return { person, agent, id: session.sessionId, session: accepted.data }
}

export const send = (person, id, content, clientMessageId = uuid()) => person.post(`/api/chat/sessions/${id}/messages`, { content, clientMessageId })

export const say = async (person, id, content, clientMessageId) => (await person.expect(201, send(person, id, content, clientMessageId))).data

// The whole log, page by page.
export async function history(person, id, limit = 200, door = '/api/chat') {
  const rows = []
  for (let after = 0; ;) {
    const answer = await person.expect(200, person.get(`${door}/sessions/${id}/messages?after=${after}&limit=${limit}`))
    rows.push(...answer.data)
    if (answer.json.paging.next === null) return rows
    after = answer.json.paging.next
  }
}

export const contents = rows => rows.filter(row => row.kind === 'TEXT').map(row => row.content)

export function isDense(rows, from = 1) {
  return rows.every((row, i) => row.seq === from + i)
}
