-- Stretches of time of which no chunk goes by retention: archives that somebody brought in to stay. By path, since the signal may not be
-- registered yet. archive_to: what lies before had gone by retention when it was brought in, so its rows are in no rollup and
-- answer for themselves (docs/decisions/0253-an-archive-holds-its-chunks.md); null: nothing had.
CREATE TABLE retention_hold (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site       text NOT NULL,
  device     text NOT NULL,
  signal     text NOT NULL,
  from_ts    timestamptz NOT NULL,
  to_ts      timestamptz NOT NULL CHECK (to_ts >= from_ts),
  archive_to timestamptz,
  -- null: for ever
  until      timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  UNIQUE (site, device, signal, from_ts, to_ts)
);
GRANT SELECT ON retention_hold TO loadcycle_writer, loadcycle_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON retention_hold TO loadcycle_control;
