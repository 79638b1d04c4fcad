import { alone } from './plateau-sums.ts';
import type { Tracker } from './tracker.ts';
import { scratch } from './window.ts';

const { X } = scratch;

/** What the scratch space shows of a level between two positions; samples far from the level are set aside. */

/** Neighbours are looked at where a multiple of this lies in a plateau's samples. */
const OFTEN = 256;

const gateOf = (tracker: Tracker): number => Math.max(0.6 * tracker.step, 5 * Math.sqrt(tracker.variance));

/** The level on one side of an edge: what is seen at positions [from, to), weighed against what is known. */
export function levelBeside(tracker: Tracker, from: number, to: number, state: number): number {
  const level = tracker.level(state);
  const step = tracker.step;
  const gate = gateOf(tracker);
  let n = 0;
  let sum = 0;
  for (let p = from; p < to; p++) {
    const d = (X[p] as number) - level;
    if (!(d > -gate && d < gate)) continue;
    sum += d;
    n++;
  }
  if (n < 3) {
    if (state === 0 || to - from < 8) return level;
    return farLevel(tracker, from, to, level);
  }
  const mean = sum / n;
  const noise = tracker.variance / (n * tracker.apart);
  const doubt = tracker.doubt(state);
  // Another load than the one that is followed: part load, overload.
  if (n >= 8 && mean * mean > 25 * (noise + doubt) + 0.01 * step * step) return level + mean;
  return level + (mean * doubt) / (doubt + noise);
}

/** The mean of a plateau far from the level that is followed. */
function farLevel(tracker: Tracker, from: number, to: number, level: number): number {
  const near = tracker.step / 2;
  let n = 0;
  let sum = 0;
  for (let p = from; p < to; p++) {
    const x = X[p] as number;
    // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
    if (x !== x || alone(X, p, near)) continue;
    sum += x;
    n++;
  }
  return n >= 8 ? sum / n : level;
}

/** Correlation of neighbours about a level at positions [from, to). */
function correlationOf(from: number, to: number, level: number, gate: number): number {
  let square = 0;
  let product = 0;
  let before = 0;
  for (let p = from; p < to; p++) {
    const d = (X[p] as number) - level;
    if (!(d > -gate && d < gate)) continue;
    square += d * d;
    product += d * before;
    before = d;
  }
  return square > 0 ? product / square : 0;
}

/** Lets the tracker see positions [from, to) of a plateau; `index`: the absolute index of `to`. */
export function followPlateau(
  tracker: Tracker,
  from: number,
  to: number,
  state: number,
  index: number,
  levelsToo: boolean,
): void {
  if (to - from < 8) return;
  const level = tracker.level(state);
  const step = tracker.step;
  const gate = gateOf(tracker);
  let n = 0;
  let sum = 0;
  let square = 0;
  for (let p = from; p < to; p++) {
    const d = (X[p] as number) - level;
    if (!(d > -gate && d < gate)) continue;
    sum += d;
    square += d * d;
    n++;
  }
  if (n < 8 || n < (to - from) / 2) return;
  const mean = sum / n;
  if (levelsToo) {
    tracker.predict(index);
    if (Math.abs(mean) < 0.35 * step) tracker.see(state, level + mean, n);
  }
  if (n < 24) return;
  tracker.seeVariance((square - n * mean * mean) / (n - 1));
  if (index % OFTEN < to - from) tracker.seeCorrelation(correlationOf(from, to, level + mean, gate));
}
