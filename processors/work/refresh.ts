import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';

export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Windows that lie within `gapUs` of each other, as one; in order. */
export function mergeWindows(windows: readonly Window[], gapUs: number): Window[] {
  const merged: { fromUs: number; toUs: number }[] = [];
  for (const w of [...windows].sort((a, b) => a.fromUs - b.fromUs)) {
    const last = merged.at(-1);
    if (last !== undefined && w.fromUs <= last.toUs + gapUs) last.toUs = Math.max(last.toUs, w.toUs);
    else merged.push({ ...w });
  }
  return merged;
}

const LOWEST = { sample: 'sample_1s', cycle: 'cycle_1m' } as const;
/** Refreshes of neighbouring stretches cost less as one. */
const GAP_US = 60_000_000;

/**
 * Asks for a refresh of the windows that the aggregates have already materialised: what lies behind is
 * computed at reading. Costs one small query where nothing is late.
 */
export async function requestRefresh(
  tx: Queryable,
  root: 'sample' | 'cycle',
  windows: readonly Window[],
): Promise<void> {
  if (windows.length === 0) return;
  const [row] = await tx.query<{ to: number | null }>(
    `SELECT CASE WHEN isfinite(w) AND w > timestamptz '1970-01-01' THEN ${us('w')} END AS to
     FROM aggregated_to($1) w`,
    [LOWEST[root]],
  );
  const to = row?.to ?? null;
  if (to === null) return;
  const late = mergeWindows(
    windows.filter((w) => w.fromUs < to),
    GAP_US,
  );
  if (late.length === 0) return;
  await tx.query(
    `INSERT INTO refresh_request (root, from_ts, to_ts)
     SELECT $1, ${ts('v.f')}, ${ts('v.t')} FROM unnest($2::bigint[], $3::bigint[]) v(f, t)`,
    [root, late.map((w) => w.fromUs), late.map((w) => w.toUs)],
  );
}
