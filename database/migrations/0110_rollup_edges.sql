-- What readers may take from the continuous aggregates: all that lies before their end but for the windows that wait
-- for a refresh (docs/decisions/0200-rollups-and-what-waits.md).

-- Whose rows came late; null: anybody's. A plot of another signal need not wait for them.
ALTER TABLE refresh_request ADD COLUMN signal_id int;
CREATE INDEX refresh_request_root ON refresh_request (root, from_ts);

-- How far maintenance has brought each aggregate, gaps included (its own end is that of the last bucket with rows, and a
-- refresh of late rows moves it too), and how far it is about to. Null: not yet, so its own end counts.
CREATE TABLE rollup_edge (
  aggregate    text PRIMARY KEY,
  announced_to timestamptz,
  done_to      timestamptz
);
INSERT INTO rollup_edge (aggregate)
  VALUES ('sample_1s'), ('sample_1m'), ('sample_1h'), ('cycle_1m'), ('cycle_1h'), ('cycle_1d');

-- Up to where a reader may take an aggregate for the rows, but for what waits for a refresh; null: nowhere.
CREATE FUNCTION rolled_up_to(of_aggregate text) RETURNS timestamptz LANGUAGE sql STABLE
  RETURN (SELECT CASE WHEN w.at IS NOT NULL THEN least(w.at, e.done_to) END
          FROM rollup_edge e, LATERAL (SELECT aggregated_to(of_aggregate) AS at) w WHERE e.aggregate = of_aggregate);

-- Called in a transaction that writes rows: rows of it that lie before the answer (µs since the epoch; null: nowhere) are
-- late. The lock is held until the end of the transaction: whoever moves the edge announces it, waits once until it had
-- the lock alone, and then refreshes. So rows are either committed before the refresh or ask for their own.
CREATE FUNCTION late_before(root text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  lowest text := CASE root WHEN 'sample' THEN 'sample_1s' ELSE 'cycle_1m' END;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7021010, CASE root WHEN 'sample' THEN 1 ELSE 2 END);
  RETURN (SELECT (extract(epoch from greatest(e.announced_to, aggregated_to(lowest))) * 1000000)::bigint
          FROM rollup_edge e WHERE e.aggregate = lowest);
END $$;

GRANT SELECT ON rollup_edge TO loadcycle_writer, loadcycle_reader;
