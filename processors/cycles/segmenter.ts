import type { Cycle } from '@loadcycle/contract/cycle';
import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import { Cutter } from './cutter.ts';
import { takeIrregular, takeRegular } from './intake.ts';
import { restoreState, type SegmenterState, saveState } from './segmenter-state.ts';

export { type SegmenterState, STATE_VERSION } from './segmenter-state.ts';

export type CutCycle = Cycle;

/** A stretch of one signal. Times are µs since the epoch (whole numbers, exact to 2^53); NaN marks a missing sample. */
export interface SampleChunk {
  t0Us: number;
  /** Sampling period of regular sampling; else null, and `offsetsUs` has each sample's distance from `t0Us`. */
  dtUs: number | null;
  offsetsUs: ArrayLike<number> | null;
  values: Float64Array;
}

/**
 * Cuts one signal into load cycles as it streams in. Pure: no clock, no I/O. Every decision is tied to the absolute
 * sample index, so that any partition into chunks gives the same cycles to the last bit; a cycle comes out at most 64
 * samples after the onset that ends it.
 */
export class Segmenter {
  private readonly cutter: Cutter;

  constructor(settings: CycleSettings, state?: SegmenterState) {
    const { levels } = settings;
    const inverted = levels === undefined ? settings.inverted : levels.load < levels.base;
    const sign = inverted ? -1 : 1;
    this.cutter = new Cutter(settings, sign);
    if (state !== undefined) restoreState(this.cutter, state);
    else if (levels !== undefined) this.cutter.startAt(sign * levels.base, sign * levels.load);
  }

  /** Time of the newest sample, µs; null before the first one. */
  get lastUs(): number | null {
    const { window } = this.cutter;
    return window.started ? window.lastTimeUs : null;
  }

  /** What is believed of the signal at present; null while levels are not known (or there is no load). */
  get levels(): { base: number; load: number; noise: number } | null {
    const { levels, sign } = this.cutter;
    if (!levels.known) return null;
    const { base, load, variance } = levels.tracker;
    return { base: sign * base, load: sign * load, noise: Math.sqrt(variance) };
  }

  /** Onset of the cycle that is under way, µs. */
  get openSinceUs(): number | null {
    const { sums } = this.cutter.underWay;
    return sums.open ? Math.round(sums.startUs) : null;
  }

  /**
   * Takes the next samples and gives the cycles that they complete. Chunks must ascend in time; time that is missing
   * between or within them counts as missing samples. Throws `RangeError` where time goes backwards.
   */
  push(chunk: SampleChunk): CutCycle[] {
    const { cutter } = this;
    const { values, dtUs, offsetsUs, t0Us } = chunk;
    const n = values.length;
    if (n === 0) return [];
    const { started, lastTimeUs } = cutter.window;
    if (started && t0Us <= lastTimeUs) {
      throw new RangeError(`samples must ascend: ${t0Us} µs is not after ${lastTimeUs} µs`);
    }
    if (dtUs !== null) {
      if (!(dtUs > 0)) throw new RangeError('dtUs must be positive');
      takeRegular(cutter, t0Us, dtUs, values);
    } else if (offsetsUs !== null && offsetsUs.length === n) {
      takeIrregular(cutter, t0Us, offsetsUs, values);
    } else throw new RangeError('one of dtUs and offsetsUs (as many as values) is needed');
    return cutter.underWay.take();
  }

  /** Settles what is pending at the end of a recording; the cycle under way is not reported, as its end is unknown. */
  flush(): CutCycle[] {
    this.cutter.end();
    return this.cutter.underWay.take();
  }

  /** Everything that is needed to go on from here. */
  snapshot(): SegmenterState {
    return saveState(this.cutter);
  }
}
