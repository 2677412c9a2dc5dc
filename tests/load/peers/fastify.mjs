// A signaling server on Fastify and @fastify/websocket that speaks our protocol and makes the same checks: the token of
// every request and socket, who takes part in a call, which device sits in it, how often somebody may signal.
// Rows are written by fastify-calls.mjs.

import Fastify from 'fastify'
import websocket from '@fastify/websocket'
import { personOf, sayWhere } from './common.mjs'
import { Refused, answer, end, initiate, user } from './fastify-calls.mjs'

const SIGNALS_AT_ONCE = 100_000_000
const SIGNALS_A_SECOND = 10_000_000
const CANDIDATES = 100
const SIGNAL_BYTES = 32 * 1024
const KINDS = new Set(['offer', 'answer', 'ice_candidate', 'ack'])

const sockets = new Map()
const calls = new Map()
const liveOf = new Map()
const buckets = new Map()

const app = Fastify({ logger: false, bodyLimit: 64 * 1024 })
await app.register(websocket, { options: { perMessageDeflate: false, maxPayload: 64 * 1024 } })
app.decorateRequest('person', '')
app.decorateRequest('device', '')

function send(person, frame) {
  const devices = sockets.get(person)
  if (!devices) return
  const text = JSON.stringify(frame)
  for (const socket of devices.values()) socket.send(text)
}

function mayTake(person) {
  const now = performance.now()
  let bucket = buckets.get(person)
  if (!bucket) buckets.set(person, (bucket = { tokens: SIGNALS_AT_ONCE, at: now }))
  bucket.tokens = Math.min(SIGNALS_AT_ONCE, bucket.tokens + ((now - bucket.at) / 1000) * SIGNALS_A_SECOND)
  bucket.at = now
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}

function withinCandidates(side, signal) {
  const generation = signal.generation ?? 1
  if (generation > side.generation) Object.assign(side, { generation, last: 0, sent: 0 })
  if (signal.seq !== undefined) {
    if (signal.seq <= side.last) return true
    side.last = signal.seq
  }
  if (signal.type === 'offer' || signal.type === 'answer') side.sent = 0
  else if (signal.type === 'ice_candidate') side.sent += 1
  return side.sent <= CANDIDATES
}

function passOn(person, device, id, signal) {
  if (!mayTake(person)) return 'rate_limited'
  if (!KINDS.has(signal?.type) || typeof signal.data !== 'object' || signal.data === null) return 'invalid_request'
  const live = calls.get(id)
  if (!live) return 'not_found'
  const other = person === live.caller.id ? live.callee.id : person === live.callee.id ? live.caller.id : undefined
  if (other === undefined) return 'not_found'
  if (live.seats[person] !== device) return 'answered_elsewhere'
  if (!withinCandidates(live.sides[person], signal)) return 'too_many_candidates'
  const seated = live.seats[other]
  if (signal.to_device !== undefined && seated !== undefined && signal.to_device !== seated) return
  signal.from_device = device
  const text = JSON.stringify({ type: 'signal', call_id: id, sender_id: person, signal_data: signal })
  const socket = sockets.get(other)?.get(signal.to_device ?? seated)
  socket?.send(text)
}

function heard(person, device, bytes) {
  if (bytes.length > SIGNAL_BYTES) return 'too_large'
  let frame
  try {
    frame = JSON.parse(bytes.toString())
  } catch {
    return 'malformed_json'
  }
  return frame.type === 'signal' ? passOn(person, device, frame.call_id, frame.signal_data) : 'unknown_frame'
}

const side = () => ({ generation: 0, last: 0, sent: 0 })

function seenBy(live, person) {
  const [role, peer] = person === live.caller.id ? ['caller', live.callee] : ['callee', live.caller]
  const seats = Object.entries(live.seats).map(([user_id, device_id]) => ({ user_id, device_id, reliable: true }))
  const offer = role === 'callee' && live.call.status === 'ringing' ? live.offer : undefined
  return { call: live.call, peer, role, seats, offer }
}

