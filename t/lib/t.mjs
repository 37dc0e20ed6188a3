// t FILE: runs a test file, which is an ES module in spite of its name (node knows modules by .mjs alone).
import { register } from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

const hook = `export const load = (url, context, next) => next(url, url.endsWith('.t') ? { ...context, format: 'module' } : context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
await import(pathToFileURL(path.resolve(process.argv[2])))
