// release: the pages' scripts as a release has them (static/include.am), in the build folder's own install.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildFolder, top } from '../lib/system.mjs'

export function makeSmallScripts() {
  const folder = path.join(buildFolder(), 'inst', 'share', 'sangdam', 'static', 'js')
  const names = /^page_scripts = (.*)$/m.exec(fs.readFileSync(path.join(top, 'static', 'include.am'), 'utf8'))[1].split(' ')
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'sd-small-'))
  try {
    execFileSync('esbuild', [...names.map(name => path.join(folder, `${name}.js`)), '--bundle', '--minify', '--format=esm', '--target=es2022', '--legal-comments=none', '--external:/static/*', `--outdir=${out}`, '--log-level=warning'])
    for (const name of names) fs.copyFileSync(path.join(out, `${name}.js`), path.join(folder, `${name}.js`))
  } finally {
    fs.rmSync(out, { recursive: true, force: true })
  }
}
