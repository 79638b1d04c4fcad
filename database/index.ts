/**
 * database: the port `Database` (query, transaction, binary COPY in and out), its two adapters, and the schema.
 *
 * `pg/` carries it to PostgreSQL with TimescaleDB, `embedded/` to TimescaleDB in this process. Both answer alike
 * (`values.ts`), fail alike (`errors.ts`) and pass the same contract suite. The schema is plain SQL, numbered, in
 * `migrations/`; what policies do in the cloud, `maintenance.ts` does for the embedded store.
 */
export * from './errors.ts';
export * from './migrate.ts';
export * from './port.ts';
export * from './sql.ts';
