-- The ledger in sums: for each signal, session and hour in which batches begin. Landing moves it in the transaction of
-- the batches, so it always agrees with them. A year of a signal is read from it; the ledger itself answers where a
-- range cuts an hour and where batches are missing (docs/decisions/0201-accounts-to-the-sample.md).
-- Batches with seq 0 stand together under the nil session: a codec without sequence numbers makes a session of each.
CREATE TABLE batch_hour (
  signal_id int NOT NULL,
  hour      timestamptz NOT NULL,
  session   uuid NOT NULL,
  batches   bigint NOT NULL,
  samples   bigint NOT NULL,
  good      bigint NOT NULL,
  uncertain bigint NOT NULL,
  bad       bigint NOT NULL,
  first_seq bigint NOT NULL,
  last_seq  bigint NOT NULL,
  -- the last sample of all of its batches, and the longest of them from first to last sample, µs
  ends      timestamptz NOT NULL,
  longest   bigint NOT NULL,
  PRIMARY KEY (signal_id, hour, session)
);
CREATE INDEX batch_hour_hour ON batch_hour (hour);

INSERT INTO batch_hour
  SELECT signal_id, time_bucket(interval '1 hour', t0),
         CASE WHEN seq = 0 THEN '00000000-0000-0000-0000-000000000000' ELSE session END, count(*), sum(count), sum(good), sum(uncertain), sum(bad),
         min(seq), max(seq), max(t_end), (max(extract(epoch from t_end - t0)) * 1000000)::bigint
  FROM batch GROUP BY 1, 2, 3;

-- Irregular sampling: µs from t0 of each sample, as differences in LEB128 (processors/offsets.ts). Null: regular, or
-- landed by an earlier version, of which only t0, t_end and count are known.
ALTER TABLE batch ADD COLUMN offsets bytea;

GRANT SELECT ON batch_hour TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE ON batch_hour TO loadcycle_writer;
