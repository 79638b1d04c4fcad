-- When each signal was heard last and how often it speaks: what silence is judged by (processors/anomalies/arrival.ts).
-- Written in the transaction of the cycles.
CREATE TABLE signal_arrival (
  signal_id   int PRIMARY KEY REFERENCES signal,
  topic       text NOT NULL,
  partition   int NOT NULL,
  -- received-at of its newest batch: the cloud's clock
  heard_at    timestamptz NOT NULL,
  -- its newest live sample: the device's clock
  sample_at   timestamptz NOT NULL,
  -- µs of measurement time from batch to batch, the newest last
  periods     bigint[] NOT NULL,
  -- silence for longer is an anomaly; null: its period is not known yet
  patience_us bigint,
  -- false: what came last was history, or ahead of the device's clock
  live        boolean NOT NULL
);

-- How far each device's clock is ahead of the cloud's, as landing estimates it.
CREATE TABLE device_clock (
  device_id   int PRIMARY KEY REFERENCES device,
  offset_us   bigint NOT NULL,
  source      text NOT NULL CHECK (source IN ('status', 'batches')),
  -- the newest readings, the newest last; the offset is their median
  readings    bigint[] NOT NULL,
  measured_at timestamptz NOT NULL
);

GRANT SELECT ON signal_arrival, device_clock TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE ON signal_arrival, device_clock TO loadcycle_writer;
