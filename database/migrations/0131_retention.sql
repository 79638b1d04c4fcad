-- How long what is kept, as the maintenance loop does it (null: for ever): for whoever brings in what is older.
CREATE TABLE retention (
  one       boolean PRIMARY KEY DEFAULT true CHECK (one),
  raw_us    bigint,
  ledger_us bigint,
  said_at   timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON retention TO loadcycle_reader, loadcycle_control, loadcycle_writer;
