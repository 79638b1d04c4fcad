/** The newest values of a metric, and those before them that they are compared with. */
const NEWEST = 16;
const BEFORE = 32;
const SIZE = NEWEST + BEFORE;
/** Differences before it is known how large they usually are, and how many make up what is known. */
const LEAST = 20 * SIZE;
const AVERAGED = 100 * SIZE;
/** A step is larger than all that it did by itself by so much; and that is forgotten within days. */
const BEYOND = 1.5;
const FORGETS_US = 4 * 86_400_000_000;
/** One difference counts for no more than so many times the usual one. */
const CLIP = 3;
/** The mean distance from the mean of a normal distribution times this is its standard deviation. */
const MEAN_TO_SIGMA = Math.sqrt(Math.PI / 2);

/** How large differences usually are, without the sign: their mean, of how many, the largest, when. Plain JSON. */
export type UsualDifference = readonly [mean: number, count: number, largest: number, atUs: number];

/** Newest values beside those before them. */
export interface Difference {
  /** mean of the middle half of the newest */
  readonly level: number;
  /** … less that of the values before */
  readonly by: number;
}

/**
 * Tells a step from what a metric does slowly by itself: wander and the day's swing are all but the same in the newest
 * values and in those before. Wild values are in neither half that counts. A difference is compared with those that were, their mean
 * and the largest: a machine that makes two products by turns goes from one to the other by itself.
 */
export class Shift {
  /** values before it says anything */
  static readonly size = SIZE;
  /** a difference is a step beyond so many of its own standard deviations */
  static readonly limit = 5.5;

  /** too new to be known as usual: they may be a step that begins */
  #newest: { by: number; atUs: number }[] = [];
  /** oldest first */
  readonly #values = new Float64Array(SIZE);
  #n = 0;
  #mean: number;
  #count: number;
  #largest: number;
  #atUs: number;

  constructor([mean, count, largest, atUs]: UsualDifference = [0, 0, 0, 0]) {
    this.#mean = mean;
    this.#count = count;
    this.#largest = largest;
    this.#atUs = atUs;
  }

  get usual(): UsualDifference {
    return [this.#mean, this.#count, this.#largest, this.#atUs];
  }

  /** Null until there are enough. */
  push(value: number, atUs: number): Difference | null {
    if (this.#n === SIZE) {
      this.#values.copyWithin(0, 1);
      this.#n--;
    }
    this.#values[this.#n] = value;
    if (++this.#n < SIZE) return null;
    const level = midMean(this.#values, BEFORE, SIZE);
    const by = level - midMean(this.#values, 0, BEFORE);
    this.#newest.push({ by, atUs });
    if (this.#newest.length > SIZE + 1) this.#newest.shift();
    return { level, by };
  }

  /** -1 or 1: a step to that side; 0: none, or that is not known yet. `leastSigma`: is believed of a single value. */
  sideOf({ by }: Difference, leastSigma: number, atUs: number): number {
    return Math.abs(by) > BEYOND * this.#largestAt(atUs) ? this.backOf({ by }, leastSigma) : 0;
  }

  /** The same of the way back, which need not be larger than what was. */
  backOf({ by }: Pick<Difference, 'by'>, leastSigma: number): number {
    if (this.#count < LEAST) return 0;
    const least = leastSigma * Math.sqrt(1 / NEWEST + 1 / BEFORE);
    const sigma = Math.max(MEAN_TO_SIGMA * this.#mean, least, Number.MIN_VALUE);
    return Math.abs(by) > Shift.limit * sigma ? Math.sign(by) : 0;
  }

  /** All is well: what is no longer new is usual. */
  learn(): void {
    if (this.#newest.length <= SIZE) return;
    const { by, atUs } = this.#newest.shift()!;
    const size = Math.abs(by);
    const counts = this.#count < SIZE ? size : Math.min(size, CLIP * this.#mean);
    this.#count = Math.min(this.#count + 1, AVERAGED);
    this.#mean += (counts - this.#mean) / this.#count;
    this.did(by, atUs);
  }

  /** It did this by itself. */
  did(by: number, atUs: number): void {
    const size = Math.abs(by);
    if (size < this.#largestAt(atUs)) return;
    this.#largest = size;
    this.#atUs = atUs;
  }

  #largestAt(atUs: number): number {
    return this.#largest * Math.exp(-Math.max(0, atUs - this.#atUs) / FORGETS_US);
  }

  /** What was before is nothing to compare with. */
  reset(): void {
    this.#n = 0;
    this.#newest = [];
  }
}

const sorted = new Float64Array(BEFORE);

/** The mean of the values from `from` to `to` without the least and the greatest quarter. */
function midMean(values: Float64Array, from: number, to: number): number {
  const n = to - from;
  for (let i = 0; i < n; i++) {
    const value = values[from + i]!;
    let at = i;
    for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
    sorted[at] = value;
  }
  const cut = n >>> 2;
  let sum = 0;
  for (let i = cut; i < n - cut; i++) sum += sorted[i]!;
  return sum / (n - 2 * cut);
}
