-- Load cycles, what cutting them needs to go on, and their aggregates.

-- One row for each cycle; the metrics are those of contract/cycle.ts, in its order and with its units (a test compares).
CREATE TABLE cycle (
  started_at       timestamptz NOT NULL,
  signal_id        int NOT NULL,
  ended_at         timestamptz NOT NULL,
  -- the return to base; null where it was not seen
  offset_at        timestamptz,
  complete         boolean NOT NULL,
  -- 1 at first; each re-cut that changes the cycle counts on
  revision         int NOT NULL DEFAULT 1,
  -- the version of the signal's definition that it was cut with
  settings_version int NOT NULL DEFAULT 1,
  cut_at           timestamptz NOT NULL DEFAULT now(),
  period_s         double precision,
  pulse_width_s    double precision,
  separation_s     double precision,
  duty_cycle       double precision,
  rise_time_s      double precision,
  fall_time_s      double precision,
  rise_slew_per_s  double precision,
  fall_slew_per_s  double precision,
  overshoot_pct    double precision,
  undershoot_pct   double precision,
  settling_time_s  double precision,
  base_level       double precision,
  top_level        double precision,
  base_std         double precision,
  top_std          double precision,
  mean             double precision,
  rms              double precision,
  min              double precision,
  max              double precision,
  peak_to_peak     double precision,
  crest_factor     double precision,
  integral         double precision,
  square_integral  double precision,
  ripple           double precision,
  base_mean        double precision,
  base_min         double precision,
  base_max         double precision,
  base_rms         double precision,
  top_mean         double precision,
  top_min          double precision,
  top_max          double precision,
  top_rms          double precision,
  sample_count     int,
  missing_count    int,
  outlier_count    int,
  completeness     double precision,
  PRIMARY KEY (signal_id, started_at)
);
SELECT create_hypertable('cycle', by_range('started_at', INTERVAL '7 days'), create_default_indexes => false);
ALTER TABLE cycle SET (timescaledb.compress, timescaledb.compress_segmentby = 'signal_id', timescaledb.compress_orderby = 'started_at');

-- Where each signal's segmenter stands, saved in the transaction of the cycles that it cut.
CREATE TABLE segmenter_state (
  signal_id        int PRIMARY KEY REFERENCES signal,
  state            bytea NOT NULL,
  -- of the bytes in state
  format           int NOT NULL,
  settings_version int NOT NULL,
  -- the last sample that it has seen
  seen_to          timestamptz,
  saved_at         timestamptz NOT NULL DEFAULT now()
);

-- Stretches to be cut again from the rows in the store: late data, or new settings. A repair starts once landing's
-- offset has passed the record that asked for it (topic, partition, "offset"; null where no record did).
CREATE TABLE repair (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  signal_id        int NOT NULL REFERENCES signal,
  from_ts          timestamptz NOT NULL,
  to_ts            timestamptz NOT NULL CHECK (to_ts >= from_ts),
  reason           text NOT NULL CHECK (reason IN ('late', 'reprocess', 'quality')),
  topic            text,
  partition        int,
  "offset"         bigint,
  settings_version int,
  -- of a request that asked for many at once
  operation_id     uuid,
  state            text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  -- how far a running one has come; it goes on from here after a restart
  done_to          timestamptz,
  attempts         int NOT NULL DEFAULT 0,
  cycles_changed   int NOT NULL DEFAULT 0,
  error            text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  finished_at      timestamptz
);
CREATE INDEX repair_open ON repair (signal_id, from_ts) WHERE state IN ('waiting', 'running');
CREATE INDEX repair_operation ON repair (operation_id) WHERE operation_id IS NOT NULL;

