-- Times of measurement that go faster than the cloud's clock are a recording's, even where they end at now: such a signal
-- is not waited for.
ALTER TABLE signal_arrival
  -- µs of the cloud's clock from batch to batch, for each of periods
  ADD COLUMN gaps bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN awaited boolean NOT NULL DEFAULT false;
UPDATE signal_arrival SET awaited = live;
