-- What each metric of a signal has usually been, where the newest cycles do not say it: while a metric is out of line its
-- history stands still, and it reaches back further than they do (processors/anomalies/robust.ts).
ALTER TABLE anomaly_state ADD COLUMN baseline jsonb;
