import { ChunkEdges, type Window } from '../chunk-walk.ts';
import type { Database, Queryable } from '../port.ts';
import { literal, ts, us } from '../sql.ts';
import { Stepper } from './stepper.ts';

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

/** How far maintenance has brought an aggregate, and how far it is about to, µs. What lies before has been refreshed. */
export interface Edge {
  readonly doneUs: number;
  readonly announcedUs: number;
}

export async function edgeOf(db: Queryable, { name }: Level): Promise<Edge> {
  const [row] = await db.query<{ done: number | null; announced: number | null }>(
    `SELECT ${us('coalesce(done_to, aggregated_to($1))')} AS done,
            ${us('coalesce(announced_to, aggregated_to($1))')} AS announced FROM rollup_edge WHERE aggregate = $1`,
    [name],
  );
  return { doneUs: row?.done ?? 0, announcedUs: row?.announced ?? 0 };
}

/**
 * Tells how far a level is about to be brought; the finest of a root waits for writers that were told less. From then on
 * rows before it are committed, or ask for their own refresh. Not in a transaction.
 */
export async function announce(db: Database, root: Root, level: Level, toUs: number): Promise<void> {
  await db.query(
    `UPDATE rollup_edge SET announced_to = greatest(announced_to, ${ts('$2')}) WHERE aggregate = $1`,
    [level.name, toUs],
  );
  // the lock that late_before takes shared; given back at once
  if (AGGREGATES[root][0] === level)
    await db.query('SELECT pg_advisory_xact_lock(7021010, $1::int)', [root === 'sample' ? 1 : 2]);
}

export async function markDone(db: Database, { name }: Level, toUs: number): Promise<void> {
  await db.query(`UPDATE rollup_edge SET done_to = ${ts('$2')} WHERE aggregate = $1`, [name, toUs]);
}

/** Rows that one refresh goes through at the most, as the ledger knows them: some seconds of the embedded store. */
const MOST_ROWS = 1_000_000;
const HOUR_US = 3.6e9;

/**
 * What those who refresh one store share: how wide the next refresh of each level may be, and the turn. Where a level
 * ends must not move while somebody goes by it.
 */
export class Refreshing {
  readonly #aimMs: number;
  #last: Promise<unknown> = Promise.resolve();
  readonly #steppers = new Map<string, Stepper>();

  constructor(aimMs: number) {
    this.#aimMs = aimMs;
  }

