// openapi: doc/openapi.yaml, and every answer of the API held against it: a status, type or shape that is not in the file fails.
import fs from 'node:fs'
import path from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'
import { top } from './system.mjs'

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

export const api = parse(fs.readFileSync(path.join(top, 'doc/openapi.yaml'), 'utf8'))

const ajv = new Ajv({ strict: false, allErrors: true })
addFormats(ajv)
ajv.addSchema({ $id: 'api', ...api })

const resolve = thing => {
  while (thing?.$ref) thing = thing.$ref.slice(2).split('/').reduce((at, name) => at[name.replaceAll('~1', '/').replaceAll('~0', '~')], api)
  return thing
}

const pointer = parts => parts.map(part => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')

// [template, its parts, a path item], those with fewer {holes} first
const templates = Object.entries(api.paths)
  .map(([template, item]) => ({ template, item, parts: template.split('/'), holes: template.split('{').length }))
  .sort((a, b) => a.holes - b.holes)

// "get /api/chat/..." of each operation in the file
export const operations = templates.flatMap(({ template, item }) => methods.filter(method => item[method]).map(method => `${method.toUpperCase()} ${template}`))

function matches(parts, wanted) {
  return parts.length === wanted.length && parts.every((part, i) => {
    if (part.startsWith('{') && part.endsWith('}')) return wanted[i] !== ''
    const hole = /^([^{]*)\{[^}]+\}(.*)$/.exec(part)
    if (!hole) return part === wanted[i]
    return wanted[i].startsWith(hole[1]) && wanted[i].endsWith(hole[2]) && wanted[i].length > hole[1].length + hole[2].length
  })
}

export const findTemplate = pathname => templates.find(one => matches(one.parts, pathname.split('/')))

const validators = new Map()
function validator(ref, schema) {
  if (!validators.has(ref)) validators.set(ref, schema.$ref ? ajv.compile({ $ref: `api${schema.$ref}` }) : ajv.compile({ $ref: `api#/${ref}` }))
  return validators.get(ref)
}

const isProblem = answer => /^application\/problem\+json\b/.test(answer.headers['content-type'] ?? '')

// What holds for every refusal, whoever sent it.
function checkProblem(answer, say) {
  if (!isProblem(answer)) throw new Error(`${say}: not application/problem+json but ${answer.headers['content-type']}`)
  const validate = validator('components/schemas/Problem', { $ref: '#/components/schemas/Problem' })
  if (!validate(answer.json)) throw new Error(`${say}: ${ajv.errorsText(validate.errors)} in ${answer.text.slice(0, 500)}`)
  if (answer.json.status !== answer.status) throw new Error(`${say}: the problem says status ${answer.json.status}`)
}

function checkContent(response, place, answer, say) {
  if (!response.content || answer.text === undefined) return
  const type = (answer.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase()
  const wanted = Object.keys(response.content)
  const key = wanted.find(one => one === type) ?? wanted.find(one => one === '*/*')
  if (!key) throw new Error(`${say}: Content-Type ${type || '(none)'}, the file knows ${wanted.join(', ')}`)
  const schema = response.content[key].schema
  if (!schema || !/json$/.test(key)) return
  const validate = validator(pointer([...place, 'content', key, 'schema']), schema)
  if (!validate(answer.json)) throw new Error(`${say}: ${ajv.errorsText(validate.errors, { separator: '; ' })} in ${answer.text.slice(0, 800)}`)
}

// Throws when `answer` {status, headers, text, json} to METHOD path is not as the file says.
export function checkAnswer(method, target, answer) {
  const pathname = target.split('?')[0]
  const say = `${method} ${target} answered ${answer.status}`
  if (answer.status >= 400 && answer.status !== 416 && answer.hasBody) checkProblem(answer, say)
  if (answer.status === 405 && !answer.headers.allow) throw new Error(`${say} without Allow`)
  if ((answer.status === 429 || answer.status === 503) && !answer.headers['retry-after']) throw new Error(`${say} without Retry-After`)
  const found = findTemplate(pathname)
  if (!found) {
    // no such route: only a refusal may come
    if (![400, 404, 405].includes(answer.status)) throw new Error(`${say}, but the path is not in doc/openapi.yaml`)
    return
  }
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
  const operation = found.item[verb]
  if (!operation) {
    if (![400, 405].includes(answer.status)) throw new Error(`${say}, but the method is not in doc/openapi.yaml`)
    return
  }
  const listed = operation.responses[answer.status]
  if (!listed) throw new Error(`${say}: this status is not in doc/openapi.yaml (${found.template})`)
  if (method === 'HEAD') return
  const place = listed.$ref ? listed.$ref.slice(2).split('/') : ['paths', found.template, verb, 'responses', String(answer.status)]
  checkContent(resolve(listed), place, answer, say)
}
