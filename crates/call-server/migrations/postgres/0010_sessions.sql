-- A session is one sign-in, for as long as it is renewed: each of its refresh tokens has one child, and one of them lives.

CREATE TABLE IF NOT EXISTS sessions (
  id UUID PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  -- SHA-256 of what all tokens of the session begin with: a spent one is known by it, however old.
  family_hash TEXT NOT NULL UNIQUE,
  -- SHA-256 of the token that lives.
  token_hash TEXT NOT NULL,
  -- SHA-256 of its parent, when that was spent, and by which device.
  spent_hash TEXT,
  spent_at TIMESTAMPTZ,
  spent_by TEXT,
  -- When the parent was sent again, and got another child in place of the first.
  again_at TIMESTAMPTZ,
  -- What people recognise it by.
  device TEXT,
  network TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX IF NOT EXISTS idx_sessions_user ON sessions(user_id);
CREATE INDEX IF NOT EXISTS idx_sessions_expires ON sessions(expires_at);

-- What ended lately, kept for as long as access tokens of it may be around: a session by its id, or, under a person's own
-- id, all tokens of theirs that name none.
CREATE TABLE IF NOT EXISTS ended_sessions (
  id UUID PRIMARY KEY,
  user_id UUID NOT NULL,
  why TEXT NOT NULL,
  ended_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX IF NOT EXISTS idx_ended_sessions_at ON ended_sessions(ended_at);

-- The server's alone.
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE ended_sessions ENABLE ROW LEVEL SECURITY;

-- Nobody is signed out: each token that lives is a session of its own from now on. Those that were spent lately stay for a
-- moment, for clients that never saw the reply.
CREATE INDEX IF NOT EXISTS idx_refresh_tokens_expires ON refresh_tokens(expires_at);

INSERT INTO sessions (id, user_id, family_hash, token_hash, created_at, used_at, expires_at)
SELECT gen_random_uuid(), user_id, token_hash, token_hash, created_at, created_at, expires_at
FROM refresh_tokens WHERE spent_at IS NULL;

DELETE FROM refresh_tokens WHERE spent_at IS NULL;
