import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import { badParameter } from '../http/refusal.ts';
import { timeLiteral } from './literal.ts';
import { among, type Reading, rowsByHour } from './slices.ts';

/** Rows that may be gone through for one answer, where one connection is shared, and where not. */
export const MOST_ROWS = { shared: 5_000_000, own: 50_000_000 };
const HOUR_US = 3_600_000_000;

/**
 * Refuses what would go through more rows than one answer is worth. A short range is judged by the sampling period
 * alone, a longer one by what its hours hold, as far as the rollups are materialised, and by the period behind that.
 */
export async function demandReadable(
  db: Database,
  fromUs: number,
  toUs: number,
  edgeUs: number,
  { signalIds, periodUs }: Reading,
): Promise<void> {
  const most = db.features.singleConnection ? MOST_ROWS.shared : MOST_ROWS.own;
  const guess = (spanUs: number, period: number): number => (Math.max(0, spanUs) / period) * signalIds.length;
  if (guess(toUs - fromUs, periodUs ?? 1000) <= most) return;
  const countedTo = Math.floor(Math.min(toUs, edgeUs) / HOUR_US) * HOUR_US;
  const counted = countedTo > fromUs ? await countsByHour(db, signalIds, fromUs, countedTo) : [];
  const densest = counted.reduce((a, b) => Math.max(a, b), 0) / signalIds.length;
  const period = periodUs ?? (densest > 0 ? HOUR_US / densest : 1000);
  // what lies in the future holds nothing yet
  const lastUs = Math.min(toUs, Math.max(Date.now() * 1000, fromUs));
  const rows = counted.reduce((a, b) => a + b, 0) + guess(lastUs - Math.max(fromUs, countedTo), period);
  if (rows <= most) return;
  throw badParameter(
    'from',
    'too long a range for what only the rows themselves can answer: narrow it, or use minmax',
  );
}

/** The more of what the rollups and the ledger say: the one may not have caught up, the other is gone with its retention. */
async function countsByHour(
  db: Database,
  ids: readonly number[],
  fromUs: number,
  toUs: number,
): Promise<number[]> {
  const [rolled, landed] = [
    await rowsByHour(db, ids, fromUs, toUs),
    await ledgerRowsByHour(db, ids, fromUs, toUs),
  ];
  const hours = new Set([...rolled.keys(), ...landed.keys()]);
  return Array.from(hours, (hour) => Math.max(rolled.get(hour) ?? 0, landed.get(hour) ?? 0));
}

/** How many samples the ledger has in the batches that begin in each hour, in the order of time. */
export async function ledgerRowsByHour(
  db: Database,
  ids: readonly number[],
  fromUs: number,
  toUs: number,
): Promise<Map<number, number>> {
  const rows = await db.query<{ at: number; count: number }>(
    `SELECT ${us('hour')} AS at, sum(samples)::bigint AS count FROM batch_hour
     WHERE ${among(ids)} AND hour > ${timeLiteral(fromUs - HOUR_US)} AND hour < ${timeLiteral(toUs)} GROUP BY hour ORDER BY hour`,
  );
  return new Map(rows.map((r) => [r.at, r.count]));
}
