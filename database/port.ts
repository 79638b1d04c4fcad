/**
 * The port `Database`: query, transaction, binary COPY in and out. Adapters: `pg/` (PostgreSQL with
 * TimescaleDB, pooled) and `embedded/` (TimescaleDB in-process, in a worker thread, one connection).
 *
 * What always holds:
 * - a transaction that resolved is on disk;
 * - errors are `LoadcycleError`s: `store.unavailable`, `store.timeout`, `store.conflict` (transient),
 *   `store.schema`, `store.forbidden`, `store.disk-full`, `store.broken` (standing); the cause keeps the SQLSTATE;
 * - a constraint's violation is `request.conflict`, a value that does not fit its type `request.invalid` (both poison);
 * - int8 comes back as number (or throws where it is not exact), timestamptz as number of µs since the epoch
 *   when selected through `us(column)` (see sql.ts) and as text otherwise, numeric as text (so cast sums of
 *   int8), json parsed, bytea as Uint8Array, uuid as text, arrays of these as arrays;
 * - a parameter's type is inferred by the server; an object goes in as JSON, an array as an array.
 */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array | readonly SqlValue[] | object;

export interface Queryable {
  query<T extends object = Record<string, unknown>>(sql: string, params?: readonly SqlValue[]): Promise<T[]>;
}

export interface Transaction extends Queryable {
  /**
   * Binary COPY of whole rows. `data` is the body of PostgreSQL's binary COPY format without header and
   * trailer (see `copy-encoder.ts`). Returns the number of rows. Asks for direct compress where the server has it.
   * The bytes are given away: an adapter may move them to another thread, so `data` is not to be used afterwards.
   */
  copyIn(table: string, columns: readonly string[], data: Uint8Array, options?: CopyOptions): Promise<number>;
}

export interface CopyOptions {
  /** The rows come grouped by the table's compress_segmentby and sorted within: saves the server a sort. */
  readonly sorted?: boolean;
}

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly readOnly?: boolean;
  /** Landing comes before reading where there is one connection only. Default `read`. */
  readonly priority?: 'write' | 'read' | 'maintenance';
  /** A transaction that takes longer is rolled back with `store.timeout`. Default 60,000. */
  readonly timeoutMs?: number;
}

export interface DatabaseFeatures {
  readonly timescale: string | null;
  /** direct compress on COPY */
  readonly directCompress: boolean;
  /** policies run by themselves (background workers) */
  readonly backgroundJobs: boolean;
  /** one connection only: long reads must go in slices */
  readonly singleConnection: boolean;
}

export interface Database extends Queryable {
  readonly features: DatabaseFeatures;
  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Several statements without parameters, each on its own and outside of a transaction, on one connection that
   * nobody else uses in between. Answers for how long they held it, ms.
   */
  exec(sql: string): Promise<number>;
  /**
   * `COPY (sql) TO STDOUT (FORMAT binary)`: raw pieces of PostgreSQL's binary COPY format, header and trailer
   * included; the reader stops it by leaving the loop. `sql` has no parameters: callers put in numbers only.
   */
  copyOut(sql: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