-- Aggregates of the metrics, of complete cycles only; incomplete ones are counted apart. Each metric keeps what
-- aggregates again without loss: count (a metric may be null), sum, sum of squares, min, max; mean and standard
-- deviation stand in the views below.
CREATE MATERIALIZED VIEW cycle_1m WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
  SELECT time_bucket(INTERVAL '1 minute', started_at) AS bucket, signal_id,
         count(*) AS cycles,
         count(*) FILTER (WHERE complete) AS complete,
         count(*) FILTER (WHERE NOT complete) AS incomplete,
         sum(sample_count)::bigint AS samples, sum(missing_count)::bigint AS missing, sum(outlier_count)::bigint AS outliers,
         count(period_s) FILTER (WHERE complete) AS period_s_count, sum(period_s) FILTER (WHERE complete) AS period_s_sum, sum(period_s * period_s) FILTER (WHERE complete) AS period_s_squares,
         min(period_s) FILTER (WHERE complete) AS period_s_min, max(period_s) FILTER (WHERE complete) AS period_s_max,
         count(pulse_width_s) FILTER (WHERE complete) AS pulse_width_s_count, sum(pulse_width_s) FILTER (WHERE complete) AS pulse_width_s_sum, sum(pulse_width_s * pulse_width_s) FILTER (WHERE complete) AS pulse_width_s_squares,
         min(pulse_width_s) FILTER (WHERE complete) AS pulse_width_s_min, max(pulse_width_s) FILTER (WHERE complete) AS pulse_width_s_max,
         count(separation_s) FILTER (WHERE complete) AS separation_s_count, sum(separation_s) FILTER (WHERE complete) AS separation_s_sum, sum(separation_s * separation_s) FILTER (WHERE complete) AS separation_s_squares,
         min(separation_s) FILTER (WHERE complete) AS separation_s_min, max(separation_s) FILTER (WHERE complete) AS separation_s_max,
         count(duty_cycle) FILTER (WHERE complete) AS duty_cycle_count, sum(duty_cycle) FILTER (WHERE complete) AS duty_cycle_sum, sum(duty_cycle * duty_cycle) FILTER (WHERE complete) AS duty_cycle_squares,
         min(duty_cycle) FILTER (WHERE complete) AS duty_cycle_min, max(duty_cycle) FILTER (WHERE complete) AS duty_cycle_max,
         count(rise_time_s) FILTER (WHERE complete) AS rise_time_s_count, sum(rise_time_s) FILTER (WHERE complete) AS rise_time_s_sum, sum(rise_time_s * rise_time_s) FILTER (WHERE complete) AS rise_time_s_squares,
         min(rise_time_s) FILTER (WHERE complete) AS rise_time_s_min, max(rise_time_s) FILTER (WHERE complete) AS rise_time_s_max,
         count(fall_time_s) FILTER (WHERE complete) AS fall_time_s_count, sum(fall_time_s) FILTER (WHERE complete) AS fall_time_s_sum, sum(fall_time_s * fall_time_s) FILTER (WHERE complete) AS fall_time_s_squares,
         min(fall_time_s) FILTER (WHERE complete) AS fall_time_s_min, max(fall_time_s) FILTER (WHERE complete) AS fall_time_s_max,
         count(overshoot_pct) FILTER (WHERE complete) AS overshoot_pct_count, sum(overshoot_pct) FILTER (WHERE complete) AS overshoot_pct_sum, sum(overshoot_pct * overshoot_pct) FILTER (WHERE complete) AS overshoot_pct_squares,
         min(overshoot_pct) FILTER (WHERE complete) AS overshoot_pct_min, max(overshoot_pct) FILTER (WHERE complete) AS overshoot_pct_max,
         count(undershoot_pct) FILTER (WHERE complete) AS undershoot_pct_count, sum(undershoot_pct) FILTER (WHERE complete) AS undershoot_pct_sum, sum(undershoot_pct * undershoot_pct) FILTER (WHERE complete) AS undershoot_pct_squares,
         min(undershoot_pct) FILTER (WHERE complete) AS undershoot_pct_min, max(undershoot_pct) FILTER (WHERE complete) AS undershoot_pct_max,
         count(settling_time_s) FILTER (WHERE complete) AS settling_time_s_count, sum(settling_time_s) FILTER (WHERE complete) AS settling_time_s_sum, sum(settling_time_s * settling_time_s) FILTER (WHERE complete) AS settling_time_s_squares,
         min(settling_time_s) FILTER (WHERE complete) AS settling_time_s_min, max(settling_time_s) FILTER (WHERE complete) AS settling_time_s_max,
         count(base_level) FILTER (WHERE complete) AS base_level_count, sum(base_level) FILTER (WHERE complete) AS base_level_sum, sum(base_level * base_level) FILTER (WHERE complete) AS base_level_squares,
         min(base_level) FILTER (WHERE complete) AS base_level_min, max(base_level) FILTER (WHERE complete) AS base_level_max,
         count(top_level) FILTER (WHERE complete) AS top_level_count, sum(top_level) FILTER (WHERE complete) AS top_level_sum, sum(top_level * top_level) FILTER (WHERE complete) AS top_level_squares,
         min(top_level) FILTER (WHERE complete) AS top_level_min, max(top_level) FILTER (WHERE complete) AS top_level_max,
         count(mean) FILTER (WHERE complete) AS mean_count, sum(mean) FILTER (WHERE complete) AS mean_sum, sum(mean * mean) FILTER (WHERE complete) AS mean_squares,
         min(mean) FILTER (WHERE complete) AS mean_min, max(mean) FILTER (WHERE complete) AS mean_max,
         count(rms) FILTER (WHERE complete) AS rms_count, sum(rms) FILTER (WHERE complete) AS rms_sum, sum(rms * rms) FILTER (WHERE complete) AS rms_squares,
         min(rms) FILTER (WHERE complete) AS rms_min, max(rms) FILTER (WHERE complete) AS rms_max,
         count(min) FILTER (WHERE complete) AS min_count, sum(min) FILTER (WHERE complete) AS min_sum, sum(min * min) FILTER (WHERE complete) AS min_squares,
         min(min) FILTER (WHERE complete) AS min_min, max(min) FILTER (WHERE complete) AS min_max,
         count(max) FILTER (WHERE complete) AS max_count, sum(max) FILTER (WHERE complete) AS max_sum, sum(max * max) FILTER (WHERE complete) AS max_squares,
         min(max) FILTER (WHERE complete) AS max_min, max(max) FILTER (WHERE complete) AS max_max,
         count(peak_to_peak) FILTER (WHERE complete) AS peak_to_peak_count, sum(peak_to_peak) FILTER (WHERE complete) AS peak_to_peak_sum, sum(peak_to_peak * peak_to_peak) FILTER (WHERE complete) AS peak_to_peak_squares,
         min(peak_to_peak) FILTER (WHERE complete) AS peak_to_peak_min, max(peak_to_peak) FILTER (WHERE complete) AS peak_to_peak_max,
         count(crest_factor) FILTER (WHERE complete) AS crest_factor_count, sum(crest_factor) FILTER (WHERE complete) AS crest_factor_sum, sum(crest_factor * crest_factor) FILTER (WHERE complete) AS crest_factor_squares,
         min(crest_factor) FILTER (WHERE complete) AS crest_factor_min, max(crest_factor) FILTER (WHERE complete) AS crest_factor_max,
         count(ripple) FILTER (WHERE complete) AS ripple_count, sum(ripple) FILTER (WHERE complete) AS ripple_sum, sum(ripple * ripple) FILTER (WHERE complete) AS ripple_squares,
         min(ripple) FILTER (WHERE complete) AS ripple_min, max(ripple) FILTER (WHERE complete) AS ripple_max,
         count(base_std) FILTER (WHERE complete) AS base_std_count, sum(base_std) FILTER (WHERE complete) AS base_std_sum, sum(base_std * base_std) FILTER (WHERE complete) AS base_std_squares,
         min(base_std) FILTER (WHERE complete) AS base_std_min, max(base_std) FILTER (WHERE complete) AS base_std_max,
         count(top_std) FILTER (WHERE complete) AS top_std_count, sum(top_std) FILTER (WHERE complete) AS top_std_sum, sum(top_std * top_std) FILTER (WHERE complete) AS top_std_squares,
         min(top_std) FILTER (WHERE complete) AS top_std_min, max(top_std) FILTER (WHERE complete) AS top_std_max
  FROM cycle GROUP BY 1, 2 WITH NO DATA;

