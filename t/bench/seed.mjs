// seed: members, chats and what signs them in, by SQL: 19,000 customers take a second, where the doors would take minutes.
//
// Every member gets a cookie and a bearer token of its own, random and new. Each customer has one ACTIVE chat with an agent; an agent has
// CHATS_PER_AGENT of them. A row of the vars file of the load generator is what %1..%5 stand for:
//   customer's cookie, agent's cookie, chat's id, customer's bearer token, customer's member id
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

export const CHATS_PER_AGENT = 5
const FIRST_MEMBER = 1_000_000 // above all that the demo makes
const ROWS_A_STATEMENT = 1000

let nextMember = FIRST_MEMBER

const secret = () => randomBytes(32).toString('base64url')
const hash = text => `x'${createHash('sha256').update(text).digest('hex')}'`

function rowsOf(sql, rows) {
  const statements = []
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) statements.push(`${sql} VALUES ${rows.slice(i, i + ROWS_A_STATEMENT).join(',')};`)
  return statements
}

function newMember(list, gubun, nickname) {
  const member = { id: nextMember++, cookie: secret(), bearer: secret() }
  list.members.push(`(${member.id}, NULL, '${nickname}', ${gubun}, 1, NOW(3), NOW(3))`)
  list.cookies.push(`(${hash(member.cookie)}, ${member.id}, NOW(3), NOW(3), NOW(3) + INTERVAL 1 DAY)`)
  list.tokens.push(`(${hash(member.bearer)}, ${member.id}, '', NOW(3), NOW(3) + INTERVAL 1 DAY)`)
  return member
}

const memberRows = list => [
  ...rowsOf('INSERT INTO member (member_id, email, nickname, gubun, status, cdate, udate)', list.members),
  ...rowsOf('INSERT INTO login_session (token_hash, member_id, cdate, last_used, expires)', list.cookies),
  ...rowsOf('INSERT INTO api_token (token_hash, member_id, scope, cdate, expires)', list.tokens),
]

// `count` customers with a chat each; resolves to [{cookie, agentCookie, session, bearer, memberId}].
export async function seedChats(system, count) {
  const list = { members: [], cookies: [], tokens: [], sessions: [] }
  const chats = []
  let agent
  for (let i = 0; i < count; i++) {
    if (i % CHATS_PER_AGENT === 0) agent = newMember(list, 2, `상담사 ${i / CHATS_PER_AGENT + 1}`)
    const customer = newMember(list, 4, `손님 ${i + 1}`)
    const session = randomUUID()
    list.sessions.push(`('${session}', ${customer.id}, ${agent.id}, 200, 2, NOW(3), NOW(3), NOW(3), 1, 1)`)
    chats.push({ cookie: customer.cookie, agentCookie: agent.cookie, session, bearer: customer.bearer, memberId: customer.id })
  }
  await runSql(system, [
    'START TRANSACTION;',
    ...memberRows(list),
    ...rowsOf('INSERT INTO chat_session (session_id, member_id, admin_id, category_id, status_id, start_time, cdate, accept_time, member_joined, admin_joined)', list.sessions),
    'COMMIT;',
  ])
  return chats
}

// `count` customers who wait, and an agent: {bearer, rows}.
export async function seedWaiting(system, count) {
  const list = { members: [], cookies: [], tokens: [], sessions: [] }
  const agent = newMember(list, 2, '상담사')
  for (let i = 0; i < count; i++) {
    const customer = newMember(list, 4, `손님 ${i + 1}`)
    list.sessions.push(`('${randomUUID()}', ${customer.id}, 200, 1, '배송이 언제 오는지 알고 싶어요 ${i + 1}', NOW(3), NOW(3), NOW(3) - INTERVAL ${count - i} SECOND)`)
  }
  await runSql(system, [
    ...memberRows(list), ...rowsOf('INSERT INTO chat_session (session_id, member_id, category_id, status_id, title, start_time, cdate, queue_since)', list.sessions),
  ])
  return { bearer: agent.bearer, rows: count }
}

// Statements by standard input: they are longer than an argument may be.
export function runSql(system, statements) {
  return new Promise((yes, no) => {
    const child = spawn('mariadb', [`--defaults-file=${path.join(system.dir, 'my.cnf')}`, '-u', 'root', '--default-character-set=utf8mb4', 'sangdam'],
      { stdio: ['pipe', 'ignore', 'pipe'] })
    let err = ''
    child.stderr.on('data', bytes => { err += bytes })
    child.on('error', no)
    child.on('close', code => (code === 0 ? yes() : no(new Error(`mariadb exits ${code}: ${err}`))))
    child.stdin.end(statements.join('\n'))
  })
}

export function writeVars(file, chats) {
  fs.writeFileSync(file, chats.map(c => `${c.cookie} ${c.agentCookie} ${c.session} ${c.bearer} ${c.memberId}\n`).join(''))
  return file
}
