// release: what browsers fetch as a release has it (static/include.am): each page's script as one small file, styles without what only people read.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildFolder, newFolder, top } from '../lib/system.mjs'
import { cleanup } from '../lib/tap.mjs'
import { until } from '../lib/until.mjs'

const share = () => path.join(buildFolder(), 'inst', 'share', 'sangdam')

const listed = name => new RegExp(`^${name} = (.*)$`, 'm').exec(fs.readFileSync(path.join(top, 'static', 'include.am'), 'utf8'))[1].split(' ')

// Puts the small ones into a folder's place: its names, with this ending.
function replace(folder, names, ending, options) {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'sd-small-'))
  try {
    execFileSync('esbuild', [...names.map(name => path.join(folder, name + ending)), '--minify', ...options, `--outdir=${out}`, '--log-level=warning'])
    for (const name of names) fs.copyFileSync(path.join(out, name + ending), path.join(folder, name + ending))
  } finally {
    fs.rmSync(out, { recursive: true, force: true })
  }
}

// In the build folder's own install, or in another folder with such a static/ in it.
export function makeSmallFiles(data = share()) {
  replace(path.join(data, 'static', 'js'), listed('page_scripts'), '.js', ['--bundle', '--format=esm', '--target=es2022', '--legal-comments=none', '--external:/static/*'])
  replace(path.join(data, 'static', 'css'), listed('page_styles'), '.css', [])
}

// A running system gives browsers what a release gives them, from a folder of its own: other systems of the same build go on as they are.
export async function serveRelease(system) {
  const data = newFolder()
  cleanup(() => fs.rmSync(data, { recursive: true, force: true }))
  fs.cpSync(share(), data, { recursive: true })
  makeSmallFiles(data)
  const conf = path.join(system.dir, 'nginx.conf')
  fs.writeFileSync(conf, fs.readFileSync(conf, 'utf8').replace(/set \$sangdam_data "[^"]*"/, `set $sangdam_data "${data}"`))
  const [master] = system.pids('nginx')
  const workers = () => fs.readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').split(' ').filter(Boolean)
  const before = workers()
  process.kill(master, 'SIGHUP')
  await until(() => { const now = workers(); return now.length > 0 && !now.some(pid => before.includes(pid)) }, { say: "the last of nginx's old workers" })
}
