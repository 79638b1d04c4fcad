-- Names of Sparkplug's groups, nodes and metrics that are no names here: by which they go (docs/decisions/0252-…).
-- scope: '' of sites, the site of devices, site/device of signals. canonical: the name with digits of its hash, or itself.
CREATE TABLE sparkplug_name (
  scope     text NOT NULL,
  canonical text NOT NULL,
  name      text NOT NULL,
  PRIMARY KEY (scope, canonical),
  UNIQUE (scope, name)
);
GRANT SELECT ON sparkplug_name TO loadcycle_writer, loadcycle_reader;
GRANT INSERT ON sparkplug_name TO loadcycle_writer;
