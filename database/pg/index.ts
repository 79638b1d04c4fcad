/**
 * The store on a PostgreSQL server with TimescaleDB, behind the port `Database`.
 *
 * What always holds:
 * - a pool of connections, each a session in UTC with the role and time-outs that were asked for; a broken
 *   connection is thrown away and the next caller gets a new one, so a server that restarts costs the
 *   transactions under way (`store.unavailable`, transient) and nothing else;
 * - COPY asks for direct compress where the server has it: rows go into compressed batches at once;
 * - types are parsed per client (`../values.ts`), never in node-postgres's global table.
 */
export { openPg, type PgDatabase, type PgOptions } from './open.ts';
