// A bare socket server of `ws`: signs sockets in by a token, keeps them, and sends back what it is sent.
// The floor of what a socket costs in Node.js, and of what a message takes on this machine.

import { WebSocketServer } from 'ws'
import { personOf, sayWhere } from './common.mjs'

const people = new Map()
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, maxPayload: 64 * 1024, backlog: 4096 })

server.on('listening', () => sayWhere(server.address().port))
server.on('connection', socket => {
  let person
  socket.on('error', () => {})
  socket.on('close', () => people.delete(person))
  socket.on('message', (bytes, isBinary) => {
    if (person !== undefined) return socket.send(bytes, { binary: isBinary })
    try {
      person = personOf(JSON.parse(bytes.toString()).token)
    } catch {
      return socket.close(4003)
    }
    people.set(person, socket)
    socket.send(JSON.stringify({ type: 'welcome', user: { id: person, username: person, display_name: person } }))
  })
})
