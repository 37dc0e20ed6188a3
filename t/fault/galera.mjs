// galera: a cluster of three MariaDBs on this machine's loopback, and a door in front of them as a balancer would stand there: one member at a time.
import { execFile, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { until } from '../lib/until.mjs'

const run = promisify(execFile)
const isRoot = process.getuid() === 0
const user = 'mysql' // whom Debian's package makes
const provider = '/usr/lib/galera/libgalera_smm.so'

export const hasGalera = () => fs.existsSync(provider)

// A port that is free now; Galera wants numbers before it begins to listen.
const freePort = () => new Promise((yes, no) => {
  const server = net.createServer()
  server.on('error', no)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => yes(port))
  })
})

export class Cluster {
  // copy: a database folder that was shut down cleanly, the first member's data. The others get theirs from it, as in life (rsync).
  static async make(folder, copy) {
    const cluster = new Cluster()
    cluster.members = []
    for (let i = 0; i < 3; i++) cluster.members.push(new Member(path.join(folder, `member-${i + 1}`), await Promise.all([freePort(), freePort(), freePort()])))
    for (const member of cluster.members) member.write(cluster.members)
    const [first, ...others] = cluster.members
    fs.cpSync(copy, first.data, { recursive: true })
    // rsync as root would drop its rights and then not get into the folder
    if (isRoot) execFileSync('chown', ['-R', `${user}:`, ...cluster.members.map(one => one.folder)])
    first.begin('--wsrep-new-cluster')
    await first.ready()
    for (const member of others) {
      member.begin()
      await member.ready()
    }
    return cluster
  }

  // Until all that run are one cluster of n.
  size(n) {
    return until(async () => {
      for (const member of this.members.filter(one => one.isUp)) if (Number((await member.status('wsrep_cluster_size'))) !== n) return false
      return true
    }, { seconds: 60, every: 200, say: `a cluster of ${n}` })
  }

  async stop() {
    for (const member of [...this.members].reverse()) await member.end()
  }
}

class Member {
  constructor(folder, [port, ist, sst]) {
    Object.assign(this, { folder, port, ist, sst, data: path.join(folder, 'db'), socket: path.join(folder, 'm.sock') })
    fs.mkdirSync(path.join(folder, 'tmp'), { recursive: true })
  }

  write(all) {
    fs.mkdirSync(this.data, { recursive: true })
    fs.writeFileSync(path.join(this.folder, 'my.cnf'), `[mariadbd]
datadir = ${this.data}
socket = ${this.socket}
pid-file = ${this.folder}/own.pid
tmpdir = ${this.folder}/tmp
log-error = ${this.folder}/log.err
bind-address = 127.0.0.1
skip-networking
skip-name-resolve
character-set-server = utf8mb4
collation-server = utf8mb4_unicode_ci
default-time-zone = +00:00
sql-mode = STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION
binlog-format = ROW
innodb-autoinc-lock-mode = 2
innodb-flush-log-at-trx-commit = 1
innodb-log-file-size = 48M
innodb-buffer-pool-size = 64M
max-connections = 200
wsrep-on = ON
wsrep-provider = ${provider}
wsrep-cluster-name = sangdam-test-${process.pid}
wsrep-cluster-address = gcomm://${all.map(one => `127.0.0.1:${one.port}`).join(',')}
wsrep-node-address = 127.0.0.1:${this.port}
wsrep-sst-method = rsync
wsrep-sst-receive-address = 127.0.0.1:${this.sst}
wsrep-provider-options = "gmcast.listen_addr=tcp://127.0.0.1:${this.port};ist.recv_addr=127.0.0.1:${this.ist};gcache.size=32M;evs.suspect_timeout=PT1S;evs.inactive_timeout=PT3S;evs.inactive_check_period=PT0.3S;evs.keepalive_period=PT0.3S"
wsrep-sync-wait = 7
`)
  }

  begin(...more) {
    this.child = spawn('mariadbd', [`--defaults-file=${path.join(this.folder, 'my.cnf')}`, ...(isRoot ? [`--user=${user}`] : []), ...more], { stdio: 'ignore', detached: true })
    this.isUp = true
    this.gone = new Promise(yes => this.child.on('exit', () => { this.isUp = false; yes() }))
  }

  async sql(text) {
    const { stdout } = await run('mariadb', ['--no-defaults', `--socket=${this.socket}`, '-u', 'root', '-N', '-B', '--default-character-set=utf8mb4', '-e', text])
    return stdout.trim()
  }

  async status(name) { return (await this.sql(`SHOW GLOBAL STATUS LIKE '${name}'`)).split('\t')[1] }

  async ready() {
    const isSynced = async () => (await this.status('wsrep_local_state_comment').catch(() => '')) === 'Synced'
    await until(async () => !this.isUp || isSynced(), { seconds: 60, every: 100, say: 'a member is in step' })
    if (!this.isUp) throw new Error(`a member ended: ${fs.readFileSync(path.join(this.folder, 'log.err'), 'utf8').slice(-2000)}`)
  }

  async load(file) { await run('mariadb', ['--no-defaults', `--socket=${this.socket}`, '-u', 'root', '--default-character-set=utf8mb4', 'sangdam', '-e', `source ${file}`]) }

  kill() {
    this.child.kill('SIGKILL')
    return this.gone
  }

  async end() {
    if (!this.isUp) return
    this.child.kill('SIGTERM')
    await Promise.race([this.gone, until(() => !this.isUp, { seconds: 20 }).catch(() => this.kill())])
  }
}

// A socket whose connections go to one place at a time; turn() cuts those that are there.
export class Turnout {
  static listen(socket, to) {
    const door = new Turnout()
    Object.assign(door, { to, pairs: new Set() })
    door.server = net.createServer(one => {
      const other = net.connect(door.to)
      const pair = [one, other]
      door.pairs.add(pair)
      const end = () => {
        door.pairs.delete(pair)
        for (const side of pair) side.destroy()
      }
      for (const side of pair) side.on('error', end).on('close', end)
      one.pipe(other)
      other.pipe(one)
    })
    return new Promise((yes, no) => {
      door.server.on('error', no)
      door.server.listen(socket, () => {
        fs.chmodSync(socket, 0o777)
        yes(door)
      })
    })
  }

  turn(to) {
    this.to = to
    for (const pair of this.pairs) for (const side of pair) side.destroy()
  }

  close() {
    this.server.close()
    this.turn(this.to)
  }
}
