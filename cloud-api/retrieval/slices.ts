import type { Database } from '@loadcycle/database/port';

/** Landing should wait for one slice no longer than this. */
const LIMIT_MS = 200;

/**
 * Runs a query over [from, to) in slices of whole steps. Where landing shares the connection the slices begin short
 * and grow as long as they stay well below the limit; elsewhere there is one. Part of a slice's time is the same
 * however short it is (planning), so slices are not made shorter than the first one.
 */
export async function inSlices<T>(
  db: Database,
  range: { readonly fromUs: number; readonly toUs: number },
  stepUs: number,
  firstUs: number,
  run: (fromUs: number, toUs: number) => Promise<T[]>,
): Promise<T[]> {
  const { fromUs, toUs } = range;
  if (!db.features.singleConnection) return fromUs < toUs ? run(fromUs, toUs) : [];
  const out: T[] = [];
  const first = Math.max(1, Math.floor(firstUs / stepUs));
  let steps = first;
  for (let at = fromUs; at < toUs; ) {
    const end = Math.min(toUs, at + steps * stepUs);
    const started = performance.now();
    for (const row of await run(at, end)) out.push(row);
    const ms = performance.now() - started;
    if (ms < LIMIT_MS / 2) steps *= 3;
    else if (ms > LIMIT_MS) steps = Math.max(first, Math.floor(steps / 2));
    at = end;
  }
  return out;
}
