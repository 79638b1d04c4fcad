-- Ranges whose samples are judged again by the limits of today.
CREATE TABLE revalidation (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  signal_id    int NOT NULL REFERENCES signal,
  from_ts      timestamptz NOT NULL,
  to_ts        timestamptz NOT NULL CHECK (to_ts >= from_ts),
  operation_id uuid,
  state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  -- all up to here is done; it goes on from here after a restart
  done_to      timestamptz,
  changed      bigint NOT NULL DEFAULT 0,
  error        text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz
);
CREATE INDEX revalidation_open ON revalidation (id) WHERE state IN ('waiting', 'running');

GRANT SELECT ON revalidation TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE ON revalidation TO loadcycle_writer;
GRANT INSERT ON revalidation TO loadcycle_control;