CREATE MATERIALIZED VIEW cycle_1h WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
  SELECT time_bucket(INTERVAL '1 hour', bucket) AS bucket, signal_id,
         sum(cycles)::bigint AS cycles, sum(complete)::bigint AS complete, sum(incomplete)::bigint AS incomplete,
         sum(samples)::bigint AS samples, sum(missing)::bigint AS missing, sum(outliers)::bigint AS outliers,
         sum(period_s_count)::bigint AS period_s_count, sum(period_s_sum) AS period_s_sum, sum(period_s_squares) AS period_s_squares,
         min(period_s_min) AS period_s_min, max(period_s_max) AS period_s_max,
         sum(pulse_width_s_count)::bigint AS pulse_width_s_count, sum(pulse_width_s_sum) AS pulse_width_s_sum, sum(pulse_width_s_squares) AS pulse_width_s_squares,
         min(pulse_width_s_min) AS pulse_width_s_min, max(pulse_width_s_max) AS pulse_width_s_max,
         sum(separation_s_count)::bigint AS separation_s_count, sum(separation_s_sum) AS separation_s_sum, sum(separation_s_squares) AS separation_s_squares,
         min(separation_s_min) AS separation_s_min, max(separation_s_max) AS separation_s_max,
         sum(duty_cycle_count)::bigint AS duty_cycle_count, sum(duty_cycle_sum) AS duty_cycle_sum, sum(duty_cycle_squares) AS duty_cycle_squares,
         min(duty_cycle_min) AS duty_cycle_min, max(duty_cycle_max) AS duty_cycle_max,
         sum(rise_time_s_count)::bigint AS rise_time_s_count, sum(rise_time_s_sum) AS rise_time_s_sum, sum(rise_time_s_squares) AS rise_time_s_squares,
         min(rise_time_s_min) AS rise_time_s_min, max(rise_time_s_max) AS rise_time_s_max,
         sum(fall_time_s_count)::bigint AS fall_time_s_count, sum(fall_time_s_sum) AS fall_time_s_sum, sum(fall_time_s_squares) AS fall_time_s_squares,
         min(fall_time_s_min) AS fall_time_s_min, max(fall_time_s_max) AS fall_time_s_max,
         sum(overshoot_pct_count)::bigint AS overshoot_pct_count, sum(overshoot_pct_sum) AS overshoot_pct_sum, sum(overshoot_pct_squares) AS overshoot_pct_squares,
         min(overshoot_pct_min) AS overshoot_pct_min, max(overshoot_pct_max) AS overshoot_pct_max,
         sum(undershoot_pct_count)::bigint AS undershoot_pct_count, sum(undershoot_pct_sum) AS undershoot_pct_sum, sum(undershoot_pct_squares) AS undershoot_pct_squares,
         min(undershoot_pct_min) AS undershoot_pct_min, max(undershoot_pct_max) AS undershoot_pct_max,
         sum(settling_time_s_count)::bigint AS settling_time_s_count, sum(settling_time_s_sum) AS settling_time_s_sum, sum(settling_time_s_squares) AS settling_time_s_squares,
         min(settling_time_s_min) AS settling_time_s_min, max(settling_time_s_max) AS settling_time_s_max,
         sum(base_level_count)::bigint AS base_level_count, sum(base_level_sum) AS base_level_sum, sum(base_level_squares) AS base_level_squares,
         min(base_level_min) AS base_level_min, max(base_level_max) AS base_level_max,
         sum(top_level_count)::bigint AS top_level_count, sum(top_level_sum) AS top_level_sum, sum(top_level_squares) AS top_level_squares,
         min(top_level_min) AS top_level_min, max(top_level_max) AS top_level_max,
         sum(mean_count)::bigint AS mean_count, sum(mean_sum) AS mean_sum, sum(mean_squares) AS mean_squares,
         min(mean_min) AS mean_min, max(mean_max) AS mean_max,
         sum(rms_count)::bigint AS rms_count, sum(rms_sum) AS rms_sum, sum(rms_squares) AS rms_squares,
         min(rms_min) AS rms_min, max(rms_max) AS rms_max,
         sum(min_count)::bigint AS min_count, sum(min_sum) AS min_sum, sum(min_squares) AS min_squares,
         min(min_min) AS min_min, max(min_max) AS min_max,
         sum(max_count)::bigint AS max_count, sum(max_sum) AS max_sum, sum(max_squares) AS max_squares,
         min(max_min) AS max_min, max(max_max) AS max_max,
         sum(peak_to_peak_count)::bigint AS peak_to_peak_count, sum(peak_to_peak_sum) AS peak_to_peak_sum, sum(peak_to_peak_squares) AS peak_to_peak_squares,
         min(peak_to_peak_min) AS peak_to_peak_min, max(peak_to_peak_max) AS peak_to_peak_max,
         sum(crest_factor_count)::bigint AS crest_factor_count, sum(crest_factor_sum) AS crest_factor_sum, sum(crest_factor_squares) AS crest_factor_squares,
         min(crest_factor_min) AS crest_factor_min, max(crest_factor_max) AS crest_factor_max,
         sum(ripple_count)::bigint AS ripple_count, sum(ripple_sum) AS ripple_sum, sum(ripple_squares) AS ripple_squares,
         min(ripple_min) AS ripple_min, max(ripple_max) AS ripple_max,
         sum(base_std_count)::bigint AS base_std_count, sum(base_std_sum) AS base_std_sum, sum(base_std_squares) AS base_std_squares,
         min(base_std_min) AS base_std_min, max(base_std_max) AS base_std_max,
         sum(top_std_count)::bigint AS top_std_count, sum(top_std_sum) AS top_std_sum, sum(top_std_squares) AS top_std_squares,
         min(top_std_min) AS top_std_min, max(top_std_max) AS top_std_max
  FROM cycle_1m GROUP BY 1, 2 WITH NO DATA;

