-- What was out of line, since when and until when by the time of measurement. (signal, kind, metric, since) names an
-- anomaly: after a re-cut the same one is found again under its name. value, expected and score: the worst so far.
CREATE TABLE anomaly (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  signal_id       int NOT NULL REFERENCES signal,
  kind            text NOT NULL CHECK (kind IN ('outlier', 'regime', 'limit', 'missing-cycles', 'stuck-load', 'no-data')),
  -- of a cycle; '' where no metric is concerned
  metric          text NOT NULL,
  since           timestamptz NOT NULL,
  until           timestamptz,
  -- withdrawn: late data have shown that it was none
  state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'withdrawn')),
  value           double precision,
  expected        double precision,
  score           double precision,
  noted_at        timestamptz NOT NULL DEFAULT now(),
  changed_at      timestamptz NOT NULL DEFAULT now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  note            text,
  UNIQUE (signal_id, kind, metric, since)
);
CREATE INDEX anomaly_open ON anomaly (signal_id) WHERE state = 'open';
CREATE INDEX anomaly_since ON anomaly (since);

-- Sums and episodes under way of each signal's detector (processors/anomalies/detector.ts); its history is in cycle.
CREATE TABLE anomaly_state (
  signal_id int PRIMARY KEY REFERENCES signal,
  state     jsonb NOT NULL
);

GRANT SELECT ON anomaly, anomaly_state TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE ON anomaly, anomaly_state TO loadcycle_writer;
GRANT UPDATE (acknowledged_at, acknowledged_by, note) ON anomaly TO loadcycle_control;
