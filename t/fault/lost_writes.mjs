// lost_writes: the power cut. Programs run with unsynced.c preloaded; when they have been killed, what they had written and not flushed is taken back,
// block by block: all of it, or some, as a disk would have it that writes in an order of its own.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const BLOCK = 4096
const HEAD = 16 // struct record of unsynced.c: offset, oldLen, len

export class LostWrites {
  // user: who runs the database, when that is not us
  constructor(folder, user) {
    this.library = path.join(folder, 'unsynced.so')
    this.log = path.join(folder, 'unsynced')
    execFileSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-O2', '-o', this.library, fileURLToPath(new URL('unsynced.c', import.meta.url)), '-ldl'])
    fs.mkdirSync(this.log)
    fs.chmodSync(this.log, 0o777)
    if (user) execFileSync('chown', [`${user}:`, this.log])
  }

  env(root) { return { LD_PRELOAD: this.library, UNSYNCED_ROOT: root, UNSYNCED_LOG: this.log } }

  // loses(): drawn for each block that was not flushed. Gives how many were taken back and how many stayed. Nobody may run.
  takeBack(root, loses = () => true) {
    const files = inodes(root)
    const count = { lost: 0, kept: 0 }
    for (const name of fs.readdirSync(this.log)) {
      const log = path.join(this.log, name), file = files.get(name)
      if (file) takeBackFile(file, fs.readFileSync(log), loses, count)
      fs.rmSync(log)
    }
    return count
  }
}

function inodes(folder, map = new Map()) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) inodes(name, map)
    else if (entry.isFile()) map.set(String(fs.statSync(name).ino), name)
  }
  return map
}

// The records that count, the last first, so that each block ends as the first of them found it.
function takeBackFile(file, log, loses, count) {
  if (log.length < 8) return // the file was opened, and the power went before anything was written
  const records = []
  for (let at = Number(log.readBigUInt64LE(0)); at + HEAD <= log.length;) {
    const one = { offset: Number(log.readBigUInt64LE(at)), oldLen: log.readUInt32LE(at + 8), len: log.readUInt32LE(at + 12), at: at + HEAD }
    at = one.at + one.oldLen
    if (at <= log.length) records.push(one) // the last may be the half of one: then its write was not begun
  }
  const fate = new Map() // of a block: lost or not, the same for all writes to it
  const isLost = block => {
    if (!fate.has(block)) {
      fate.set(block, loses())
      count[fate.get(block) ? 'lost' : 'kept']++
    }
    return fate.get(block)
  }
  const fd = fs.openSync(file, 'r+')
  for (const one of records.reverse()) {
    for (let from = one.offset; from < one.offset + one.len;) {
      const block = Math.floor(from / BLOCK), to = Math.min((block + 1) * BLOCK, one.offset + one.len)
      if (isLost(block)) {
        const old = Buffer.alloc(to - from) // behind the old end: zeros, as of a file whose length alone got to the disk
        log.subarray(Math.min(one.at + from - one.offset, one.at + one.oldLen), Math.min(one.at + to - one.offset, one.at + one.oldLen)).copy(old)
        fs.writeSync(fd, old, 0, old.length, from)
      }
      from = to
    }
  }
  fs.closeSync(fd)
}
