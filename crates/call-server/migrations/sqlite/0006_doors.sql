-- Who gets in: invitations to make an account, and which accounts are those of the demo.

CREATE TABLE IF NOT EXISTS account_invitations (
  id TEXT NOT NULL PRIMARY KEY,
  -- SHA-256 of what the link holds; the link cannot be read back.
  token_hash TEXT NOT NULL UNIQUE,
  -- What the operator is called on the machine, and what they wrote down about it.
  made_by TEXT NOT NULL,
  note TEXT,
  uses INTEGER NOT NULL CHECK (uses > 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND uses),
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;

-- Everybody knows their password: they are let in only while the demo is asked for.
CREATE TABLE IF NOT EXISTS demo_accounts (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
