import { parseTimeUs } from '@loadcycle/contract';
import type { CycleMetricName, CycleMetrics } from '@loadcycle/contract/cycle';
import type { Conversion } from '@loadcycle/contract/units/conversion';
import { edgeRow } from '@loadcycle/database/chunk-walk';
import type { Database } from '@loadcycle/database/port';
import { rfc3339 } from '@loadcycle/database/sql';
import type { Range } from '../http/params.ts';
import { isTime, notACursor } from './cursor.ts';
import { METRIC_NAMES } from './cycle-sql.ts';
import { integerLiteral, timeLiteral } from './literal.ts';
import { inTimeSlices } from './time-slices.ts';
import { metricSql } from './units.ts';

/** As the API answers it: a thousand cycles of some forty fields are not copied once more. Times are RFC 3339, UTC. */
export type CycleRow = CycleMetrics & {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly offsetAt: string | null;
  readonly complete: boolean;
  readonly revision: number;
};

export type SortKey = 'startedAt' | CycleMetricName;

/** `riseTimeS>=0.05` */
export interface MetricFilter {
  readonly metric: CycleMetricName;
  readonly operator: '<' | '<=' | '=' | '>=' | '>';
  readonly value: number;
}

export interface CyclesWanted extends Range {
  readonly signalId: number;
  /** the metrics are answered, filtered and sorted in the unit that it gives */
  readonly conversion: Conversion;
  readonly complete: boolean | null;
  readonly filters: readonly MetricFilter[];
  readonly sort: SortKey;
  readonly descending: boolean;
}

/** Where a page of cycles ended: the key that it is sorted by, and the start, which is unique within a signal. */
export interface CycleCursor {
  readonly sort: string;
  readonly key: number | null;
  readonly startedAtUs: number;
  /** of the first page: `from=-1d` means the same day on each page */
  readonly range: Range;
}

const sortName = (w: CyclesWanted): string => `${w.descending ? '-' : ''}${w.sort}`;

export const encodeCycleCursor = (c: CycleCursor): string =>
  Buffer.from(JSON.stringify([7, c.sort, c.key, c.startedAtUs, c.range.fromUs, c.range.toUs])).toString(
    'base64url',
  );

export function decodeCycleCursor(text: string, wanted: CyclesWanted): CycleCursor {
  try {
    const [version, sort, key, startedAtUs, fromUs, toUs] = JSON.parse(
      Buffer.from(text, 'base64url').toString('utf8'),
    );
    const ok =
      version === 7 &&
      sort === sortName(wanted) &&
      [startedAtUs, fromUs, toUs].every(isTime) &&
      (key === null || Number.isFinite(key));
    if (ok) return { sort, key, startedAtUs, range: { fromUs, toUs } };
  } catch {
    // refused below
  }
  throw notACursor();
}

/** Rows behind the cursor. Metrics that a cycle does not show stand last, whichever way it is sorted. */
function behind(wanted: CyclesWanted, cursor: CycleCursor, params: (number | string)[]): string {
  const than = wanted.descending ? '<' : '>';
  const start = `started_at ${than} ${timeLiteral(cursor.startedAtUs)}`;
  if (wanted.sort === 'startedAt') return start;
  const key = metricSql(wanted.sort, wanted.conversion);
  if (cursor.key === null) return `(${key} IS NULL AND ${start})`;
  params.push(cursor.key);
  const value = `$${params.length}::float8`;
  return `(${key} ${than} ${value} OR (${key} = ${value} AND ${start}) OR ${key} IS NULL)`;
}

