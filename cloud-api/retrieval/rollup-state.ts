import type { Window } from '@loadcycle/database/chunk-walk';
import type { Database } from '@loadcycle/database/port';
import { literal, us } from '@loadcycle/database/sql';

/** What of the rollups can be taken for the rows. */
export interface RollupState<Name extends string> {
  /** up to where each has been brought, µs */
  readonly endUs: Readonly<Record<Name, number>>;
  /** where rows were written later that wait for their refresh: disjoint, in order, `toUs` inclusive */
  readonly stale: readonly Window[];
}

interface Rollups<Name extends string> {
  readonly root: 'sample' | 'cycle';
  readonly levels: readonly { readonly name: Name; readonly view: string }[];
}

/** A range with more stretches than this is read from the rows between some of them too: each is a query. */
const MOST_STRETCHES = 32;

/**
 * How far the rollups hold what there is of some signals within a range. Asked anew for each answer: what has landed
 * before it is then in the rollups, or told here (docs/decisions/0200).
 */
export async function rollupState<Name extends string>(
  db: Database,
  { root, levels }: Rollups<Name>,
  signalIds: readonly number[],
  { fromUs, toUs }: Window,
): Promise<RollupState<Name>> {
  const ends = levels.map((l) => `(SELECT ${finite} FROM rolled_up_to(${literal(l.view)}) w) AS "${l.name}"`);
  const [row] = await db.query<Record<Name, number | null> & { stale: [number, number][] }>(
    `SELECT ${ends.join(', ')}, coalesce((
       SELECT json_agg(json_build_array(${us('from_ts')}, ${us('to_ts')}) ORDER BY from_ts) FROM (
         SELECT from_ts, to_ts FROM refresh_request WHERE root = $2 AND (signal_id IS NULL OR signal_id = ANY($1::int[]))
         UNION ALL
         SELECT k.from_ts, k.archive_to FROM retention_hold k JOIN signal_path p USING (site, device, signal)
         WHERE $2 = 'sample' AND k.archive_to IS NOT NULL AND p.signal_id = ANY($1::int[])) s), '[]') AS stale`,
    [signalIds, root],
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
    levels.map((l) => [l.name, row![l.name] ?? Number.NEGATIVE_INFINITY]),
  ) as RollupState<Name>['endUs'];
  return { endUs, stale };
}

/** [from, to) without what waits for a refresh. */
export function* freeStretches(fromUs: number, toUs: number, stale: readonly Window[]): Generator<Window> {
  let at = fromUs;
  for (const s of stale) {
    if (s.fromUs >= toUs) break;
    if (s.fromUs > at) yield { fromUs: at, toUs: s.fromUs };
    at = Math.max(at, s.toUs + 1);
  }
  if (at < toUs) yield { fromUs: at, toUs };
}

const finite = `CASE WHEN isfinite(w) THEN ${us('w')} END`;
