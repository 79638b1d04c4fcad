import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { Range } from '../http/params.ts';
import { integerLiteral, timeLiteral } from './literal.ts';
import { rollupState } from './rollup-state.ts';
import { rollupDividing, SAMPLE_ROLLUPS, type Source } from './rollups.ts';
import { inSlices, type Reading } from './slices.ts';
import { type Tile, tiles } from './tiles.ts';
import { type Partial, withinBudget } from './within-budget.ts';

export interface AlignedSeries {
  readonly mean: (number | null)[];
  readonly min: (number | null)[];
  readonly max: (number | null)[];
  readonly count: number[];
}

export interface Aligned {
  readonly source: Source;
  /** null: all that has landed is in it */
  readonly partial: Partial | null;
  /** starts of the buckets that any of the signals has samples in, µs */
  readonly atUs: number[];
  /** one for each signal, in the order asked for */
  readonly series: AlignedSeries[];
}

interface Row {
  at: number;
  id: number;
  sum: number | null;
  min: number | null;
  max: number | null;
  count: number;
}

/**
 * Several signals on one grid of buckets, so that rows of a table or x values of a plot fit: mean, least, greatest
 * and number of the samples that are not bad. From the coarsest rollup that the bucket is a multiple of, as far as
 * it is materialised. The buckets at both ends come whole.
 */
export async function aligned(
  db: Database,
  reading: Reading,
  range: Range,
  bucketUs: number,
): Promise<Aligned> {
  const ids = reading.signalIds;
  const rollup = rollupDividing(bucketUs);
  const source = rollup?.name ?? 'raw';
  if (range.fromUs >= range.toUs) return { source, partial: null, ...onGrid([], ids) };
  const fromUs = Math.floor(range.fromUs / bucketUs) * bucketUs;
  const toUs = Math.ceil(range.toUs / bucketUs) * bucketUs;
  const state = await rollupState(db, SAMPLE_ROLLUPS, ids, { fromUs, toUs });
  const among = `signal_id IN (${ids.map(integerLiteral).join(', ')})`;
  const select = (tile: Tile): string => {
    const at = tile.rollup === null ? 'ts' : 'bucket';
    const bucket = us(
      `time_bucket(interval '${integerLiteral(bucketUs)} microseconds', ${at}, ${timeLiteral(0)})`,
    );
    const where = `${among} AND ${at} >= ${timeLiteral(tile.fromUs)} AND ${at} < ${timeLiteral(tile.toUs)}`;
    return tile.rollup === null
      ? `SELECT ${bucket} AS at, signal_id AS id, sum(value) AS sum, min(value) AS min, max(value) AS max,
           count(value) AS count FROM sample WHERE ${where} AND quality < 128 GROUP BY 1, 2`
      : `SELECT ${bucket} AS at, signal_id AS id, sum(sum) AS sum, min(min) AS min, max(max) AS max,
           sum(good + uncertain)::bigint AS count FROM ${tile.rollup.view} WHERE ${where} GROUP BY 1, 2`;
  };
  const all = tiles(fromUs, toUs, rollup, state);
  const { tiles: parts, partial } =
    rollup === null ? { tiles: all, partial: null } : await withinBudget(db, all, ids);
  const rows = await inSlices<Row>(db, parts, state.endUs['1s'], reading, (tile) => db.query(select(tile)));
  return { source, partial, ...onGrid(rows, ids) };
}

const least = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);
const greatest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** Rows → columns; a bucket that came in parts (slices, the edge of a rollup) is put together. */
function onGrid(rows: readonly Row[], ids: readonly number[]): Omit<Aligned, 'source' | 'partial'> {
  const atUs = [...new Set(rows.map((r) => r.at))].sort((a, b) => a - b);
  const index = new Map(atUs.map((at, i) => [at, i]));
  const column = <T>(value: T): T[] => new Array<T>(atUs.length).fill(value);
  const series = ids.map(() => ({
    mean: column<number | null>(null),
    min: column<number | null>(null),
    max: column<number | null>(null),
    count: column(0),
  }));
  const place = new Map(ids.map((id, i) => [id, i]));
  for (const r of rows) {
    const s = series[place.get(r.id)!]!;
    const i = index.get(r.at)!;
    const count = s.count[i]! + r.count;
    const sum = (s.mean[i] ?? 0) * s.count[i]! + (r.sum ?? 0);
    s.mean[i] = count === 0 ? null : sum / count;
    s.min[i] = least(s.min[i]!, r.min);
    s.max[i] = greatest(s.max[i]!, r.max);
    s.count[i] = count;
  }
  return { atUs, series };
}
