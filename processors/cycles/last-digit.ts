import type { Belief } from './learn.ts';
import { LOOK } from './look.ts';
import { scratch, type Window } from './window.ts';

const { X } = scratch;

/**
 * Two neighbouring values of a coarse reading are no load: a temperature that is read to 0.1 °C stands at 20.0 and at 20.1 by turns,
 * held as long as any level, and looks at it find the course of a load.
 */

/** Different values among the newest samples of a signal that is read on a grid. */
const MOST = 24;
/** A step of so many grid steps, where there are other values than the two levels … */
const DIGITS = 2.5;
/** … and the levels are so many steps away from zero. A switch that reads 0 and 1 is a load. */
const FAR = 8;
/** Where there are no other values: so many, since two levels without noise look the same. */
const VERY_FAR = 32;

/** Whether the levels that are believed are one or two steps of the grid apart on which the newest samples lie. */
export function isLastDigit({ base, load }: Belief, window: Window): boolean {
  const step = Math.abs(load - base);
  const away = Math.min(Math.abs(base), Math.abs(load)) / step;
  if (away < FAR) return false;
  const end = window.index - window.origin;
  const values = new Set<number>();
  for (let p = end - Math.min(LOOK, window.index); p < end; p++) {
    const v = X[p] as number;
    if (!Number.isNaN(v)) values.add(v);
    if (values.size > MOST) return false;
  }
  const sorted = [...values].sort((a, b) => a - b);
  let grid = Number.POSITIVE_INFINITY;
  for (let k = 1; k < sorted.length; k++) {
    const gap = (sorted[k] as number) - (sorted[k - 1] as number);
    // 20.1 is not always the same number
    if (gap > 1e-9 * Math.abs(sorted[k] as number)) grid = Math.min(grid, gap);
  }
  if (step > DIGITS * grid) return false;
  return sorted.length > 2 || away >= VERY_FAR;
}
