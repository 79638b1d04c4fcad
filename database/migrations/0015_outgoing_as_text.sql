-- Written once, read after a crash only: neither parsed nor packed.
ALTER TABLE outgoing ALTER COLUMN records TYPE text;
ALTER TABLE outgoing ALTER COLUMN records SET STORAGE EXTERNAL;
