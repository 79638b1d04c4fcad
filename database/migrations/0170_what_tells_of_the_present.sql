-- Findings in what is played faster than time are history too: a signal tells of the present from a time of measurement
-- on, or not at all. What was `awaited` has one.
ALTER TABLE signal_arrival
  -- what was measured from here on is no history; null: what comes last is
  ADD COLUMN present_from timestamptz,
  -- µs from a last sample to its arrival, the least since the samples go on without a break
  ADD COLUMN least_lag_us bigint NOT NULL DEFAULT 0,
  -- µs that the samples have come faster than they can have been taken
  ADD COLUMN debt_us bigint NOT NULL DEFAULT 0;
UPDATE signal_arrival SET present_from = sample_at WHERE live AND awaited;
ALTER TABLE signal_arrival DROP COLUMN gaps, DROP COLUMN awaited;
