-- Messages that did not pass: kept byte for byte with the reason, counted, with a way out.
CREATE TABLE dead_letter (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at           timestamptz NOT NULL DEFAULT now(),
  -- where in the log it came from: a redelivery of the same record adds nothing
  topic        text NOT NULL,
  partition    int NOT NULL,
  "offset"     bigint NOT NULL,
  key          text NOT NULL,
  mqtt_topic   text,
  content_type text,
  received_at  timestamptz,
  reason       text NOT NULL,
  pointer      text,
  detail       text NOT NULL,
  payload      bytea NOT NULL,
  -- held: waiting for somebody; replayed: it was sent into the log again
  state        text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'replayed')),
  replayed_at  timestamptz,
  UNIQUE (topic, partition, "offset")
);
CREATE INDEX dead_letter_reason_at ON dead_letter (reason, at);

-- Counts that no row of the ledger can hold, by hour of receipt, moved in landing's transaction.
-- signal_id 0 stands for messages whose signal is not known.
CREATE TABLE account (
  hour          timestamptz NOT NULL,
  signal_id     int NOT NULL,
  received      bigint NOT NULL DEFAULT 0,
  duplicates    bigint NOT NULL DEFAULT 0,
  dead_lettered bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (hour, signal_id)
);

GRANT SELECT ON dead_letter, account TO loadcycle_writer, loadcycle_reader;
GRANT INSERT ON dead_letter TO loadcycle_writer;
GRANT INSERT, UPDATE ON account TO loadcycle_writer;
GRANT UPDATE (state, replayed_at) ON dead_letter TO loadcycle_control;
