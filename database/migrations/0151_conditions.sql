-- Conditions over several signals (processors/anomalies/conditions/). Whoever cuts a signal writes down when an entry that looks at it
-- became true or false, and up to when it is known; whoever has the signal that the condition is of puts them together.
-- form: a hash of what the condition says, so that another definition begins anew.
CREATE TABLE condition_entry (
  signal_id int NOT NULL REFERENCES signal,
  rule      text NOT NULL,
  form      text NOT NULL,
  entry     int NOT NULL,
  is_true   boolean NOT NULL,
  -- of the signal that it looks at: its newest sample, and when the cloud had it
  reached   timestamptz NOT NULL,
  heard_at  timestamptz NOT NULL,
  PRIMARY KEY (signal_id, rule, form, entry)
);

CREATE TABLE condition_change (
  signal_id int NOT NULL REFERENCES signal,
  rule      text NOT NULL,
  form      text NOT NULL,
  entry     int NOT NULL,
  at        timestamptz NOT NULL,
  is_true   boolean NOT NULL,
  value     double precision NOT NULL,
  PRIMARY KEY (signal_id, rule, form, entry, at)
);

CREATE TABLE condition_state (
  signal_id int NOT NULL REFERENCES signal,
  rule      text NOT NULL,
  form      text NOT NULL,
  state     jsonb NOT NULL,
  PRIMARY KEY (signal_id, rule, form)
);

GRANT SELECT ON condition_entry, condition_change, condition_state TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE, DELETE ON condition_entry, condition_change, condition_state TO loadcycle_writer;
