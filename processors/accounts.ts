import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';

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

/** Batches of one session that never came: seq `fromSeq` to `toSeq`, between the times of their neighbours. */
export interface Hole {
  readonly session: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  /** µs since the epoch; where the session's first batches are missing, as far back as they reach at its period */
  readonly fromUs: number;
  readonly toUs: number;
  readonly samples: number;
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

interface HoleRow {
  session: string;
  before: number | null;
  seq: number;
  beforeEndUs: number | null;
  t0Us: number;
  /** of the batch after the hole */
  period: number | null;
  count: number;
  endUs: number;
}

/** Holes that begin in the range. The neighbours of its sessions outside of it are looked up too. */
async function findHoles(db: Queryable, signalId: number, fromUs: number, toUs: number): Promise<Hole[]> {
  const columns = 'b.session, b.seq, b.t0, b.t_end, b.period, b.count';
  const rows = await db.query<HoleRow>(
    `WITH inside AS (
       SELECT ${columns}, false AS edge FROM batch b WHERE b.signal_id = $1 AND b.t0 >= ${ts('$2')} AND b.t0 < ${ts('$3')}),
     sessions AS (
       SELECT session, min(seq) AS lo, max(seq) AS hi FROM inside GROUP BY session
       UNION ALL
       SELECT session, seq + 1, seq FROM (
         SELECT session, seq FROM batch WHERE signal_id = $1 AND t0 < ${ts('$2')} ORDER BY t0 DESC LIMIT 1) l
       WHERE session NOT IN (SELECT session FROM inside)),
     around AS (
       SELECT p.* FROM sessions s CROSS JOIN LATERAL (
         SELECT ${columns}, true AS edge FROM batch b
         WHERE b.signal_id = $1 AND b.session = s.session AND b.seq < s.lo ORDER BY b.seq DESC LIMIT 1) p
       UNION ALL
       SELECT n.* FROM sessions s CROSS JOIN LATERAL (
         SELECT ${columns}, false AS edge FROM batch b
         WHERE b.signal_id = $1 AND b.session = s.session AND b.seq > s.hi ORDER BY b.seq LIMIT 1) n),
     steps AS (
       SELECT *, lag(seq) OVER w AS before, lag(t_end) OVER w AS before_end
       FROM (SELECT * FROM inside UNION ALL SELECT * FROM around) a WINDOW w AS (PARTITION BY session ORDER BY seq))
     SELECT session, before, seq, ${us('before_end')} AS "beforeEndUs", ${us('t0')} AS "t0Us", period, count, ${us('t_end')} AS "endUs"
     FROM steps WHERE seq - before > 1 OR (before IS NULL AND seq > 0 AND NOT edge) ORDER BY t0`,
    [signalId, fromUs, toUs],
  );
  return rows.map(holeOf).filter((h) => h.fromUs >= fromUs && h.fromUs < toUs);
}

function holeOf({ session, before, seq, beforeEndUs, t0Us, period, count, endUs }: HoleRow): Hole {
  const step = period ?? (count > 1 ? (endUs - t0Us) / (count - 1) : 0);
  const fromSeq = (before ?? -1) + 1;
  const toSeq = seq - 1;
  if (beforeEndUs === null) {
    // nothing of the session's beginning is there: as many samples as in the batch that came
    const samples = (toSeq - fromSeq + 1) * count;
    return { session, fromSeq, toSeq, fromUs: Math.round(t0Us - samples * step), toUs: t0Us, samples };
  }
  const fromUs = beforeEndUs + Math.round(step);
  const samples = step > 0 ? Math.max(0, Math.round((t0Us - beforeEndUs) / step) - 1) : toSeq - fromSeq + 1;
  return { session, fromSeq, toSeq, fromUs: Math.min(fromUs, t0Us), toUs: t0Us, samples };
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
