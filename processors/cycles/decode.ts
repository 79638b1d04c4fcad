import { courseOf } from './course.ts';
import { LOOK, type Look } from './look.ts';

/**
 * Two levels in few samples and much noise (10 dB, stays of seven samples), where clusters overlap and a running median has
 * too few samples: the levels and the path between them that explain the samples best, by turns (Viterbi training of a
 * hidden Markov model with two states). Two levels always explain more than one, so what it finds has to stand up to chance.
 */

/** Nats that a change of level costs. */
const COST = 6;
const ROUNDS = 8;
/** The levels are so many standard deviations apart: half of a normal distribution and the other half are 2.65. */
const APART = 2.8;
/** Nats by which two levels must explain the samples better than one. */
const BETTER = 40;
/** Changes that it takes, and samples of a stay between two of them. */
const TURNS = 4;
const HELD = 4;
/** Correlation of neighbours about the levels, at most, and that many standard deviations of it are let pass. */
const WANDERS = 0.15;
const LET_PASS = 2;
/** A sample counts no more than it would this many standard deviations from a level. */
const FAR = 4;

const path = new Uint8Array(LOOK);
/** For each sample: whether the best path to either state came from the other one. */
const fromOther = new Uint8Array(2 * LOOK);
const sorted = new Float32Array(LOOK);

/** The levels in the first `count` values; null where it finds none beyond doubt. */
export function decode(values: Float32Array, count: number, minStep: number): Look | null {
  const some = sorted.subarray(0, count);
  some.set(values.subarray(0, count));
  some.sort();
  let base = some[Math.floor(count * 0.2)] as number;
  let load = some[Math.floor(count * 0.8)] as number;
  let variance = ((load - base) / 3) ** 2;
  let whole = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (!(load - base > minStep) || !(variance > 0)) return null;
    follow(values, count, base, load, variance);
    const sums = [0, 0];
    const counts = [0, 0];
    const gate = FAR * Math.sqrt(variance);
    const isNear = (v: number, side: number) => Math.abs(v - (side === 0 ? base : load)) < gate;
    for (let k = 0; k < count; k++) {
      const side = path[k] as number;
      const v = values[k] as number;
      if (!isNear(v, side)) continue;
      sums[side] = (sums[side] as number) + v;
      counts[side] = (counts[side] as number) + 1;
    }
    const [low, high] = counts as [number, number];
    if (low < 2 * HELD || high < 2 * HELD) return null;
    const means = [(sums[0] as number) / low, (sums[1] as number) / high];
    const middle = ((sums[0] as number) + (sums[1] as number)) / (low + high);
    let square = 0;
    let total = 0;
    for (let k = 0; k < count; k++) {
      const v = values[k] as number;
      if (!isNear(v, path[k] as number)) continue;
      square += (v - (means[path[k] as number] as number)) ** 2;
      total += (v - middle) ** 2;
    }
    [base, load] = means as [number, number];
    variance = square / (low + high - 2);
    whole = total / (low + high - 1);
  }
  const step = load - base;
  const sigma = Math.sqrt(variance);
  if (!(step > APART * sigma)) return null;
  let [turns, run, least, product, square, pairs] = [0, 0, count, 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const side = path[k] as number;
    if (k > 0 && side !== path[k - 1]) {
      if (turns++ > 0) least = Math.min(least, run);
      run = 0;
    }
    const off = (values[k] as number) - (side === 0 ? base : load);
    if (run > 0) {
      const before = (values[k - 1] as number) - (side === 0 ? base : load);
      product += before * off;
      square += before * before;
      pairs++;
    }
    run++;
  }
  const isStill = product < square * (WANDERS + LET_PASS / Math.sqrt(pairs));
  const better = (count / 2) * Math.log(whole / variance) - COST * turns;
  if (turns < TURNS || least < HELD || !isStill || better < BETTER) return null;
  const seen = courseOf(values, count, [base, load], HELD);
  if (seen.dies || !seen.still) return null;
  const course = { ...seen, turns, returns: true, sure: true };
  return { levels: [base, load], sigma, spread: sigma, course, stay: count / (turns + 1) };
}

/** The path between the two levels that explains the values best. */
function follow(values: Float32Array, count: number, base: number, load: number, variance: number): void {
  const half = 0.5 / variance;
  const most = (FAR * FAR) / 2;
  let [low, high] = [0, 0];
  for (let k = 0; k < count; k++) {
    const v = values[k] as number;
    const risen = low + COST < high;
    const fallen = high + COST < low;
    fromOther[2 * k] = +fallen;
    fromOther[2 * k + 1] = +risen;
    const before = low;
    low = (fallen ? high + COST : low) + Math.min(most, (v - base) ** 2 * half);
    high = (risen ? before + COST : high) + Math.min(most, (v - load) ** 2 * half);
  }
  let side = high < low ? 1 : 0;
  for (let k = count - 1; k >= 0; k--) {
    path[k] = side;
    if (fromOther[2 * k + side] === 1) side = 1 - side;
  }
}
