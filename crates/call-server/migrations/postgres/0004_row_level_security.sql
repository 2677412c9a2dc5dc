-- Who may read rows through plain SQL, as PostgREST and Supabase let clients do. Nobody but the server writes.
--
-- The server's own role is the owner of these tables (it made them), and owners are not bound by these policies. Other
-- roles see what a policy shows them and no more; a table without a policy shows nothing.

-- The person on whose behalf a statement runs: the `sub` of the claims that were set for the request, as `auth.uid()`
-- has it under Supabase. Nobody when there are no claims or their `sub` is no user id.
CREATE OR REPLACE FUNCTION calls_current_user() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN sub ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN sub::uuid END
  FROM (SELECT coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  ) AS sub) claims
$$;

-- Runs as its owner, past the policies: a policy that read `call_participants` as the asker would ask itself for ever.
CREATE OR REPLACE FUNCTION is_call_participant(call uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $$
  SELECT EXISTS (SELECT 1 FROM call_participants WHERE call_id = call AND user_id = calls_current_user())
$$;

ALTER TABLE calls ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS calls_are_seen_by_their_people ON calls;
CREATE POLICY calls_are_seen_by_their_people ON calls FOR SELECT USING (is_call_participant(id));

ALTER TABLE call_participants ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS participants_are_seen_by_each_other ON call_participants;
CREATE POLICY participants_are_seen_by_each_other ON call_participants FOR SELECT USING (is_call_participant(call_id));

ALTER TABLE call_runtime ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS runtime_is_seen_by_the_call_s_people ON call_runtime;
CREATE POLICY runtime_is_seen_by_the_call_s_people ON call_runtime FOR SELECT USING (is_call_participant(call_id));

ALTER TABLE call_seats ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seats_are_seen_by_the_call_s_people ON call_seats;
CREATE POLICY seats_are_seen_by_the_call_s_people ON call_seats FOR SELECT USING (is_call_participant(call_id));

-- The server's alone: passwords, sessions, the signing key, the audit log, and the messenger around the calls, which
-- clients reach through the server.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversation_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