CREATE MATERIALIZED VIEW cycle_1d WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
  SELECT time_bucket(INTERVAL '1 day', bucket) AS bucket, signal_id,
         sum(cycles)::bigint AS cycles, sum(complete)::bigint AS complete, sum(incomplete)::bigint AS incomplete,
         sum(samples)::bigint AS samples, sum(missing)::bigint AS missing, sum(outliers)::bigint AS outliers,
         sum(period_s_count)::bigint AS period_s_count, sum(period_s_sum) AS period_s_sum, sum(period_s_squares) AS period_s_squares,
         min(period_s_min) AS period_s_min, max(period_s_max) AS period_s_max,
         sum(pulse_width_s_count)::bigint AS pulse_width_s_count, sum(pulse_width_s_sum) AS pulse_width_s_sum, sum(pulse_width_s_squares) AS pulse_width_s_squares,
         min(pulse_width_s_min) AS pulse_width_s_min, max(pulse_width_s_max) AS pulse_width_s_max,
         sum(separation_s_count)::bigint AS separation_s_count, sum(separation_s_sum) AS separation_s_sum, sum(separation_s_squares) AS separation_s_squares,
         min(separation_s_min) AS separation_s_min, max(separation_s_max) AS separation_s_max,
         sum(duty_cycle_count)::bigint AS duty_cycle_count, sum(duty_cycle_sum) AS duty_cycle_sum, sum(duty_cycle_squares) AS duty_cycle_squares,
         min(duty_cycle_min) AS duty_cycle_min, max(duty_cycle_max) AS duty_cycle_max,
         sum(rise_time_s_count)::bigint AS rise_time_s_count, sum(rise_time_s_sum) AS rise_time_s_sum, sum(rise_time_s_squares) AS rise_time_s_squares,
         min(rise_time_s_min) AS rise_time_s_min, max(rise_time_s_max) AS rise_time_s_max,
         sum(fall_time_s_count)::bigint AS fall_time_s_count, sum(fall_time_s_sum) AS fall_time_s_sum, sum(fall_time_s_squares) AS fall_time_s_squares,
         min(fall_time_s_min) AS fall_time_s_min, max(fall_time_s_max) AS fall_time_s_max,
         sum(overshoot_pct_count)::bigint AS overshoot_pct_count, sum(overshoot_pct_sum) AS overshoot_pct_sum, sum(overshoot_pct_squares) AS overshoot_pct_squares,
         min(overshoot_pct_min) AS overshoot_pct_min, max(overshoot_pct_max) AS overshoot_pct_max,
         sum(undershoot_pct_count)::bigint AS undershoot_pct_count, sum(undershoot_pct_sum) AS undershoot_pct_sum, sum(undershoot_pct_squares) AS undershoot_pct_squares,
         min(undershoot_pct_min) AS undershoot_pct_min, max(undershoot_pct_max) AS undershoot_pct_max,
         sum(settling_time_s_count)::bigint AS settling_time_s_count, sum(settling_time_s_sum) AS settling_time_s_sum, sum(settling_time_s_squares) AS settling_time_s_squares,
         min(settling_time_s_min) AS settling_time_s_min, max(settling_time_s_max) AS settling_time_s_max,
         sum(base_level_count)::bigint AS base_level_count, sum(base_level_sum) AS base_level_sum, sum(base_level_squares) AS base_level_squares,
         min(base_level_min) AS base_level_min, max(base_level_max) AS base_level_max,
         sum(top_level_count)::bigint AS top_level_count, sum(top_level_sum) AS top_level_sum, sum(top_level_squares) AS top_level_squares,
         min(top_level_min) AS top_level_min, max(top_level_max) AS top_level_max,
         sum(mean_count)::bigint AS mean_count, sum(mean_sum) AS mean_sum, sum(mean_squares) AS mean_squares,
         min(mean_min) AS mean_min, max(mean_max) AS mean_max,
         sum(rms_count)::bigint AS rms_count, sum(rms_sum) AS rms_sum, sum(rms_squares) AS rms_squares,
         min(rms_min) AS rms_min, max(rms_max) AS rms_max,
         sum(min_count)::bigint AS min_count, sum(min_sum) AS min_sum, sum(min_squares) AS min_squares,
         min(min_min) AS min_min, max(min_max) AS min_max,
         sum(max_count)::bigint AS max_count, sum(max_sum) AS max_sum, sum(max_squares) AS max_squares,
         min(max_min) AS max_min, max(max_max) AS max_max,
         sum(peak_to_peak_count)::bigint AS peak_to_peak_count, sum(peak_to_peak_sum) AS peak_to_peak_sum, sum(peak_to_peak_squares) AS peak_to_peak_squares,
         min(peak_to_peak_min) AS peak_to_peak_min, max(peak_to_peak_max) AS peak_to_peak_max,
         sum(crest_factor_count)::bigint AS crest_factor_count, sum(crest_factor_sum) AS crest_factor_sum, sum(crest_factor_squares) AS crest_factor_squares,
         min(crest_factor_min) AS crest_factor_min, max(crest_factor_max) AS crest_factor_max,
         sum(ripple_count)::bigint AS ripple_count, sum(ripple_sum) AS ripple_sum, sum(ripple_squares) AS ripple_squares,
         min(ripple_min) AS ripple_min, max(ripple_max) AS ripple_max,
         sum(base_std_count)::bigint AS base_std_count, sum(base_std_sum) AS base_std_sum, sum(base_std_squares) AS base_std_squares,
         min(base_std_min) AS base_std_min, max(base_std_max) AS base_std_max,
         sum(top_std_count)::bigint AS top_std_count, sum(top_std_sum) AS top_std_sum, sum(top_std_squares) AS top_std_squares,
         min(top_std_min) AS top_std_min, max(top_std_max) AS top_std_max
  FROM cycle_1h GROUP BY 1, 2 WITH NO DATA;

