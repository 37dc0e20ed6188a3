// peers: servers that a person can install from Debian or npm, each started for itself on a socket or loopback, or "not present" with the reason.
// A peer is {name, target, pids(), stop()}; target holds the options of the load generator that reach it.
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Final, until } from '../lib/until.mjs'
import { program, start } from './load.mjs'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const nchanModule = '/usr/lib/nginx/modules/ngx_nchan_module.so'

const freePort = () => new Promise((yes, no) => {
  const server = net.createServer().once('error', no).listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => yes(port))
  })
})

const connects = target => new Promise(yes => {
  const socket = net.connect(target).once('error', () => yes(false)).once('connect', () => {
    socket.destroy()
    yes(true)
  })
})

// All processes whose parent is pid, and itself.
function family(pid) {
  const pids = [pid]
  for (const name of fs.readdirSync('/proc').filter(text => /^\d+$/.test(text))) {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8')
      if (pids.includes(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))) pids.push(Number(name))
    } catch { /* it has ended */ }
  }
  return pids
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

async function run(command, args, address, options) {
  if (address.path) fs.rmSync(address.path, { force: true }) // an earlier one's
  const child = start(command, args, { ...options, detached: true }) // a group of its own: rabbitmq-server is a script around the broker
  let said = ''
  let ended = false
  for (const stream of [child.stdout, child.stderr]) stream.on('data', bytes => { said = (said + bytes).slice(-2000) })
  const gone = new Promise(yes => child.once('close', () => yes(ended = true)))
  child.once('error', error => { said += error.message; ended = true })
  try {
    await until(async () => {
      if (ended) throw new Final(said)
      return connects(address)
    }, { seconds: options?.seconds ?? 15, every: 50, say: `${command} to answer` })
  } catch (error) {
    endGroup(child.pid)
    throw error
  }
  return {
    pids: () => family(child.pid),
    stop: async () => {
      endGroup(child.pid)
      await gone
    },
  }
}

const ROOMS = { proto: 'raw', cust_path: '/pair/%d', agent_path: '/pair/%d' }

async function bare(dir) {
  const socket = path.join(dir, 'bare.sock')
  const server = await run(program('bare'), [socket], { path: socket })
  return { ...server, transport: 'UNIX', reach: { unix: socket, proto: 'raw' }, pair: ROOMS, fan: { path: '/room/all' }, one: { path: '/pair/%d' } }
}

async function ws(dir) {
  if (!fs.existsSync(here('../node_modules/ws/package.json'))) return { missing: 'npm\'s ws is not in t/node_modules' }
  const socket = path.join(dir, 'ws.sock')
  const server = await run(process.execPath, [here('relay.mjs'), socket], { path: socket })
  const version = JSON.parse(fs.readFileSync(here('../node_modules/ws/package.json'), 'utf8')).version
  return { ...server, version, transport: 'UNIX', reach: { unix: socket, proto: 'raw' }, pair: ROOMS, fan: { path: '/room/all' }, one: { path: '/pair/%d' } }
}

async function mosquitto(dir) {
  if (!fs.existsSync('/usr/sbin/mosquitto')) return { missing: 'Debian\'s mosquitto is not installed' }
  const port = await freePort()
  const file = path.join(dir, 'mosquitto.conf')
  // the first listener is there because 2.0.11 gives up when WebSocket is the only one
  fs.writeFileSync(file, `listener 0 ${dir}/mosquitto.sock\nlistener ${port} 127.0.0.1\nprotocol websockets\nsocket_domain ipv4\nallow_anonymous true\n`
    + 'persistence false\nset_tcp_nodelay true\nlog_type error\nuser root\n')
  const server = await run('/usr/sbin/mosquitto', ['-c', file], { port, host: '127.0.0.1' })
  const sides = { cust_sub: 'a/%d', cust_dest: 'b/%d', agent_sub: 'b/%d', agent_dest: 'a/%d' }
  return { ...server, transport: 'TCP', reach: { port, proto: 'mqtt', spread: 4 }, pair: sides, fan: { sub: 'fan', dest: 'fan' }, one: { sub: 'a/%d', dest: 'a/%d' } }
}

