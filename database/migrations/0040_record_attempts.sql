-- Records that a consumer of the log is trying with care: written and committed before the try, removed in the
-- transaction that the try becomes. What stands here after a death of the store or of the process says which records
-- were under way, and how often (processors/work/attempts.ts).
CREATE TABLE record_attempt (
  consumer    text NOT NULL,
  topic       text NOT NULL,
  partition   int NOT NULL,
  -- the first and the last record of the group in this partition
  from_offset bigint NOT NULL,
  to_offset   bigint NOT NULL,
  attempts    int NOT NULL,
  tried_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, topic, partition)
);
GRANT SELECT ON record_attempt TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE, DELETE ON record_attempt TO loadcycle_writer;