-- Sample standard deviation (n - 1) from count, sum and sum of squares; null below two.
CREATE FUNCTION std_of(n bigint, sum double precision, squares double precision) RETURNS double precision
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN n > 1 THEN sqrt(greatest(0, squares - sum * sum / n) / (n - 1)) END;

CREATE VIEW cycle_metrics_1m AS
  SELECT bucket, signal_id, cycles, complete, incomplete, samples, missing, outliers,
         period_s_count, period_s_sum / nullif(period_s_count, 0) AS period_s_mean, std_of(period_s_count, period_s_sum, period_s_squares) AS period_s_std, period_s_min, period_s_max,
         pulse_width_s_count, pulse_width_s_sum / nullif(pulse_width_s_count, 0) AS pulse_width_s_mean, std_of(pulse_width_s_count, pulse_width_s_sum, pulse_width_s_squares) AS pulse_width_s_std, pulse_width_s_min, pulse_width_s_max,
         separation_s_count, separation_s_sum / nullif(separation_s_count, 0) AS separation_s_mean, std_of(separation_s_count, separation_s_sum, separation_s_squares) AS separation_s_std, separation_s_min, separation_s_max,
         duty_cycle_count, duty_cycle_sum / nullif(duty_cycle_count, 0) AS duty_cycle_mean, std_of(duty_cycle_count, duty_cycle_sum, duty_cycle_squares) AS duty_cycle_std, duty_cycle_min, duty_cycle_max,
         rise_time_s_count, rise_time_s_sum / nullif(rise_time_s_count, 0) AS rise_time_s_mean, std_of(rise_time_s_count, rise_time_s_sum, rise_time_s_squares) AS rise_time_s_std, rise_time_s_min, rise_time_s_max,
         fall_time_s_count, fall_time_s_sum / nullif(fall_time_s_count, 0) AS fall_time_s_mean, std_of(fall_time_s_count, fall_time_s_sum, fall_time_s_squares) AS fall_time_s_std, fall_time_s_min, fall_time_s_max,
         overshoot_pct_count, overshoot_pct_sum / nullif(overshoot_pct_count, 0) AS overshoot_pct_mean, std_of(overshoot_pct_count, overshoot_pct_sum, overshoot_pct_squares) AS overshoot_pct_std, overshoot_pct_min, overshoot_pct_max,
         undershoot_pct_count, undershoot_pct_sum / nullif(undershoot_pct_count, 0) AS undershoot_pct_mean, std_of(undershoot_pct_count, undershoot_pct_sum, undershoot_pct_squares) AS undershoot_pct_std, undershoot_pct_min, undershoot_pct_max,
         settling_time_s_count, settling_time_s_sum / nullif(settling_time_s_count, 0) AS settling_time_s_mean, std_of(settling_time_s_count, settling_time_s_sum, settling_time_s_squares) AS settling_time_s_std, settling_time_s_min, settling_time_s_max,
         base_level_count, base_level_sum / nullif(base_level_count, 0) AS base_level_mean, std_of(base_level_count, base_level_sum, base_level_squares) AS base_level_std, base_level_min, base_level_max,
         top_level_count, top_level_sum / nullif(top_level_count, 0) AS top_level_mean, std_of(top_level_count, top_level_sum, top_level_squares) AS top_level_std, top_level_min, top_level_max,
         mean_count, mean_sum / nullif(mean_count, 0) AS mean_mean, std_of(mean_count, mean_sum, mean_squares) AS mean_std, mean_min, mean_max,
         rms_count, rms_sum / nullif(rms_count, 0) AS rms_mean, std_of(rms_count, rms_sum, rms_squares) AS rms_std, rms_min, rms_max,
         min_count, min_sum / nullif(min_count, 0) AS min_mean, std_of(min_count, min_sum, min_squares) AS min_std, min_min, min_max,
         max_count, max_sum / nullif(max_count, 0) AS max_mean, std_of(max_count, max_sum, max_squares) AS max_std, max_min, max_max,
         peak_to_peak_count, peak_to_peak_sum / nullif(peak_to_peak_count, 0) AS peak_to_peak_mean, std_of(peak_to_peak_count, peak_to_peak_sum, peak_to_peak_squares) AS peak_to_peak_std, peak_to_peak_min, peak_to_peak_max,
         crest_factor_count, crest_factor_sum / nullif(crest_factor_count, 0) AS crest_factor_mean, std_of(crest_factor_count, crest_factor_sum, crest_factor_squares) AS crest_factor_std, crest_factor_min, crest_factor_max,
         ripple_count, ripple_sum / nullif(ripple_count, 0) AS ripple_mean, std_of(ripple_count, ripple_sum, ripple_squares) AS ripple_std, ripple_min, ripple_max,
         base_std_count, base_std_sum / nullif(base_std_count, 0) AS base_std_mean, std_of(base_std_count, base_std_sum, base_std_squares) AS base_std_std, base_std_min, base_std_max,
         top_std_count, top_std_sum / nullif(top_std_count, 0) AS top_std_mean, std_of(top_std_count, top_std_sum, top_std_squares) AS top_std_std, top_std_min, top_std_max
  FROM cycle_1m;

