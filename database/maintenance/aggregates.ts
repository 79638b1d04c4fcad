import type { ChunkEdges, Window } from '../chunk-walk.ts';
import type { Database, Queryable } from '../port.ts';
import { literal, ts, us } from '../sql.ts';

/** The tables that aggregates are made of. */
export type Root = 'sample' | 'cycle';

export interface Level {
  readonly name: string;
  /** bucket width, µs */
  readonly bucketUs: number;
}

/** Each root's continuous aggregates, the finest first: each is made from the one before. */
export const AGGREGATES: Record<Root, readonly Level[]> = {
  sample: [
    { name: 'sample_1s', bucketUs: 1e6 },
    { name: 'sample_1m', bucketUs: 6e7 },
    { name: 'sample_1h', bucketUs: 3.6e9 },
  ],
  cycle: [
    { name: 'cycle_1m', bucketUs: 6e7 },
    { name: 'cycle_1h', bucketUs: 3.6e9 },
    { name: 'cycle_1d', bucketUs: 8.64e10 },
  ],
};

export const TIME_COLUMN: Record<Root, string> = { sample: 'ts', cycle: 'started_at' };

export const floorTo = (us: number, bucketUs: number): number => Math.floor(us / bucketUs) * bucketUs;
export const ceilTo = (us: number, bucketUs: number): number => Math.ceil(us / bucketUs) * bucketUs;

/** Up to where an aggregate is materialised, µs; null where nothing is. */
export async function aggregatedTo(db: Queryable, aggregate: string): Promise<number | null> {
  const [row] = await db.query<{ at: number | null }>(`SELECT ${us('aggregated_to($1)')} AS at`, [aggregate]);
  return row?.at ?? null;
}

/**
 * Where a refresh that begins at `fromUs` (a bucket's start) should end, `toUs` at the latest: the finest level is made
 * from the rows, so it takes a bounded number of their chunks at a time; the others read the level below.
 */
export function stepEnd(root: Root, level: Level, edges: ChunkEdges, fromUs: number, toUs: number): number {
  if (AGGREGATES[root][0] !== level) return toUs;
  return Math.max(
    Math.min(toUs, fromUs + level.bucketUs),
    floorTo(edges.within(fromUs, toUs), level.bucketUs),
  );
}

/** Refreshes the buckets that lie in `window` (aligned by the caller) and have changed. Not in a transaction. */
export async function refresh(db: Database, root: Root, level: Level, window: Window): Promise<void> {
  const options = (await takesOptions(db)) ? `, options => '{"buckets_per_batch": 0}'` : '';
  const range = `${time(window.fromUs)}, ${time(window.toUs)}`;
  const call = `CALL refresh_continuous_aggregate(${literal(level.name)}, ${range}${options})`;
  const levels = AGGREGATES[root];
  const below = levels[levels.indexOf(level) - 1];
  if (below === undefined || !db.features.singleConnection) return await db.exec(call);
  // The embedded build looks up the end of the aggregate below for each raw row behind it, 70 µs each: so that one
  // answers from what it has materialised, for the moment, and nobody else gets the connection in between.
  try {
    await db.exec(`${realTime(below, false)}; ${call}; ${realTime(below, true)}`);
  } catch (error) {
    await db.exec(realTime(below, true));
    throw error;
  }
}

/**
 * Newer servers refresh in batches with a commit each, by default so small that a day of seconds without data takes
 * minutes (2.28.3: over 30 s, 0.04 s in one batch). Callers here bound their windows themselves.
 */
async function takesOptions(db: Database): Promise<boolean> {
  let known = optionsKnown.get(db);
  if (known === undefined) {
    const rows = await db.query(
      `SELECT 1 FROM pg_proc WHERE proname = 'refresh_continuous_aggregate' AND 'options' = ANY(proargnames)`,
    );
    known = rows.length > 0;
    optionsKnown.set(db, known);
  }
  return known;
}
const optionsKnown = new WeakMap<Database, boolean>();

const time = (us: number): string => ts(String(us));
const realTime = (level: Level, on: boolean): string =>
  `ALTER MATERIALIZED VIEW ${level.name} SET (timescaledb.materialized_only = ${!on})`;

/** Mends what a crash in the middle of `refresh` left. */
export async function allRealTime(db: Database): Promise<void> {
  const left = await db.query<{ name: string }>(
    `SELECT view_name AS name FROM timescaledb_information.continuous_aggregates
     WHERE view_schema = 'public' AND materialized_only`,
  );
  for (const level of Object.values(AGGREGATES).flat()) {
    if (left.some((l) => l.name === level.name)) await db.exec(realTime(level, true));
  }
}

/**
 * Asks for a refresh of the windows that late rows have made stale, in the transaction that writes these rows. Costs
 * a look where nothing is late: what lies behind the aggregates' end is computed at reading.
 */
export async function requestRefresh(tx: Queryable, root: Root, windows: readonly Window[]): Promise<void> {
  if (windows.length === 0) return;
  await tx.query(
    `INSERT INTO refresh_request (root, from_ts, to_ts)
     SELECT $1, ${ts('w.a')}, ${ts('w.b')} FROM unnest($2::int8[], $3::int8[]) AS w (a, b)
     WHERE ${ts('w.a')} < aggregated_to($4)`,
    [root, windows.map((w) => w.fromUs), windows.map((w) => w.toUs), AGGREGATES[root][0]!.name],
  );
}
