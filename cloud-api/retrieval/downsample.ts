import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import { badParameter } from '../http/refusal.ts';
import { integerLiteral, timeLiteral } from './literal.ts';
import { lttb, type Points } from './lttb.ts';
import { qualityCondition } from './quality.ts';
import { ROLLUPS, type Rollup, rollupFor, type Source } from './rollups.ts';
import type { SamplesWanted } from './samples.ts';
import { inSlices } from './slices.ts';
import { rolledUpTo } from './watermark.ts';

export const METHODS = ['minmax', 'm4', 'lttb'] as const;
export type Method = (typeof METHODS)[number];

export interface Downsampled extends Points {
  readonly method: Method;
  readonly source: Source;
  readonly bucketUs: number;
}

/** Rows at most for a slice's first guess. */
const FIRST_ROWS = 20_000;
const ROLLUP_ROWS = 20_000;

/**
 * At most `points` points of a range that keep its extremes. `minmax`: the least and the greatest of each bucket, at
 * their own times; from a rollup where one is fine enough, with times to the rollup's interval (least at its start,
 * greatest in its middle). `m4`: first, last, least and greatest of each bucket, always of the rows themselves.
 * `lttb`: chosen among four times as many points by minmax.
 */
export async function downsample(
  db: Database,
  wanted: SamplesWanted,
  points: number,
  method: Method,
  periodUs: number | null,
): Promise<Downsampled> {
  if (method === 'lttb') {
    const dense = await downsample(db, wanted, points * 4, 'minmax', periodUs);
    return { ...dense, ...lttb(dense, points), method };
  }
  const spanUs = Math.max(1, wanted.toUs - wanted.fromUs);
  const chosen = await from(db, wanted, points, method, periodUs, null);
  if (chosen.atUs.length > 0 || method === 'm4' || spanUs < 2) return chosen;
  // what is fine enough may be gone by retention: then what is coarser is better than nothing
  for (const r of [...ROLLUPS].reverse()) {
    if (r.name === chosen.source || r.us > spanUs) continue;
    const coarser = await from(db, wanted, points, method, periodUs, r);
    if (coarser.atUs.length > 0) return coarser;
  }
  return chosen;
}

async function from(
  db: Database,
  wanted: SamplesWanted,
  points: number,
  method: Method,
  periodUs: number | null,
  forced: Rollup | null,
): Promise<Downsampled> {
  const spanUs = Math.max(1, wanted.toUs - wanted.fromUs);
  const buckets = Math.max(1, Math.floor(points / (method === 'm4' ? 4 : 2)));
  const plain =
    wanted.quality.length === 0 || (wanted.quality.length === 2 && !wanted.quality.includes('bad'));
  const rollup = forced ?? (method === 'minmax' && plain ? rollupFor(spanUs, buckets) : null);
  if (rollup === null) demandReadable(db, spanUs, periodUs);
  const step = rollup?.us ?? 1;
  // buckets of a rollup begin at its own boundaries, which may need one more
  const wholes = Math.max(1, rollup === null ? buckets : buckets - 1);
  const bucketUs = Math.ceil(spanUs / wholes / step) * step;
  const start = rollup === null ? wanted.fromUs : Math.floor(wanted.fromUs / bucketUs) * bucketUs;
  const edge = rollup === null ? start : Math.max(start, Math.min(wanted.toUs, await rolledUpTo(db)));
  const rows: BucketRow[] = [];
  if (rollup !== null && start < edge) {
    const select = rollupSql(wanted, bucketUs, rollup);
    const range = { fromUs: start, toUs: edge };
    rows.push(
      ...(await inSlices<BucketRow>(db, range, bucketUs, rollup.us * ROLLUP_ROWS, (f, t) =>
        db.query(select(f, t)),
      )),
    );
  }
  const select = rawSql(wanted, bucketUs, start, method === 'm4');
  const range = { fromUs: edge, toUs: wanted.toUs };
  const firstUs = (periodUs ?? 1000) * FIRST_ROWS;
  const fresh = await inSlices<BucketRow>(db, range, bucketUs, firstUs, (f, t) => db.query(select(f, t)));
  for (const row of fresh) merge(rows, row);
  return { ...pointsOf(rows, wanted.fromUs), method, source: rollup?.name ?? 'raw', bucketUs };
}

/** The bucket in which the rollup ends and the rows themselves go on comes in two parts. */
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

/** Rows that may be gone through for one answer, where one connection is shared, and where not. */
const MOST_ROWS = { shared: 5_000_000, own: 50_000_000 };

function demandReadable(db: Database, spanUs: number, periodUs: number | null): void {
  const most = db.features.singleConnection ? MOST_ROWS.shared : MOST_ROWS.own;
  if (spanUs / (periodUs ?? 1000) <= most) return;
  throw badParameter(
    'from',
    'too long a range for what only the rows themselves can answer: narrow it, or use minmax',
  );
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

function rawSql(
  w: SamplesWanted,
  bucketUs: number,
  originUs: number,
  m4: boolean,
): (fromUs: number, toUs: number) => string {
  const quality = qualityCondition(w.quality.length === 0 ? ['good', 'uncertain'] : w.quality);
  const ends = m4
    ? `, ${us('min(ts)')} AS "firstAt", first(value, ts) AS first, ${us('max(ts)')} AS "lastAt", last(value, ts) AS last`
    : '';
  const bucket = `time_bucket(${microseconds(bucketUs)}, ts, ${timeLiteral(originUs)})`;
  return (
    fromUs,
    toUs,
  ) => `SELECT ${us(bucket)} AS bucket, ${us('first(ts, value)')} AS "leastAt", min(value) AS least,
      ${us('last(ts, value)')} AS "greatestAt", max(value) AS greatest${ends}
    FROM sample WHERE signal_id = ${integerLiteral(w.signalId)} AND ts >= ${timeLiteral(fromUs)}
      AND ts < ${timeLiteral(toUs)} AND ${quality} AND value IS NOT NULL
    GROUP BY 1 ORDER BY 1`;
}

function rollupSql(w: SamplesWanted, bucketUs: number, r: Rollup): (fromUs: number, toUs: number) => string {
  const where = (fromUs: number, toUs: number): string => `signal_id = ${integerLiteral(w.signalId)}
    AND bucket >= ${timeLiteral(fromUs)} AND bucket < ${timeLiteral(toUs)} AND min IS NOT NULL`;
  if (bucketUs === r.us) {
    return (
      fromUs,
      toUs,
    ) => `SELECT ${us('bucket')} AS "leastAt", min AS least, ${us('bucket')} + ${integerLiteral(r.us / 2)} AS "greatestAt",
      max AS greatest FROM ${r.view} WHERE ${where(fromUs, toUs)} ORDER BY bucket`;
  }
  const bucket = `time_bucket(${microseconds(bucketUs)}, bucket, ${timeLiteral(0)})`;
  return (
    fromUs,
    toUs,
  ) => `SELECT ${us(bucket)} AS bucket, ${us('first(bucket, min)')} AS "leastAt", min(min) AS least,
      ${us('last(bucket, max)')} + ${integerLiteral(r.us / 2)} AS "greatestAt", max(max) AS greatest
    FROM ${r.view} WHERE ${where(fromUs, toUs)}
    GROUP BY 1 ORDER BY 1`;
}

/** The buckets' points in the order of time, each of them once. */
function pointsOf(rows: readonly BucketRow[], fromUs: number): Points {
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
      if (at < fromUs || (at === atUs.at(-1) && v === value.at(-1))) continue;
      atUs.push(at);
      value.push(v);
    }
  }
  return { atUs, value };
}
