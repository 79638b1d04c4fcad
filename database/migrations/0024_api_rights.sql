-- The API's few writes in tables of others: dead letters can be purged by an administrator. Everything else that it
-- may change was granted where the tables are made.
GRANT DELETE ON dead_letter TO loadcycle_control;
