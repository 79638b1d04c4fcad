/**
 * What of a signal's data is there, and exactly which is not, for any range of time, to the sample.
 *
 * Each sample that the device took is landed, missing (its batch's number is in no place: a hole in seq) or dead-lettered.
 * All three come from the ledger and from what landing notes of the dead letters, so that they outlive the raw rows; a
 * batch that the range cuts counts with the samples that lie in it. A year is read from the ledger's sums by hour
 * (docs/decisions/0201-accounts-to-the-sample.md).
 */
import type { Queryable } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import { deadBatches } from './dead.ts';
import { findHoles, type Hole, timesOf } from './holes.ts';
import { type Landed, LandedByCell, type Sliced } from './landed.ts';
import { divide } from './sample-times.ts';

export type { Hole } from './holes.ts';

/** Counts of samples over a stretch. */
export interface SampleCounts {
  /** landed + missing + deadLettered */
  readonly expected: number;
  /** good + uncertain + bad */
  readonly landed: number;
  readonly good: number;
  readonly uncertain: number;
  readonly bad: number;
  /** in the holes of seq; by the sampling period, so exact for regular sampling */
  readonly missing: number;
  /** in the dead letters that can be read, from before the signal was registered too */
  readonly deadLettered: number;
  /** landed ones that begin in the stretch */
  readonly batches: number;
  /** of the holes that begin in the stretch */
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
  /** that reach into the range, each as a whole */
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

const whole: Sliced = async ({ fromUs, toUs }, run) => {
  await run(fromUs, toUs);
};

/** The sums hold exactly, in each bucket and over all of them. */
export async function completeness(
  db: Queryable,
  signalId: number,
  { fromUs, toUs, bucketUs = toUs - fromUs }: CompletenessRange,
  sliced: Sliced = whole,
): Promise<Completeness> {
  const range = { fromUs, toUs };
  const cells = { originUs: fromUs, widthUs: bucketUs, toUs };
  const landed = new LandedByCell(db, signalId, cells);
  await landed.read(sliced);
  const dead = await deadBatches(db, signalId, range);
  const holes = await findHoles(db, signalId, range, dead);
  const buckets = Array.from({ length: Math.ceil((toUs - fromUs) / bucketUs) }, (_, i) => {
    const start = fromUs + i * bucketUs;
    return { ...countsOf(landed.byCell.get(i)), fromUs: start, toUs: Math.min(start + bucketUs, toUs) };
  });
  for (const d of dead) for (const [cell, n] of divide(d, cells)) buckets[cell]!.deadLettered += n;
  for (const h of holes) {
    for (const [cell, n] of divide(timesOf(h), cells)) buckets[cell]!.missing += n;
    const begins = buckets[Math.floor((h.fromUs - fromUs) / bucketUs)];
    if (begins !== undefined) begins.missingBatches += h.toSeq - h.fromSeq + 1;
  }
  for (const b of buckets) b.expected = b.landed + b.missing + b.deadLettered;
  const total = countsOf(undefined);
  for (const b of buckets) for (const k of Object.keys(total) as (keyof SampleCounts)[]) total[k] += b[k];
  const [definition] = await db.query<{ period: number | null }>(
    `SELECT (definition->>'expectedPeriodUs')::bigint AS period FROM signal WHERE id = $1`,
    [signalId],
  );
  const period = definition?.period ?? null;
  return {
    total,
    expectedByPeriod: period === null ? null : Math.floor((toUs - fromUs) / period),
    holes,
    buckets,
    receipts: await receiptCounts(db, signalId, fromUs, toUs),
  };
}

type Counting = { -readonly [K in keyof SampleCounts]: number };

function countsOf({ batches, good, uncertain, bad }: Landed = NOTHING): Counting {
  const landed = good + uncertain + bad;
  const nowhere = { missing: 0, deadLettered: 0, missingBatches: 0 };
  return { expected: landed, landed, good, uncertain, bad, batches, ...nowhere };
}

const NOTHING: Landed = { batches: 0, good: 0, uncertain: 0, bad: 0 };

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
