-- Who is told of anomalies, managed at run time; what is not told for a while; and what each target has been told of.

-- Targets that clients of the API have made. grants: of which sites and devices it is told, written as a client's grants.
-- after_s: it is told only of what is still open and not acknowledged so long after the others were. settings: what may be shown;
-- secret: the rest as JSON, sealed with the deployment's notify key where it has one. version: counts the changes.
CREATE TABLE notify_definition (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('webhook', 'mqtt', 'email')),
  grants     text[] NOT NULL,
  after_s    int NOT NULL DEFAULT 0 CHECK (after_s BETWEEN 0 AND 2592000),
  settings   jsonb NOT NULL,
  secret     text,
  version    int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  changed_by text NOT NULL
);

-- A test message that a client has asked for. The API does not speak to addresses outside: notify takes it and writes the answer.
CREATE TABLE notify_test (
  id           uuid PRIMARY KEY,
  target_id    bigint NOT NULL REFERENCES notify_definition ON DELETE CASCADE,
  requested_at timestamptz NOT NULL DEFAULT now(),
  begun_at     timestamptz,
  answered_at  timestamptz,
  taken        boolean,
  code         text,
  detail       text
);

-- What is not told until then. Null: any. With since: one anomaly (metric '' where it has none), which is shelved.
-- Kept for a while after its end, so that it can be seen why nobody was told.
CREATE TABLE notify_silence (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site       text,
  device     text CHECK (device IS NULL OR site IS NOT NULL),
  signal     text,
  kind       text,
  metric     text,
  since      timestamptz,
  anomaly_id bigint,
  until      timestamptz NOT NULL,
  note       text,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  ended_at   timestamptz,
  ended_by   text
);
CREATE INDEX notify_silence_until ON notify_silence (until) WHERE ended_at IS NULL;

-- What a target has been told of and is still open, and what it is to be told of later: told_at is null then, silenced says
-- whether a silence is why, due_at when it is told where none is. The event is the newest of the anomaly.
CREATE TABLE notify_anomaly (
  consumer  text NOT NULL REFERENCES notify_target ON DELETE CASCADE,
  site      text NOT NULL,
  device    text NOT NULL,
  signal    text NOT NULL,
  kind      text NOT NULL,
  metric    text NOT NULL,
  since     timestamptz NOT NULL,
  topic     text NOT NULL,
  partition int NOT NULL,
  "offset"  bigint NOT NULL,
  event     bytea NOT NULL,
  noted_at  timestamptz NOT NULL DEFAULT now(),
  after_s   int NOT NULL,
  silenced  boolean NOT NULL,
  due_at    timestamptz NOT NULL,
  told_at   timestamptz,
  PRIMARY KEY (consumer, site, device, signal, kind, metric, since)
);
CREATE INDEX notify_anomaly_waiting ON notify_anomaly (consumer, due_at) WHERE told_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON notify_definition, notify_silence, notify_test TO loadcycle_control;
GRANT SELECT ON notify_definition, notify_silence, anomaly, signal_path TO loadcycle_notifier;
GRANT SELECT, UPDATE, DELETE ON notify_test TO loadcycle_notifier;
GRANT SELECT, INSERT, UPDATE, DELETE ON notify_anomaly TO loadcycle_notifier;
GRANT SELECT (id, name, kind, grants, after_s, settings, version, created_at, created_by, changed_at, changed_by)
  ON notify_definition TO loadcycle_reader;
GRANT SELECT ON notify_silence, notify_test, notify_anomaly TO loadcycle_reader;