CREATE VIEW cycle_metrics_1h AS
  SELECT bucket, signal_id, cycles, complete, incomplete, samples, missing, outliers,
         period_s_count, period_s_sum / nullif(period_s_count, 0) AS period_s_mean, std_of(period_s_count, period_s_sum, period_s_squares) AS period_s_std, period_s_min, period_s_max,
         pulse_width_s_count, pulse_width_s_sum / nullif(pulse_width_s_count, 0) AS pulse_width_s_mean, std_of(pulse_width_s_count, pulse_width_s_sum, pulse_width_s_squares) AS pulse_width_s_std, pulse_width_s_min, pulse_width_s_max,
         separation_s_count, separation_s_sum / nullif(separation_s_count, 0) AS separation_s_mean, std_of(separation_s_count, separation_s_sum, separation_s_squares) AS separation_s_std, separation_s_min, separation_s_max,
         duty_cycle_count, duty_cycle_sum / nullif(duty_cycle_count, 0) AS duty_cycle_mean, std_of(duty_cycle_count, duty_cycle_sum, duty_cycle_squares) AS duty_cycle_std, duty_cycle_min, duty_cycle_max,
         rise_time_s_count, rise_time_s_sum / nullif(rise_time_s_count, 0) AS rise_time_s_mean, std_of(rise_time_s_count, rise_time_s_sum, rise_time_s_squares) AS rise_time_s_std, rise_time_s_min, rise_time_s_max,
         fall_time_s_count, fall_time_s_sum / nullif(fall_time_s_count, 0) AS fall_time_s_mean, std_of(fall_time_s_count, fall_time_s_sum, fall_time_s_squares) AS fall_time_s_std, fall_time_s_min, fall_time_s_max,
         overshoot_pct_count, overshoot_pct_sum / nullif(overshoot_pct_count, 0) AS overshoot_pct_mean, std_of(overshoot_pct_count, overshoot_pct_sum, overshoot_pct_squares) AS overshoot_pct_std, overshoot_pct_min, overshoot_pct_max,
         undershoot_pct_count, undershoot_pct_sum / nullif(undershoot_pct_count, 0) AS undershoot_pct_mean, std_of(undershoot_pct_count, undershoot_pct_sum, undershoot_pct_squares) AS undershoot_pct_std, undershoot_pct_min, undershoot_pct_max,
         settling_time_s_count, settling_time_s_sum / nullif(settling_time_s_count, 0) AS settling_time_s_mean, std_of(settling_time_s_count, settling_time_s_sum, settling_time_s_squares) AS settling_time_s_std, settling_time_s_min, settling_time_s_max,
         base_level_count, base_level_sum / nullif(base_level_count, 0) AS base_level_mean, std_of(base_level_count, base_level_sum, base_level_squares) AS base_level_std, base_level_min, base_level_max,
         top_level_count, top_level_sum / nullif(top_level_count, 0) AS top_level_mean, std_of(top_level_count, top_level_sum, top_level_squares) AS top_level_std, top_level_min, top_level_max,
         mean_count, mean_sum / nullif(mean_count, 0) AS mean_mean, std_of(mean_count, mean_sum, mean_squares) AS mean_std, mean_min, mean_max,
         rms_count, rms_sum / nullif(rms_count, 0) AS rms_mean, std_of(rms_count, rms_sum, rms_squares) AS rms_std, rms_min, rms_max,
         min_count, min_sum / nullif(min_count, 0) AS min_mean, std_of(min_count, min_sum, min_squares) AS min_std, min_min, min_max,
         max_count, max_sum / nullif(max_count, 0) AS max_mean, std_of(max_count, max_sum, max_squares) AS max_std, max_min, max_max,
         peak_to_peak_count, peak_to_peak_sum / nullif(peak_to_peak_count, 0) AS peak_to_peak_mean, std_of(peak_to_peak_count, peak_to_peak_sum, peak_to_peak_squares) AS peak_to_peak_std, peak_to_peak_min, peak_to_peak_max,
         crest_factor_count, crest_factor_sum / nullif(crest_factor_count, 0) AS crest_factor_mean, std_of(crest_factor_count, crest_factor_sum, crest_factor_squares) AS crest_factor_std, crest_factor_min, crest_factor_max,
         ripple_count, ripple_sum / nullif(ripple_count, 0) AS ripple_mean, std_of(ripple_count, ripple_sum, ripple_squares) AS ripple_std, ripple_min, ripple_max,
         base_std_count, base_std_sum / nullif(base_std_count, 0) AS base_std_mean, std_of(base_std_count, base_std_sum, base_std_squares) AS base_std_std, base_std_min, base_std_max,
         top_std_count, top_std_sum / nullif(top_std_count, 0) AS top_std_mean, std_of(top_std_count, top_std_sum, top_std_squares) AS top_std_std, top_std_min, top_std_max
  FROM cycle_1h;

