-- What each consumer of the log knows of Sparkplug's edge nodes: aliases, births, numbers; at its own offset.
CREATE TABLE sparkplug_state (
  consumer text NOT NULL,
  node     text NOT NULL,
  state    jsonb NOT NULL,
  PRIMARY KEY (consumer, node)
);
GRANT SELECT ON sparkplug_state TO loadcycle_writer, loadcycle_reader;
GRANT INSERT, UPDATE ON sparkplug_state TO loadcycle_writer;
