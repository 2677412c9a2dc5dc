-- What is to be done once however often it is asked for, whom people block, and what they want of unknown callers.

-- Keys of requests that made something; kept for a day. Neither keys nor requests can be read back.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  -- SHA-256 of the address and the key that the client chose.
  key_hash TEXT NOT NULL,
  -- SHA-256 of the request.
  request_hash TEXT NOT NULL,
  -- What became of it, and the id of what was made; empty only inside the transaction that makes it.
  outcome TEXT,
  made_id UUID,
  at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (user_id, key_hash)
);

CREATE INDEX IF NOT EXISTS idx_idempotency_keys_at ON idempotency_keys(at);

CREATE TABLE IF NOT EXISTS blocks (
  blocker_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  blocked_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (blocker_id, blocked_id),
  CHECK (blocker_id <> blocked_id)
);

CREATE INDEX IF NOT EXISTS idx_blocks_blocked ON blocks(blocked_id);

-- Messages of blocked people: their writers see them, those who block do not, also later.
CREATE TABLE IF NOT EXISTS hidden_messages (
  message_id UUID NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  PRIMARY KEY (message_id, user_id)
);

CREATE TABLE IF NOT EXISTS user_settings (
  user_id UUID PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
  silence_unknown_callers BIGINT NOT NULL DEFAULT 0 CHECK (silence_unknown_callers IN (0, 1))
);

-- The server's alone.
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE blocks ENABLE ROW LEVEL SECURITY;
ALTER TABLE hidden_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_settings ENABLE ROW LEVEL SECURITY;
