import { columnOf } from '@loadcycle/contract/cycle';
import { offsetUs } from '@loadcycle/contract/moment';
import { type Conversion, SAME } from '@loadcycle/contract/units/conversion';
import { ownConversion } from '@loadcycle/contract/units/cycle-conversion';
import { edgeRow, type Window } from '@loadcycle/database/chunk-walk';
import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { Range } from '../http/params.ts';
import { badParameter } from '../http/refusal.ts';
import type { AggregatedMetric } from './cycle-sql.ts';
import { integerLiteral, timeLiteral } from './literal.ts';
import { freeStretches, rollupState } from './rollup-state.ts';
import { inTimeSlices } from './time-slices.ts';
import { inUnit, metricSql } from './units.ts';
import { zoneBuckets } from './zone-buckets.ts';

export interface MetricStatistics {
  count: number;
  mean: number | null;
  std: number | null;
  min: number | null;
  max: number | null;
}

export interface MetricsBucket {
  readonly bucketUs: number;
  readonly cycles: number;
  readonly complete: number;
  readonly incomplete: number;
  readonly samples: number;
  readonly missing: number;
  readonly outliers: number;
  readonly metrics: Partial<Record<AggregatedMetric, MetricStatistics>>;
}

const MINUTE = 60_000_000;
const HOUR = 3_600_000_000;
const DAY = 86_400_000_000;
const BASES = [
  { name: '1d', view: 'cycle_1d', us: DAY },
  { name: '1h', view: 'cycle_1h', us: HOUR },
  { name: '1m', view: 'cycle_1m', us: MINUTE },
] as const;

/** The most buckets that one answer has. */
export const MAX_BUCKETS = 10_000;

export interface MetricsWanted extends Range {
  readonly signalId: number;
  readonly conversion: Conversion;
  readonly bucketUs: number;
  readonly zone: string | null;
  readonly metrics: readonly AggregatedMetric[];
}

/**
 * Metrics of the cycles by bucket, from the coarsest aggregate that the buckets are made of, and from the cycles
 * themselves where it has not caught up. Each bucket that overlaps the range comes whole (see zone-buckets.ts for
 * those of a time zone).
 */