CREATE VIEW cycle_metrics_1d AS
  SELECT bucket, signal_id, cycles, complete, incomplete, samples, missing, outliers,
         period_s_count, period_s_sum / nullif(period_s_count, 0) AS period_s_mean, std_of(period_s_count, period_s_sum, period_s_squares) AS period_s_std, period_s_min, period_s_max,
         pulse_width_s_count, pulse_width_s_sum / nullif(pulse_width_s_count, 0) AS pulse_width_s_mean, std_of(pulse_width_s_count, pulse_width_s_sum, pulse_width_s_squares) AS pulse_width_s_std, pulse_width_s_min, pulse_width_s_max,
         separation_s_count, separation_s_sum / nullif(separation_s_count, 0) AS separation_s_mean, std_of(separation_s_count, separation_s_sum, separation_s_squares) AS separation_s_std, separation_s_min, separation_s_max,
         duty_cycle_count, duty_cycle_sum / nullif(duty_cycle_count, 0) AS duty_cycle_mean, std_of(duty_cycle_count, duty_cycle_sum, duty_cycle_squares) AS duty_cycle_std, duty_cycle_min, duty_cycle_max,
         rise_time_s_count, rise_time_s_sum / nullif(rise_time_s_count, 0) AS rise_time_s_mean, std_of(rise_time_s_count, rise_time_s_sum, rise_time_s_squares) AS rise_time_s_std, rise_time_s_min, rise_time_s_max,
         fall_time_s_count, fall_time_s_sum / nullif(fall_time_s_count, 0) AS fall_time_s_mean, std_of(fall_time_s_count, fall_time_s_sum, fall_time_s_squares) AS fall_time_s_std, fall_time_s_min, fall_time_s_max,
         overshoot_pct_count, overshoot_pct_sum / nullif(overshoot_pct_count, 0) AS overshoot_pct_mean, std_of(overshoot_pct_count, overshoot_pct_sum, overshoot_pct_squares) AS overshoot_pct_std, overshoot_pct_min, overshoot_pct_max,
         undershoot_pct_count, undershoot_pct_sum / nullif(undershoot_pct_count, 0) AS undershoot_pct_mean, std_of(undershoot_pct_count, undershoot_pct_sum, undershoot_pct_squares) AS undershoot_pct_std, undershoot_pct_min, undershoot_pct_max,
         settling_time_s_count, settling_time_s_sum / nullif(settling_time_s_count, 0) AS settling_time_s_mean, std_of(settling_time_s_count, settling_time_s_sum, settling_time_s_squares) AS settling_time_s_std, settling_time_s_min, settling_time_s_max,
         base_level_count, base_level_sum / nullif(base_level_count, 0) AS base_level_mean, std_of(base_level_count, base_level_sum, base_level_squares) AS base_level_std, base_level_min, base_level_max,
         top_level_count, top_level_sum / nullif(top_level_count, 0) AS top_level_mean, std_of(top_level_count, top_level_sum, top_level_squares) AS top_level_std, top_level_min, top_level_max,
         mean_count, mean_sum / nullif(mean_count, 0) AS mean_mean, std_of(mean_count, mean_sum, mean_squares) AS mean_std, mean_min, mean_max,
         rms_count, rms_sum / nullif(rms_count, 0) AS rms_mean, std_of(rms_count, rms_sum, rms_squares) AS rms_std, rms_min, rms_max,
         min_count, min_sum / nullif(min_count, 0) AS min_mean, std_of(min_count, min_sum, min_squares) AS min_std, min_min, min_max,
         max_count, max_sum / nullif(max_count, 0) AS max_mean, std_of(max_count, max_sum, max_squares) AS max_std, max_min, max_max,
         peak_to_peak_count, peak_to_peak_sum / nullif(peak_to_peak_count, 0) AS peak_to_peak_mean, std_of(peak_to_peak_count, peak_to_peak_sum, peak_to_peak_squares) AS peak_to_peak_std, peak_to_peak_min, peak_to_peak_max,
         crest_factor_count, crest_factor_sum / nullif(crest_factor_count, 0) AS crest_factor_mean, std_of(crest_factor_count, crest_factor_sum, crest_factor_squares) AS crest_factor_std, crest_factor_min, crest_factor_max,
         ripple_count, ripple_sum / nullif(ripple_count, 0) AS ripple_mean, std_of(ripple_count, ripple_sum, ripple_squares) AS ripple_std, ripple_min, ripple_max,
         base_std_count, base_std_sum / nullif(base_std_count, 0) AS base_std_mean, std_of(base_std_count, base_std_sum, base_std_squares) AS base_std_std, base_std_min, base_std_max,
         top_std_count, top_std_sum / nullif(top_std_count, 0) AS top_std_mean, std_of(top_std_count, top_std_sum, top_std_squares) AS top_std_std, top_std_min, top_std_max
  FROM cycle_1d;

GRANT SELECT ON cycle, segmenter_state, repair, cycle_1m, cycle_1h, cycle_1d,
  cycle_metrics_1m, cycle_metrics_1h, cycle_metrics_1d TO loadcycle_writer, loadcycle_reader;
-- a re-cut may take a cycle away
GRANT INSERT, UPDATE, DELETE ON cycle TO loadcycle_writer;
GRANT INSERT, UPDATE, DELETE ON segmenter_state TO loadcycle_writer;
GRANT INSERT, UPDATE ON repair TO loadcycle_writer;
-- the API asks for a range to be cut again
GRANT INSERT, UPDATE ON repair TO loadcycle_control;