  /** Runs `work` while no other work of the kind does. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => {});
    return done;
  }

  stepper(level: Level): Stepper {
    let stepper = this.#steppers.get(level.name);
    if (stepper === undefined) {
      const { name, bucketUs } = level;
      stepper = new Stepper(60 * bucketUs, bucketUs, Math.max(100 * bucketUs, 400 * 8.64e10), this.#aimMs);
      this.#steppers.set(name, stepper);
    }
    return stepper;
  }
}

/** Refreshes the first part of a window (aligned by the caller), as wide as one step may be. Answers where it ends. */
export async function refreshStep(
  db: Database,
  root: Root,
  level: Level,
  refreshing: Refreshing,
  { fromUs, toUs }: Window,
): Promise<number> {
  const stepper = refreshing.stepper(level);
  const mostUs = Math.min(toUs, fromUs + ceilTo(stepper.size, level.bucketUs));
  const endUs = await stepEnd(db, root, level, { fromUs, toUs: mostUs });
  await stepper.step(() => refresh(db, root, level, { fromUs, toUs: endUs }));
  return endUs;
}

/**
 * Where a refresh that begins at a window's start (a bucket's) should end, at the window's end at the latest: the finest
 * level is made from the rows, so it takes a bounded number of them and of their chunks at a time, however wide the
 * steps have grown over a stretch that was empty; the others read the level below.
 */
async function stepEnd(db: Database, root: Root, level: Level, { fromUs, toUs }: Window): Promise<number> {
  if (AGGREGATES[root][0] !== level) return toUs;
  const edges = await ChunkEdges.read(db, root, { fromUs, toUs });
  const within = Math.min(
    edges.within(fromUs, toUs),
    root === 'sample' ? await rowsEnd(db, fromUs, toUs) : toUs,
  );
  return Math.max(Math.min(toUs, fromUs + level.bucketUs), floorTo(within, level.bucketUs));
}

/** Up to where no more than MOST_ROWS rows lie, to the hour. */
async function rowsEnd(db: Database, fromUs: number, toUs: number): Promise<number> {
  // within the hour where it begins the last steps tell how wide it may be
  if (toUs - fromUs <= HOUR_US) return toUs;
  const [row] = await db.query<{ hour: number | null }>(
    `SELECT ${us('min(hour)')} AS hour FROM (
       SELECT hour, sum(sum(samples)) OVER (ORDER BY hour) AS n FROM batch_hour
       WHERE hour >= ${ts('$1')} AND hour < ${ts('$2')} GROUP BY hour) h WHERE n > ${MOST_ROWS}`,
    [floorTo(fromUs, HOUR_US), toUs],
  );
  return row?.hour == null ? toUs : Math.max(fromUs + 60e6, Math.min(toUs, row.hour));
}

/**
 * Refreshes the buckets that lie in `window` (aligned by the caller) and have changed. Not in a transaction. Answers for
 * how long it held the connection, ms.
 */
export async function refresh(db: Database, root: Root, level: Level, window: Window): Promise<number> {
  const options = (await takesOptions(db)) ? `, options => '{"buckets_per_batch": 0}'` : '';
  const range = `${time(window.fromUs)}, ${time(window.toUs)}`;
  const call = `CALL refresh_continuous_aggregate(${literal(level.name)}, ${range}${options})`;
  const levels = AGGREGATES[root];
  const below = levels[levels.indexOf(level) - 1];
  if (below === undefined || !db.features.singleConnection) return await db.exec(call);
  // The embedded build looks up the end of the aggregate below for each raw row behind it, 70 µs each: so that one
  // answers from what it has materialised, for the moment, and nobody else gets the connection in between.
  try {
    return await db.exec(`${realTime(below, false)}; ${call}; ${realTime(below, true)}`);
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

/** Rows of one signal that were written, or of any. */
export interface Written extends Window {
  /** absent: of any signal */
  readonly signalId?: number;
}

/** Refreshes of neighbouring stretches cost less as one. */
const GAP_US = 60_000_000;

/**
 * SQL expression: up to where rows that are written now are late for a root's aggregates, µs; null: nowhere. For the
 * transaction that writes them: it holds a lock until it ends (migration 0110).
 */
export const lateBefore = (root: Root): string => `late_before('${root}')`;

/**
 * Asks for a refresh of what late rows have made stale, in the transaction that writes these rows. `lateBeforeUs`: what
 * `lateBefore` answered in it, where the caller has asked. What lies behind is not late: maintenance has not been there.
 */
export async function requestRefresh(
  tx: Queryable,
  root: Root,
  written: readonly Written[],
  lateBeforeUs?: number | null,
): Promise<void> {
  const [asked] =
    lateBeforeUs === undefined && written.length > 0
      ? await tx.query<{ us: number | null }>(`SELECT ${lateBefore(root)} AS us`)
      : [];
  const before = lateBeforeUs ?? asked?.us ?? null;
  if (before === null) return;
  const late = Map.groupBy(
    written.filter((w) => w.fromUs < before),
    (w) => w.signalId ?? null,
  );
  if (late.size === 0) return;
  const rows = [...late].flatMap(([id, windows]) => merge(windows, GAP_US).map((w) => ({ id, ...w })));
  await tx.query(
    `INSERT INTO refresh_request (root, signal_id, from_ts, to_ts)
     SELECT $1, v.id, ${ts('v.f')}, ${ts('v.t')} FROM unnest($2::int[], $3::bigint[], $4::bigint[]) v(id, f, t)`,
    [root, rows.map((r) => r.id), rows.map((r) => r.fromUs), rows.map((r) => r.toUs)],
  );
}

/** Windows → disjoint ones in order; those within `nearUs` of each other become one. Empty ones go. */
export function merge(windows: readonly Window[], nearUs: number): Window[] {
  const merged: { fromUs: number; toUs: number }[] = [];
  for (const { fromUs, toUs } of windows.toSorted((a, b) => a.fromUs - b.fromUs)) {
    if (toUs < fromUs) continue;
    const last = merged.at(-1);
    if (last !== undefined && fromUs <= last.toUs + nearUs) last.toUs = Math.max(last.toUs, toUs);
    else merged.push({ fromUs, toUs });
  }
  return merged;
}
