import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { findHoles, type Hole, someLanded } from './holes.ts';

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

/** Runs a query over a range, in slices of time where one connection is shared; one behind the other. */
export type Sliced = (
  range: { readonly fromUs: number; readonly toUs: number },
  /** answers whether the ledger had anything there */
  run: (fromUs: number, toUs: number) => Promise<{ empty: boolean }>,
) => Promise<void>;

const whole: Sliced = async ({ fromUs, toUs }, run) => {
  await run(fromUs, toUs);
};

/**
 * What of a signal's data is there, and exactly which is not. From the ledger, so that it outlives the raw rows; the
 * sums hold exactly: expected = landed + missing, landed = good + uncertain + bad, and likewise over the buckets.
 */
export async function completeness(
  db: Queryable,
  signalId: number,
  { fromUs, toUs, bucketUs = toUs - fromUs }: CompletenessRange,
  sliced: Sliced = whole,
): Promise<Completeness> {
  const landed = new Map<number, Landed>();
  const found = new Map<string, Hole>();
  let slices = 0;
  await sliced({ fromUs, toUs }, async (a, b) => {
    slices++;
    const counts = await landedCounts(db, signalId, { originUs: fromUs, fromUs: a, toUs: b }, bucketUs);
    for (const [bucket, l] of counts) landed.set(bucket, sum([landed.get(bucket) ?? NONE, l]));
    for (const h of await findHoles(db, signalId, a, b)) found.set(`${h.session} ${h.fromSeq} ${h.toSeq}`, h);
    return { empty: counts.size === 0 };
  });
  const within = (all: Iterable<Hole>): Hole[] =>
    [...all].filter((h) => h.fromUs >= fromUs && h.fromUs < toUs).sort((a, b) => a.toUs - b.toUs);
  let holes = within(found.values());
  // where a clock was set back, what is missing in one slice stands in another
  if (slices > 1 && (await someLanded(db, signalId, holes))) {
    holes = within(await findHoles(db, signalId, fromUs, toUs));
  }
  const byBucket = Map.groupBy(holes, (h) => Math.floor((h.fromUs - fromUs) / bucketUs));
  const buckets = Array.from({ length: Math.ceil((toUs - fromUs) / bucketUs) }, (_, i) => {
    const start = fromUs + i * bucketUs;
    const counts = countsOf(landed.get(i), byBucket.get(i) ?? []);
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
  { originUs, fromUs, toUs }: { originUs: number; fromUs: number; toUs: number },
  bucketUs: number,
): Promise<Map<number, Landed>> {
  const rows = await db.query<Landed & { bucket: number }>(
    `SELECT (${us('t0')} - $5::bigint) / $4::bigint AS bucket, count(*) AS batches, sum(good)::bigint AS good,
            sum(uncertain)::bigint AS uncertain, sum(bad)::bigint AS bad
     FROM batch WHERE signal_id = $1 AND t0 >= ${ts('$2')} AND t0 < ${ts('$3')} GROUP BY 1`,
    [signalId, fromUs, toUs, bucketUs, originUs],
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
