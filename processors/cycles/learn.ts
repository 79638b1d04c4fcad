import type { NumberReader, NumberWriter } from './numbers.ts';

/**
 * Learns the state levels of a signal from looks at it, and goes on looking.
 *
 * Samples are condensed to trimmed means of four (a spike leaves no trace), aligned to the absolute sample index.
 * 256 of these are a fine look (1,024 samples), 256 means of four of these a coarse one (4,096 samples; what it
 * shows holds down to 6 dB). A look finds levels where its values fall into clusters that are far apart for their
 * width and each of which the signal held for a while. Levels are believed once two separate looks agree on them.
 * Cost is bounded: each sample is looked at twice, whether the signal shows load or not.
 */

const LOOK = 256;
/** Distance between two levels over the larger standard deviation. A normal distribution, halved, shows 2.7, a linear drift 3.5. */
const APART = 5.5;
/** Entries in a row that make a level: 12 samples in a fine look. */
const HELD = 3;
/** Levels nearer to each other than this share of the whole range are one that drifted. */
const SAME = 0.15;
/** Two looks agree where their levels differ by no more than this share of the step. */
const AGREE = 0.25;

const sorted = new Float32Array(LOOK);
const prefix = new Float64Array(LOOK + 1);

export interface Look {
  /** Levels found, ascending; one of them where the signal showed a single level or none that it held. */
  levels: number[];
  /** Standard deviation of a sample about its level, estimated. */
  sigma: number;
  /** Standard deviation of the look's own values about their level. */
  spread: number;
}

/** Levels on which two looks agreed. */
export interface Belief {
  base: number;
  load: number;
  sigma: number;
}

export class Learner {
  /** Not kept while levels are known: then only coarse looks are wanted. */
  private fine: Float32Array | null = null;
  private four = 0;
  private fours = 0;
  /** Between two looks, once levels are known, there is nothing to keep. */
  private coarse: Float32Array | null = null;
  private fineCount = 0;
  private coarseCount = 0;
  private fineFrom = 0;
  private coarseFrom = 0;
  /** Entries are kept as differences from this value, so that single precision suffices. */
  private reference = 0;
  private hasReference = false;
  private candidate = false;
  private candidateBase = 0;
  private candidateLoad = 0;
  /** Absolute index up to which the candidate's look went, and looks since then. */
  private candidateEnd = 0;
  private candidateAge = 0;

  /** The trimmed mean of samples [index, index + 4); `coarseOnly` saves the fine looks once levels are known. */
  push(mean: number, index: number, minStep: number, coarseOnly: boolean): Look | null {
    if (!this.hasReference) {
      this.hasReference = true;
      this.reference = mean;
    }
    let look: Look | null = null;
    let from = this.fineFrom;
    if (!coarseOnly) {
      if (this.fineCount === 0) {
        this.fine ??= new Float32Array(LOOK);
        this.fineFrom = index;
        from = index;
      }
      (this.fine as Float32Array)[this.fineCount++] = mean - this.reference;
      if (this.fineCount === LOOK) {
        this.fineCount = 0;
        if (spread(this.fine as Float32Array)) look = analyse(this.fine as Float32Array, 1.83, minStep);
      }
    } else if (this.fine !== null) {
      this.fine = null;
      this.fineCount = 0;
    }
    if (this.coarseCount === 0 && this.fours === 0) this.coarseFrom = index;
    this.four += mean - this.reference;
    if (++this.fours === 4) {
      this.coarse ??= new Float32Array(LOOK);
      this.coarse[this.coarseCount++] = this.four / 4;
      this.four = 0;
      this.fours = 0;
    }
    if (this.coarseCount === LOOK) {
      this.coarseCount = 0;
      if (look === null || look.levels.length < 2) {
        // A look with long gaps in it compares what lies too far apart in time.
        if (index - this.coarseFrom < 2 * 16 * LOOK) {
          look = analyse(this.coarse as Float32Array, 3.66, minStep);
          from = this.coarseFrom;
        }
      }
    }
    if (coarseOnly && this.coarseCount === 0) this.coarse = null;
    if (look === null) return null;
    for (let k = 0; k < look.levels.length; k++) look.levels[k] = (look.levels[k] as number) + this.reference;
    this.lookFrom = from;
    this.lookEnd = index + 4;
    return look;
  }

  private lookFrom = 0;
  private lookEnd = 0;

  /** Weighs the last look against the one before: levels, if the two agree. */
  weigh(look: Look): Belief | null {
    const base = look.levels[0] as number;
    if (look.levels.length < 2) {
      if (this.candidate) {
        const near = AGREE * (this.candidateLoad - this.candidateBase);
        const known =
          Math.abs(base - this.candidateBase) < near || Math.abs(base - this.candidateLoad) < near;
        // A look that is itself wide (cycles that it could not tell apart) says nothing against the candidate.
        if ((!known && look.spread < near) || ++this.candidateAge > 256) this.candidate = false;
      }
      return null;
    }
    const load = look.levels[1] as number;
    const near = AGREE * (load - base);
    const agrees =
      this.candidate &&
      this.lookFrom >= this.candidateEnd &&
      Math.abs(base - this.candidateBase) < near &&
      Math.abs(load - this.candidateLoad) < near;
    if (!this.candidate || this.lookFrom >= this.candidateEnd) {
      this.candidate = !agrees;
      this.candidateBase = base;
      this.candidateLoad = load;
      this.candidateEnd = this.lookEnd;
      this.candidateAge = 0;
    }
    return agrees ? { base, load, sigma: look.sigma } : null;
  }

