// hosting: sangdam as a shared host runs it: plain CGI below Apache, or below nginx with fcgiwrap, and no daemon of ours.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { cleanup } from './tap.mjs'
import { buildFolder, newFolder, startIn, wide } from './system.mjs'
import { until } from './until.mjs'

const programs = ['account', 'chat', 'agent', 'stats', 'file']
const isRoot = process.getuid() === 0
const idOf = (what, user) => Number(execFileSync('id', [what, user], { encoding: 'utf8' }))

// The start brings up the database and the tables; its own programs are then ended for good. `set` is of the installation.
async function databaseAlone(folder, set) {
  const dir = path.join(folder, 's')
  fs.mkdirSync(dir)
  const system = await startIn(dir, { demo: 'none', set: { ...wide, ...set } })
  cleanup(() => system.stop())
  for (const name of ['pushd', ...programs]) {
    system.hold(name)
    system.kill(name)
  }
  // whoever may reach the database's socket: on a shared host that is the user whose files these are
  const user = isRoot ? fs.statSync(path.join(dir, 'db')).uid : process.getuid()
  return { system, uid: user, gid: isRoot ? idOf('-g', String(user)) : process.getgid() }
}

const freePort = () => new Promise((yes, no) => {
  const server = net.createServer()
  server.on('error', no)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => yes(port))
  })
})

const answers = port => until(() => new Promise(yes => {
  const socket = net.connect(port, '127.0.0.1', () => {
    socket.destroy()
    yes(true)
  })
  socket.on('error', () => yes(false))
}), { seconds: 20, say: 'the web server listens' })

function run(command, args, options = {}) {
  // a group of its own: fcgiwrap's children outlive it otherwise
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true, ...options })
  const gone = new Promise(yes => child.on('exit', yes))
  cleanup(async () => {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
    await gone
  })
}

// The user's own folders: what is not the web's, and the configuration.
function home({ folder, system, uid, gid }, set) {
  const dir = path.join(folder, 'home')
  for (const name of ['run', 'files', 'log']) fs.mkdirSync(path.join(dir, name), { recursive: true })
  for (const name of ['templates', 'locale']) fs.cpSync(path.join(name === 'locale' ? path.dirname(share) : share, name), path.join(dir, name), { recursive: true })
  const mine = { template_dir: path.join(dir, 'templates'), locale_dir: path.join(dir, 'locale'), run_dir: path.join(dir, 'run'), upload_dir: path.join(dir, 'files'), daemon: 'off', ...set }
  const lines = fs.readFileSync(path.join(system.dir, 'sangdam.conf'), 'utf8').split('\n')
    .filter(line => !Object.keys(mine).some(key => line.startsWith(`${key} `) || line.startsWith(`${key}=`)) && !/^(pushd_socket|notify_socket|counters_file)\b/.test(line))
  fs.writeFileSync(path.join(dir, 'sangdam.conf'), `${lines.join('\n')}\n${Object.entries(mine).map(([key, value]) => `${key} = ${value}`).join('\n')}\n`)
  if (isRoot) execFileSync('chown', ['-R', `${uid}:${gid}`, dir])
  return dir
}

// The folder that the web server sees, with the programs in `bin`.
function webFolder({ folder, uid, gid }, bin, ending) {
  const web = path.join(folder, 'web')
  fs.mkdirSync(path.join(web, bin), { recursive: true })
  for (const name of programs) fs.copyFileSync(cgi(name), path.join(web, bin, `${name}.${ending}`))
  for (const name of ['static', 'errors']) fs.cpSync(path.join(share, name), path.join(web, name), { recursive: true })
  if (isRoot) execFileSync('chown', ['-R', `${uid}:${gid}`, web])
  return web
}

const cgi = name => path.join(buildFolder(), 'inst/libexec/sangdam', `${name}.fcgi`)
const share = path.join(buildFolder(), 'inst/share/sangdam')

// A sangdam at `url`, as people reach it: what the tests of people take for a system.
const at = (system, port, more) => Object.assign(Object.create(system), { port, url: `http://127.0.0.1:${port}`, ...more })

export async function belowApache(set = {}) {
  const folder = newFolder()
  cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
  const base = { folder, ...await databaseAlone(folder, set) }
  const own = home(base, { ...set, file_send: 'stream' })
  const web = webFolder(base, 'cgi-bin', 'cgi')
  fs.writeFileSync(path.join(web, '.htaccess'), fs.readFileSync(path.join(share, 'apache/htaccess'), 'utf8').replace('/home/USER/sangdam', own))
  const port = await freePort()
  const modules = '/usr/lib/apache2/modules'
  const load = ['mpm_event', 'authz_core', 'unixd', 'cgid', 'rewrite', 'mime', 'env', 'headers', 'dir', 'deflate', 'filter'].filter(name => fs.existsSync(`${modules}/mod_${name}.so`))
  fs.writeFileSync(path.join(folder, 'apache.conf'), `ServerRoot ${folder}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
ErrorLog ${own}/log/apache.log
${load.map(name => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
TypesConfig /dev/null
ScriptSock ${own}/run/cgid.sock
${isRoot ? `User #${base.uid}\nGroup #${base.gid}` : ''}
DocumentRoot ${web}
<Directory ${web}>
  AllowOverride All
  Require all granted
</Directory>
`)
  run('apache2', ['-f', path.join(folder, 'apache.conf'), '-D', 'FOREGROUND'])
  await answers(port)
  return at(base.system, port, { home: own })
}

export async function belowFcgiwrap(set = {}) {
  const folder = newFolder()
  cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
  const base = { folder, ...await databaseAlone(folder, set) }
  const own = home(base, set)
  const web = webFolder(base, 'cgi', 'fcgi')
  const socket = path.join(own, 'run/fcgiwrap.sock')
  const port = await freePort()
  fs.mkdirSync(path.join(folder, 'nginx'))
  if (isRoot) fs.chownSync(path.join(folder, 'nginx'), base.uid, base.gid)
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/nginx/${name};`).join('\n  ')
  fs.writeFileSync(path.join(folder, 'nginx.conf'), `pid ${folder}/nginx/pid;
error_log ${own}/log/nginx.log warn;
daemon off;
${isRoot ? `user ${execFileSync('id', ['-un', String(base.uid)], { encoding: 'utf8' }).trim()};` : ''}
events { }
http {
  access_log off;
  ${temp}
  include "${share}/nginx/maps.conf";
  upstream sangdam_cgi { server unix:${socket}; }
  server {
    listen 127.0.0.1:${port};
    set $sangdam_cgi_dir "${web}/cgi";
    set $sangdam_conf "${own}/sangdam.conf";
    set $sangdam_data "${web}";
    set $sangdam_files "${own}/files";
    client_max_body_size 11m;
    include "${share}/nginx/routes-cgi.conf";
  }
}
`)
  run('fcgiwrap', ['-c', '4', '-s', `unix:${socket}`], isRoot ? { uid: base.uid, gid: base.gid } : {})
  await until(() => fs.existsSync(socket), { seconds: 10, say: 'fcgiwrap listens' })
  run('nginx', ['-c', path.join(folder, 'nginx.conf'), '-e', path.join(own, 'log/nginx.log')])
  await answers(port)
  return at(base.system, port, { home: own })
}
