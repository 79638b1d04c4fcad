/**
 * The last `size` values of one metric, of which the newest `lag` are not yet history. The others are kept sorted as they
 * come and go, so that a median costs nothing and a MAD one walk outwards from it.
 */
export class History {
  readonly #values: Float64Array;
  readonly #lag: number;
  readonly #sorted: Float64Array;
  /** values so far, up to `size`; place of the next one */
  #count = 0;
  #next = 0;
  #n = 0;

  constructor(size: number, lag: number) {
    this.#values = new Float64Array(size);
    this.#sorted = new Float64Array(size - lag + 1);
    this.#lag = lag;
  }

  push(value: number): void {
    const size = this.#values.length;
    if (this.#count === size) this.#remove(this.#values[this.#next]!);
    else this.#count++;
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % size;
    // the one that is old enough now
    if (this.#count > this.#lag) this.#insert(this.#values[(this.#next - 1 - this.#lag + size) % size]!);
  }

  /** Median and MAD of the history; null below `least` values. */
  baseline(least: number): { median: number; mad: number } | null {
    const n = this.#n;
    if (n < least) return null;
    const s = this.#sorted;
    const median = n % 2 === 1 ? s[n >>> 1]! : (s[(n >>> 1) - 1]! + s[n >>> 1]!) / 2;
    // the distances from the median, from the least on: to the left and to the right by turns
    let right = this.#place(median);
    let left = right - 1;
    let before = 0;
    let distance = 0;
    for (let i = 0; i <= n >>> 1; i++) {
      before = distance;
      const l = left >= 0 ? median - s[left]! : Number.POSITIVE_INFINITY;
      const r = right < n ? s[right]! - median : Number.POSITIVE_INFINITY;
      if (l < r) {
        distance = l;
        left--;
      } else {
        distance = r;
        right++;
      }
    }
    return { median, mad: n % 2 === 1 ? distance : (before + distance) / 2 };
  }

  /** The first place whose value is not less. */
  #place(value: number): number {
    let lo = 0;
    let hi = this.#n;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if (this.#sorted[mid]! < value) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  #insert(value: number): void {
    const at = this.#place(value);
    this.#sorted.copyWithin(at + 1, at, this.#n);
    this.#sorted[at] = value;
    this.#n++;
  }

  #remove(value: number): void {
    const at = this.#place(value);
    this.#sorted.copyWithin(at, at + 1, this.#n);
    this.#n--;
  }
}

/** The MAD of a normal distribution times this is its standard deviation. */
export const MAD_TO_SIGMA = 1.4826;

/**
 * Two-sided CUSUM (Page 1954) of values in standard deviations: `slack` is what it lets pass at each step, `limit`
 * where it alarms. Values are clipped, so that one wild cycle is no new regime, and the sums are bounded, so that it
 * ends soon after the regime has.
 */
export class Cusum {
  up: number;
  down: number;
  static readonly slack = 1;
  static readonly limit = 12;
  static readonly clip = 4;

  constructor(up = 0, down = 0) {
    this.up = up;
    this.down = down;
  }

  push(y: number): boolean {
    const { slack, limit, clip } = Cusum;
    const x = Math.max(-clip, Math.min(clip, y));
    this.up = Math.min(1.5 * limit, Math.max(0, this.up + x - slack));
    this.down = Math.min(1.5 * limit, Math.max(0, this.down - x - slack));
    return this.up > limit || this.down > limit;
  }

  reset(): void {
    this.up = 0;
    this.down = 0;
  }
}
