-- Windows of aggregates that late rows have made stale. Whoever lands late rows writes one in the same transaction;
-- the maintenance loop carries them out (a refresh cannot run inside of a transaction) and deletes them.
CREATE TABLE refresh_request (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  root         text NOT NULL CHECK (root IN ('sample', 'cycle')),
  from_ts      timestamptz NOT NULL,
  to_ts        timestamptz NOT NULL CHECK (to_ts >= from_ts),
  requested_at timestamptz NOT NULL DEFAULT now()
);

-- Up to where an aggregate is materialised; what lies behind is computed at reading, so only rows before it are late.
-- Null where nothing is materialised yet.
CREATE FUNCTION aggregated_to(aggregate text) RETURNS timestamptz LANGUAGE sql STABLE
  RETURN (SELECT nullif(greatest(w.at, timestamptz 'epoch'), timestamptz 'epoch')
          FROM _timescaledb_catalog.continuous_agg c,
            LATERAL (SELECT _timescaledb_functions.to_timestamp(
              _timescaledb_functions.cagg_watermark(c.mat_hypertable_id)) AS at) w
          WHERE c.user_view_schema = 'public' AND c.user_view_name = aggregate);

GRANT SELECT ON refresh_request TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, DELETE ON refresh_request TO loadcycle_writer;
GRANT INSERT ON refresh_request TO loadcycle_control;
