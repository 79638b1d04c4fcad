import type { Cycle } from '@loadcycle/contract/cycle';
import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import type { SampleChunk } from './chunk.ts';
import { Cutter, type Found } from './cutter.ts';
import { takeIrregular, takeRegular } from './intake.ts';
import { restoreState, type SegmenterState, saveState } from './segmenter-state.ts';

export type { SampleChunk } from './chunk.ts';
export { canRead, READ_VERSIONS, type SegmenterState, STATE_VERSION } from './segmenter-state.ts';

export type CutCycle = Cycle;

/** Samples: four coarse looks, of which two agree down to 6 dB. */
const ENOUGH = 16_384;

/** The cycle under way: no end, not complete, and null where only the end decides. */
export type OpenCycle = Omit<Cycle, 'endedAtUs'> & {
  readonly endedAtUs: null;
  /** Its metrics are of the samples up to here, µs; these are some 128 samples behind the newest one. */
  readonly asOfUs: number;
};

/**
 * Something came to be known that what came before is to be cut again with: levels, where memory no longer has all of it; the
 * widths of the edges, where the first ones were placed with others.
 */
export interface Owed {
  /** All samples later than this, µs. Cycles that began later and have come out are replaced. */
  readonly afterUs: number;
  /** The state to do it with, from `new Segmenter(settings, state)` on. */
  readonly state: SegmenterState;
}

/**
 * Cuts one signal into load cycles as it streams in. Pure: no clock, no I/O. Every decision is tied to the absolute
 * sample index, so that any partition into chunks gives the same cycles to the last bit; a cycle comes out at most 64
 * samples after the onset that ends it. Those from before the levels were known come out when they are: at once where
 * their samples are in memory, else `takeOwed` says from where on to cut again.
 */
export class Segmenter {
  private cutter: Cutter;
  private readonly settings: CycleSettings;
  private owed: Found | null = null;
  private out: CutCycle[] = [];

  constructor(settings: CycleSettings, state?: SegmenterState) {
    const { levels } = settings;
    const inverted = levels === undefined ? settings.inverted : levels.load < levels.base;
    const sign = inverted ? -1 : 1;
    this.settings = settings;
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

  /** Whether it has taken enough samples to have seen two levels where there are any, and knows none. */
  get showsNone(): boolean {
    const { levels, window } = this.cutter;
    return !levels.known && window.index >= ENOUGH;
  }

  /** Frequency of the mains hum that is taken out of the samples at present, Hz; null where none is. */
  get humHz(): number | null {
    return this.cutter.window.hum.hz || null;
  }

  /** Onset of the cycle that is under way, µs. */
  get openSinceUs(): number | null {
    const { sums } = this.cutter.underWay;
    return sums.open ? Math.round(sums.startUs) : null;
  }

  /** The cycle under way, with what is known of it so far; null where there is none. */
  get openCycle(): OpenCycle | null {
    return this.cutter.underWay.soFar(this.cutter.window.dtUs);
  }

  /** Whether it cuts with levels or widths that were learnt from later samples than those that it has taken. */
  get isAhead(): boolean {
    const { window, aheadTo, widthsTo, humTo } = this.cutter;
    return window.index < Math.max(aheadTo, widthsTo, humTo);
  }

  /**
   * Takes the next samples and gives the cycles that they complete. Chunks must ascend in time; time that is missing
   * between or within them counts as missing samples. Throws `RangeError` where time goes backwards.
   */
  push(chunk: SampleChunk): CutCycle[] {
    const { values, t0Us, dtUs, offsetsUs } = chunk;
    if (values.length === 0) return [];
    const { started, lastTimeUs } = this.cutter.window;
    if (started && t0Us <= lastTimeUs) {
      throw new RangeError(`samples must ascend: ${t0Us} µs is not after ${lastTimeUs} µs`);
    }
    if (dtUs !== null) {
      if (!(dtUs > 0)) throw new RangeError('dtUs must be positive');
    } else if (offsetsUs === null || offsetsUs.length !== values.length) {
      throw new RangeError('one of dtUs and offsetsUs (as many as values) is needed');
    }
    this.take(chunk);
    return this.drain();
  }

  /** Once after the push in which it came to be known, else null; who has the samples cuts them again. */
  takeOwed(): Owed | null {
    const { owed, settings, cutter } = this;
    if (owed === null) return null;
    this.owed = null;
    const again = new Cutter(settings, cutter.sign);
    again.beginAt(owed);
    return { afterUs: owed.afterUs, state: saveState(again) };
  }

  /** Settles what is pending at the end of a recording; the cycle under way is the `openCycle`, as its end is unknown. */
  flush(): CutCycle[] {
    this.cutter.end();
    return this.drain();
  }

  /** Everything that is needed to go on from here. */
  snapshot(): SegmenterState {
    return saveState(this.cutter);
  }

  private take(chunk: SampleChunk): void {
    const { cutter } = this;
    const { beginning, levels, window } = cutter;
    const { t0Us, dtUs, offsetsUs, values } = chunk;
    beginning.hear(chunk);
    if (dtUs !== null) takeRegular(cutter, t0Us, dtUs, values);
    else takeIrregular(cutter, t0Us, offsetsUs as ArrayLike<number>, values);
    this.owed ??= cutter.owed;
    cutter.owed = null;
    if (cutter.halted === null) {
      if (!levels.known) beginning.keep(chunk, window.index);
      return;
    }
    this.out = this.drain();
    this.cutter = new Cutter(this.settings, cutter.sign);
    this.cutter.beginAt(cutter.halted);
    for (const again of beginning.recall(chunk)) this.take(again);
  }

  private drain(): CutCycle[] {
    const cycles = this.cutter.underWay.take();
    if (this.out.length === 0) return cycles;
    const out = this.out.concat(cycles);
    this.out = [];
    return out;
  }
}
