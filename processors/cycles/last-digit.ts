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
/** A step of so many digits is none. */
const DIGITS = 2.5;
/** The levels are so many steps away from zero: a switch that reads 0 and 1 is a load. */
const FAR = 8;
/** Of two values with many decimals nothing says on which grid they lie; they are near each other for so many steps. */
const VERY_FAR = 32;
/** Tenths may be read by halves. */
const HALF = 5.5;

/** Whether the levels that are believed are one or two digits apart, as the newest samples were read. */
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
  if (sorted.length > 2) return step <= DIGITS * grid;
  // two levels without noise look the same: the digits say how they were read
  const digit = digitOf(sorted);
  const apart = sorted.length === 2 ? grid : step;
  if (digit !== null && apart <= DIGITS * digit) return true;
  // so many decimals without noise: whatever they were made from is coarser
  if (digit === null || digit < 0.1) return away >= VERY_FAR;
  return digit < 1 && apart <= HALF * digit;
}

/** The last digit of decimal numbers: 1, 0.1, … to 10⁻⁶; null where they are none. */
function digitOf(values: readonly number[]): number | null {
  for (let k = 0; k <= 6; k++) {
    if (values.every((v) => Math.abs(v * 10 ** k - Math.round(v * 10 ** k)) < 1e-4)) return 10 ** -k;
  }
  return null;
}
