import { ChunkEdges, type Window } from '../chunk-walk.ts';
import type { Database } from '../port.ts';
import { us } from '../sql.ts';
import { AGGREGATES, aggregatedTo, ceilTo, floorTo, type Root, refresh, stepEnd } from './aggregates.ts';
import { Stepper } from './stepper.ts';

export interface RequestOptions {
  readonly stepMs: number;
  /** raw rows older than this are gone, and a refresh would take their aggregates away; µs, null: kept for ever */
  readonly rawRetentionUs: number | null;
  readonly signal: AbortSignal;
}

interface Request {
  id: number;
  root: Root;
  from_us: number;
  to_us: number;
}

/**
 * Carries out the refreshes that were asked for (`requestRefresh`), overlapping ones together, and deletes them when
 * they are done: a crash in between costs a second refresh. Answers how many there were.
 */
export async function runRefreshRequests(db: Database, options: RequestOptions): Promise<number> {
  const requests = await db.query<Request>(
    `SELECT id, root, ${us('from_ts')} AS from_us, ${us('to_ts')} AS to_us FROM refresh_request ORDER BY from_ts LIMIT 10000`,
  );
  const oldestUs = options.rawRetentionUs === null ? 0 : Date.now() * 1000 - options.rawRetentionUs;
  for (const root of ['sample', 'cycle'] as const) {
    const own = requests.filter((r) => r.root === root);
    if (own.length === 0) continue;
    const windows = merge(own.map((r) => ({ fromUs: Math.max(oldestUs, r.from_us), toUs: r.to_us })));
    await refreshWindows(db, root, windows, options);
    if (options.signal.aborted) return 0;
    await db.query('DELETE FROM refresh_request WHERE id = ANY($1::int8[])', [own.map((r) => r.id)]);
  }
  return requests.length;
}

/** Sorted windows → disjoint ones; those that (nearly) touch become one. Empty ones go. */
export function merge(windows: readonly Window[], nearUs = 1_000_000): Window[] {
  const merged: { fromUs: number; toUs: number }[] = [];
  for (const { fromUs, toUs } of windows.toSorted((a, b) => a.fromUs - b.fromUs)) {
    if (toUs < fromUs) continue;
    const last = merged.at(-1);
    if (last !== undefined && fromUs <= last.toUs + nearUs) last.toUs = Math.max(last.toUs, toUs);
    else merged.push({ fromUs, toUs });
  }
  return merged;
}

async function refreshWindows(
  db: Database,
  root: Root,
  windows: readonly Window[],
  { stepMs, signal }: RequestOptions,
): Promise<void> {
  for (const level of AGGREGATES[root]) {
    const endUs = await aggregatedTo(db, level.name);
    if (endUs === null) return;
    const { bucketUs } = level;
    const stepper = new Stepper(60 * bucketUs, bucketUs, 100_000 * bucketUs, stepMs);
    for (const { fromUs, toUs } of windows) {
      const lastUs = Math.min(endUs, ceilTo(toUs + 1, bucketUs));
      const edges = await ChunkEdges.read(db, root, { fromUs, toUs: lastUs });
      for (let at = floorTo(fromUs, bucketUs); at < lastUs; ) {
        if (signal.aborted) return;
        const toUs = stepEnd(root, level, edges, at, Math.min(lastUs, at + ceilTo(stepper.size, bucketUs)));
        const window = { fromUs: at, toUs };
        await stepper.step(() => refresh(db, root, level, window));
        at = toUs;
      }
    }
  }
}
