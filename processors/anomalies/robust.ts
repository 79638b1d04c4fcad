/** Values of a history that are too new to count, and the fewest that say anything. */
export const LAG = 16;
export const LEAST = 32;
/** A history reaches back so far, so that a fault of one shift is not what is usual before the shift is over. */
export const SPAN_US = 36 * 3_600_000_000;

/** A {@link History} as it is kept, where the cycles before it do not say. Plain JSON. */
export interface StoredHistory {
  /** oldest first */
  readonly values: readonly number[];
  readonly spacingUs: number;
  readonly firstUs: number | null;
  readonly takenUs: number | null;
  readonly fromUs: number | null;
  readonly frozen: boolean;
}

/**
 * What one metric has usually been: `size` values at most, taken from those that are older than the newest `lag`, evenly
 * over all the time that is known. Each time it is full, every second one goes and half as many are taken from then on;
 * once it reaches back for `spanUs`, the oldest one goes. So what changes slowly is not learnt as it changes. Values are
 * kept sorted as they come and go, so that a median costs nothing and a MAD one walk outwards from it.
 */
export class History {
  readonly #values: Float64Array;
  readonly #sorted: Float64Array;
  readonly #lag: number;
  readonly #spanUs: number;
  /** place of the oldest one, once it is full */
  #next = 0;
  #n = 0;
  #recent: { value: number; atUs: number }[] = [];
  /** between two that are taken */
  #spacingUs = 0;
  #firstUs: number | null = null;
  #takenUs: number | null = null;
  /** what was measured up to here does not count */
  #fromUs: number | null = null;
  #frozen = false;
  #own = false;
  /** moves with each change of what {@link stored} gives */
  changes = 0;

  constructor(size: number, lag: number, spanUs: number) {
    this.#values = new Float64Array(size);
    this.#sorted = new Float64Array(size + 1);
    this.#lag = lag;
    this.#spanUs = spanUs;
  }

  /** Null where it is no more than the cycles before say. */
  stored(): StoredHistory | null {
    return this.#own ? this.all() : null;
  }

  /** Values that are too new to count, oldest first. */
  get recent(): readonly { readonly value: number; readonly atUs: number }[] {
    return this.#recent;
  }

