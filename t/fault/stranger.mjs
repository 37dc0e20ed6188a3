// stranger: a customer without a chat of their own who tries to get into those of others by every door. Each try must come to nothing.
import { setTimeout as pause } from 'node:timers/promises'
import WebSocket from 'ws'

const frame = (command, lines, body = '') => `${command}\n${lines.map(line => `${line}\n`).join('')}\n${body}\0`

export class Stranger {
  constructor({ person, number, journal, random }) {
    Object.assign(this, { person, number, journal, random })
    this.name = `s${number}`
    this.isStopping = false
  }

  async run() {
    while (!this.isStopping) {
      await pause(this.random.int(300, 1500))
      const session = this.known()
      if (!session) continue
      const door = this.random.pick(['rows', 'chat', 'post', 'read', 'stomp'])
      const got = await (door === 'stomp' ? this.subscribe(session) : this.ask(door, session)).catch(() => '')
      this.journal.write('probe', { who: this.name, s: session, door, got })
    }
  }

  known() { return this.journal.sessions.length ? this.random.pick(this.journal.sessions.slice(-20)) : undefined }

  async ask(door, session) {
    const base = `/api/chat/sessions/${session}`
    const answer = await {
      rows: () => this.person.get(`${base}/messages?after=0`),
      chat: () => this.person.get(base),
      post: () => this.person.post(`${base}/messages`, { content: '남의 상담' }),
      read: () => this.person.post(`${base}/read`, { seq: 1 }),
    }[door]()
    return answer.status < 300 ? `status ${answer.status}` : ''
  }

  // Gives the first frame that is neither CONNECTED nor ERROR.
  subscribe(session) {
    const { person } = this
    return new Promise(yes => {
      const socket = new WebSocket(person.system.wsUrl, ['v12.stomp'], { headers: { Cookie: person.cookie } })
      const done = got => {
        yes(got)
        socket.terminate()
      }
      setTimeout(done, 5000, '')
      socket.on('error', () => done(''))
      socket.on('close', () => done(''))
      socket.on('open', () => socket.send(frame('CONNECT', ['accept-version:1.2', 'host:sangdam'])))
      socket.on('message', data => {
        const command = data.toString().trimStart().split('\n')[0]
        if (command === 'CONNECTED') socket.send(frame('SUBSCRIBE', ['id:0', `destination:/topic/chat/${session}`, 'after:0', 'receipt:r']))
        else if (command === 'ERROR') done('')
        else if (command) done(command)
      })
    })
  }

  stop() { this.isStopping = true }
  end() { this.person.close() }
}
