-- What landing keeps beside the rows.

-- One number that grows with every change of the catalogue, so that workers know when their copy is old.
-- The row stays locked until the change is committed: changes become visible in the order of their numbers.
CREATE TABLE catalogue_version (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version  bigint NOT NULL
);
INSERT INTO catalogue_version (version) VALUES (0);

ALTER TABLE signal ADD COLUMN change bigint NOT NULL DEFAULT 0;
CREATE INDEX signal_change ON signal (change);

-- Workers hold the lock shared while they use what they know (processors/work/catalogue.ts); a change of a
-- definition waits for them, and they see it in their next transaction.
CREATE FUNCTION signal_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM pg_advisory_xact_lock(7021001);
  END IF;
  UPDATE catalogue_version SET version = version + 1 RETURNING version INTO NEW.change;
  RETURN NEW;
END $$;
CREATE TRIGGER signal_changed BEFORE INSERT OR UPDATE OF unit, definition, version, name ON signal
  FOR EACH ROW EXECUTE FUNCTION signal_changed();

-- The end of each signal's latest sessions, as validation needs it for the next batch (processors/work/tails.ts).
CREATE TABLE validation_state (
  signal_id int PRIMARY KEY,
  state     jsonb NOT NULL
);

-- period: µs, null for irregular sampling. digest: CRC-32 of the content, so that a batch that comes again under
-- the same name with other content is noticed. definition_version: the limits that its quality was judged by.
ALTER TABLE batch ADD COLUMN period bigint;
ALTER TABLE batch ADD COLUMN digest int NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN definition_version int NOT NULL DEFAULT 1;

-- received = landed + duplicates + dead_lettered, in batches (a message that can't be read counts as one);
-- samples = good + uncertain + bad, of the landed ones, as they were judged when they landed.
ALTER TABLE account ADD COLUMN landed bigint NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN samples bigint NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN good bigint NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN uncertain bigint NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN bad bigint NOT NULL DEFAULT 0;

-- dead letters also go to the log; null: not yet
ALTER TABLE dead_letter ADD COLUMN published_at timestamptz;
CREATE INDEX dead_letter_unpublished ON dead_letter (id) WHERE published_at IS NULL;

GRANT SELECT ON catalogue_version, validation_state TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE ON validation_state TO loadcycle_writer;
-- limits that are applied again change how a batch was judged
GRANT UPDATE (good, uncertain, bad, definition_version) ON batch TO loadcycle_writer;
GRANT UPDATE (state, replayed_at, published_at) ON dead_letter TO loadcycle_writer;
GRANT UPDATE (good, uncertain, bad) ON account TO loadcycle_writer;
