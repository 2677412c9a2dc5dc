-- What the server needs beside the calls: deadlines, the devices that sit in a call, and what happened.
-- Flags are 0 or 1, as in the other database.

CREATE TABLE IF NOT EXISTS call_runtime (
  call_id UUID PRIMARY KEY REFERENCES calls(id) ON DELETE CASCADE,
  conversation_id UUID NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  ring_deadline TIMESTAMPTZ NOT NULL,
  connect_deadline TIMESTAMPTZ,
  live BIGINT NOT NULL CHECK (live IN (0, 1)),
  -- Grows by one with every change of the call, so that the newer of two readings is known.
  version BIGINT NOT NULL
);

-- Two people who call each other at once cannot make two calls.
CREATE UNIQUE INDEX IF NOT EXISTS idx_one_live_call_per_conversation ON call_runtime(conversation_id) WHERE live = 1;

CREATE TABLE IF NOT EXISTS call_seats (
  call_id UUID NOT NULL REFERENCES calls(id) ON DELETE CASCADE,
  user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  -- Nobody's yet, while the callee is only rung.
  device_id TEXT,
  device_label TEXT,
  held BIGINT NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
  -- 0 for a client that names no device and therefore owes no proof of life.
  leased BIGINT NOT NULL DEFAULT 1 CHECK (leased IN (0, 1)),
  left_at TIMESTAMPTZ,
  last_seen TIMESTAMPTZ,
  media_seen TIMESTAMPTZ,
  PRIMARY KEY (call_id, user_id)
);

-- Nobody is in two calls at once; being rung counts.
CREATE UNIQUE INDEX IF NOT EXISTS idx_one_seat_per_user ON call_seats(user_id) WHERE held = 0 AND left_at IS NULL;

CREATE TABLE IF NOT EXISTS audit_log (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- No references: the log outlives what it speaks of.
  call_id UUID,
  user_id UUID,
  device_id TEXT,
  what TEXT NOT NULL,
  detail TEXT,
  at TIMESTAMPTZ NOT NULL
);

CREATE INDEX IF NOT EXISTS idx_audit_log_call ON audit_log(call_id);
