// first_view: an agent with many chats, in a queue that is long; and the bytes on the line when their console is opened, nothing cached.
import { consultation, guest, say, staff } from '../lib/people.mjs'
import { seedWaiting } from './seed.mjs'

export const OPEN = 30, WAITING = 500
export const MOST_KB = 60

// What the system of such an agent must be set to.
export const roomy = { queue_timeout: '168h', grace_agent: '24h', grace_customer: '24h', linger: '1h', rest_idle: '24h', chats_max: OPEN + 1 }

// Resolves to {agent, chats: [{person, id}]}.
export async function busyAgent(system) {
  const agent = await staff(system)
  const chats = []
  for (let i = 0; i < OPEN; i++) {
    const chat = await consultation(system, agent, await guest(system))
    await say(chat.person, chat.id, `주문한 공책이 아직 오지 않았어요. ${i}`)
    chats.push(chat)
  }
  await seedWaiting(system, WAITING)
  return { agent, chats }
}

// Counts what comes over the line of a page, with the heads of the answers: a function that gives [{url, bytes}] of what came until now.
export async function countBytes(page) {
  const line = await page.context().newCDPSession(page), urls = new Map(), came = []
  line.on('Network.responseReceived', event => urls.set(event.requestId, event.response.url))
  line.on('Network.loadingFinished', event => came.push({ url: urls.get(event.requestId) ?? '', bytes: event.encodedDataLength }))
  await line.send('Network.enable')
  return () => came
}

export const sum = came => came.reduce((all, one) => all + one.bytes, 0)
