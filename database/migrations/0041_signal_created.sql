-- How many signals were registered within the last minute (processors/work/registration.ts).
CREATE INDEX signal_created ON signal (created_at);
