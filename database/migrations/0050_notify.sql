-- Who tells others of anomalies has the rights of that and no more: it speaks to addresses outside.
DO $$
BEGIN
  CREATE ROLE loadcycle_notifier NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
GRANT USAGE ON SCHEMA public TO loadcycle_notifier;
GRANT SELECT ON schema_migration TO loadcycle_notifier;
-- a target that is configured no longer is forgotten, with its offsets
GRANT SELECT, INSERT, UPDATE, DELETE ON consumer_offset TO loadcycle_notifier;

-- One row for each target that is configured: MQTT, or a webhook by its name or the digest of its URL, which is a secret.
-- consumer: the target's name as a consumer of the log (consumer_offset); since: it was first configured, and is told of
-- what came after.
CREATE TABLE notify_target (
  consumer  text PRIMARY KEY CHECK (consumer LIKE 'notify-%'),
  since     timestamptz NOT NULL DEFAULT now(),
  delivered bigint NOT NULL DEFAULT 0,
  failed    bigint NOT NULL DEFAULT 0
);

-- Deliveries that were given up, the newest thousand of each target.
CREATE TABLE notify_failure (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer  text NOT NULL REFERENCES notify_target ON DELETE CASCADE,
  at        timestamptz NOT NULL DEFAULT now(),
  topic     text NOT NULL,
  partition int NOT NULL,
  "offset"  bigint NOT NULL,
  key       text NOT NULL,
  event     bytea NOT NULL,
  tries     int NOT NULL,
  code      text NOT NULL,
  detail    text NOT NULL
);
CREATE INDEX notify_failure_consumer ON notify_failure (consumer, id);

-- What the workers of each consumer of the log say of themselves, so that one that stands still can be told of with the
-- reason. instance: a process.
CREATE TABLE consumer_state (
  consumer text NOT NULL,
  instance uuid NOT NULL,
  state    text NOT NULL CHECK (state IN ('ok', 'waiting', 'failing')),
  code     text,
  detail   text,
  seen_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, instance)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON notify_target, notify_failure TO loadcycle_notifier;
GRANT SELECT, INSERT, UPDATE, DELETE ON consumer_state TO loadcycle_writer, loadcycle_notifier;
GRANT SELECT ON notify_target, notify_failure, consumer_state TO loadcycle_reader;
