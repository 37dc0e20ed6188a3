// https: an nginx of the test's own that serves a running system over https, by the routes that the system's own nginx has, and pages of other sites beside it.
// The certificate is made for the test and trusted by nobody: browsers are told to take it (trust).
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import { newFolder } from './system.mjs'
import { cleanup } from './tap.mjs'
import { until } from './until.mjs'

// For Chromium: every name ends at this machine, and our certificate is as good as any.
export const trust = ['--host-resolver-rules=MAP *.test 127.0.0.1', '--ignore-certificate-errors']

const folder = newFolder()
cleanup(() => fs.rmSync(folder, { recursive: true, force: true }))
const key = path.join(folder, 'key.pem'), certificate = path.join(folder, 'certificate.pem')
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=test', '-addext', 'subjectAltName=DNS:*.test,DNS:*.shop.test',
  '-keyout', key, '-out', certificate], { stdio: 'pipe' })

const freePort = () => new Promise((yes, no) => {
  const server = net.createServer().on('error', no).listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => yes(port))
  })
})

const answers = port => new Promise(yes => {
  const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); yes(true) }).on('error', () => yes(false))
})

// The system over https: gives the port.
export async function serveSystem(system) {
  const port = await freePort()
  const own = fs.readFileSync(path.join(system.dir, 'nginx.conf'), 'utf8')
  const conf = own.replace(/^(\s*)listen .*;/m, `$1listen 127.0.0.1:${port} ssl;\n$1ssl_certificate "${certificate}";\n$1ssl_certificate_key "${key}";`)
    .replace(/"[^"]*\/(run|log|tmp)\/(nginx[^"]*)"/g, (_, kind, name) => `"${folder}/${name}"`)
  fs.writeFileSync(path.join(folder, 'nginx.conf'), conf)
  const nginx = spawn('nginx', ['-e', 'stderr', '-c', path.join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'inherit'] })
  const gone = new Promise(yes => nginx.on('exit', yes))
  cleanup(() => { nginx.kill('SIGTERM'); return gone })
  await until(() => answers(port), { say: 'nginx with https' })
  return port
}

// Pages {path: () => html} over https: gives the port.
export async function servePages(pages) {
  const server = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(certificate) }, (request, response) => {
    const page = pages[new URL(request.url, 'https://x').pathname]
    response.writeHead(page ? 200 : 204, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end(page?.())
  })
  await new Promise(yes => server.listen(0, '127.0.0.1', yes))
  cleanup(() => server.closeAllConnections() ?? server.close())
  return server.address().port
}
