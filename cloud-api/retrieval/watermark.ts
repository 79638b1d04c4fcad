import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';

const FRESH_MS = 1_000;
const known = new WeakMap<Database, { atMs: number; us: number }>();

/**
 * Up to where the rollups are materialised, µs. Behind that the API reads the rows themselves: cheaper than the
 * real-time views one upon another, whose plans alone take longer than a second of samples.
 */
export async function rolledUpTo(db: Database): Promise<number> {
  const last = known.get(db);
  const now = performance.now();
  if (last !== undefined && now - last.atMs < FRESH_MS) return last.us;
  const [row] = await db.query<{ at: number | null }>(
    `SELECT CASE WHEN isfinite(w) THEN ${us('w')} END AS at FROM aggregated_to('sample_1s') w`,
  );
  const found = { atMs: now, us: row?.at ?? Number.NEGATIVE_INFINITY };
  known.set(db, found);
  return found.us;
}