  /** Forgets what has been gathered: after a change of regime. */
  restart(): void {
    this.candidate = false;
  }

  save(w: NumberWriter): void {
    w.put(
      this.fineCount,
      this.coarseCount,
      this.fineFrom,
      this.coarseFrom,
      this.reference,
      +this.hasReference,
    );
    w.put(this.four, this.fours);
    w.put(+this.candidate, this.candidateBase, this.candidateLoad, this.candidateEnd, this.candidateAge);
    if (this.fine !== null) w.singles(this.fine, this.fineCount);
    if (this.coarse !== null) w.singles(this.coarse, this.coarseCount);
  }

  restore(r: NumberReader): void {
    this.fineCount = r.get();
    this.coarseCount = r.get();
    this.fineFrom = r.get();
    this.coarseFrom = r.get();
    this.reference = r.get();
    this.hasReference = r.get() === 1;
    this.four = r.get();
    this.fours = r.get();
    this.candidate = r.get() === 1;
    this.candidateBase = r.get();
    this.candidateLoad = r.get();
    this.candidateEnd = r.get();
    this.candidateAge = r.get();
    if (this.fineCount > 0) {
      this.fine = new Float32Array(LOOK);
      r.singles(this.fine, this.fineCount);
    }
    if (this.coarseCount > 0) {
      this.coarse = new Float32Array(LOOK);
      r.singles(this.coarse, this.coarseCount);
    }
  }
}

/** Whether values vary by more than their neighbours do (von Neumann): without that no look can show two levels. */
function spread(x: Float32Array): boolean {
  let sum = 0;
  let square = 0;
  let diff = 0;
  let last = x[0] as number;
  for (let k = 0; k < x.length; k++) {
    const v = x[k] as number;
    sum += v;
    square += v * v;
    diff += (v - last) * (v - last);
    last = v;
  }
  return square - (sum * sum) / x.length > 0.65 * diff;
}

/** The levels in one look; `scale` turns the spread of its values into that of single samples. */
export function analyse(entries: Float32Array, scale: number, minStep: number): Look {
  sorted.set(entries);
  sorted.sort();
  for (let k = 0; k < LOOK; k++) prefix[k + 1] = (prefix[k] as number) + (sorted[k] as number);
  const clusters: [number, number][] = [];
  split(0, LOOK, minStep, clusters);
  join(clusters);
  const levels: number[] = [];
  let sigma = 0;
  let weight = 0;
  for (let k = 0; k < clusters.length; k++) {
    const [from, to] = clusters[k] as [number, number];
    const level = median(from, to);
    const below = k > 0 ? level - median(...(clusters[k - 1] as [number, number])) : Number.POSITIVE_INFINITY;
    const above =
      k + 1 < clusters.length
        ? median(...(clusters[k + 1] as [number, number])) - level
        : Number.POSITIVE_INFINITY;
    if (clusters.length > 1 && longestRun(entries, level, AGREE * Math.min(below, above)) < HELD) continue;
    levels.push(level);
    sigma += deviation(from, to) * (to - from);
    weight += to - from;
  }
  if (levels.length === 0) {
    levels.push(median(0, LOOK));
    return { levels, sigma: deviation(0, LOOK) * scale, spread: deviation(0, LOOK) };
  }
  return { levels, sigma: (sigma / weight) * scale, spread: sigma / weight };
}

/** Cuts sorted [from, to) where the variance between the parts is greatest (Otsu), as long as the parts are far apart. */
function split(from: number, to: number, minStep: number, clusters: [number, number][]): void {
  const count = to - from;
  if (count >= 2 * HELD) {
    const total = (prefix[to] as number) - (prefix[from] as number);
    let best = -1;
    let at = from;
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
    const wide = Math.max(deviation(from, at), deviation(at, to));
    if (step > APART * wide && step > minStep && step > 0) {
      split(from, at, minStep, clusters);
      split(at, to, minStep, clusters);
      return;
    }
  }
  clusters.push([from, to]);
}

/** Joins neighbouring clusters that are near each other for the range of all. */
function join(clusters: [number, number][]): void {
  if (clusters.length < 3) return;
  const middle = (k: number) => median(...(clusters[k] as [number, number]));
  const near = SAME * (middle(clusters.length - 1) - middle(0));
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

function longestRun(entries: Float32Array, level: number, half: number): number {
  let run = 0;
  let longest = 0;
  for (let k = 0; k < entries.length; k++) {
    run = Math.abs((entries[k] as number) - level) < half ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}
