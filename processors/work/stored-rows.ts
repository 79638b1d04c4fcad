import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { StoredRows } from '../validation/revalidate.ts';

/** Both ends inclusive, µs. Of the same instant the better quality comes first, then the lesser value. */
export async function readRows(
  tx: Queryable,
  signalId: number,
  fromUs: number,
  toUs: number,
): Promise<StoredRows> {
  const [row] = await tx.query<{ t: number[] | null; v: (number | null)[] | null; q: number[] | null }>(
    `SELECT array_agg(t) AS t, array_agg(v) AS v, array_agg(q) AS q FROM (
       SELECT ${us('ts')} AS t, value AS v, quality AS q FROM sample
       WHERE signal_id = $1 AND ts >= ${ts('$2')} AND ts <= ${ts('$3')} ORDER BY ts, quality, value) s`,
    [signalId, fromUs, toUs],
  );
  return {
    timesUs: Float64Array.from(row?.t ?? []),
    values: Float64Array.from(row?.v ?? [], (v) => v ?? Number.NaN),
    quality: row?.q ?? [],
  };
}
