import type { Cycle } from '@loadcycle/contract/cycle';
import { metricsOf } from './metrics.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';
import { alone, PlateauSums } from './plateau-sums.ts';

/**
 * What is summed up over one cycle, sample by sample in their order, so that no batching leaves a trace. Values are
 * taken as differences from a reference near the base level: no digits are lost to a large offset.
 */

/** Samples of the post-transition region of a ramp of `width` samples: three transition durations (10 to 90 %). */
export const regionOf = (width: number) => Math.max(8, Math.ceil(2.4 * width));

/** Samples for which a signal must stay in its band to count as settled. */
export const holdOf = (width: number) => Math.max(16, Math.ceil(2 * width));

export class CycleSums {
  open = false;
  /** The onset was seen. */
  whole = true;
  startUs = 0;
  offsetUs = -1;
  reference = 0;
  count = 0;
  missing = 0;
  outliers = 0;
  /** Twice the integrals of y and y² over time, in µs. */
  area = 0;
  power = 0;
  observedUs = 0;
  min = 0;
  max = 0;
  lastUs = 0;
  last = 0;
  joined = false;
  riseWidthUs = 0;
  fallWidthUs = 0;
  /** Levels on both sides of the onset, as the edge was placed. */
  riseBase = 0;
  riseLoad = 0;
  overshoot = 0;
  undershoot = 0;
  settledUs = 0;
  readonly top = new PlateauSums();
  readonly bottom = new PlateauSums();

  start(startUs: number, reference: number, half: number): void {
    this.open = true;
    this.whole = true;
    this.startUs = startUs;
    this.offsetUs = -1;
    this.reference = reference;
    this.count = 0;
    this.missing = 0;
    this.outliers = 0;
    this.area = 0;
    this.power = 0;
    this.observedUs = 0;
    this.min = Number.MAX_VALUE;
    this.max = -Number.MAX_VALUE;
    this.lastUs = startUs;
    this.last = half - reference;
    this.joined = true;
    this.overshoot = -Number.MAX_VALUE;
    this.undershoot = Number.MAX_VALUE;
    this.settledUs = startUs;
    this.top.clear();
    this.bottom.clear();
  }

  /** Adds samples [from, to). */
  add(x: Float64Array, t: Float64Array, from: number, to: number, low: number, high: number): void {
    const reference = this.reference;
    let { count, missing, area, power, observedUs, min, max, lastUs, last, joined } = this;
    for (let p = from; p < to; p++) {
      const v = x[p] as number;
      if (!(v >= low && v <= high)) {
        // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
        if (v !== v) {
          missing++;
          joined = false;
          continue;
        }
        if (alone(x, p, (high - low) / 6)) {
          count++;
          this.outliers++;
          continue;
        }
      }
      const y = v - reference;
      const now = t[p] as number;
      if (joined) {
        const dt = now - lastUs;
        area += (y + last) * dt;
        power += (y * y + last * last) * dt;
        observedUs += dt;
      }
      if (y < min) min = y;
      if (y > max) max = y;
      last = y;
      lastUs = now;
      joined = true;
      count++;
    }
    this.count = count;
    this.missing = missing;
    this.area = area;
    this.power = power;
    this.observedUs = observedUs;
    this.min = min;
    this.max = max;
    this.lastUs = lastUs;
    this.last = last;
    this.joined = joined;
  }

  /** Looks for the extreme beyond the level in the post-transition region x[from, to). */
  aberration(x: Float64Array, from: number, to: number, rising: boolean, low: number, high: number): void {
    const near = (high - low) / 6;
    for (let p = from; p < to; p++) {
      const v = x[p] as number;
      if (!(v >= low && v <= high) && (Number.isNaN(v) || alone(x, p, near))) continue;
      if (rising) {
        if (v > this.overshoot) this.overshoot = v;
      } else if (v < this.undershoot) this.undershoot = v;
    }
  }

  /**
   * Looks for the last sample outside of the settling band in x[from, to), `last` being the last one so far; gives
   * it, or a number far below 0 once the signal has stayed inside for `hold` samples.
   */
  settle(
    x: Float64Array,
    t: Float64Array,
    from: number,
    to: number,
    last: number,
    band: number,
    hold: number,
    low: number,
    high: number,
  ): number {
    let outside = last;
    for (let p = from; p < to; p++) {
      const v = x[p] as number;
      if (v - this.riseLoad > band || this.riseLoad - v > band) {
        if (!(v >= low && v <= high) && alone(x, p, (high - low) / 6)) continue;
        outside = p;
        this.settledUs = t[p] as number;
      } else if (p - outside >= hold) return Number.NEGATIVE_INFINITY;
    }
    return outside;
  }

  /** Joins the last sample to the crossing at the end, where the signal has the value `half`. */
  join(endUs: number, half: number): void {
    if (!this.joined || endUs <= this.lastUs) return;
    const y = half - this.reference;
    const dt = endUs - this.lastUs;
    this.area += (y + this.last) * dt;
    this.power += (y * y + this.last * this.last) * dt;
    this.observedUs += dt;
  }

  /** The cycle and its metrics (see `metricsOf`); nothing is open any more. */
  finish(endUs: number, seen: boolean, sign: number, tolerance: number, sampleUs: number): Cycle {
    this.open = false;
    return metricsOf(this, endUs, seen, sign, tolerance, sampleUs);
  }

  save(w: NumberWriter): void {
    w.put(+this.open, +this.whole, this.startUs, this.offsetUs, this.reference, this.count, this.missing);
    w.put(this.outliers, this.area, this.power, this.observedUs, this.min, this.max, this.lastUs, this.last);
    w.put(+this.joined, this.riseWidthUs, this.fallWidthUs, this.riseBase, this.riseLoad);
    w.put(this.overshoot, this.undershoot, this.settledUs);
    this.top.save(w);
    this.bottom.save(w);
  }

  restore(r: NumberReader): void {
    this.open = r.get() === 1;
    this.whole = r.get() === 1;
    this.startUs = r.get();
    this.offsetUs = r.get();
    this.reference = r.get();
    this.count = r.get();
    this.missing = r.get();
    this.outliers = r.get();
    this.area = r.get();
    this.power = r.get();
    this.observedUs = r.get();
    this.min = r.get();
    this.max = r.get();
    this.lastUs = r.get();
    this.last = r.get();
    this.joined = r.get() === 1;
    this.riseWidthUs = r.get();
    this.fallWidthUs = r.get();
    this.riseBase = r.get();
    this.riseLoad = r.get();
    this.overshoot = r.get();
    this.undershoot = r.get();
    this.settledUs = r.get();
    this.top.restore(r);
    this.bottom.restore(r);
  }
}
