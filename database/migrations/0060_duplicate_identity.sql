-- Two agents that run with one device's name: {"sinceUs", "lastUs", "sessions"}, times in µs since the epoch by the
-- bridge's clock. Written by landing with each sign of it; readers take it for over ten minutes after lastUs.
ALTER TABLE device ADD COLUMN duplicate_identity jsonb;
