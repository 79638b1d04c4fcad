-- Offsets mean something in one log only: which one stands beside them. Null: not yet known (a store from before).
ALTER TABLE consumer_offset ADD COLUMN log_id text;

-- A log that was lost and made anew, or that has lost its newest records; said until somebody acknowledges it.
CREATE TABLE log_replacement (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic           text NOT NULL,
  -- the same in both: the log has lost its newest records
  old_log         text,
  new_log         text,
  -- between batches that landed before and after, what is missing was in the log that is lost
  noticed_at      timestamptz NOT NULL,
  -- where each consumer stood in the old log, and where it goes on in the new one
  consumers       jsonb NOT NULL,
  acknowledged_at timestamptz,
  acknowledged_by text,
  note            text
);
CREATE INDEX log_replacement_open ON log_replacement (id) WHERE acknowledged_at IS NULL;
CREATE INDEX log_replacement_topic ON log_replacement (topic, noticed_at);

-- The same place in another log is another message.
ALTER TABLE dead_letter ADD COLUMN log_id text NOT NULL DEFAULT '';
ALTER TABLE dead_letter DROP CONSTRAINT dead_letter_topic_partition_offset_key;
ALTER TABLE dead_letter ADD UNIQUE (topic, partition, "offset", log_id);

GRANT SELECT ON log_replacement TO loadcycle_writer, loadcycle_reader;
GRANT INSERT ON log_replacement TO loadcycle_writer;
GRANT SELECT, INSERT ON log_replacement TO loadcycle_notifier;
GRANT UPDATE (log_id) ON dead_letter TO loadcycle_writer;
GRANT UPDATE (acknowledged_at, acknowledged_by, note) ON log_replacement TO loadcycle_control;
