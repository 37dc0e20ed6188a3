// machine: what the figures were measured on.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildFolder } from '../lib/system.mjs'

const said = (command, args) => spawnSync(command, args, { encoding: 'utf8' }).stdout?.trim() ?? ''

// The file system that a folder is on, by its name.
export const fileSystem = dir => said('findmnt', ['-n', '-o', 'FSTYPE', '-T', dir]) || said('stat', ['-f', '-c', '%T', dir])
export const isMemory = name => ['tmpfs', 'ramfs', 'devtmpfs'].includes(name)

// What 4 KiB written at the end of a file take to be flushed there: milliseconds of each, in order of size.
export function flushTimes(dir, seconds = 1) {
  const file = path.join(dir, 'fsync-probe')
  const fd = fs.openSync(file, 'w')
  const block = Buffer.alloc(4096, 'x')
  const took = []
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const began = performance.now()
    fs.writeSync(fd, block)
    fs.fdatasyncSync(fd)
    took.push(performance.now() - began)
  }
  fs.closeSync(fd)
  fs.rmSync(file)
  return took.sort((a, b) => a - b)
}

// How often a second that can be done.
export function fsyncsPerSecond(dir) {
  const took = flushTimes(dir)
  return Math.round(took.length * 1000 / took.reduce((sum, one) => sum + one, 0))
}

export function describe(dir) {
  const makefile = path.join(buildFolder(), 'Makefile')
  const commit = said('git', ['-C', path.dirname(new URL(import.meta.url).pathname), 'rev-parse', '--short', 'HEAD'])
  return {
    date: new Date().toISOString().slice(0, 16) + 'Z', cores: os.availableParallelism(), cpu: os.cpus()[0]?.model ?? '', kernel: os.release(),
    memoryGb: Math.round(os.totalmem() / 2 ** 30), fileSystem: fileSystem(dir), fsyncsPerSecond: fsyncsPerSecond(dir),
    cflags: /^CFLAGS = (.*)$/m.exec(fs.readFileSync(makefile, 'utf8'))?.[1] ?? '', commit: commit || undefined, node: process.version,
  }
}

export const load1 = () => os.loadavg()[0]
