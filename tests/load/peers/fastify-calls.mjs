// The calls of the Fastify server in PostgreSQL: the same tables, checks and guarantees as ours, one transaction each.
// Statements are prepared once per connection. Never knows about sockets.

import { randomUUID } from 'node:crypto'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16, application_name: 'fastify' })
pool.on('error', () => {})

const SQL = {
  user: 'SELECT id, username, display_name, display_picture_url FROM users WHERE id = $1',
  members: `SELECT u.id, u.username, u.display_name, u.display_picture_url, EXISTS (SELECT 1 FROM contacts c
    WHERE c.accepted_at IS NOT NULL AND ((c.requester_id = u.id AND c.addressee_id = $1) OR (c.requester_id = $1 AND c.addressee_id = u.id))) AS acquainted
    FROM conversation_members m JOIN users u ON u.id = m.user_id WHERE m.conversation_id = $2`,
  lockTwo: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0)), pg_advisory_xact_lock(hashtextextended($2, 0))',
  lock: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
  live: `SELECT call_id FROM call_runtime WHERE conversation_id = $1 AND live = 1
    UNION ALL SELECT call_id FROM call_seats WHERE user_id IN ($2, $3) AND held = 0 AND left_at IS NULL`,
  call: `INSERT INTO calls (id, conversation_id, initiator_id, call_type, status) VALUES ($1, $2, $3, $4, 'ringing') RETURNING *`,
  participants: `INSERT INTO call_participants (call_id, user_id, joined_at) VALUES ($1, $2, now() AT TIME ZONE 'UTC'), ($1, $3, NULL)`,
  runtime: `INSERT INTO call_runtime (call_id, conversation_id, ring_deadline, live, version) VALUES ($1, $2, now() + interval '45 s', 1, 1)`,
  seats: `INSERT INTO call_seats (call_id, user_id, device_id, last_seen) VALUES ($1, $2, $3, now()), ($1, $4, NULL, NULL)`,
  audit: 'INSERT INTO audit_log (call_id, user_id, device_id, what, detail, at) VALUES ($1, $2, $3, $4, $5, now())',
  read: `SELECT c.*, p.user_id AS callee_id FROM calls c JOIN call_participants p ON p.call_id = c.id AND p.user_id <> c.initiator_id WHERE c.id = $1`,
  answerCall: `UPDATE calls SET status = 'active', updated_at = now() AT TIME ZONE 'UTC' WHERE id = $1 AND status = 'ringing' RETURNING *`,
  answerSeat: 'UPDATE call_seats SET device_id = $1, last_seen = now() WHERE call_id = $2 AND user_id = $3 AND device_id IS NULL',
  answerParticipant: `UPDATE call_participants SET joined_at = now() AT TIME ZONE 'UTC' WHERE call_id = $1 AND user_id = $2`,
  answerRuntime: `UPDATE call_runtime SET connect_deadline = now() + interval '30 s', version = version + 1 WHERE call_id = $1`,
  endRuntime: 'UPDATE call_runtime SET live = 0, version = version + 1 WHERE call_id = $1',
  endCall: `UPDATE calls SET status = 'ended', ended_at = now() AT TIME ZONE 'UTC', updated_at = now() AT TIME ZONE 'UTC' WHERE id = $1 AND status = 'active' RETURNING *`,
  endSeats: 'UPDATE call_seats SET left_at = now() WHERE call_id = $1 AND left_at IS NULL',
  endParticipants: `UPDATE call_participants SET left_at = now() AT TIME ZONE 'UTC' WHERE call_id = $1 AND left_at IS NULL AND joined_at IS NOT NULL`,
  lastMessage: 'SELECT max(created_at) AS last FROM messages WHERE conversation_id = $1',
  message: `INSERT INTO messages (conversation_id, content, message_type, metadata, created_at) VALUES ($1, $2, 'system', $3, greatest(now(), $4::timestamptz + interval '1 ms')) RETURNING *`
}

const run = (client, name, values) => client.query({ name, text: SQL[name], values })

export class Refused extends Error {
  constructor(statusCode, code) {
    super(code)
    this.statusCode = statusCode
    this.code = code
  }
}

async function transaction(work) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

export async function user(id) {
  return (await run(pool, 'user', [id])).rows[0]
}

export function initiate(caller, device, conversation, type) {
  return transaction(async client => {
    const members = (await run(client, 'members', [caller, conversation])).rows
    const me = members.find(member => member.id === caller)
    const callee = members.find(member => member.id !== caller)
    if (members.length !== 2 || !me) throw new Refused(404, 'not_found')
    if (!callee.acquainted) throw new Refused(403, 'not_contacts')
    await run(client, 'lockTwo', [caller, callee.id].sort())
    if ((await run(client, 'live', [conversation, caller, callee.id])).rows.length > 0) throw new Refused(409, 'busy')
    const id = randomUUID()
    const call = (await run(client, 'call', [id, conversation, caller, type])).rows[0]
    await run(client, 'participants', [id, caller, callee.id])
    await run(client, 'runtime', [id, conversation])
    await run(client, 'seats', [id, caller, device, callee.id])
    await run(client, 'audit', [id, caller, device, 'initiated', type])
    return { call, caller: me, callee }
  })
}

export function answer(id, person, device) {
  return transaction(async client => {
    await run(client, 'lock', [id])
    const found = (await run(client, 'read', [id])).rows[0]
    if (!found || (found.callee_id !== person && found.initiator_id !== person)) throw new Refused(404, 'not_found')
    if (found.callee_id !== person || found.status !== 'ringing') throw new Refused(409, 'wrong_state')
    const call = (await run(client, 'answerCall', [id])).rows[0]
    if (!call) throw new Refused(409, 'wrong_state')
    await run(client, 'answerSeat', [device, id, person])
    await run(client, 'answerParticipant', [id, person])
    await run(client, 'answerRuntime', [id])
    await run(client, 'audit', [id, person, device, 'answered', null])
    return call
  })
}

export function end(id, person, device) {
  return transaction(async client => {
    await run(client, 'lock', [id])
    const found = (await run(client, 'read', [id])).rows[0]
    if (!found || (found.callee_id !== person && found.initiator_id !== person)) throw new Refused(404, 'not_found')
    if (found.status !== 'active') throw new Refused(409, 'wrong_state')
    await run(client, 'endRuntime', [id])
    const call = (await run(client, 'endCall', [id])).rows[0]
    if (!call) throw new Refused(409, 'wrong_state')
    await run(client, 'endSeats', [id])
    await run(client, 'endParticipants', [id])
    await run(client, 'lock', [call.conversation_id])
    const { last } = (await run(client, 'lastMessage', [call.conversation_id])).rows[0]
    const metadata = {
      system_type: 'call', call_id: id, call_type: call.call_type, status: 'completed', initiator_id: call.initiator_id
    }
    const message = (await run(client, 'message', [call.conversation_id, 'Call ended', metadata, last])).rows[0]
    await run(client, 'audit', [id, person, device, 'ended', null])
    return { call, message }
  })
}
