/** The last values of one metric; the newest `lag` of them are not yet history. */
export class History {
  readonly #values: Float64Array;
  #count = 0;
  #next = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  push(value: number): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#values.length;
    this.#count = Math.min(this.#count + 1, this.#values.length);
  }

  get count(): number {
    return this.#count;
  }

  /** Median and MAD of all but the newest `lag` values; null below `least` of them. */
  baseline(lag: number, least: number): { median: number; mad: number } | null {
    const n = this.#count - lag;
    if (n < least) return null;
    const size = this.#values.length;
    const first = (this.#next - this.#count + size) % size;
    const sorted = Float64Array.from({ length: n }, (_, i) => this.#values[(first + i) % size]!).sort();
    const median = middle(sorted);
    for (let i = 0; i < n; i++) sorted[i] = Math.abs(sorted[i]! - median);
    return { median, mad: middle(sorted.sort()) };
  }
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
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
