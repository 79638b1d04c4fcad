-- What the cycles worker keeps beside the segmenter's own state.

-- tails: the signal's session ends as this consumer has validated them. seen: the batches that it has handled, as
-- ranges of seq by session. boundary: onset of the last cycle that came out. since: from when on the present
-- settings count (null: from the beginning).
ALTER TABLE segmenter_state ADD COLUMN extra jsonb NOT NULL DEFAULT '{}';

-- Where a re-cut of late data may start: the state after all samples up to and including at.
CREATE TABLE segmenter_checkpoint (
  signal_id        int NOT NULL REFERENCES signal,
  at               timestamptz NOT NULL,
  state            bytea NOT NULL,
  format           int NOT NULL,
  boundary         timestamptz,
  -- written by a re-cut that is still under way; the live cut's own ones of that time have not seen the late data
  by_repair        boolean NOT NULL DEFAULT false,
  PRIMARY KEY (signal_id, at)
);

-- The re-cut of a signal that is under way: one at a time, of all requests in state running.
CREATE TABLE repair_progress (
  signal_id int PRIMARY KEY REFERENCES signal,
  -- earliest time that was asked for
  from_ts   timestamptz NOT NULL,
  -- null: up to the live position, which then goes on from here
  to_ts     timestamptz,
  state     bytea NOT NULL,
  format    int NOT NULL,
  -- settings: the cycle settings that it cuts with; sinceUs: from when on they count; version: of the definition
  extra     jsonb NOT NULL,
  -- the last sample that is cut again, and the onset of the last cycle that is replaced
  done_to   timestamptz,
  boundary  timestamptz
);

-- The re-cut of a range with settings of its own; null: those of the catalogue.
ALTER TABLE repair ADD COLUMN settings jsonb;
-- how far landing must have come in (topic, partition), and this consumer itself
ALTER TABLE repair ADD COLUMN cycles_offset bigint;

-- Records that are committed here and may not be in the log yet: the last group of each partition.
CREATE TABLE outgoing (
  consumer  text NOT NULL,
  topic     text NOT NULL,
  partition int NOT NULL,
  records   jsonb NOT NULL,
  PRIMARY KEY (consumer, topic, partition)
);

GRANT SELECT ON segmenter_checkpoint, repair_progress, outgoing TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE, DELETE ON segmenter_checkpoint, repair_progress, outgoing TO loadcycle_writer;
GRANT DELETE ON repair TO loadcycle_writer;
-- when it was last widened: a re-cut waits until late data have stopped coming
ALTER TABLE repair ADD COLUMN asked_at timestamptz NOT NULL DEFAULT now();
