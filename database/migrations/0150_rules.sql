-- Rules on samples (processors/anomalies/rules/): anomalies of their kinds, why each is one in words, and what the rules remember.
ALTER TABLE anomaly DROP CONSTRAINT anomaly_kind_check;
ALTER TABLE anomaly ADD CONSTRAINT anomaly_kind_check CHECK (kind IN (
  'outlier', 'regime', 'limit', 'missing-cycles', 'stuck-load', 'no-data',
  'high-high', 'high', 'low', 'low-low', 'rate-of-change', 'stuck-value', 'value-outlier', 'drift', 'condition'));
-- In words, with value, limit and unit. Null: the other columns say all.
ALTER TABLE anomaly ADD COLUMN reason text;

-- Rules of each signal between two groups of records, written in the transaction of the offsets. baseline: what the robust ones have
-- learnt, written when it changes.
CREATE TABLE rule_state (
  signal_id int PRIMARY KEY REFERENCES signal,
  state     jsonb NOT NULL,
  baseline  jsonb
);

GRANT SELECT ON rule_state TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE, DELETE ON rule_state TO loadcycle_writer;
