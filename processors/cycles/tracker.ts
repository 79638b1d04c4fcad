import type { NumberReader, NumberWriter } from './numbers.ts';

/**
 * Follows the base and the load level and the noise: a Kalman filter with two states that drift mostly together, so
 * that what is seen of one level says where the other one went. How fast they drift is learnt from the surprises.
 */

/** Share of the drift that both levels have in common. */
const TOGETHER = 0.9;
/** Plateaus of white noise that are seen as correlated as this are rarer than the load; so many are asked first. */
const CORRELATED = 0.3;
const FEW = 4;

export class Tracker {
  base = 0;
  load = 0;
  /** Variance of a sample about its level. */
  variance = 0;
  private pBase = 0;
  private pBoth = 0;
  private pLoad = 0;
  /** Variance that a level gains per sample. */
  private drift = 0;
  /** Absolute index of the last prediction; variance estimates so far. */
  private at = 0;
  private looks = 0;
  /** Correlation of neighbours about a level. */
  private correlation = 0;
  private correlations = 0;

  start(base: number, load: number, sigma: number, index: number): void {
    const step = load - base;
    this.base = base;
    this.load = load;
    this.variance = Math.max(sigma, 1e-3 * step) ** 2;
    this.pBase = (0.1 * step) ** 2;
    this.pLoad = this.pBase;
    this.pBoth = 0;
    this.drift = 1e-7 * step * step;
    this.at = index;
    this.looks = 0;
    this.correlation = 0;
    this.correlations = 0;
  }

  get step(): number {
    return this.load - this.base;
  }

  /** Step² over variance. */
  get snr(): number {
    return (this.step * this.step) / this.variance;
  }

  level(state: number): number {
    return state === 0 ? this.base : this.load;
  }

  /** The variance of what is believed of a level. */
  doubt(state: number): number {
    return state === 0 ? this.pBase : this.pLoad;
  }

  predict(index: number): void {
    const q = this.drift * (index - this.at);
    if (q <= 0) return;
    this.at = index;
    this.pBase += q;
    this.pLoad += q;
    this.pBoth += TOGETHER * q;
  }

  /** Takes the mean of `count` samples of a plateau. */
  see(state: number, mean: number, count: number): void {
    const noise = this.variance / (count * this.apart);
    const own = state === 0 ? this.pBase : this.pLoad;
    const total = own + noise;
    const surprise = mean - this.level(state);
    const ratio = (surprise * surprise) / total;
    const step2 = this.step * this.step;
    const q = this.drift * (1 + 0.05 * (Math.min(ratio, 4) - 1));
    this.drift = Math.min(1e-5 * step2, Math.max(1e-10 * step2, q));
    const gainOwn = own / total;
    const gainOther = this.pBoth / total;
    if (state === 0) {
      this.base += gainOwn * surprise;
      this.load += gainOther * surprise;
      this.pLoad -= gainOther * this.pBoth;
      this.pBase -= gainOwn * this.pBase;
    } else {
      this.load += gainOwn * surprise;
      this.base += gainOther * surprise;
      this.pBase -= gainOther * this.pBoth;
      this.pLoad -= gainOwn * this.pLoad;
    }
    this.pBoth -= gainOwn * this.pBoth;
  }

  /**
   * Share of what samples say that they say apart: where neighbours are correlated (AR(1) noise), a row of them says less. 1 as
   * long as that is not clear.
   */
  get apart(): number {
    const { correlation } = this;
    return this.correlations < FEW || correlation < CORRELATED ? 1 : (1 - correlation) / (1 + correlation);
  }

  /** Takes the correlation of neighbours about their mean. */
  seeCorrelation(correlation: number): void {
    this.correlations += 1;
    this.correlation += (correlation - this.correlation) / Math.min(this.correlations, 32);
  }

  /** Takes the variance of samples about their own mean. */
  seeVariance(variance: number): void {
    this.looks += 1;
    const weight = 1 / Math.min(this.looks, 128);
    const bounded = this.looks > 8 ? Math.min(variance, 4 * this.variance) : variance;
    const floor = 1e-6 * this.step * this.step;
    this.variance = Math.max(floor, this.variance + weight * (bounded - this.variance));
  }

  /** What version 2 of the state did not have. */
  saveMore(w: NumberWriter): void {
    w.put(this.correlation, this.correlations);
  }

  restoreMore(r: NumberReader): void {
    this.correlation = r.get();
    this.correlations = r.get();
  }

  save(w: NumberWriter): void {
    w.put(this.base, this.load, this.variance, this.pBase, this.pBoth, this.pLoad);
    w.put(this.drift, this.at, this.looks);
  }

  restore(r: NumberReader): void {
    this.base = r.get();
    this.load = r.get();
    this.variance = r.get();
    this.pBase = r.get();
    this.pBoth = r.get();
    this.pLoad = r.get();
    this.drift = r.get();
    this.at = r.get();
    this.looks = r.get();
  }
}