export async function metricsByBucket(
  db: Database,
  wanted: MetricsWanted,
  signal?: AbortSignal,
): Promise<MetricsBucket[]> {
  const { bucketUs, zone, toUs } = wanted;
  // no sample is older than 1970, and so no cycle: what a zone's clock was before, often odd seconds, moves none
  const fromUs = Math.max(0, wanted.fromUs);
  if (bucketUs % MINUTE !== 0 || bucketUs < MINUTE || bucketUs > 366 * DAY) {
    throw badParameter('bucket', 'whole minutes, from 1m to 366d');
  }
  if ((toUs - fromUs) / bucketUs > MAX_BUCKETS)
    throw badParameter('bucket', `more than ${MAX_BUCKETS} buckets`);
  if (fromUs >= toUs) return [];
  const base = BASES.find(
    (b) => bucketUs % b.us === 0 && (zone === null || fits(b.us, bucketUs, zone, fromUs, toUs)),
  );
  if (base === undefined) {
    throw badParameter('tz', `${zone} was not whole minutes apart from UTC in this range: ask for it in UTC`);
  }
  const { keyOf, startOf, endOf } = zoneBuckets(bucketUs, zone);
  const [first, last] = [keyOf(timeLiteral(fromUs)), keyOf(timeLiteral(toUs - 1))];
  const [ends] = await db.query<{ begin: number; end: number }>(
    `SELECT ${us(startOf(first))} AS begin, ${us(endOf(last))} AS end`,
  );
  const found = new Map<number, Row>();
  const span = { fromUs: ends!.begin, toUs: ends!.end };
  const rolled = await rollupState(db, { root: 'cycle', levels: [base] }, [wanted.signalId], span);
  const read = async (source: Source, from: number, to: number): Promise<{ empty: boolean }> => {
    const rows = await db.query<Row>(
      `SELECT ${us(startOf('k'))} AS "bucketUs", ${COUNTS.map((c) => `sum(${c})::bigint AS ${c}`).join(', ')},
         ${wanted.metrics.map(sums).join(', ')}
       FROM (SELECT ${keyOf('bucket')} AS k, * FROM ${source.of}
         WHERE signal_id = ${integerLiteral(wanted.signalId)}
           AND ${source.at} >= ${timeLiteral(from)} AND ${source.at} < ${timeLiteral(to)}) t
       WHERE k >= ${first} AND k <= ${last}
       GROUP BY k ORDER BY k`,
    );
    for (const row of rows) {
      const before = found.get(row['bucketUs']!);
      if (before === undefined) found.set(row['bucketUs']!, row);
      else add(before, row);
    }
    return { empty: rows.length === 0 };
  };
  const view = { of: base.view, at: 'bucket' };
  const { conversion, metrics } = wanted;
  // what takes other metrics of the same cycle is converted cycle by cycle, and the rest of their sums
  const own = new Map(metrics.map((m) => [m, ownConversion(m, conversion)]));
  const rollups = [...own.values()].every((c) => c !== null);
  const cycles = {
    of: `(${ONE_CYCLE(metrics, (m) => (own.get(m) == null ? conversion : SAME))}) c`,
    at: 'started_at',
  };
  for (const { fromUs: from, toUs: to, caughtUp } of stretches(
    span,
    base.us,
    rollups ? rolled.endUs[base.name] : Number.NEGATIVE_INFINITY,
    rolled.stale,
  )) {
    const slices = {
      fromUs: from,
      toUs: to,
      firstUs: base.us * FIRST_ROWS,
      mostUs: base.us * MOST_ROWS,
      next: (at: number) =>
        caughtUp
          ? nextDay(db, wanted.signalId, at)
          : edgeRow(db, 'cycle', { signalId: wanted.signalId, fromUs: at, toUs: to, order: 'ASC' }),
      signal,
    };
    await inTimeSlices(db, slices, (a, b) => read(caughtUp ? view : cycles, a, b));
  }
  return [...found.values()]
    .sort((a, b) => a['bucketUs']! - b['bucketUs']!)
    .map((r) => bucketFrom(r, metrics))
    .map((b) => ({ ...b, metrics: inUnits(b.metrics, own) }));
}

/** A relation with the columns of an aggregate, and the one that it is cut by. */
interface Source {
  readonly of: string;
  readonly at: string;
}

/** Each cycle as an aggregate of itself. */
const ONE_CYCLE = (
  names: readonly AggregatedMetric[],
  conversionOf: (name: AggregatedMetric) => Conversion,
): string =>
  `SELECT signal_id, started_at, started_at AS bucket, 1 AS cycles, complete::int AS complete,
     (NOT complete)::int AS incomplete, sample_count AS samples, missing_count AS missing, outlier_count AS outliers${names
       .map((name) => {
         const c = columnOf(name);
         const x = metricSql(name, conversionOf(name));
         const value = `CASE WHEN complete THEN ${x} END`;
         return `, (complete AND ${x} IS NOT NULL)::int AS ${c}_count, ${value} AS ${c}_sum, ${value} * ${x} AS ${c}_squares, ${value} AS ${c}_min, ${value} AS ${c}_max`;
       })
       .join('')}
   FROM cycle`;

/** Of numbers that all move alike: the mean and the extremes move with them, the standard deviation by the factor alone. */
function inUnits(
  metrics: MetricsBucket['metrics'],
  own: ReadonlyMap<string, Conversion | null>,
): MetricsBucket['metrics'] {
  const converted = Object.entries(metrics).map(([name, s]) => {
    const c = own.get(name) ?? SAME;
    const [mean, min, max] = [s.mean, s.min, s.max].map((v) => inUnit(c, v));
    return [name, { count: s.count, mean, std: inUnit({ ...c, offset: 0 }, s.std), min, max }] as const;
  });
  return Object.fromEntries(converted) as MetricsBucket['metrics'];
}