/** A page of a signal's cycles that began within the range. */
export async function cyclesPage(
  db: Database,
  wanted: CyclesWanted,
  limit: number,
  cursor: CycleCursor | null,
  signal?: AbortSignal,
): Promise<{ rows: CycleRow[]; next: CycleCursor | null }> {
  const { fromUs, toUs } = cursor?.range ?? wanted;
  const params: (number | string)[] = [];
  const conditions = [`signal_id = ${integerLiteral(wanted.signalId)}`];
  if (wanted.complete !== null) conditions.push(wanted.complete ? 'complete' : 'NOT complete');
  for (const f of wanted.filters) {
    params.push(f.value);
    conditions.push(`${metricSql(f.metric, wanted.conversion)} ${f.operator} $${params.length}::float8`);
  }
  if (cursor !== null) conditions.push(behind(wanted, cursor, params));
  const byStart = wanted.sort === 'startedAt';
  const way = wanted.descending ? 'DESC' : 'ASC';
  const order = `${byStart ? '' : `${metricSql(wanted.sort as CycleMetricName, wanted.conversion)} ${way} NULLS LAST, `}started_at ${way}`;
  // what stands before the cursor is not gone through again
  const beyond = byStart && cursor !== null;
  const range = {
    fromUs: beyond && !wanted.descending ? Math.max(fromUs, cursor.startedAtUs) : fromUs,
    toUs: beyond && wanted.descending ? Math.min(toUs, cursor.startedAtUs) : toUs,
  };
  const metrics = METRIC_NAMES.map((n) => `${metricSql(n, wanted.conversion)} AS "${n}"`).join(', ');
  let rows: CycleRow[] = [];
  const backwards = byStart && wanted.descending;
  // the first start of a cycle at a time or behind it; the last one before it, backwards
  const next = (at: number): Promise<number | null> =>
    edgeRow(db, 'cycle', {
      signalId: wanted.signalId,
      ...(backwards ? { fromUs: range.fromUs, toUs: at } : { fromUs: at, toUs: range.toUs }),
      order: backwards ? 'DESC' : 'ASC',
    });
  const slices = { ...range, firstUs: FIRST_US, mostUs: MOST_US, backwards, next, signal };
  await inTimeSlices(db, slices, async (from, to) => {
    const found = await db.query<CycleRow>(
      `SELECT ${rfc3339('started_at')} AS "startedAt", ${rfc3339('ended_at')} AS "endedAt", ${rfc3339('offset_at')} AS "offsetAt",
         complete, revision, ${metrics}
       FROM cycle WHERE ${conditions.join(' AND ')} AND started_at >= ${timeLiteral(from)} AND started_at < ${timeLiteral(to)}
       ORDER BY ${order} LIMIT ${integerLiteral(limit + 1)}`,
      params,
    );
    if (found.length > 0) rows = rows.concat(found);
    if (!byStart && rows.length > found.length) rows.sort(inOrder(wanted.sort, wanted.descending));
    if (rows.length > limit + 1) rows.length = limit + 1;
    return { empty: found.length === 0, enough: byStart && rows.length > limit };
  });
  if (rows.length <= limit) return { rows, next: null };
  rows.length = limit;
  const last = rows[limit - 1]!;
  const key = wanted.sort === 'startedAt' ? null : last[wanted.sort];
  const place = {
    sort: sortName(wanted),
    key,
    startedAtUs: parseTimeUs(last.startedAt),
    range: { fromUs, toUs },
  };
  return { rows, next: place };
}

/** Slices of time where landing shares the connection: the first, and the longest. */
const FIRST_US = 900_000_000;
const MOST_US = 30 * 86_400_000_000;

/** As the store sorts: by the metric, those without it last, then by the start (texts of one width sort as times). */
function inOrder(sort: SortKey, descending: boolean): (a: CycleRow, b: CycleRow) => number {
  const sign = descending ? -1 : 1;
  const byStart = (a: CycleRow, b: CycleRow): number =>
    a.startedAt < b.startedAt ? -sign : a.startedAt > b.startedAt ? sign : 0;
  if (sort === 'startedAt') return byStart;
  return (a, b) => {
    const [x, y] = [a[sort], b[sort]];
    if (x === null || y === null) {
      if (x !== null || y !== null) return x === null ? 1 : -1;
      return byStart(a, b);
    }
    return x < y ? -sign : x > y ? sign : byStart(a, b);
  };
}
