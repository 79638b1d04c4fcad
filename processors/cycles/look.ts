import { type Course, courseOf } from './course.ts';

/**
 * One look at a signal: which levels up to 256 values of it show. Values fall into clusters that are far apart for their
 * width; a cluster is a level where the signal held it for a while.
 */

/** Values in a look. */
export const LOOK = 256;
/** Distance between two levels over the larger standard deviation. A normal distribution, halved, shows 2.7, a linear drift 3.5. */
const APART = 5.5;
/** Entries in a row that make a level: 12 samples in a fine look. */
const HELD = 3;
/** A value is at a level within this share of the distance to the next one. */
const NEAR = 0.25;
/** Levels nearer to each other than this share of the whole range are one that drifted. */
const SAME = 0.15;
/** … where the range is that of what holds so much of the values; what stands above all levels and holds less is set aside. */
const MANY = 0.1;
const FEW = 0.3;

const sorted = new Float32Array(LOOK);
const prefix = new Float64Array(LOOK + 1);

export interface Look {
  /** Levels found, ascending; one of them where the signal showed a single level or none that it held. */
  levels: number[];
  /** Standard deviation of a sample about its level, estimated. */
  sigma: number;
  /** Standard deviation of the look's own values about their level. */
  spread: number;
  /** How it goes between the lowest level and the one above it; null where there are no two. */
  course: Course | null;
  /** Samples of a stay at a level, on average; infinite where nothing is said of that. */
  stay: number;
}

/** Whether it shows load that came and went, beyond doubt. */
export const isCertain = ({ course }: Look): boolean => course?.sure === true && course.returns;

/** Whether values vary by more than their neighbours do (von Neumann): without that no look can show two levels. */
export function varies(x: Float32Array, count: number): boolean {
  let sum = 0;
  let square = 0;
  let diff = 0;
  let last = x[0] as number;
  for (let k = 0; k < count; k++) {
    const v = x[k] as number;
    sum += v;
    square += v * v;
    diff += (v - last) * (v - last);
    last = v;
  }
  return square - (sum * sum) / count > 0.65 * diff;
}

/** The levels in the first `count` entries; `scale` turns the spread of its values into that of single samples. */
export function analyse(entries: Float32Array, count: number, scale: number, minStep: number): Look {
  const some = count === LOOK ? sorted : sorted.subarray(0, count);
  some.set(count === entries.length ? entries : entries.subarray(0, count));
  some.sort();
  for (let k = 0; k < count; k++) prefix[k + 1] = (prefix[k] as number) + (sorted[k] as number);
  let clusters: [number, number][] = [];
  // The inrush at an onset may hide the level that it ends at: what is highest and rare is set aside.
  for (let to = count; ; ) {
    clusters = [];
    const at = split(0, to, minStep, clusters);
    if (clusters.length > 1 || at === 0 || count - at > FEW * count) break;
    to = at;
  }
  join(clusters, MANY * count);
  const levels: number[] = [];
  const stay = Number.POSITIVE_INFINITY;
  let sigma = 0;
  let weight = 0;
  for (let k = 0; k < clusters.length; k++) {
    const [from, to] = clusters[k] as [number, number];
    const level = median(from, to);
    const under = k > 0 ? level - median(...(clusters[k - 1] as [number, number])) : Number.POSITIVE_INFINITY;
    const over =
      k + 1 < clusters.length
        ? median(...(clusters[k + 1] as [number, number])) - level
        : Number.POSITIVE_INFINITY;
    const reach = NEAR * Math.min(under, over);
    if (clusters.length > 1 && longestRun(entries, count, level, reach) < HELD) continue;
    levels.push(level);
    sigma += deviation(from, to) * (to - from);
    weight += to - from;
  }
  if (levels.length === 0) {
    levels.push(median(0, count));
    return { levels, sigma: deviation(0, count) * scale, spread: deviation(0, count), course: null, stay };
  }
  const course = levels.length < 2 ? null : courseOf(entries, count, levels, HELD);
  return { levels, sigma: (sigma / weight) * scale, spread: sigma / weight, course, stay };
}

/**
 * Cuts sorted [from, to) where the variance between the parts is greatest (Otsu), as long as the parts are far apart.
 * Gives where it would cut first; 0: nowhere.
 */
function split(from: number, to: number, minStep: number, clusters: [number, number][]): number {
  const count = to - from;
  let at = 0;
  if (count >= 2 * HELD) {
    const total = (prefix[to] as number) - (prefix[from] as number);
    let best = -1;
    for (let k = from + 1; k < to; k++) {
      const lower = (prefix[k] as number) - (prefix[from] as number);
      const n = k - from;
      const gap = (total - lower) / (count - n) - lower / n;
      const between = gap * gap * n * (count - n);
      if (between > best) {
        best = between;
        at = k;
      }
    }
    const step = median(at, to) - median(from, at);
    const wide = Math.max(deviation(from, at), below(at, to));
    if (step > APART * wide && step > minStep && step > 0) {
      split(from, at, minStep, clusters);
      split(at, to, minStep, clusters);
      return at;
    }
  }
  clusters.push([from, to]);
  return at;
}

/** Joins neighbouring clusters that are near each other for the range of all that have `many` values. */
function join(clusters: [number, number][], many: number): void {
  if (clusters.length < 3) return;
  const middle = (k: number) => median(...(clusters[k] as [number, number]));
  let top = clusters.length - 1;
  while (top > 1 && (clusters[top] as [number, number])[1] - (clusters[top] as [number, number])[0] < many)
    top--;
  const near = SAME * (middle(top) - middle(0));
  for (let k = clusters.length - 1; k > 0; k--) {
    if (middle(k) - middle(k - 1) >= near) continue;
    (clusters[k - 1] as [number, number])[1] = (clusters[k] as [number, number])[1];
    clusters.splice(k, 1);
  }
}

function median(from: number, to: number): number {
  return ((sorted[(from + to - 1) >> 1] as number) + (sorted[(from + to) >> 1] as number)) / 2;
}

/** Half of the middle 68 %: the standard deviation of a normal distribution, deaf to ramps and outliers. */
function deviation(from: number, to: number): number {
  const n = to - from;
  const tail = Math.floor(n * 0.16);
  return ((sorted[to - 1 - tail] as number) - (sorted[from + tail] as number)) / 2;
}

/** How far the values reach below their median: an inrush is above it. */
function below(from: number, to: number): number {
  return median(from, to) - (sorted[from + Math.floor((to - from) * 0.16)] as number);
}

function longestRun(entries: Float32Array, count: number, level: number, half: number): number {
  let run = 0;
  let longest = 0;
  for (let k = 0; k < count; k++) {
    run = Math.abs((entries[k] as number) - level) < half ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}
