#!/bin/sh
':' //; exec node "$(dirname "$0")/../lib/t.mjs" "$0"
// The database: all migrations on an empty one are sql/schema.sql, migrating again changes nothing, and what the contract fixes by name is there.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { theSystem, top } from '../lib/system.mjs'
import { cleanup, finish, test } from '../lib/tap.mjs'

const run = promisify(execFile)
const system = await theSystem()
const names = ['migrated', 'schema'].map(name => `t_${name}_${process.pid}`)
const client = ['--no-defaults', `--socket=${path.join(system.dir, 'run/mysql.sock')}`, '-u', 'root', '--default-character-set=utf8mb4']
for (const name of names) {
  await system.sql(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`)
  cleanup(() => system.sql(`DROP DATABASE ${name}`))
}
const load = (database, file) => run('mariadb', [...client, database, '-e', `source ${file}`])
const migrations = fs.readdirSync(path.join(top, 'sql/migrations')).filter(name => name.endsWith('.sql')).sort()

// What a database is, as text, without its name and without counters.
async function describe(database) {
  const of = async (table, columns, where = '') => (await system.sql(`SELECT ${columns} FROM information_schema.${table} WHERE ${where || `TABLE_SCHEMA = '${database}'`} ORDER BY ${columns}`)).map(row => row.join(' | ').replaceAll(database, 'DB'))
  return {
    tables: await of('TABLES', 'TABLE_NAME, ENGINE, TABLE_COLLATION, TABLE_COMMENT'),
    columns: await of('COLUMNS', 'TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLLATION_NAME, EXTRA, GENERATION_EXPRESSION, COLUMN_COMMENT'),
    indexes: await of('STATISTICS', 'TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART'),
    keys: await of('REFERENTIAL_CONSTRAINTS', 'TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE', `CONSTRAINT_SCHEMA = '${database}'`),
    checks: await of('CHECK_CONSTRAINTS', 'TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE', `CONSTRAINT_SCHEMA = '${database}'`),
  }
}

await test('migrations are numbered without a gap and say verb and object', () => {
  migrations.forEach((name, i) => assert.match(name, new RegExp(`^${String(i + 1).padStart(4, '0')}_[a-z0-9_]+\\.sql$`)))
})

await test('all migrations on an empty database are sql/schema.sql', async () => {
  for (const name of migrations) await load(names[0], path.join(top, 'sql/migrations', name))
  await load(names[1], path.join(top, 'sql/schema.sql'))
  const [migrated, schema] = [await describe(names[0]), await describe(names[1])]
  // the list of migrations that were applied belongs to sangdamctl
  for (const part of Object.keys(schema)) assert.deepEqual(migrated[part].filter(line => !/^schema_migration/.test(line)), schema[part].filter(line => !/^schema_migration/.test(line)), part)
  assert.ok(schema.columns.length > 100)
})

await test('and so is what ./start made, its codes included', async () => {
  const [running, schema] = [await describe('sangdam'), await describe(names[1])]
  for (const part of Object.keys(schema)) assert.deepEqual(running[part].filter(line => !/^schema_migration/.test(line)), schema[part].filter(line => !/^schema_migration/.test(line)), part)
  const codes = database => system.sql(`SELECT code_id, gcode, code, decode, decode_en, pcode FROM ${database}.code ORDER BY code_id`)
  assert.deepEqual(await codes('sangdam'), await codes(names[0]))
})

await test('sangdamctl migrate again: nothing to do, nothing changed, also twice at once', async () => {
  const before = await describe('sangdam')
  await Promise.all([system.ctl(['migrate']), system.ctl(['migrate'])])
  assert.deepEqual(await describe('sangdam'), before)
})

await test('the code numbers that existing pages send', async () => {
  const rows = await system.sql('SELECT code_id, code FROM code WHERE code_id < 200 ORDER BY code_id')
  assert.deepEqual(Object.fromEntries(rows.map(([id, code]) => [code, Number(id)])), {
    WAITING: 1, ACTIVE: 2, COMPLETED: 3, DISCONNECTED: 4, NORMAL: 11, SYSTEM: 12, FILE: 13, SOLVED: 144, UNSATISFIED: 145, OTHER_METHOD: 146, LATER: 147, PHONE: 148, JUST_EXIT: 149,
    WINDOW_CLOSED: 150, CANCELLED: 151, TIMEOUT: 152, TRANSFERRED: 153, BREAK: 180, MEAL: 181, MEETING: 182, TRAINING: 183, OTHER_WORK: 184, IDLE: 185, PAGE_HIDE: 160, PAGE_UNLOAD: 161, WINDOW_BLUR: 162, NETWORK_ERROR: 163, UNKNOWN: 164,
  })
  const [[name, gubun]] = await system.sql('SELECT nickname, gubun FROM member WHERE member_id = 1')
  assert.deepEqual([name, gubun], ['SYSTEM', '0'])
})

await test('the seed\'s tables and columns by name; status_id is 1 by default; strict mode; flush at each commit', async () => {
  for (const [table, columns] of Object.entries({
    member: 'member_id email nickname gubun status', code: 'code_id gcode code decode pcode',
    chat_session: 'session_id member_id admin_id category_id status_id title start_time end_time message_count cdate udate',
    chat_message: 'message_id session_id sender_id sender_type message_type_id content is_read cdate',
  })) {
    await system.sql(`SELECT ${columns.split(' ').join(', ')} FROM ${table} LIMIT 1`)
  }
  const [[byDefault]] = await system.sql("SELECT COLUMN_DEFAULT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'sangdam' AND TABLE_NAME = 'chat_session' AND COLUMN_NAME = 'status_id'")
  assert.equal(byDefault, '1')
  const [[mode, flush]] = await system.sql('SELECT @@global.sql_mode, @@global.innodb_flush_log_at_trx_commit')
  assert.match(mode, /STRICT_TRANS_TABLES/)
  assert.equal(flush, '1')
})

await test('the programs\' user has SELECT, INSERT, UPDATE, DELETE on this database and nothing else', async () => {
  const grants = (await system.sql("SHOW GRANTS FOR 'sangdam'@'localhost'")).flat()
  assert.equal(grants.length, 2)
  assert.match(grants[0], /^GRANT USAGE ON \*\.\*/)
  assert.match(grants[1], /^GRANT SELECT, INSERT, UPDATE, DELETE ON `sangdam`\.\* TO/)
})

await test('the database refuses two open chats of one customer and a message twice, whatever a program does', async () => {
  const fails = (statement, number) => assert.rejects(system.sql(statement), new RegExp(`ERROR ${number}`))
  const [[member]] = await system.sql("INSERT INTO member (nickname, gubun, cdate, udate) VALUES ('두 번', 4, NOW(3), NOW(3)) RETURNING member_id")
  const insert = `INSERT INTO chat_session (session_id, member_id, category_id, cdate, udate, queue_since, queue_entered) VALUES (UUID(), ${member}, 200, NOW(3), NOW(3), NOW(3), NOW(3))`
  await system.sql(insert)
  await fails(insert, 1062)
  await system.sql(`UPDATE chat_session SET status_id = 3 WHERE member_id = ${member}`)
})

await finish()
