import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';

export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Windows that lie within `gapUs` of each other, as one; in order. */
function mergeWindows(windows: readonly Window[], gapUs: number): Window[] {
  const merged: { fromUs: number; toUs: number }[] = [];
  for (const w of [...windows].sort((a, b) => a.fromUs - b.fromUs)) {
    const last = merged.at(-1);
    if (last !== undefined && w.fromUs <= last.toUs + gapUs) last.toUs = Math.max(last.toUs, w.toUs);
    else merged.push({ ...w });
  }
  return merged;
}

/** Refreshes of neighbouring stretches cost less as one. */
const GAP_US = 60_000_000;

/**
 * SQL expression: up to where the lowest aggregate of a root is materialised, µs; null where nothing is yet. What
 * lies behind is computed at reading.
 */
export const aggregatedTo = (root: 'sample' | 'cycle'): string =>
  `(SELECT CASE WHEN isfinite(w) AND w > timestamptz '1970-01-01' THEN ${us('w')} END
    FROM aggregated_to('${root === 'sample' ? 'sample_1s' : 'cycle_1m'}') w)`;

/** Asks for a refresh of those windows, or parts of them, that lie before `aggregatedToUs`. */
export async function requestRefresh(
  tx: Queryable,
  root: 'sample' | 'cycle',
  windows: readonly Window[],
  aggregatedToUs: number | null,
): Promise<void> {
  if (aggregatedToUs === null) return;
  const late = mergeWindows(
    windows.filter((w) => w.fromUs < aggregatedToUs),
    GAP_US,
  );
  if (late.length === 0) return;
  await tx.query(
    `INSERT INTO refresh_request (root, from_ts, to_ts)
     SELECT $1, ${ts('v.f')}, ${ts('v.t')} FROM unnest($2::bigint[], $3::bigint[]) v(f, t)`,
    [root, late.map((w) => w.fromUs), late.map((w) => w.toUs)],
  );
}
