-- A dead letter may be sent into the log again with its payload mended: what came stays as it is, what was sent stands
-- beside it, with who did it.
ALTER TABLE dead_letter ADD COLUMN edited_payload bytea;
ALTER TABLE dead_letter ADD COLUMN edited_topic text;
ALTER TABLE dead_letter ADD COLUMN replayed_by text;
GRANT UPDATE (edited_payload, edited_topic, replayed_by) ON dead_letter TO loadcycle_control;
