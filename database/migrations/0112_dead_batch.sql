-- Batches in the dead letters that can be read all the same: which samples are in quarantine. By path, since the signal
-- may not be registered (yet). Kept as long as the ledger, so the accounts hold when the letters are gone.
CREATE TABLE dead_batch (
  site      text NOT NULL,
  device    text NOT NULL,
  signal    text NOT NULL,
  session   uuid NOT NULL,
  seq       bigint NOT NULL,
  t0        timestamptz NOT NULL,
  t_end     timestamptz NOT NULL,
  -- µs; null: irregular
  period    bigint,
  count     int NOT NULL,
  offsets   bytea,
  -- of the content, as in the ledger: the same batch that comes again is one, and one that has landed since is none
  digest    int NOT NULL,
  PRIMARY KEY (site, device, signal, session, seq, t0, digest)
);
CREATE INDEX dead_batch_t0 ON dead_batch (site, device, signal, t0);

GRANT SELECT ON dead_batch TO loadcycle_writer, loadcycle_reader;
GRANT INSERT ON dead_batch TO loadcycle_writer;
