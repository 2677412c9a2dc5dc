-- Before whom people hide their network address, and what was promised to each side of a call when it began to ring.

ALTER TABLE user_settings ADD COLUMN IF NOT EXISTS hide_address TEXT NOT NULL DEFAULT 'never'
  CHECK (hide_address IN ('never', 'strangers', 'everybody'));

-- 0: shown while it rings; 1: not before the answer; 2: never, since media goes through a relay.
ALTER TABLE call_seats ADD COLUMN IF NOT EXISTS address BIGINT NOT NULL DEFAULT 0 CHECK (address IN (0, 1, 2));