/** A span in whole buckets that an aggregate holds, and what it does not hold (yet). */
function* stretches(
  { fromUs, toUs }: Window,
  bucketUs: number,
  endUs: number,
  stale: readonly Window[],
): Generator<Window & { caughtUp: boolean }> {
  let at = fromUs;
  for (const free of freeStretches(fromUs, Math.min(toUs, endUs), stale)) {
    const begin = Math.ceil(free.fromUs / bucketUs) * bucketUs;
    const end = Math.floor(free.toUs / bucketUs) * bucketUs;
    if (begin >= end) continue;
    if (begin > at) yield { fromUs: at, toUs: begin, caughtUp: false };
    yield { fromUs: begin, toUs: end, caughtUp: true };
    at = end;
  }
  if (at < toUs) yield { fromUs: at, toUs, caughtUp: false };
}

/** The first time from `us` on that has cycles, to the day: what is empty, which may be a century, is jumped over. */
async function nextDay(db: Database, signalId: number, us0: number): Promise<number | null> {
  const [row] = await db.query<{ at: number | null }>(
    `SELECT ${us('min(bucket)')} AS at FROM cycle_1d
     WHERE signal_id = ${integerLiteral(signalId)} AND bucket > ${timeLiteral(us0 - DAY)}`,
  );
  return row?.at == null ? null : Math.max(us0, row.at);
}

type Row = Record<string, number | null>;

/** Rows of an aggregate in one slice where landing shares the connection: at first, and at the most. */
const FIRST_ROWS = 1_000;
const MOST_ROWS = 20_000;

/** A bucket that lies over the border of two slices comes in parts. */
function add(to: Row, part: Row): void {
  for (const [name, value] of Object.entries(part)) {
    const before = to[name] ?? null;
    if (name === 'bucketUs' || value === null) continue;
    if (before === null) to[name] = value;
    else if (name.endsWith('_min')) to[name] = Math.min(before, value);
    else if (name.endsWith('_max')) to[name] = Math.max(before, value);
    else to[name] = before + value;
  }
}

const COUNTS = ['cycles', 'complete', 'incomplete', 'samples', 'missing', 'outliers'] as const;

/** Does the zone's midnight (and hour) fall on a boundary of the aggregate, all through the range's buckets? */
function fits(baseUs: number, bucketUs: number, zone: string, fromUs: number, toUs: number): boolean {
  const begin = Math.max(0, fromUs - bucketUs - DAY);
  const end = Math.max(begin, toUs + bucketUs + DAY);
  // a change of the clock stays for longer than a week; over centuries each month is enough
  const step = Math.max(DAY * 7, Math.min(DAY * 30, (end - begin) / 200));
  for (let at = begin; at < end + step; at += step) {
    if (Math.abs(offsetUs(Math.min(at, end), zone)) % baseUs !== 0) return false;
  }
  return true;
}

function sums(name: AggregatedMetric): string {
  const c = columnOf(name);
  return `sum(${c}_count)::bigint AS "${name}_n", sum(${c}_sum) AS "${name}_s", sum(${c}_squares) AS "${name}_q",
    min(${c}_min) AS "${name}_min", max(${c}_max) AS "${name}_max"`;
}

function bucketFrom(r: Record<string, number | null>, names: readonly AggregatedMetric[]): MetricsBucket {
  const metrics: MetricsBucket['metrics'] = {};
  for (const name of names) {
    const count = r[`${name}_n`] ?? 0;
    const sum = r[`${name}_s`] ?? 0;
    const squares = r[`${name}_q`] ?? 0;
    const mean = count === 0 ? null : sum / count;
    const std = count < 2 ? null : Math.sqrt(Math.max(0, (squares - (sum * sum) / count) / (count - 1)));
    metrics[name] = { count, mean, std, min: r[`${name}_min`] ?? null, max: r[`${name}_max`] ?? null };
  }
  const counts = Object.fromEntries(COUNTS.map((c) => [c, r[c] ?? 0])) as Record<
    (typeof COUNTS)[number],
    number
  >;
  return { bucketUs: r['bucketUs']!, ...counts, metrics };
}