async function signIn(socket, bytes) {
  const { token, device_id: device } = JSON.parse(bytes.toString())
  const person = personOf(token)
  if (typeof device !== 'string' || device.length < 1 || device.length > 64) throw new Refused(400, 'invalid_request')
  const me = await user(person)
  if (!me) throw new Refused(401, 'unauthorized')
  if (!sockets.has(person)) sockets.set(person, new Map())
  sockets.get(person).get(device)?.close(4009)
  sockets.get(person).set(device, socket)
  const mine = [...(liveOf.get(person) ?? [])].map(id => seenBy(calls.get(id), person))
  socket.send(JSON.stringify({ type: 'welcome', user: me, live_calls: mine, ended_calls: [] }))
  return { person, device }
}

app.get('/api/socket', { websocket: true }, socket => {
  let who
  const late = setTimeout(() => socket.close(4001), 5000)
  socket.on('error', () => {})
  socket.on('close', () => {
    const devices = who && sockets.get(who.person)
    if (devices?.get(who.device) === socket) devices.delete(who.device)
    if (devices?.size === 0) sockets.delete(who.person)
  })
  socket.on('message', async bytes => {
    if (who) {
      const refused = heard(who.person, who.device, bytes)
      if (refused) socket.send(JSON.stringify({ type: 'error', error: { code: refused } }))
      return
    }
    clearTimeout(late)
    try {
      who = await signIn(socket, bytes)
    } catch {
      socket.close(4003)
    }
  })
})

async function signedIn(request) {
  const bearer = request.headers.authorization
  try {
    request.person = personOf(bearer.slice('Bearer '.length))
  } catch {
    throw new Refused(401, 'unauthorized')
  }
  request.device = request.headers['x-device-id'] ?? '~'
}

app.setErrorHandler((error, _request, reply) => {
  reply.code(error.statusCode ?? 500).send({ error: { code: error.code ?? 'internal', message: error.message } })
})

const wish = {
  type: 'object',
  required: ['conversation_id', 'call_type'],
  properties: {
    conversation_id: { type: 'string' },
    call_type: { enum: ['audio', 'video'] },
    offer: { type: 'object', required: ['generation', 'data'], properties: { generation: { type: 'integer' }, data: { type: 'object' } } }
  }
}

app.post('/api/calls/initiate', { onRequest: signedIn, schema: { body: wish } }, async (request, reply) => {
  const { conversation_id, call_type, offer } = request.body
  const { call, caller, callee } = await initiate(request.person, request.device, conversation_id, call_type)
  const live = {
    call,
    caller,
    callee,
    seats: { [caller.id]: request.device },
    sides: { [caller.id]: side(), [callee.id]: side() },
    offer: offer && { ...offer, from_device: request.device }
  }
  calls.set(call.id, live)
  for (const { id } of [caller, callee]) liveOf.set(id, (liveOf.get(id) ?? new Set()).add(call.id))
  send(callee.id, { type: 'call_ringing', ...seenBy(live, callee.id) })
  reply.code(201)
  return seenBy(live, request.person)
})

app.post('/api/calls/:id/answer', { onRequest: signedIn }, async request => {
  const call = await answer(request.params.id, request.person, request.device)
  const live = calls.get(call.id)
  live.call = call
  live.seats[request.person] = request.device
  for (const { id } of [live.caller, live.callee]) send(id, { type: 'call_answered', ...seenBy(live, id) })
  return seenBy(live, request.person)
})

app.post('/api/calls/:id/end', { onRequest: signedIn }, async request => {
  const { call, message } = await end(request.params.id, request.person, request.device)
  const live = calls.get(call.id)
  calls.delete(call.id)
  for (const { id } of [live.caller, live.callee]) {
    liveOf.get(id)?.delete(call.id)
    send(id, { type: 'call_ended', call })
    send(id, { type: 'message', message })
  }
  return call
})

await app.listen({ host: '127.0.0.1', port: 0, backlog: 4096 })
sayWhere(app.server.address().port)
