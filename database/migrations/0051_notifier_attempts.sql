-- A consumer writes down what it tries with care (0040_record_attempts.sql), the one that tells others as well.
GRANT SELECT, INSERT, UPDATE, DELETE ON record_attempt TO loadcycle_notifier;
