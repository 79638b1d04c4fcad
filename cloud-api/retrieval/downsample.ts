import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import { badParameter } from '../http/refusal.ts';
import { integerLiteral, timeLiteral } from './literal.ts';
import { lttb, type Points } from './lttb.ts';
import { qualityCondition } from './quality.ts';
import { demandReadable } from './readable.ts';
import { rollupState } from './rollup-state.ts';
import { ROLLUPS, type Rollup, rollupFor, SAMPLE_ROLLUPS, type Source } from './rollups.ts';
import type { SamplesWanted } from './samples.ts';
import { inSlices, type Reading } from './slices.ts';
import { type Tile, tiles } from './tiles.ts';
import { type Partial, withinBudget } from './within-budget.ts';

export const METHODS = ['minmax', 'm4', 'lttb'] as const;
export type Method = (typeof METHODS)[number];

export interface Downsampled extends Points {
  readonly method: Method;
  readonly source: Source;
  readonly bucketUs: number;
  /** null: all that has landed is in it */
  readonly partial: Partial | null;
}

/**
 * At most `points` points of a range that keep its extremes. `minmax`: the least and the greatest of each bucket, at
 * their own times; from a rollup where one is fine enough, with times to the rollup's interval (least at its start,
 * greatest in its middle) and finer where the range begins or ends within an interval. `m4`: first, last, least and
 * greatest of each bucket, always of the rows themselves. `lttb`: chosen among four times as many points by minmax,
 * the range's least and greatest always among them where there are four points or more.
 */
export async function downsample(
  db: Database,
  wanted: SamplesWanted,
  points: number,
  method: Method,
  periodUs: number | null,
  signal?: AbortSignal,
): Promise<Downsampled> {
  if (method === 'lttb') {
    const dense = await downsample(db, wanted, points * 4, 'minmax', periodUs, signal);
    return { ...dense, ...lttb(dense, points), method };
  }
  if (method === 'm4' && points < 4) throw badParameter('points', 'm4 needs four at least');
  const spanUs = Math.max(1, wanted.toUs - wanted.fromUs);
  const reading = { signalIds: [wanted.signalId], periodUs, signal };
  const chosen = await from(db, wanted, points, method, reading, null);
  if (chosen.atUs.length > 0 || method === 'm4' || spanUs < 2) return chosen;
  // what is fine enough may be gone by retention: then what is coarser is better than nothing
  for (const r of [...ROLLUPS].reverse()) {
    if (r.name === chosen.source || r.us > spanUs) continue;
    const coarser = await from(db, wanted, points, method, reading, r);
    if (coarser.atUs.length > 0) return coarser;
  }
  return chosen;
}

async function from(
  db: Database,
  wanted: SamplesWanted,
  points: number,
  method: Method,
  reading: Reading,
  forced: Rollup | null,
): Promise<Downsampled> {
  const { fromUs, toUs } = wanted;
  const spanUs = Math.max(1, toUs - fromUs);
  const buckets = Math.max(1, Math.floor(points / (method === 'm4' ? 4 : 2)));
  const plain =
    wanted.quality.length === 0 || (wanted.quality.length === 2 && !wanted.quality.includes('bad'));
  const rollup = forced ?? (method === 'minmax' && plain ? rollupFor(spanUs, buckets) : null);
  const state = await rollupState(db, SAMPLE_ROLLUPS, reading.signalIds, wanted);
  const edgeUs = state.endUs['1s'];
  if (rollup === null) await demandReadable(db, fromUs, toUs, edgeUs, reading);
  const step = rollup?.us ?? 1;
  // buckets of a rollup begin at its own boundaries, which may need one more
  const aligned = rollup !== null && buckets > 1;
  const bucketUs = Math.ceil(spanUs / (aligned ? buckets - 1 : buckets) / step) * step;
  const originUs = aligned ? 0 : fromUs;
  const select = sqlOf(wanted, bucketUs, originUs, method === 'm4');
  const all = tiles(fromUs, toUs, rollup, state);
  // what is read from the rows because it was asked for has been judged above
  const { tiles: parts, partial } =
    rollup === null ? { tiles: all, partial: null } : await withinBudget(db, all, reading.signalIds);
  const found = await inSlices<BucketRow>(db, parts, edgeUs, reading, (tile) => db.query(select(tile)));
  const rows: BucketRow[] = [];
  for (const row of found) merge(rows, row);
  return { ...pointsOf(rows), method, source: rollup?.name ?? 'raw', bucketUs, partial };
}

