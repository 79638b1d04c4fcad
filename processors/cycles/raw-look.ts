import { courseOf } from './course.ts';
import { decode } from './decode.ts';
import { analyse, LOOK, type Look, varies } from './look.ts';
import { scratch } from './window.ts';

const { X } = scratch;

/** Samples that a look needs, of the 256 at most that it takes, and that hold a level: the detector sees no shorter ones. */
const LEAST = 96;
const HELD = 5;
/** Width of the running median, and how much less it varies than a sample does. */
const MEDIAN = 7;
const OF_MEDIAN = 2.18;

const values = new Float32Array(LOOK);
const medians = new Float32Array(LOOK);
const few = new Float64Array(MEDIAN);

/**
 * Looks at the newest 256 samples themselves, of the last `since`, that lie before position `end` of the scratch space: where
 * the noise is low for the step, a hundred samples show both levels. `closely`: down to 10 dB. Null: it shows nothing sure.
 */
export function lookRaw(end: number, since: number, minStep: number, closely: boolean): Look | null {
  const reference = X[end - 1] as number;
  let count = 0;
  for (let p = end - Math.min(LOOK, since); p < end; p++) {
    const v = (X[p] as number) - reference;
    // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
    if (v === v) values[count++] = v;
  }
  if (count < LEAST || !varies(values, count)) return null;
  let look = ofSamples(analyse(values, count, 1, minStep), count);
  if (closely && !look.course?.sure) {
    // A running median leaves edges where they are, and levels show in it; their order in the samples.
    for (let k = 0; k < count; k++) medians[k] = medianAround(k, count);
    const smooth = ofSamples(analyse(medians, count, OF_MEDIAN, minStep), count);
    look = smooth.course?.sure ? smooth : (decode(values, count, minStep) ?? smooth);
  }
  if (!look.course?.sure) return null;
  for (let k = 0; k < look.levels.length; k++) look.levels[k] = (look.levels[k] as number) + reference;
  return look;
}

/**
 * Whether a look may show something, from every other of the newest 256 samples before position `end`: a cheap question. Missing
 * samples let it pass.
 */
export function mayVary(end: number): boolean {
  const reference = X[end - 2] as number;
  let [sum, square, diff, last] = [0, 0, 0, 0];
  for (let p = end - 2; p >= end - LOOK; p -= 2) {
    const v = (X[p] as number) - reference;
    sum += v;
    square += v * v;
    diff += (v - last) * (v - last);
    last = v;
  }
  return !(square - (sum * sum) / (LOOK / 2) <= 0.65 * diff);
}

/** The look with the course of the samples between its levels. */
function ofSamples(look: Look, count: number): Look {
  const { levels } = look;
  if (levels.length < 2) return look;
  const course = courseOf(values, count, levels, HELD);
  return { ...look, course, stay: count / (course.turns + 1) };
}

function medianAround(k: number, count: number): number {
  const from = Math.max(0, Math.min(count - MEDIAN, k - (MEDIAN >> 1)));
  for (let j = 0; j < MEDIAN; j++) {
    const v = values[from + j] as number;
    let i = j;
    for (; i > 0 && (few[i - 1] as number) > v; i--) few[i] = few[i - 1] as number;
    few[i] = v;
  }
  return few[MEDIAN >> 1] as number;
}
