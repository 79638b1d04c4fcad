import type { Database } from '@loadcycle/database/port';
import { goOn } from './slices.ts';

/** Landing should wait for one slice no longer than twice this. */
const PATIENCE_MS = 100;

export interface TimeSlices {
  readonly fromUs: number;
  readonly toUs: number;
  /** width of the first slice */
  readonly firstUs: number;
  readonly mostUs: number;
  /** from the end to the beginning */
  readonly backwards?: boolean;
  /** first time at or behind `us` (before it, backwards) that holds anything, so that what is empty is jumped over */
  readonly next?: (us: number) => Promise<number | null>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a query over [from, to) slice by slice where landing shares the connection: short slices at first, wider ones
 * as long as they stay well below what landing may wait. Elsewhere there is one. Stops where `run` says that it has enough.
 */
export async function inTimeSlices(
  db: Database,
  s: TimeSlices,
  run: (fromUs: number, toUs: number) => Promise<{ empty: boolean; enough?: boolean }>,
): Promise<void> {
  if (s.fromUs >= s.toUs) return;
  if (!db.features.singleConnection) {
    await run(s.fromUs, s.toUs);
    return;
  }
  let widthUs = s.firstUs;
  let [fromUs, toUs] = [s.fromUs, s.toUs];
  while (fromUs < toUs) {
    goOn(s.signal);
    const a = s.backwards ? Math.max(fromUs, Math.floor(toUs - widthUs)) : fromUs;
    const b = s.backwards ? toUs : Math.min(toUs, Math.ceil(fromUs + widthUs));
    const started = performance.now();
    const { empty, enough } = await run(a, b);
    const ms = performance.now() - started;
    if (enough) return;
    if (ms > PATIENCE_MS) widthUs = Math.max(1_000_000, widthUs / 2);
    else if (ms < PATIENCE_MS / 2) widthUs = Math.min(s.mostUs, widthUs * 2);
    if (s.backwards) toUs = a;
    else fromUs = b;
    if (!empty || s.next === undefined || fromUs >= toUs) continue;
    const next = await s.next(s.backwards ? toUs : fromUs);
    if (next === null) return;
    // behind a long gap it is as dense as may be, not as empty as it was
    if (Math.abs(next - (s.backwards ? toUs : fromUs)) > widthUs) widthUs = Math.min(widthUs, s.firstUs);
    if (s.backwards) toUs = Math.min(toUs, next + 1);
    else fromUs = Math.max(fromUs, next);
  }
}
