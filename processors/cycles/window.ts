import { Hum } from './hum.ts';
import { scratch } from './scratch.ts';

export { scratch } from './scratch.ts';

const { X, T, WINDOW } = scratch;

/** Where in count and time a signal has come to: enough to begin there, with no sample before. */
export interface Mark {
  /** Absolute index of the next sample. */
  index: number;
  /** Time of the sample before it, where there is one. */
  timeUs: number;
  started: boolean;
  dtUs: number;
  /** What is known of hum, as numbers; null: nothing. */
  hum: number[] | null;
}

/** The newest samples of one signal and where in time and count it has come to. */
export class Window {
  /** The samples, oldest first: the first `WINDOW` numbers of a buffer whose rest belongs to others. */
  readonly kept: Float64Array;
  /** Their times, only where they are irregular. */
  times: Float64Array | null = null;
  /** Regular samples in a row since then. */
  regularFor = 0;
  /** Time of the newest sample, once there is one. */
  lastTimeUs = 0;
  started = false;
  /** Sampling period in use, and of an irregular signal the mean one as it goes. */
  dtUs = 0;
  smoothUs = 0;
  /** Absolute index of the next sample, and that of position 0 of the scratch space. */
  index = 0;
  origin = 0;
  /** Taken out of the samples before anything else sees them. */
  readonly hum = new Hum();

  constructor(kept: Float64Array) {
    this.kept = kept.fill(Number.NaN, 0, WINDOW);
  }

  /** Lays the window out before `count` new samples. */
  open(count: number): void {
    const { kept } = this;
    for (let k = 0; k < WINDOW; k++) X[k] = kept[k] as number;
    if (this.times !== null) T.set(this.times);
    else for (let k = 0; k < WINDOW; k++) T[k] = this.lastTimeUs - (WINDOW - 1 - k) * this.dtUs;
    X[WINDOW + count] = Number.NaN;
    this.origin = this.index - WINDOW;
  }

  /** Lays `count` regularly sampled values from index `from` on out behind the window, turned over for `sign` -1. */
  lay(values: Float64Array, from: number, count: number, sign: number, t0Us: number, dtUs: number): void {
    this.open(count);
    if (sign === 1) {
      X.set(count === values.length ? values : values.subarray(from, from + count), WINDOW);
    } else for (let k = 0; k < count; k++) X[WINDOW + k] = -(values[from + k] as number);
    for (let k = 0; k < count; k++) T[WINDOW + k] = t0Us + (from + k) * dtUs;
  }

  /** Lays one sample out, the `k`-th behind the window. */
  layOne(k: number, value: number, timeUs: number): void {
    X[WINDOW + k] = value;
    T[WINDOW + k] = timeUs;
    this.lastTimeUs = timeUs;
    this.started = true;
  }

  /** Lays `count` missing samples out, of which the first one is number `from` after `startUs`. */
  layMissing(from: number, count: number, startUs: number, dtUs: number): void {
    this.open(count);
    for (let k = 0; k < count; k++) {
      X[WINDOW + k] = Number.NaN;
      T[WINDOW + k] = startUs + (from + k) * dtUs;
    }
  }

  /** Keeps the newest of what lies in the scratch space, `count` new samples behind the window. */
  close(count: number): void {
    const { kept } = this;
    for (let k = 0; k < WINDOW; k++) kept[k] = X[count + k] as number;
    this.lastTimeUs = T[WINDOW + count - 1] as number;
    this.started = true;
    if (this.times === null) return;
    for (let k = 0; k < WINDOW; k++) this.times[k] = T[count + k] as number;
    this.regularFor += count;
    if (this.regularFor > 2 * WINDOW) this.times = null;
  }

  /** Where it has come to, at a multiple of `STRIDE` while the samples lie in the scratch space. */
  mark(): Mark {
    const { index, origin, started, smoothUs } = this;
    const timeUs = T[index - 1 - origin] as number;
    return { index, timeUs, started: started || index > 0, dtUs: smoothUs, hum: this.hum.save() };
  }

  /** Begins at a mark. */
  beginAt({ index, timeUs, started, dtUs, hum }: Mark): void {
    if (hum !== null) this.hum.restore(hum);
    this.index = index;
    this.lastTimeUs = started ? timeUs : 0;
    this.started = started;
    this.dtUs = dtUs;
    this.smoothUs = dtUs;
  }

  /** From here on times are kept one by one. */
  irregular(): void {
    if (this.times === null) {
      this.times = new Float64Array(WINDOW);
      for (let k = 0; k < WINDOW; k++) this.times[k] = this.lastTimeUs - (WINDOW - 1 - k) * this.dtUs;
    }
    this.regularFor = 0;
  }
}
