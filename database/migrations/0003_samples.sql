-- Raw rows, their ledger and their rollups.

-- No unique index: duplicates are stopped per batch by the ledger (docs/decisions). quality: contract/quality.ts,
-- 0 good, 64.. uncertain, 128.. bad; value is null where the sensor gave none.
CREATE TABLE sample (
  ts        timestamptz NOT NULL,
  signal_id int NOT NULL,
  value     double precision,
  quality   smallint NOT NULL
);
SELECT create_hypertable('sample', by_range('ts', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX sample_signal_ts ON sample (signal_id, ts);
-- finds the window of a refresh by time alone
CREATE INDEX sample_ts_brin ON sample USING brin (ts) WITH (pages_per_range = 32);
ALTER TABLE sample SET (timescaledb.compress, timescaledb.compress_segmentby = 'signal_id', timescaledb.compress_orderby = 'ts');

-- The ledger: one row for each batch, inserted in the transaction of its rows (ON CONFLICT DO NOTHING RETURNING);
-- only new batches are copied. Holes in seq are the missing data.
CREATE TABLE batch (
  t0          timestamptz NOT NULL,
  t_end       timestamptz NOT NULL,
  signal_id   int NOT NULL,
  session     uuid NOT NULL,
  seq         bigint NOT NULL,
  count       int NOT NULL,
  good        int NOT NULL,
  uncertain   int NOT NULL,
  bad         int NOT NULL,
  received_at timestamptz NOT NULL,
  landed_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (signal_id, session, seq, t0)
);
SELECT create_hypertable('batch', by_range('t0', INTERVAL '7 days'), create_default_indexes => false);
CREATE INDEX batch_signal_t0 ON batch (signal_id, t0);

CREATE MATERIALIZED VIEW sample_1s WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
  SELECT time_bucket(INTERVAL '1 second', ts) AS bucket, signal_id,
         count(*) AS count,
         count(*) FILTER (WHERE quality = 0) AS good,
         count(*) FILTER (WHERE quality >= 64 AND quality < 128) AS uncertain,
         count(*) FILTER (WHERE quality >= 128) AS bad,
         min(value) FILTER (WHERE quality < 128) AS min,
         max(value) FILTER (WHERE quality < 128) AS max,
         sum(value) FILTER (WHERE quality < 128) AS sum,
         sum(value * value) FILTER (WHERE quality < 128) AS sum_squares
  FROM sample GROUP BY 1, 2 WITH NO DATA;

CREATE MATERIALIZED VIEW sample_1m WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
  SELECT time_bucket(INTERVAL '1 minute', bucket) AS bucket, signal_id,
         sum(count)::bigint AS count, sum(good)::bigint AS good, sum(uncertain)::bigint AS uncertain, sum(bad)::bigint AS bad,
         min(min) AS min, max(max) AS max, sum(sum) AS sum, sum(sum_squares) AS sum_squares
  FROM sample_1s GROUP BY 1, 2 WITH NO DATA;

CREATE MATERIALIZED VIEW sample_1h WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
  SELECT time_bucket(INTERVAL '1 hour', bucket) AS bucket, signal_id,
         sum(count)::bigint AS count, sum(good)::bigint AS good, sum(uncertain)::bigint AS uncertain, sum(bad)::bigint AS bad,
         min(min) AS min, max(max) AS max, sum(sum) AS sum, sum(sum_squares) AS sum_squares
  FROM sample_1m GROUP BY 1, 2 WITH NO DATA;

GRANT SELECT ON sample, batch, sample_1s, sample_1m, sample_1h TO loadcycle_writer, loadcycle_reader;
-- a row's quality may change later, a row itself never goes but by retention
GRANT INSERT, UPDATE ON sample TO loadcycle_writer;
GRANT INSERT ON batch TO loadcycle_writer;
