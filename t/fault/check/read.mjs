// read: a history and the dumped tables as the rules take them: plain arrays, nothing judged.
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'

async function lines(file) {
  const list = []
  if (!fs.existsSync(file)) return list
  for await (const line of readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Infinity })) if (line) list.push(JSON.parse(line))
  return list
}

export async function readHistory(dir) {
  return history({
    events: await lines(path.join(dir, 'history.jsonl')),
    messages: await lines(path.join(dir, 'messages.jsonl')),
    sessions: await lines(path.join(dir, 'sessions.jsonl')),
  })
}

const group = (list, key) => {
  const map = new Map()
  for (const one of list) {
    const k = key(one)
    if (!map.has(k)) map.set(k, [])
    map.get(k).push(one)
  }
  return map
}

// Adds what all rules ask for. logs: a session's rows by seq; of: the person behind a page's name ("a3.1" is a tab of "a3").
export function history({ events, messages, sessions }) {
  const people = new Map(events.filter(one => one.e === 'person').map(one => [one.name, one]))
  const logs = group(messages, one => one.s)
  for (const log of logs.values()) log.sort((a, b) => a.seq - b.seq)
  return {
    events, messages, sessions, people, logs,
    session: new Map(sessions.map(one => [one.s, one])),
    kinds: group(events, one => one.e),
    of: name => people.get(name.split('.')[0]),
    time: kind => events.find(one => one.e === kind)?.t,
  }
}
