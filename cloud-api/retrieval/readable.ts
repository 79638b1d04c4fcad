import type { Database } from '@loadcycle/database/port';
import { badParameter } from '../http/refusal.ts';
import { type Reading, rowsByHour } from './slices.ts';

/** Rows that may be gone through for one answer, where one connection is shared, and where not. */
const MOST_ROWS = { shared: 5_000_000, own: 50_000_000 };
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
  const counted =
    countedTo > fromUs ? [...(await rowsByHour(db, signalIds, fromUs, countedTo)).values()] : [];
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