  /** All of it but {@link recent}. */
  all(): StoredHistory {
    const full = this.#n === this.#values.length;
    const from = full ? this.#next : 0;
    const values = Array.from({ length: this.#n }, (_, i) => this.#values[(from + i) % this.#values.length]!);
    const [spacingUs, takenUs, fromUs] = [this.#spacingUs, this.#takenUs, this.#fromUs];
    return { values, spacingUs, firstUs: this.#firstUs, takenUs, fromUs, frozen: this.#frozen };
  }

  /** Of a new one: as it was stored. `recent`: the values before, oldest first, for those that are too new to count. */
  restore(stored: StoredHistory, recent: readonly { value: number; atUs: number }[]): void {
    for (const v of stored.values) this.#take(v);
    this.#spacingUs = stored.spacingUs;
    this.#firstUs = stored.firstUs;
    this.#takenUs = stored.takenUs;
    this.#fromUs = stored.fromUs;
    this.#frozen = stored.frozen;
    this.#own = true;
    for (const { value, atUs } of recent.filter((r) => this.#counts(r.atUs)).slice(-this.#lag)) {
      this.push(value, atUs);
    }
  }

  /** What was measured up to here does not count, µs. */
  get fromUs(): number {
    return this.#fromUs ?? Number.NEGATIVE_INFINITY;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  push(value: number, atUs: number): void {
    if (!this.#counts(atUs)) return;
    this.#recent.push({ value, atUs });
    if (this.#recent.length <= this.#lag) return;
    // the one that is old enough now
    const old = this.#recent.shift()!;
    if (this.#takenUs !== null && old.atUs - this.#takenUs < this.#spacingUs) return;
    const size = this.#values.length;
    if (this.#n === size) {
      // from here on the newest cycles do not say what it holds
      this.#keepOwn();
      this.#spacingUs ||= (this.#takenUs! - this.#firstUs!) / (size - 1);
      if (this.#spacingUs * size < this.#spanUs) this.#thinOut();
    }
    this.#firstUs ??= old.atUs;
    this.#takenUs = old.atUs;
    this.#take(old.value);
    if (this.#own) this.changes++;
  }

  /** Takes nothing from now on, nor what came just before: it may be the fault. */
  freeze(): void {
    if (this.#frozen) return;
    this.#frozen = true;
    this.#recent = [];
    this.#keepOwn();
    this.changes++;
  }

  /** Goes on with what is measured after `atUs`. */
  thaw(atUs: number): void {
    this.#frozen = false;
    this.#fromUs = atUs;
    this.changes++;
  }

  /** Knows nothing, and learns from what is measured at `fromUs` or later. */
  reset(fromUs: number): void {
    this.#n = 0;
    this.#next = 0;
    this.#recent = [];
    this.#spacingUs = 0;
    this.#firstUs = null;
    this.#takenUs = null;
    this.#fromUs = fromUs - 1;
    this.#frozen = false;
    this.#keepOwn();
    this.changes++;
  }

  /** Every second one goes; of the oldest first. */
  #thinOut(): void {
    const size = this.#values.length;
    const kept = Array.from({ length: size >>> 1 }, (_, i) => this.#values[(this.#next + 2 * i + 1) % size]!);
    this.#n = 0;
    this.#next = 0;
    for (const v of kept) this.#take(v);
    this.#spacingUs *= 2;
  }

  #counts(atUs: number): boolean {
    if (this.#frozen || atUs <= (this.#fromUs ?? Number.NEGATIVE_INFINITY)) return false;
    return atUs > (this.#takenUs ?? Number.NEGATIVE_INFINITY);
  }

  #keepOwn(): void {
    if (!this.#own) this.changes++;
    this.#own = true;
  }

  #take(value: number): void {
    const size = this.#values.length;
    if (this.#n === size) this.#remove(this.#values[this.#next]!);
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % size;
    this.#insert(value);
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

  /** The value that a share of the history does not exceed. */
  quantile(share: number): number {
    return this.#sorted[Math.floor(share * (this.#n - 1))]!;
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
 * where it alarms. Values are clipped, so that one wild cycle is no new regime, and the sums are bounded. Whether it is
 * over is judged by the moving average: the sums of a small shift that lasts fall below the limit now and then.
 */
export class Cusum {
  up: number;
  down: number;
  /** moving average of the newest values, for as long as it is asked for */
  mean: number;
  /** of a regime: to which side of what is usual it is; whether a step has brought it back */
  side: number;
  back: boolean;
  /** the largest difference while it lasts */
  by: number;
  static readonly slack = 2.75;
  static readonly limit = 12;
  static readonly clip = 6;

  static readonly averaged = 16;

  constructor(up = 0, down = 0, mean = 0, side = 0, back = false, by = 0) {
    this.up = up;
    this.down = down;
    this.mean = mean;
    this.side = side;
    this.back = back;
    this.by = by;
  }

  push(y: number): boolean {
    const { slack, limit, clip } = Cusum;
    const x = Math.max(-clip, Math.min(clip, y));
    this.up = Math.min(1.5 * limit, Math.max(0, this.up + x - slack));
    this.down = Math.min(1.5 * limit, Math.max(0, this.down - x - slack));
    return this.up > limit || this.down > limit;
  }

  /** The moving average with another value. */
  average(y: number): number {
    const { clip, averaged } = Cusum;
    const x = Math.max(-clip, Math.min(clip, y));
    this.mean += (x - this.mean) / averaged;
    return this.mean;
  }

  reset(): void {
    this.mean = 0;
    this.up = 0;
    this.down = 0;
    this.side = 0;
    this.back = false;
    this.by = 0;
  }
}
