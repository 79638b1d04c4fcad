-- The catalogue: which signals there are and what is expected of them.
-- Names follow the contract: lower-case letters, digits, - and _, 1 to 64 characters.

CREATE TABLE site (
  id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9_-]{1,64}$')
);

CREATE TABLE device (
  id      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id int NOT NULL REFERENCES site,
  name    text NOT NULL CHECK (name ~ '^[a-z0-9_-]{1,64}$'),
  -- the last status that the device published (or its last will), untouched, and when the bridge heard it
  status            jsonb,
  status_at         timestamptz,
  UNIQUE (site_id, name)
);

-- definition: the fields of contract/signal.ts that are not columns of their own would be a second truth, so
-- the whole definition stands in one jsonb, validated by the contract; unit is repeated for plain SQL readers.
CREATE TABLE signal (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device_id  int NOT NULL REFERENCES device,
  name       text NOT NULL CHECK (name ~ '^[a-z0-9_-]{1,64}$'),
  unit       text NOT NULL,
  definition jsonb NOT NULL,
  version    int NOT NULL DEFAULT 1,
  -- true: registered by its first message; false: somebody defined it
  automatic  boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (device_id, name)
);

CREATE TABLE signal_version (
  signal_id  int NOT NULL REFERENCES signal,
  version    int NOT NULL,
  definition jsonb NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  changed_by text NOT NULL,
  PRIMARY KEY (signal_id, version)
);

CREATE VIEW signal_path AS
  SELECT g.id AS signal_id, s.name AS site, d.name AS device, g.name AS signal, g.unit, g.definition, g.version
  FROM signal g JOIN device d ON d.id = g.device_id JOIN site s ON s.id = d.site_id;

-- How far each consumer of the log has come. Updated in the transaction of the work, naming the value that it
-- expects (WHERE next = expected), so that a consumer that lost its partition can write nothing.
CREATE TABLE consumer_offset (
  consumer  text NOT NULL,
  topic     text NOT NULL,
  partition int  NOT NULL,
  next      bigint NOT NULL,
  moved_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, topic, partition)
);

GRANT SELECT ON site, device, signal, signal_version, signal_path, consumer_offset TO loadcycle_writer, loadcycle_reader;
-- registration by a first message, and the device's last status
GRANT INSERT, UPDATE ON site, device, signal TO loadcycle_writer;
GRANT INSERT ON signal_version TO loadcycle_writer;
GRANT INSERT, UPDATE ON consumer_offset TO loadcycle_writer;
-- definitions are the API's to change
GRANT INSERT, UPDATE ON site, device, signal TO loadcycle_control;
GRANT INSERT ON signal_version TO loadcycle_control;
