import { LoadcycleError } from '@loadcycle/contract';
import { ChunkEdges, edgeRow } from '@loadcycle/database/chunk-walk';
import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import { integerLiteral, timeLiteral } from './literal.ts';
import type { Tile } from './tiles.ts';

/** Landing should wait for one slice no longer than twice this. */
const PATIENCE_MS = 100;
const HOUR_US = 3_600_000_000;
/** Rows gone through in one slice: at first, and at the least and the most later on. */
const ROWS = { first: 20_000, least: 2_000, most: 2_000_000 };

/** What is read, and for whom. */
export interface Reading {
  readonly signalIds: readonly number[];
  /** of the densest of the signals, as far as it is known */
  readonly periodUs: number | null;
  /** nobody waits any longer: the reading stops */
  readonly signal?: AbortSignal | undefined;
}

type Run<T> = (tile: Tile) => Promise<T[]>;

/**
 * Runs a query over tiles. Where landing shares the connection they are cut into slices, short at first and grown as
 * long as they stay well below what landing may wait; elsewhere each is one query, all at once. How many rows a
 * stretch holds is known by the hour where the rollups are materialised, so that a change of the sampling rate makes no
 * slice long; what is empty is jumped over.
 */
export async function inSlices<T>(
  db: Database,
  all: readonly Tile[],
  edgeUs: number,
  reading: Reading,
  run: Run<T>,
): Promise<T[]> {
  if (!db.features.singleConnection) return await whole(db, all, run);
  const out: T[] = [];
  const budget = { rows: ROWS.first };
  const timed: Run<T> = async (tile) => {
    goOn(reading.signal);
    const started = performance.now();
    const rows = await run(tile);
    const ms = performance.now() - started;
    if (ms > PATIENCE_MS) budget.rows = Math.max(ROWS.least, Math.floor(budget.rows / 2));
    else if (ms < PATIENCE_MS / 2) budget.rows = Math.min(ROWS.most, budget.rows * 2);
    for (const row of rows) out.push(row);
    return rows;
  };
  for (const tile of all) {
    if (tile.rollup === null) await rawSlices(db, tile, edgeUs, reading, budget, timed);
    else await rollupSlices(tile, reading.signalIds.length, budget, timed);
  }
  return out;
}

/** Each tile in one query, at once; what is read from the rows themselves by a bounded number of their chunks. */
async function whole<T>(db: Database, all: readonly Tile[], run: Run<T>): Promise<T[]> {
  const parts = all.map(async (tile) => {
    if (tile.rollup !== null) return await run(tile);
    const edges = await ChunkEdges.read(db, 'sample', tile);
    const rows: T[] = [];
    for (let at = tile.fromUs; at < tile.toUs; ) {
      const end = edges.within(at, tile.toUs);
      for (const row of await run({ rollup: null, fromUs: at, toUs: end })) rows.push(row);
      at = end;
    }
    return rows;
  });
  return (await Promise.all(parts)).flat();
}

/** A rollup has one row for each interval and signal at the most. */
async function rollupSlices<T>(tile: Tile, signals: number, budget: { rows: number }, run: Run<T>) {
  const { rollup, toUs } = tile;
  for (let at = tile.fromUs; at < toUs; ) {
    const steps = Math.max(1, Math.floor(Math.min(budget.rows, 100_000) / signals));
    const end = Math.min(toUs, at + steps * rollup!.us);
    await run({ rollup, fromUs: at, toUs: end });
    at = end;
  }
}

async function rawSlices<T>(
  db: Database,
  tile: Tile,
  edgeUs: number,
  reading: Reading,
  budget: { rows: number },
  run: Run<T>,
): Promise<void> {
  const { toUs } = tile;
  const shortUs = ROWS.first * (reading.periodUs ?? 1000);
  let at = tile.fromUs;
  // what is counted by the hour, where it is worth the question
  const countedTo = Math.floor(Math.min(toUs, edgeUs) / HOUR_US) * HOUR_US;
  const counted = countedTo - at > shortUs;
  const hours = counted ? await rowsByHour(db, reading.signalIds, at, countedTo) : new Map<number, number>();
  let widthUs = shortUs;
  const edges = await ChunkEdges.read(db, 'sample', tile);
  while (at < toUs) {
    const before = budget.rows;
    const known = knownEnd(hours, at, budget.rows);
    const end = edges.within(at, Math.min(toUs, known ?? Math.ceil(at + widthUs)));
    const rows = await run({ rollup: null, fromUs: at, toUs: end });
    at = end;
    if (known !== null) continue;
    widthUs = Math.max(1_000, widthUs * (budget.rows / before));
    if (rows.length > 0 || at >= toUs) continue;
    // hours that are not counted may hold late rows all the same, so it is the rows that are asked
    const next = await firstFrom(db, reading.signalIds, at, toUs);
    if (next === null) return;
    at = next;
    widthUs = Math.min(widthUs, shortUs);
  }
}

/** Up to where about so many rows lie, over hours that are counted; null where the hour of `at` is not. */
export function knownEnd(hours: ReadonlyMap<number, number>, at: number, rows: number): number | null {
  let hour = Math.floor(at / HOUR_US) * HOUR_US;
  let left = rows;
  let from = at;
  for (;;) {
    const count = hours.get(hour) ?? 0;
    if (count === 0) return from === at ? null : from;
    const end = hour + HOUR_US;
    const held = (count * (end - from)) / HOUR_US;
    if (held > left) return Math.max(at + 1, Math.ceil(from + (left / count) * HOUR_US));
    left -= held;
    from = end;
    hour = end;
  }
}

export const among = (ids: readonly number[]): string =>
  `signal_id IN (${ids.map(integerLiteral).join(', ')})`;

/** How many rows each hour holds, by the coarsest rollup; hours without any are absent. */
export async function rowsByHour(
  db: Database,
  ids: readonly number[],
  fromUs: number,
  toUs: number,
): Promise<Map<number, number>> {
  const hour = timeLiteral(Math.floor(fromUs / HOUR_US) * HOUR_US);
  const rows = await db.query<{ at: number; count: number }>(
    `SELECT ${us('bucket')} AS at, sum(count)::bigint AS count FROM sample_1h
     WHERE ${among(ids)} AND bucket >= ${hour} AND bucket < ${timeLiteral(toUs)} GROUP BY 1`,
  );
  return new Map(rows.map((r) => [r.at, r.count]));
}

async function firstFrom(
  db: Database,
  ids: readonly number[],
  fromUs: number,
  toUs: number,
): Promise<number | null> {
  let least: number | null = null;
  for (const signalId of ids) {
    // what lies behind another signal's first row does not matter
    const until: number = least ?? toUs;
    least = (await edgeRow(db, 'sample', { signalId, order: 'ASC', fromUs, toUs: until })) ?? least;
  }
  return least;
}

/** Ends a reading that nobody waits for any longer. */
export function goOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LoadcycleError('request.timeout', 'nobody waits for the answer any longer');
}