/** A bucket that lies over the border of two slices comes in parts, one behind the other. */
function merge(rows: BucketRow[], row: BucketRow): void {
  const last = rows.at(-1);
  if (last === undefined || last.bucket !== row.bucket) {
    rows.push(row);
    return;
  }
  if (row.least < last.least) Object.assign(last, { least: row.least, leastAt: row.leastAt });
  if (row.greatest > last.greatest)
    Object.assign(last, { greatest: row.greatest, greatestAt: row.greatestAt });
  if (row.last !== undefined) Object.assign(last, { last: row.last, lastAt: row.lastAt });
}

interface BucketRow {
  bucket: number;
  leastAt: number;
  least: number;
  greatestAt: number;
  greatest: number;
  firstAt?: number;
  first?: number;
  lastAt?: number;
  last?: number;
}

const microseconds = (n: number): string => `interval '${integerLiteral(n)} microseconds'`;

function sqlOf(w: SamplesWanted, bucketUs: number, originUs: number, m4: boolean): (tile: Tile) => string {
  const quality = qualityCondition(w.quality.length === 0 ? ['good', 'uncertain'] : w.quality);
  const ends = m4
    ? `, ${us('min(ts)')} AS "firstAt", first(value, ts) AS first, ${us('max(ts)')} AS "lastAt", last(value, ts) AS last`
    : '';
  const bucket = (at: string): string =>
    us(`time_bucket(${microseconds(bucketUs)}, ${at}, ${timeLiteral(originUs)})`);
  const where = (at: string, { fromUs, toUs }: Tile): string =>
    `signal_id = ${integerLiteral(w.signalId)} AND ${at} >= ${timeLiteral(fromUs)} AND ${at} < ${timeLiteral(toUs)}`;
  return (tile) => {
    const { rollup } = tile;
    if (rollup === null) {
      return `SELECT ${bucket('ts')} AS bucket, ${us('first(ts, value)')} AS "leastAt", min(value) AS least,
          ${us('last(ts, value)')} AS "greatestAt", max(value) AS greatest${ends}
        FROM sample WHERE ${where('ts', tile)} AND ${quality} AND value IS NOT NULL
        GROUP BY 1 ORDER BY 1`;
    }
    const half = integerLiteral(rollup.us / 2);
    if (bucketUs === rollup.us && originUs === 0) {
      return `SELECT ${us('bucket')} AS bucket, ${us('bucket')} AS "leastAt", min AS least,
          ${us('bucket')} + ${half} AS "greatestAt", max AS greatest
        FROM ${rollup.view} WHERE ${where('bucket', tile)} AND min IS NOT NULL ORDER BY bucket`;
    }
    return `SELECT ${bucket('bucket')} AS bucket, ${us('first(bucket, min)')} AS "leastAt", min(min) AS least,
        ${us('last(bucket, max)')} + ${half} AS "greatestAt", max(max) AS greatest
      FROM ${rollup.view} WHERE ${where('bucket', tile)} AND min IS NOT NULL
      GROUP BY 1 ORDER BY 1`;
  };
}

/** The buckets' points in the order of time, each of them once. */
function pointsOf(rows: readonly BucketRow[]): Points {
  const atUs: number[] = [];
  const value: number[] = [];
  for (const r of rows) {
    const found: [number, number][] = [
      [r.leastAt, r.least],
      [r.greatestAt, r.greatest],
    ];
    if (r.firstAt !== undefined) found.push([r.firstAt, r.first!], [r.lastAt!, r.last!]);
    found.sort((a, b) => a[0] - b[0]);
    for (const [at, v] of found) {
      if (at === atUs.at(-1) && v === value.at(-1)) continue;
      atUs.push(at);
      value.push(v);
    }
  }
  return { atUs, value };
}
