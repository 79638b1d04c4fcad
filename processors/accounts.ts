import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { findHoles, type Hole } from './holes.ts';

export type { Hole } from './holes.ts';

/** Counts of samples over a stretch. A batch belongs to the stretch in which its first sample lies. */
export interface SampleCounts {
  /** landed + missing */
  readonly expected: number;
  /** good + uncertain + bad */
  readonly landed: number;
  readonly good: number;
  readonly uncertain: number;
  readonly bad: number;
  /** in the holes of seq; by the sampling period, so exact for regular sampling */
  readonly missing: number;
  readonly batches: number;
  readonly missingBatches: number;
}

/** What came over the wire, in batches (a message that can't be read counts as one), by whole hours of receipt. */
export interface ReceiptCounts {
  /** landed + duplicates + deadLettered */
  readonly received: number;
  readonly landed: number;
  readonly duplicates: number;
  readonly deadLettered: number;
  readonly fromUs: number;
  readonly toUs: number;
}

export interface Completeness {
  readonly total: SampleCounts;
  /** by the definition's expected period, null where it has none */
  readonly expectedByPeriod: number | null;
  readonly holes: readonly Hole[];
  readonly buckets: readonly (SampleCounts & { readonly fromUs: number; readonly toUs: number })[];
  readonly receipts: ReceiptCounts;
}

export interface CompletenessRange {
  /** inclusive, by time of measurement, µs since the epoch */
  readonly fromUs: number;
  /** exclusive */
  readonly toUs: number;
  /** cut into buckets of this width from `fromUs` on */
  readonly bucketUs?: number;
}

const HOUR_US = 3_600_000_000;

/**
 * What of a signal's data is there, and exactly which is not. From the ledger, so that it outlives the raw rows; the
 * sums hold exactly: expected = landed + missing, landed = good + uncertain + bad, and likewise over the buckets.
 */
export async function completeness(
  db: Queryable,
  signalId: number,
  { fromUs, toUs, bucketUs = toUs - fromUs }: CompletenessRange,
): Promise<Completeness> {
  const landed = await landedCounts(db, signalId, fromUs, toUs, bucketUs);
  const holes = await findHoles(db, signalId, fromUs, toUs);
  const buckets = Array.from({ length: Math.ceil((toUs - fromUs) / bucketUs) }, (_, i) => {
    const start = fromUs + i * bucketUs;
    const here = holes.filter((h) => Math.floor((h.fromUs - fromUs) / bucketUs) === i);
    const counts = countsOf(landed.get(i), here);
    return { ...counts, fromUs: start, toUs: Math.min(start + bucketUs, toUs) };
  });
  const [definition] = await db.query<{ period: number | null }>(
    `SELECT (definition->>'expectedPeriodUs')::bigint AS period FROM signal WHERE id = $1`,
    [signalId],
  );
  const period = definition?.period ?? null;
  return {
    total: countsOf(sum([...landed.values()]), holes),
    expectedByPeriod: period === null ? null : Math.floor((toUs - fromUs) / period),
    holes,
    buckets,
    receipts: await receiptCounts(db, signalId, fromUs, toUs),
  };
}

interface Landed {
  batches: number;
  good: number;
  uncertain: number;
  bad: number;
}

const NONE: Landed = { batches: 0, good: 0, uncertain: 0, bad: 0 };

function sum(all: readonly Landed[]): Landed {
  const total = { ...NONE };
  for (const l of all) for (const k of Object.keys(NONE) as (keyof Landed)[]) total[k] += l[k];
  return total;
}

function countsOf({ batches, good, uncertain, bad }: Landed = NONE, holes: readonly Hole[]): SampleCounts {
  const landed = good + uncertain + bad;
  const missing = holes.reduce((n, h) => n + h.samples, 0);
  const missingBatches = holes.reduce((n, h) => n + h.toSeq - h.fromSeq + 1, 0);
  return { expected: landed + missing, landed, good, uncertain, bad, missing, batches, missingBatches };
}

async function landedCounts(
  db: Queryable,
  signalId: number,
  fromUs: number,
  toUs: number,
  bucketUs: number,
): Promise<Map<number, Landed>> {
  const rows = await db.query<Landed & { bucket: number }>(
    `SELECT (${us('t0')} - $2::bigint) / $4::bigint AS bucket, count(*) AS batches, sum(good)::bigint AS good,
            sum(uncertain)::bigint AS uncertain, sum(bad)::bigint AS bad
     FROM batch WHERE signal_id = $1 AND t0 >= ${ts('$2')} AND t0 < ${ts('$3')} GROUP BY 1`,
    [signalId, fromUs, toUs, bucketUs],
  );
  return new Map(rows.map(({ bucket, ...counts }) => [bucket, counts]));
}

async function receiptCounts(
  db: Queryable,
  signalId: number,
  fromUs: number,
  toUs: number,
): Promise<ReceiptCounts> {
  const hours = { fromUs: Math.floor(fromUs / HOUR_US) * HOUR_US, toUs: Math.ceil(toUs / HOUR_US) * HOUR_US };
  const [row] = await db.query<Omit<ReceiptCounts, 'fromUs' | 'toUs'>>(
    `SELECT coalesce(sum(received), 0)::bigint AS received, coalesce(sum(landed), 0)::bigint AS landed,
            coalesce(sum(duplicates), 0)::bigint AS duplicates, coalesce(sum(dead_lettered), 0)::bigint AS "deadLettered"
     FROM account WHERE signal_id = $1 AND hour >= ${ts('$2')} AND hour < ${ts('$3')}`,
    [signalId, hours.fromUs, hours.toUs],
  );
  return { ...row!, ...hours };
}
