-- The function that policies ask runs as its owner. A temporary table of the asker's, which is searched first unless the
-- path says otherwise, must not stand in for the one of the participants.

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION is_call_participant(uuid) SET search_path = %I, pg_temp', current_schema());
END
$$;
