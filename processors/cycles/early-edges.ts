import type { NumberReader, NumberWriter } from './numbers.ts';

/** Share of the variance of an edge that a wrong width may add. */
const LET_PASS = 0.2;

/**
 * With what widths the first edges were placed, by kind: their count, sum and sum of squares; and the variances that were
 * claimed for the edges. A width that is off by d moves an edge by up to half of that for each sample that lies on it.
 */
export class EarlyEdges {
  private readonly sums = [0, 0, 0, 0, 0, 0];
  private variance = 0;

  count(kind: number, width: number, variance: number): void {
    const { sums } = this;
    const at = kind === 1 ? 3 : 0;
    sums[at] = (sums[at] as number) + 1;
    sums[at + 1] = (sums[at + 1] as number) + width;
    sums[at + 2] = (sums[at + 2] as number) + width * width;
    this.variance += variance;
  }

  /** Whether the widths that are known by now would have placed them better, beyond the noise. */
  wereOff(fall: number, rise: number): boolean {
    let added = 0;
    for (const [at, width] of [
      [0, fall],
      [3, rise],
    ] as const) {
      const [n, sum, square] = this.sums.slice(at, at + 3) as [number, number, number];
      added += (square - 2 * width * sum + n * width * width) / (12 * Math.max(1, width * width));
    }
    return added > LET_PASS * this.variance;
  }

  save(w: NumberWriter): void {
    w.put(...this.sums, this.variance);
  }

  restore(r: NumberReader): void {
    for (let k = 0; k < this.sums.length; k++) this.sums[k] = r.get();
    this.variance = r.get();
  }
}
