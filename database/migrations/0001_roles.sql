-- Group roles with the least rights: login roles of a deployment are granted membership in one of them. Roles
-- belong to the whole server, so another database of it may have made them already, perhaps at this moment.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['loadcycle_writer', 'loadcycle_reader', 'loadcycle_control', 'loadcycle_migrator'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
END $$;

-- writer: the processors. control: the API, which reads everything and writes its own few tables. Each later
-- migration grants its tables by name; nothing is given by default.
GRANT loadcycle_reader TO loadcycle_control;
GRANT USAGE ON SCHEMA public TO loadcycle_writer, loadcycle_reader, loadcycle_control;
GRANT CREATE, USAGE ON SCHEMA public TO loadcycle_migrator;
GRANT SELECT ON schema_migration TO loadcycle_writer, loadcycle_reader;
