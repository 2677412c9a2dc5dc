-- Calls and who took part, to the letter of the original design. Moments without a zone are UTC.

CREATE TABLE IF NOT EXISTS calls (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  conversation_id UUID NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  initiator_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  call_type TEXT NOT NULL CHECK (call_type IN ('audio', 'video')),
  status TEXT NOT NULL CHECK (status IN ('ringing', 'active', 'ended', 'declined', 'missed', 'failed')),
  started_at TIMESTAMP,
  ended_at TIMESTAMP,
  error_reason TEXT,
  created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'UTC'),
  updated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'UTC')
);

CREATE INDEX IF NOT EXISTS idx_calls_conversation ON calls(conversation_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_calls_status ON calls(status) WHERE status IN ('ringing', 'active');

CREATE TABLE IF NOT EXISTS call_participants (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  call_id UUID NOT NULL REFERENCES calls(id) ON DELETE CASCADE,
  user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  joined_at TIMESTAMP,
  left_at TIMESTAMP,
  created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'UTC'),
  UNIQUE (call_id, user_id)
);

CREATE INDEX IF NOT EXISTS idx_call_participants_call ON call_participants(call_id);
CREATE INDEX IF NOT EXISTS idx_call_participants_user ON call_participants(user_id);
