-- Who gets in: invitations to make an account, and which accounts are those of the demo.

CREATE TABLE IF NOT EXISTS account_invitations (
  id UUID PRIMARY KEY,
  -- SHA-256 of what the link holds; the link cannot be read back.
  token_hash TEXT NOT NULL UNIQUE,
  -- What the operator is called on the machine, and what they wrote down about it.
  made_by TEXT NOT NULL,
  note TEXT,
  uses BIGINT NOT NULL CHECK (uses > 0),
  used BIGINT NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND uses),
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);

-- Everybody knows their password: they are let in only while the demo is asked for.
CREATE TABLE IF NOT EXISTS demo_accounts (
  user_id UUID PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE
);

-- The server's alone.
ALTER TABLE account_invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE demo_accounts ENABLE ROW LEVEL SECURITY;
