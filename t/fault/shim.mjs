// shim: builds failnth.c and turns its failures on and off while the programs run.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const calls = ['hintsLost', 'hintsFull', 'memory', 'writes', 'fsync']
const COUNTS = 8

export class Shim {
  // undefined where nothing can be preloaded: a sanitizer wants to be the first.
  static make(folder) {
    return /san/.test(process.env.SANGDAM_CONFIGURE ?? '') ? undefined : new Shim(folder)
  }

  constructor(folder) {
    this.library = path.join(folder, 'failnth.so')
    this.file = path.join(folder, 'failnth.page')
    execFileSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-O2', '-o', this.library, fileURLToPath(new URL('failnth.c', import.meta.url)), '-ldl'])
    fs.writeFileSync(this.file, Buffer.alloc(4096))
    this.fd = fs.openSync(this.file, 'r+')
  }

  // What ./start runs the programs under.
  get env() { return { SANGDAM_UNDER: `env LD_PRELOAD=${this.library} FAILNTH=${this.file}` } }

  // share: 0 to 1 of the calls
  set(call, share) {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(Math.round(share * 1e6))
    fs.writeSync(this.fd, bytes, 0, 4, calls.indexOf(call) * 4)
  }

  // How many ms the programs' clocks are ahead from now on, 'wall' or 'monotonic'.
  ahead(clock, ms) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(ms))
    fs.writeSync(this.fd, bytes, 0, 8, 128 + 8 * ['wall', 'monotonic'].indexOf(clock))
  }

  // Waits of the programs end by their clocks: whoever is due wakes when ahead() moves them on.
  waitsFollow() { fs.writeSync(this.fd, Buffer.from([1]), 0, 1, 144) }

  count(call) {
    const bytes = Buffer.alloc(4)
    fs.readSync(this.fd, bytes, 0, 4, (COUNTS + calls.indexOf(call)) * 4)
    return bytes.readUInt32LE()
  }
}
