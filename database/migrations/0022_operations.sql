-- Commands to devices: an operation is what a client asked for, a command is one device's share of it.
CREATE TABLE operation (
  id         uuid PRIMARY KEY,
  action     text NOT NULL CHECK (action IN ('start', 'stop', 'configure')),
  request    jsonb NOT NULL,
  client_id  text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX operation_created ON operation (created_at);

-- state: pending (not yet given to the broker), sent, accepted, done, failed. A command that is past expires_at
-- without done or failed reads as expired; nothing has to write that down.
CREATE TABLE command (
  id           uuid PRIMARY KEY,
  operation_id uuid NOT NULL REFERENCES operation ON DELETE CASCADE,
  site         text NOT NULL,
  device       text NOT NULL,
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'accepted', 'done', 'failed')),
  sent_at      timestamptz,
  answered_at  timestamptz,
  code         text,
  detail       text,
  attempts     int NOT NULL DEFAULT 0,
  UNIQUE (operation_id, site, device)
);
CREATE INDEX command_open ON command (site, device) WHERE state IN ('pending', 'sent', 'accepted');

GRANT SELECT, INSERT, UPDATE, DELETE ON operation, command TO loadcycle_control;
GRANT SELECT ON operation, command TO loadcycle_reader;
