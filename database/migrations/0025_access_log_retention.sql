-- The one way in which the access log gets shorter: whole chunks that are older than what the deployment keeps, and
-- never younger than 30 days, whoever asks. The API's role may call this, and can still change or remove no entry.
CREATE FUNCTION prune_access_log(keep interval) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  dropped int;
BEGIN
  SELECT count(*) INTO dropped
  FROM drop_chunks('access_log', older_than => now() - greatest(keep, interval '30 days'));
  RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION prune_access_log FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_access_log TO loadcycle_control;
