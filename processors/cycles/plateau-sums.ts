import type { NumberReader, NumberWriter } from './numbers.ts';

/** What is summed up over the samples of one plateau, as differences from a reference near it. */
export class PlateauSums {
  count = 0;
  sum = 0;
  square = 0;
  min = 0;
  max = 0;

  clear(): void {
    this.count = 0;
    this.sum = 0;
    this.square = 0;
    this.min = 0;
    this.max = 0;
  }

  /** Adds x[from, to) less `reference`; outside of [low, high] a sample that stands alone is set aside. */
  add(x: Float64Array, from: number, to: number, reference: number, low: number, high: number): void {
    let { count, sum, square } = this;
    let min = count === 0 ? Number.POSITIVE_INFINITY : this.min;
    let max = count === 0 ? Number.NEGATIVE_INFINITY : this.max;
    for (let p = from; p < to; p++) {
      const v = x[p] as number;
      // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
      if (!(v >= low && v <= high) && (v !== v || alone(x, p, (high - low) / 6))) continue;
      const y = v - reference;
      count++;
      sum += y;
      square += y * y;
      if (y < min) min = y;
      if (y > max) max = y;
    }
    this.count = count;
    this.sum = sum;
    this.square = square;
    if (count > 0) {
      this.min = min;
      this.max = max;
    }
  }

  get mean(): number {
    return this.sum / this.count;
  }

  get std(): number {
    return Math.sqrt(Math.max(0, (this.square - (this.sum * this.sum) / this.count) / (this.count - 1)));
  }

  save(w: NumberWriter): void {
    w.put(this.count, this.sum, this.square, this.min, this.max);
  }

  restore(r: NumberReader): void {
    this.count = r.get();
    this.sum = r.get();
    this.square = r.get();
    this.min = r.get();
    this.max = r.get();
  }
}

/** Whether neither neighbour of x[p] is near it: a spike, not a level. */
export function alone(x: Float64Array, p: number, near: number): boolean {
  const v = x[p] as number;
  const before = Math.abs((x[p - 1] as number) - v);
  const after = Math.abs((x[p + 1] as number) - v);
  return !(before <= near) && !(after <= near);
}
