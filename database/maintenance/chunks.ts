import type { Logger } from '@loadcycle/contract';
import { END_OF_TIME_US } from '../chunk-walk.ts';
import type { Database } from '../port.ts';
import { ident, literal, us } from '../sql.ts';

export interface Retention {
  /** raw samples, µs; null: for ever */
  readonly rawUs: number | null;
  /** the ledger of batches: accounts and holes outlive the rows that they speak of */
  readonly ledgerUs: number | null;
  /** `sample_1s`, which is the largest aggregate */
  readonly secondsUs: number | null;
  /** minutes, hours and days, and the cycles themselves */
  readonly rollupUs: number | null;
}

/** Which table goes by which of the times. */
export const RETAINED: Record<string, keyof Retention> = {
  sample: 'rawUs',
  batch: 'ledgerUs',
  sample_1s: 'secondsUs',
  sample_1m: 'rollupUs',
  sample_1h: 'rollupUs',
  cycle: 'rollupUs',
  cycle_1m: 'rollupUs',
  cycle_1h: 'rollupUs',
  cycle_1d: 'rollupUs',
};

/** Chunks that one transaction drops: each takes about twenty locks, and the connection for some milliseconds. */
const DROPPED_AT_ONCE = 8;

/**
 * Drops chunks that are older than the retention, the oldest first, a few in a transaction: all at once would not fit
 * into the lock table where there are many, and what is dropped stays dropped when a later step fails. A table that
 * can't be thinned out does not keep the others from it. Throws the first failure when all have had their turn.
 */
export async function dropOldChunks(
  db: Database,
  retention: Retention,
  log: Logger,
  signal?: AbortSignal,
): Promise<void> {
  const failures: unknown[] = [];
  for (const [table, key] of Object.entries(RETAINED)) {
    const afterUs = retention[key];
    if (afterUs === null) continue;
    const chunks = await dropFrom(db, table, afterUs, signal).catch((error: unknown) => {
      failures.push(error);
      return 0;
    });
    if (chunks > 0) log.info({ table, chunks }, 'old chunks dropped');
  }
  if (retention.ledgerUs !== null) await dropWithLedger(db, retention.ledgerUs);
  if (failures.length > 0) throw failures[0];
}

/** Writes down what is done here, for whoever brings in data that is older. */
export async function sayRetention(db: Database, { rawUs, ledgerUs }: Retention): Promise<void> {
  await db.query(
    `INSERT INTO retention (raw_us, ledger_us) VALUES ($1, $2)
     ON CONFLICT (one) DO UPDATE SET raw_us = excluded.raw_us, ledger_us = excluded.ledger_us, said_at = now()`,
    [rawUs, ledgerUs],
  );
}

/** What goes with the ledger: its sums by hour, as far as its own chunks have gone, and what it notes of dead letters. */
async function dropWithLedger(db: Database, afterUs: number): Promise<void> {
  const old = `now() - interval '1 second' * $1::float8`;
  await db.query(
    `DELETE FROM batch_hour WHERE hour < ${old} AND NOT EXISTS (
       SELECT FROM chunk_ranges('batch', 0, ${END_OF_TIME_US}) c WHERE c.begins < ${us('hour')} + 3600000000 AND c.ends > ${us('hour')})`,
    [afterUs / 1e6],
  );
  await db.query(`DELETE FROM dead_batch WHERE t_end < ${old}`, [afterUs / 1e6]);
}

async function dropFrom(
  db: Database,
  table: string,
  afterUs: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let dropped = 0;
  while (!signal?.aborted) {
    const due = await db.query<{ begin: string; end: string }>(
      `SELECT c.range_start::text AS begin, c.range_end::text AS "end" FROM timescaledb_information.chunks c
       JOIN ${HYPERTABLES} h ON h.schema = c.hypertable_schema AND h.name = c.hypertable_name
       WHERE h.relation = $1 AND c.range_end <= now() - interval '1 second' * $2::float8 AND NOT EXISTS (
         SELECT FROM retention_hold k WHERE (k.until IS NULL OR k.until > now())
           AND k.from_ts < c.range_end AND k.to_ts >= c.range_start)
       ORDER BY c.range_end LIMIT ${DROPPED_AT_ONCE}`,
      [table, afterUs / 1e6],
    );
    if (due.length === 0) return dropped;
    // each by its own range, so that none that is held goes with them
    const gone = await db.transaction(async (tx) => {
      let n = 0;
      for (const { begin, end } of due) {
        const sql = `SELECT drop_chunks(${literal(table)}, older_than => $1::timestamptz, newer_than => $2::timestamptz) AS chunk`;
        n += (await tx.query(sql, [end, begin])).length;
      }
      return n;
    });
    if (gone === 0) return dropped;
    dropped += gone;
  }
  return dropped;
}

/** Tables and aggregates, each with the hypertable that holds its rows. */
const HYPERTABLES = `(
  SELECT hypertable_schema AS schema, hypertable_name AS name, hypertable_name AS relation
  FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public'
  UNION ALL
  SELECT materialization_hypertable_schema, materialization_hypertable_name, view_name
  FROM timescaledb_information.continuous_aggregates WHERE view_schema = 'public')`;

/** Removes dead letters that are older, in pieces; what the accounts say of them stays. Returns how many. */
export async function dropOldLetters(db: Database, afterUs: number | null): Promise<number> {
  if (afterUs === null) return 0;
  let removed = 0;
  for (;;) {
    const gone = await db.query(
      `DELETE FROM dead_letter WHERE id IN (
         SELECT id FROM dead_letter WHERE at < now() - interval '1 second' * $1::float8 ORDER BY id LIMIT 1000)
       RETURNING id`,
      [afterUs / 1e6],
    );
    removed += gone.length;
    if (gone.length < 1000) return removed;
  }
}

