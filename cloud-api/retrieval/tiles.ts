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
 * finer ones where the range begins or ends within an interval, and the rows themselves for what is left and for all
 * behind `edgeUs`, up to where the rollups are materialised. In the order of time.
 */
export function tiles(fromUs: number, toUs: number, coarsest: Rollup | null, edgeUs: number): Tile[] {
  const out: Tile[] = [];
  const first = coarsest === null ? ROLLUPS.length : ROLLUPS.findIndex((r) => r.name === coarsest.name);
  const cover = (from: number, to: number, level: number): void => {
    if (from >= to) return;
    const rollup = ROLLUPS[level];
    if (rollup === undefined) {
      out.push({ rollup: null, fromUs: from, toUs: to });
      return;
    }
    const begin = Math.ceil(from / rollup.us) * rollup.us;
    const end = Math.floor(Math.min(to, edgeUs) / rollup.us) * rollup.us;
    if (begin >= end) {
      cover(from, to, level + 1);
      return;
    }
    cover(from, begin, level + 1);
    out.push({ rollup, fromUs: begin, toUs: end });
    cover(end, to, level + 1);
  };
  cover(fromUs, toUs, first);
  return out;
}
