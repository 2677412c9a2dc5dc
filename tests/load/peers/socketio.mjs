// A socket.io server that signs sockets in by a token and keeps them; what it is sent goes to the person that it names.
// Sockets only: nobody polls, as clients do that name this transport.

import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { personOf, sayWhere } from './common.mjs'

const http = createServer()
const server = new Server(http, { transports: ['websocket'], serveClient: false, maxHttpBufferSize: 64 * 1024 })

server.use((socket, next) => {
  try {
    socket.data.person = personOf(socket.handshake.auth.token)
    next()
  } catch (error) {
    next(error)
  }
})
server.on('connection', socket => {
  socket.join(socket.data.person)
  socket.on('signal', (to, signal) => server.to(to).emit('signal', socket.data.person, signal))
})
http.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => sayWhere(http.address().port))
