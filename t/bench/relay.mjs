#!/usr/bin/env node
// relay SOCKET_PATH: what a person builds first with npm's ws 8: a room for each path, every message to all in it. No compression, no JSON, one buffer
// for all receivers. /pair/NAME sends to the others of that name, /room/NAME to the sender too.
import http from 'node:http'
import { WebSocketServer } from 'ws'

const rooms = new Map()
const server = http.createServer()
const wss = new WebSocketServer({ server, perMessageDeflate: false })

wss.on('connection', (socket, request) => {
  const name = request.url
  const hearsItself = name.startsWith('/room/')
  if (!rooms.has(name)) rooms.set(name, new Set())
  const room = rooms.get(name)
  room.add(socket)
  socket.on('message', data => {
    for (const other of room)
      if ((hearsItself || other !== socket) && other.readyState === 1) other.send(data, { binary: false })
  })
  socket.on('close', () => room.delete(socket))
  socket.on('error', () => {})
})
server.listen({ path: process.argv[2], backlog: 4096 }, () => console.log('ready'))
