#!/usr/bin/env node
// with-system COMMAND...: starts one system for all test files of a run, runs COMMAND with SANGDAM_TEST_DIR telling where, and stops it.
// Also makes one empty database folder, which every ./start below copies instead of making its own (10 s each).
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { newFolder, startIn, wide } from './system.mjs'

const folder = newFolder()
const copy = process.env.SANGDAM_DB_COPY ?? path.join(folder, 'empty-db')
if (!fs.existsSync(copy)) {
  execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${copy}`, '--auth-root-authentication-method=normal', '--skip-test-db',
    '--innodb-log-file-size=48M', '--skip-log-bin', ...(process.getuid() === 0 ? ['--user=root'] : [])], { stdio: 'pipe' })
}
const env = { SANGDAM_DB_COPY: copy }
const dir = path.join(folder, 's')
fs.mkdirSync(dir)

let system
let status = 1
try {
  system = await startIn(dir, { set: wide, env })
  const [command, ...args] = process.argv.slice(2)
  status = await new Promise((yes, no) => {
    // a group of its own: prove passes no signal on to the tests, and they end what they started
    const child = spawn(command, args, { stdio: 'inherit', detached: true, env: { ...process.env, ...env, SANGDAM_TEST_DIR: dir } })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.kill(-child.pid, signal))
    child.on('error', no)
    child.on('close', (code, signal) => yes(signal ? 1 : code))
  })
} catch (error) {
  console.error(`with-system: ${error.message}`)
}
if (system) await system.stop()
if (status === 0 || !process.env.SANGDAM_TEST_KEEP) fs.rmSync(folder, { recursive: true, force: true })
process.exit(status)
