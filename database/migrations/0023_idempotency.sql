-- Answers to requests that carried an Idempotency-Key, so that the same request sent again changes nothing.
-- status is null while the first one is still at work.
CREATE TABLE idempotency_key (
  client_id   text NOT NULL,
  key         text NOT NULL,
  fingerprint text NOT NULL,
  status      int,
  headers     jsonb,
  body        text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (client_id, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_key TO loadcycle_control;