export interface Compression {
  /** age at which a chunk is due, µs */
  readonly afterUs: number;
  /**
   * Kept by the caller from look to look: a chunk that has grown since the last one is left, since a recording of long
   * ago may just be landing in it.
   */
  readonly sizes?: Map<string, number>;
  /** no further chunk is begun after this long, ms; default 10,000 */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Compresses the chunks of samples and cycles that are due (new, or with rows that came late), the oldest first, each in
 * a transaction of its own. Answers how many. An import makes hundreds at once, so one a look is not enough.
 */
export async function compressOldChunks(
  db: Database,
  { afterUs, sizes, limitMs = 10_000, signal }: Compression,
  log: Logger,
): Promise<number> {
  const due = await db.query<{ chunk: string; bytes: number }>(
    `SELECT format('%I.%I', c.schema_name, c.table_name) AS chunk,
            pg_relation_size(format('%I.%I', c.schema_name, c.table_name)::regclass) AS bytes
     FROM _timescaledb_catalog.chunk c
     JOIN _timescaledb_catalog.hypertable h ON h.id = c.hypertable_id
     JOIN timescaledb_information.chunks i ON i.chunk_schema = c.schema_name AND i.chunk_name = c.table_name
     WHERE h.schema_name = 'public' AND h.table_name IN ('sample', 'cycle') AND NOT c.dropped
       AND (c.status & 1 = 0 OR c.status & 8 <> 0) -- not compressed, or compressed with loose rows
       AND ${us('i.range_end')} < ${us('now()')} - $1
     ORDER BY i.range_end LIMIT 200`,
    [afterUs],
  );
  const quiet = due.filter((d) => sizes === undefined || sizes.get(d.chunk) === d.bytes);
  sizes?.clear();
  for (const { chunk, bytes } of due) sizes?.set(chunk, bytes);
  const start = performance.now();
  let done = 0;
  for (const { chunk } of quiet) {
    if (signal?.aborted || performance.now() - start > limitMs) break;
    await db.exec(`SELECT compress_chunk(${literal(chunk)}, if_not_compressed => true)`);
    done++;
  }
  if (done > 0) log.info({ chunks: done, ms: Math.round(performance.now() - start) }, 'chunks compressed');
  return done;
}

/** Brings the BRIN indexes of the newest chunks up to date, so that a refresh finds its window by time alone. */
export async function summarise(db: Database): Promise<void> {
  const indexes = await db.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, i.relname) AS name
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am a ON a.oid = i.relam
     JOIN pg_namespace n ON n.oid = i.relnamespace
     WHERE a.amname = 'brin' AND n.nspname = '_timescaledb_internal' ORDER BY i.oid DESC LIMIT 3`,
  );
  for (const { name } of indexes) await db.exec(`SELECT brin_summarize_new_values(${literal(name)})`);
}

/** Small tables that are written again and again. */
const BUSY = ['consumer_offset', 'account', 'segmenter_state', 'refresh_request', 'repair', 'device'];

export async function vacuumBusyTables(db: Database): Promise<void> {
  for (const table of BUSY) await db.exec(`VACUUM (ANALYZE) ${ident(table)}`);
}

/** Freezes the one table whose transaction ids are oldest, long before they run out; false where none is due. */
export async function freezeOldest(db: Database, ageLimit = 100_000_000): Promise<boolean> {
  const [oldest] = await db.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm') AND age(c.relfrozenxid) > $1 ORDER BY age(c.relfrozenxid) DESC LIMIT 1`,
    [ageLimit],
  );
  if (oldest === undefined) return false;
  await db.exec(`VACUUM (FREEZE) ${oldest.name}`);
  return true;
}

const MINUTE_US = 60e6;
/** Widths that a chunk of `sample` may have. */
const WIDTHS_US = [10, 30, 60, 180, 720, 1_440].map((minutes) => minutes * MINUTE_US);
/** Compressing a chunk holds the one connection: 1.2 million rows were tried at 1.8 s. */
const ROWS_IN_CHUNK = 1_500_000;

/** The width at which a chunk holds about as many rows as it should, at a rate of samples. */
export function chunkWidthUs(rowsPerS: number): number {
  const ideal = (ROWS_IN_CHUNK / Math.max(rowsPerS, 1e-9)) * 1e6;
  return WIDTHS_US.findLast((width) => width <= ideal) ?? WIDTHS_US[0]!;
}

/** Fits the width of new chunks of `sample` to what the ledger says of the last ten minutes. */
export async function fitChunks(db: Database, log: Logger): Promise<void> {
  const [rate] = await db.query<{ rows: number }>(
    `SELECT coalesce(sum(count), 0)::bigint AS rows FROM batch WHERE t0 > now() - interval '10 minutes' AND t0 < now()`,
  );
  const [now] = await db.query<{ width: number }>(
    `SELECT (extract(epoch from time_interval) * 1000000)::bigint AS width FROM timescaledb_information.dimensions
     WHERE hypertable_schema = 'public' AND hypertable_name = 'sample'`,
  );
  const width = chunkWidthUs(rate!.rows / 600);
  if (rate!.rows === 0 || width === now!.width) return;
  await db.exec(`SELECT set_chunk_time_interval('sample', interval '${width / 1e6} seconds')`);
  log.info({ minutes: width / MINUTE_US }, 'new chunks of samples have another width');
}