async function nchan(dir) {
  if (!fs.existsSync(nchanModule)) return { missing: 'Debian\'s libnginx-mod-nchan is not installed' }
  const socket = path.join(dir, 'nchan.sock')
  const file = path.join(dir, 'nchan.conf')
  fs.writeFileSync(file, `load_module ${nchanModule};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${dir}/nchan.pid;
error_log ${dir}/nchan.log crit;
events { worker_connections 19900; }
http {
  access_log off;
  client_body_temp_path ${dir}/nchan-body; proxy_temp_path ${dir}/nchan-proxy; fastcgi_temp_path ${dir}/nchan-fcgi;
  uwsgi_temp_path ${dir}/nchan-uwsgi; scgi_temp_path ${dir}/nchan-scgi;
  nchan_store_messages off;
  server {
    listen unix:${socket} backlog=4096;
    location ~ ^/(?:pair|room)/(.*)$ { nchan_pubsub websocket; nchan_channel_id $1; }
  }
}
`)
  const server = await run('/usr/sbin/nginx', ['-e', 'stderr', '-p', dir, '-c', file], { path: socket })
  return { ...server, transport: 'UNIX', reach: { unix: socket, proto: 'raw' }, pair: ROOMS, fan: { path: '/room/all' }, one: { path: '/pair/%d' }, hearsItself: true }
}

async function rabbitmq(dir) {
  const server = '/usr/lib/rabbitmq/bin/rabbitmq-server'
  if (!fs.existsSync(server)) return { missing: 'Debian\'s rabbitmq-server is not installed' }
  const [port, amqp, distribution, names] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const home = path.join(dir, 'rabbit')
  fs.mkdirSync(home, { recursive: true })
  fs.writeFileSync(path.join(home, 'rabbitmq.conf'), `listeners.tcp.local = 127.0.0.1:${amqp}\nweb_stomp.tcp.ip = 127.0.0.1\nweb_stomp.tcp.port = ${port}\nstomp.listeners.tcp = none\n`)
  fs.writeFileSync(path.join(home, 'plugins'), '[rabbitmq_web_stomp].\n')
  const env = {
    ...process.env, HOME: home, RABBITMQ_NODENAME: 'sdbench@localhost', RABBITMQ_DIST_PORT: String(distribution), RABBITMQ_MNESIA_BASE: path.join(home, 'mnesia'),
    RABBITMQ_LOG_BASE: path.join(home, 'log'), RABBITMQ_CONFIG_FILE: path.join(home, 'rabbitmq'), RABBITMQ_ENABLED_PLUGINS_FILE: path.join(home, 'plugins'),
    RABBITMQ_PID_FILE: path.join(home, 'pid'), RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none', ERL_CRASH_DUMP: path.join(home, 'crash'),
    ERL_EPMD_PORT: String(names), ERL_EPMD_ADDRESS: '127.0.0.1', // its name server too is its own, and ends with it
  }
  const broker = await run(server, [], { port, host: '127.0.0.1' }, { env, cwd: home, seconds: 60 })
  const stop = async () => {
    await broker.stop()
    await new Promise(yes => start('epmd', ['-port', String(names), '-kill']).once('close', yes).once('error', yes))
  }
  const login = { path: '/ws', login: 'guest', passcode: 'guest', vhost: '/' }
  const sides = { cust_sub: '/topic/a.%d', cust_dest: '/topic/b.%d', agent_sub: '/topic/b.%d', agent_dest: '/topic/a.%d' }
  return {
    ...broker, stop, transport: 'TCP', reach: { port, proto: 'stomp', spread: 4, ...login }, pair: sides, fan: { sub: '/topic/fan', dest: '/topic/fan' },
    one: { sub: '/topic/a.%d', dest: '/topic/a.%d' },
  }
}

const all = { bare, ws, mosquitto, nchan, rabbitmq }
export const PEERS = ['ws', 'mosquitto', 'nchan', 'rabbitmq'] // the last takes long to start: it is measured in one go
export const TITLES = { bare: 'bare relay', ws: 'npm ws', mosquitto: 'mosquitto', nchan: 'nchan', rabbitmq: 'RabbitMQ' }

// Starts a peer; {name, missing} when it is not here or does not start.
export async function startPeer(name, dir) {
  try {
    return { name, ...await all[name](dir) }
  } catch (error) {
    return { name, missing: `it does not start: ${String(error.message).trim().split('\n').pop().slice(0, 200)}` }
  }
}
