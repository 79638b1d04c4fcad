import { freeStretches, type RollupState } from './rollup-state.ts';
import { ROLLUPS, type Rollup } from './rollups.ts';

/** A stretch of time that is read from one place. */
export interface Tile {
  /** null: from the rows themselves */
  readonly rollup: Rollup | null;
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * Cuts [from, to) into stretches that together hold each sample once: whole intervals of the coarsest rollup wanted,
 * finer ones where the range begins or ends within an interval or where that rollup has not caught up, and the rows
 * themselves for what no rollup holds. In the order of time.
 */
export function tiles(
  fromUs: number,
  toUs: number,
  coarsest: Rollup | null,
  state: RollupState<Rollup['name']>,
): Tile[] {
  const out: Tile[] = [];
  const first = coarsest === null ? ROLLUPS.length : ROLLUPS.findIndex((r) => r.name === coarsest.name);
  const cover = (from: number, to: number, level: number): void => {
    if (from >= to) return;
    const rollup = ROLLUPS[level];
    if (rollup === undefined) {
      const last = out.at(-1);
      // two levels may leave neighbours to the rows
      if (last?.rollup === null && last.toUs === from) out[out.length - 1] = { ...last, toUs: to };
      else out.push({ rollup: null, fromUs: from, toUs: to });
      return;
    }
    let at = from;
    for (const free of freeStretches(from, Math.min(to, state.endUs[rollup.name]), state.stale)) {
      const begin = Math.ceil(free.fromUs / rollup.us) * rollup.us;
      const end = Math.floor(free.toUs / rollup.us) * rollup.us;
      if (begin >= end) continue;
      cover(at, begin, level + 1);
      out.push({ rollup, fromUs: begin, toUs: end });
      at = end;
    }
    cover(at, to, level + 1);
  };
  cover(fromUs, toUs, first);
  return out;
}
