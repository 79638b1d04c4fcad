-- Why an anomaly is closed. history: it was found in data that came long after they were measured, and nobody was told.
-- Null: open, withdrawn, or closed before this was written down.
ALTER TABLE anomaly ADD COLUMN closed_reason text
  CHECK (closed_reason IN ('returned', 'accepted', 'definition', 'history'));
-- Somebody said that this is the new normal; the cycles worker closes it.
ALTER TABLE anomaly ADD COLUMN accepted_at timestamptz;
ALTER TABLE anomaly ADD COLUMN accepted_by text;
CREATE INDEX anomaly_accepted ON anomaly (signal_id) WHERE state = 'open' AND accepted_at IS NOT NULL;

GRANT UPDATE (accepted_at, accepted_by) ON anomaly TO loadcycle_control;
