import type { Window } from '@loadcycle/database/chunk-walk';
import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import { ROLLUPS, type Rollup } from './rollups.ts';

/** What of the rollups can be taken for the rows. */
export interface RollupState {
  /** up to where each has been brought, µs */
  readonly endUs: Readonly<Record<Rollup['name'], number>>;
  /** where rows landed later that wait for their refresh: disjoint, in order, `toUs` inclusive */
  readonly stale: readonly Window[];
}

/** A range with more stretches than this is read from the rows between some of them too: each is a query. */
const MOST_STRETCHES = 32;

/**
 * How far the rollups hold what has landed of some signals within a range. Asked anew for each answer: what has landed
 * before it is then in the rollups, or told here (docs/decisions/0200).
 */
export async function rollupState(
  db: Database,
  signalIds: readonly number[],
  { fromUs, toUs }: Window,
): Promise<RollupState> {
  const ends = ROLLUPS.map((r) => `(SELECT ${finite} FROM rolled_up_to('${r.view}') w) AS "${r.name}"`);
  const [row] = await db.query<Record<Rollup['name'], number | null> & { stale: [number, number][] }>(
    `SELECT ${ends.join(', ')}, coalesce((
       SELECT json_agg(json_build_array(${us('from_ts')}, ${us('to_ts')}) ORDER BY from_ts) FROM refresh_request
       WHERE root = 'sample' AND (signal_id IS NULL OR signal_id = ANY($1::int[]))), '[]') AS stale`,
    [signalIds],
  );
  const nearUs = (toUs - fromUs) / MOST_STRETCHES;
  const stale: { fromUs: number; toUs: number }[] = [];
  for (const [a, b] of row!.stale) {
    if (b < fromUs || a >= toUs) continue;
    const last = stale.at(-1);
    if (last !== undefined && a <= last.toUs + nearUs) last.toUs = Math.max(last.toUs, b);
    else stale.push({ fromUs: a, toUs: b });
  }
  const endUs = Object.fromEntries(
    ROLLUPS.map((r) => [r.name, row![r.name] ?? Number.NEGATIVE_INFINITY]),
  ) as RollupState['endUs'];
  return { endUs, stale };
}

const finite = `CASE WHEN isfinite(w) THEN ${us('w')} END`;
