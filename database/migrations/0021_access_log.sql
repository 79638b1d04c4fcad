-- Who did what, when, from where, and how it ended. The API's own role can only append; readers read; old
-- chunks are dropped by retention. No person is named: a client is a program, an address is a machine's.
CREATE TABLE access_log (
  at          timestamptz NOT NULL,
  request_id  text NOT NULL,
  client_id   text,
  token_id    text,
  address     text NOT NULL,
  method      text NOT NULL,
  path        text NOT NULL,
  route       text,
  status      int NOT NULL,
  code        text,
  duration_ms double precision NOT NULL
);
SELECT create_hypertable('access_log', by_range('at', INTERVAL '7 days'), create_default_indexes => false);
CREATE INDEX access_log_at ON access_log (at);
CREATE INDEX access_log_client_at ON access_log (client_id, at);

GRANT INSERT ON access_log TO loadcycle_control;
GRANT SELECT ON access_log TO loadcycle_reader;
