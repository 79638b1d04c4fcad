import type { Cycle } from '@loadcycle/contract/cycle';
import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import { FIT_SAMPLES, load as loadEdge, placed } from './edge-fit.ts';
import { Learner } from './learn.ts';
import type { Look } from './look.ts';
import { NumberReader, NumberWriter } from './numbers.ts';
import { alone } from './plateau-sums.ts';
import { CycleSums, holdOf, regionOf } from './sums.ts';
import { Tracker } from './tracker.ts';
import { GRID_SIZE, Widths } from './widths.ts';

export type CutCycle = Cycle;

/** A stretch of one signal. Times are µs since the epoch (whole numbers, exact to 2^53); NaN marks a missing sample. */
export interface SampleChunk {
  t0Us: number;
  /** Sampling period of regular sampling; else null, and `offsetsUs` has each sample's distance from `t0Us`. */
  dtUs: number | null;
  offsetsUs: ArrayLike<number> | null;
  values: Float64Array;
}

/** The segmenter between two chunks, exact to the last bit; byte 0 to 7 hold the version (a double). */
export type SegmenterState = Uint8Array;

export const STATE_VERSION = 1;

/** Samples kept behind the newest one: what an edge is placed with. */
const WINDOW = FIT_SAMPLES;
const BLOCK = 4096;
/** Samples after an edge that go into its fit. */
const WAIT = 56;
/** How far the fit reaches before and after the last sample of the old state. */
const BEFORE = 128;
const AFTER = 128;
/** Plateaus are looked at in blocks of this many samples, at absolute indices. */
const STRIDE = 64;
/** Once levels are known, one look in so many samples is enough. */
const LOOK_EVERY = 12_288;
/** Missing samples in a row after which the state counts as unknown. */
const GAP = 8;
/** A step in time of so many sampling periods is a hole in an irregular signal. */
const HOLE = 8;
/** Half of the evidence, in nats, that it takes to change state: a false alarm in e^26 samples. */
const BOUND = 13;
/** Evidence before a gap, in nats, that is enough for an edge once the state after the gap agrees. */
const HINT = 8;

/** Scratch space that all segmenters share: the window, then the new samples. Nothing in it outlives a call. */
const X = new Float64Array(WINDOW + BLOCK + 2);
const T = new Float64Array(WINDOW + BLOCK + 2);
const fitU = new Float64Array(WINDOW + BLOCK + 2);
const fitY = new Float64Array(WINDOW + BLOCK + 2);

/** Where `placeEdge` leaves its result: absolute index, width in samples, time, and the levels below and above. */
const result = { center: 0, width: 0, timeUs: 0, low: 0, high: 0 };

interface Pending {
  /** 1: onset, 0: return to base, -1: the cycle breaks off here (an edge in missing data, levels lost). */
  kind: number;
  /** Absolute index of the last sample that was clearly in the old state. */
  touch: number;
  /** Absolute index after which it is settled. */
  due: number;
  /** Where the cycle breaks off, µs. */
  endUs: number;
}

/**
 * Cuts one signal into load cycles as it streams in. Pure: no clock, no I/O. Every decision is tied to the absolute
 * sample index, so that any partition into chunks gives the same cycles to the last bit; a cycle comes out at most 64
 * samples after the onset that ends it.
 */
export class Segmenter {
  private readonly settings: CycleSettings;
  private readonly sign: number;
  private readonly learner = new Learner();
  private readonly tracker = new Tracker();
  /** One buffer for what every segmenter keeps: each buffer of its own costs some 200 bytes. */
  private readonly kept = new Float64Array(WINDOW + 2 * GRID_SIZE).fill(Number.NaN, 0, WINDOW);
  private readonly rise = new Widths(this.kept.subarray(WINDOW, WINDOW + GRID_SIZE));
  private readonly fall = new Widths(this.kept.subarray(WINDOW + GRID_SIZE));
  private readonly sums = new CycleSums();
  /** Times of the newest samples, only where they are irregular. The samples themselves begin `kept`. */
  private times: Float64Array | null = null;
  private lastTimeUs = 0;
  private dtUs = 0;
  /** Mean sampling period of an irregular signal as it goes. */
  private dtSmoothUs = 0;
  private regularFor = 0;
  private started = false;
  /** Absolute index of the next sample; position 0 of the scratch space. */
  private index = 0;
  private origin = 0;
  private known = false;
  /** 0 base, 1 load, -1 unknown; and what it was before it became unknown. */
  private state = -1;
  private before = -1;
  private evidence = 0;
  private touchLow = 0;
  private touchHigh = 0;
  private missingRun = 0;
  private gapStart = 0;
  /** Time of the last sample before it. */
  private gapUs = 0;
  private gapEvidence = 0;
  private gapTouch = 0;
  private pending: Pending[] = [];
  private mid = 0;
  private gain = 0;
  private clip = 1;
  private low = 0;
  private high = 0;
  /** Highest level known; looks in a row that saw neither level, or other levels. */
  private highest = 0;
  private away = 0;
  private differ = 0;
  private looking = true;
  /** Absolute indices: next sample to sum up; plateau since; region after a transition; tracker has seen up to. */
  private summed = 0;
  private plateauFrom = 0;
  private plateauState = 0;
  private regionFrom = 0;
  private regionTo = 0;
  private settling = false;
  private settleLast = 0;
  private trackedTo = 0;
  private lastEdge = -1;
  private lastWidth = 0;
  private lastPeriod = 0;
  private out: CutCycle[] = [];

  constructor(settings: CycleSettings, state?: SegmenterState) {
    this.settings = settings;
    const levels = settings.levels;
    const inverted = levels === undefined ? settings.inverted : levels.load < levels.base;
    this.sign = inverted ? -1 : 1;
    if (state !== undefined) this.restore(state);
    else if (levels !== undefined) {
      const step = Math.abs(levels.load - levels.base);
      this.tracker.start(this.sign * levels.base, this.sign * levels.load, step / 4, 0);
      this.adopt();
    }
  }

  /** Time of the newest sample, µs; null before the first one. */
  get lastUs(): number | null {
    return this.started ? this.lastTimeUs : null;
  }

  /** What is believed of the signal at present; null while levels are not known (or there is no load). */
  get levels(): { base: number; load: number; noise: number } | null {
    if (!this.known) return null;
    const { base, load, variance } = this.tracker;
    return { base: this.sign * base, load: this.sign * load, noise: Math.sqrt(variance) };
  }

  /** Onset of the cycle that is under way, µs. */
  get openSinceUs(): number | null {
    return this.sums.open ? Math.round(this.sums.startUs) : null;
  }

  /**
   * Takes the next samples and gives the cycles that they complete. Chunks must ascend in time; time that is missing
   * between or within them counts as missing samples. Throws `RangeError` where time goes backwards.
   */
  push(chunk: SampleChunk): CutCycle[] {
    const { values, dtUs, offsetsUs, t0Us } = chunk;
    const n = values.length;
    if (n === 0) return [];
    if (this.started && t0Us <= this.lastTimeUs) {
      throw new RangeError(`samples must ascend: ${t0Us} µs is not after ${this.lastTimeUs} µs`);
    }
    if (dtUs !== null) {
      if (!(dtUs > 0)) throw new RangeError('dtUs must be positive');
      this.pushRegular(t0Us, dtUs, values);
    } else if (offsetsUs !== null && offsetsUs.length === n) {
      this.pushIrregular(t0Us, offsetsUs, values);
    } else throw new RangeError('one of dtUs and offsetsUs (as many as values) is needed');
    return this.take();
  }

  /** Settles what is pending at the end of a recording; the cycle under way is not reported, as its end is unknown. */
  flush(): CutCycle[] {
    this.openScratch(0);
    while (this.pending.length > 0) this.settle(this.pending.shift() as Pending);
    return this.take();
  }

  private take(): CutCycle[] {
    if (this.out.length === 0) return [];
    const out = this.out;
    this.out = [];
    return out;
  }

  private pushRegular(t0Us: number, dtUs: number, values: Float64Array): void {
    if (this.started) {
      const gap = t0Us - this.lastTimeUs;
      if (gap > 1.5 * dtUs) this.skip(Math.round(gap / dtUs) - 1, dtUs);
      if (dtUs !== this.dtUs || t0Us - this.lastTimeUs !== dtUs) this.irregular();
    }
    this.dtUs = dtUs;
    this.dtSmoothUs = dtUs;
    const n = values.length;
    const sign = this.sign;
    for (let from = 0; from < n; from += BLOCK) {
      const count = Math.min(BLOCK, n - from);
      this.openScratch(count);
      if (sign === 1) {
        X.set(count === n ? values : values.subarray(from, from + count), WINDOW);
      } else for (let k = 0; k < count; k++) X[WINDOW + k] = -(values[from + k] as number);
      for (let k = 0; k < count; k++) T[WINDOW + k] = t0Us + (from + k) * dtUs;
      this.run(count);
    }
  }

  private pushIrregular(t0Us: number, offsetsUs: ArrayLike<number>, values: Float64Array): void {
    const n = values.length;
    this.irregular();
    let k = 0;
    while (k < n) {
      // The sampling period in use changes at absolute indices only, like everything else.
      const room = STRIDE - (this.index % STRIDE);
      this.openScratch(room);
      let count = 0;
      let hole = 0;
      while (k < n && count < room) {
        const now = t0Us + (offsetsUs[k] as number);
        if (this.started) {
          const gap = now - this.lastTimeUs;
          if (!(gap > 0)) throw new RangeError('offsets must ascend');
          if (this.dtUs > 0 && gap > HOLE * this.dtUs) {
            hole = Math.round(gap / this.dtUs) - 1;
            break;
          }
          if (this.dtUs === 0) {
            this.dtUs = gap;
            this.dtSmoothUs = gap;
          }
          this.dtSmoothUs += (gap - this.dtSmoothUs) / STRIDE;
        }
        X[WINDOW + count] = this.sign * (values[k] as number);
        T[WINDOW + count] = now;
        this.lastTimeUs = now;
        this.started = true;
        count++;
        k++;
      }
      this.run(count);
      this.regularFor = 0;
      if (this.index % STRIDE === 0) this.dtUs = this.dtSmoothUs;
      if (hole > 0) {
        // The hole's last sample stands where the next one is near: no second hole is seen there.
        this.skip(hole, this.dtUs);
        this.irregular();
      }
    }
  }

  /** Counts `missing` samples as if they had come as NaN, `dtUs` apart; what lies beyond the window costs nothing. */
  private skip(missing: number, dtUs: number): void {
    const start = this.lastTimeUs;
    let left = missing;
    let done = 0;
    while (left > 0) {
      // Only the detector counts the run: while no levels are known, what this hole has laid out says how far it is.
      const run = this.known ? this.missingRun : done;
      if (run > WINDOW + STRIDE && this.pending.length === 0 && !this.sums.open && left > STRIDE) {
        const jump = left - (left % STRIDE);
        this.index += jump;
        if (this.known) this.missingRun += jump;
        this.summed += jump;
        done += jump;
        left -= jump;
        this.lastTimeUs = start + done * dtUs;
        continue;
      }
      const count = Math.min(BLOCK, left, STRIDE);
      this.openScratch(count);
      for (let k = 0; k < count; k++) {
        X[WINDOW + k] = Number.NaN;
        T[WINDOW + k] = start + (done + k + 1) * dtUs;
      }
      this.run(count);
      done += count;
      left -= count;
    }
  }

  /** From here on the window's times are kept one by one. */
  private irregular(): void {
    if (this.times === null) {
      this.times = new Float64Array(WINDOW);
      for (let k = 0; k < WINDOW; k++) this.times[k] = this.lastTimeUs - (WINDOW - 1 - k) * this.dtUs;
    }
    this.regularFor = 0;
  }

  /** Lays the window out before `count` new samples. */
  private openScratch(count: number): void {
    const { kept } = this;
    for (let k = 0; k < WINDOW; k++) X[k] = kept[k] as number;
    if (this.times !== null) T.set(this.times);
    else for (let k = 0; k < WINDOW; k++) T[k] = this.lastTimeUs - (WINDOW - 1 - k) * this.dtUs;
    X[WINDOW + count] = Number.NaN;
    this.origin = this.index - WINDOW;
  }

  private run(count: number): void {
    X[WINDOW + count] = Number.NaN;
    const end = this.index + count;
    while (this.index < end) {
      const block = this.index - (this.index % STRIDE) + STRIDE;
      let stop = Math.min(block, end);
      const first = this.pending[0];
      if (first !== undefined && first.due + 1 < stop) stop = Math.max(first.due + 1, this.index + 1);
      if (this.known) this.detect(stop);
      else this.index = stop;
      while (this.pending.length > 0 && (this.pending[0] as Pending).due < this.index) {
        const edge = this.pending.shift() as Pending;
        // An array that was filled once keeps its room.
        if (this.pending.length === 0) this.pending = [];
        this.settle(edge);
      }
      if (this.index % STRIDE === 0) this.look();
    }
    if (count === 0) return;
    const { kept } = this;
    for (let k = 0; k < WINDOW; k++) kept[k] = X[count + k] as number;
    this.lastTimeUs = T[WINDOW + count - 1] as number;
    this.started = true;
    if (this.times !== null) {
      for (let k = 0; k < WINDOW; k++) this.times[k] = T[count + k] as number;
      this.regularFor += count;
      if (this.regularFor > 2 * WINDOW) this.times = null;
    }
  }

  /**
   * The detector: a two-sided CUSUM of the log likelihood ratio between the levels, clipped so that no sample alone
   * says much. It is also the path metric of a two-state Viterbi decoder. Runs up to `stop` or to a change of state.
   */
  private detect(stop: number): void {
    const origin = this.origin;
    const { mid, gain, clip, state } = this;
    let { evidence, missingRun } = this;
    let touchLow = -1;
    let touchHigh = -1;
    const to = stop - origin;
    let p = this.index - origin;
    let event = -1;
    for (; p < to; p++) {
      const x = X[p] as number;
      // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
      if (x !== x) {
        missingRun++;
        if (missingRun >= GAP) {
          p++;
          event = 2;
          break;
        }
        continue;
      }
      missingRun = 0;
      let z = (x - mid) * gain;
      z = z > clip ? clip : Math.max(z, -clip);
      evidence += z;
      if (evidence <= -BOUND) {
        evidence = -BOUND;
        touchLow = p;
        if (state !== 0) {
          p++;
          event = 0;
          break;
        }
      } else if (evidence >= BOUND) {
        evidence = BOUND;
        touchHigh = p;
        if (state !== 1) {
          p++;
          event = 1;
          break;
        }
      }
    }
    if (touchLow >= 0) this.touchLow = touchLow + origin;
    if (touchHigh >= 0) this.touchHigh = touchHigh + origin;
    this.evidence = evidence;
    this.missingRun = missingRun;
    this.index = p + origin;
    if (event === 2) this.gap();
    else if (event >= 0) this.changed(event);
  }

  private gap(): void {
    const at = this.index - 1;
    if (this.missingRun === GAP) {
      this.gapStart = at - GAP + 1;
      this.gapUs = T[this.gapStart - 1 - this.origin] as number;
      if (this.state >= 0) {
        const touch = this.state === 0 ? this.touchLow : this.touchHigh;
        this.gapEvidence = this.state === 0 ? this.evidence + BOUND : BOUND - this.evidence;
        this.gapTouch = touch;
        this.before = this.state;
        this.state = -1;
      } else this.gapEvidence = 0;
      this.evidence = 0;
    }
    const long = Math.max(WINDOW, this.lastPeriod);
    if (this.missingRun === long && this.before >= 0) {
      if (this.gapEvidence >= HINT) this.pend(1 - this.before, this.gapTouch, at);
      this.pend(-1, this.gapStart - 1, at);
      this.before = -1;
    }
  }

  private changed(state: number): void {
    const at = this.index - 1;
    const old = this.state >= 0 ? this.state : this.before;
    if (this.state >= 0) this.pend(state, state === 1 ? this.touchLow : this.touchHigh, at);
    else if (old >= 0 && old !== state) {
      if (this.gapEvidence >= HINT) this.pend(state, this.gapTouch, at);
      else this.pend(-1, this.gapStart - 1, at);
    }
    this.state = state;
    this.before = -1;
  }

  private pend(kind: number, touch: number, at: number): void {
    const last = this.pending[this.pending.length - 1];
    const due = Math.max(kind < 0 ? at : touch + WAIT, at, last === undefined ? 0 : last.due);
    this.pending.push({ kind, touch, due, endUs: this.gapUs });
  }

  /** Places the edge and cuts there. */
  private settle(edge: Pending): void {
    if (edge.kind < 0 || !this.placeEdge(edge)) {
      this.breakOff(edge.touch, edge.endUs);
      return;
    }
    const { center, width, timeUs, low, high } = result;
    const cut = Math.floor(center) + 1;
    const half = (low + high) / 2;
    const guard = Math.ceil(width / 2) + 3;
    const sums = this.sums;
    this.sumUp(cut, Math.floor(center) - guard + 1);
    const sinceOnsetS = (timeUs - sums.startUs) / 1e6;
    const bounce = edge.kind === 1 && sums.open && sinceOnsetS < this.settings.minPeriodS;
    if (bounce) {
      sums.offsetUs = -1;
      sums.bottom.clear();
    } else if (edge.kind === 1) {
      if (sums.open) {
        sums.join(timeUs, half);
        this.lastPeriod = Math.min(1e9, Math.round((timeUs - sums.startUs) / this.dtUs));
        this.emit(timeUs, true);
      }
      sums.start(timeUs, this.tracker.base, half);
      sums.riseBase = low;
      sums.riseLoad = high;
      sums.riseWidthUs = width * this.dtUs;
      this.settling = true;
      this.settleLast = cut - 1;
    } else if (sums.open) {
      sums.offsetUs = timeUs;
      sums.fallWidthUs = width * this.dtUs;
    }
    this.summed = cut;
    this.plateauFrom = Math.ceil(center) + guard;
    this.plateauState = edge.kind;
    this.regionFrom = Math.ceil(center + 0.4 * width);
    this.regionTo = this.regionFrom + regionOf(width);
    this.trackedTo = this.plateauFrom;
    this.lastEdge = center;
    this.lastWidth = width;
    // An edge that was found late may lie near the far end of the window: sum up before it drops out.
    this.sumUpSure();
    this.tune();
  }

  /** Fits the edge with the window's samples; false where it turns out to lie in missing data. */
  private placeEdge(edge: Pending): boolean {
    const { tracker, origin } = this;
    const widths = edge.kind === 1 ? this.rise : this.fall;
    const next = this.pending[0];
    const now = this.index - origin;
    const at = Math.max(edge.touch - origin, now - WINDOW + 16);
    let from = Math.max(at - BEFORE, now - WINDOW, this.lastEdge - origin + this.lastWidth / 2 + 2);
    from = Math.min(Math.ceil(from), at - 4);
    let to = Math.min(now, at + AFTER);
    if (next !== undefined) {
      const other = next.kind === 1 ? this.rise : this.fall;
      to = Math.min(to, Math.max(at + 4, next.touch - origin - Math.ceil(other.width / 2)));
    }
    tracker.predict(edge.touch);
    const snr = tracker.snr;
    const unsure = Math.min(14, 40 / snr);
    const dt = this.dtUs;
    const zero = T[at] as number;
    for (let p = from; p < to; p++) fitU[p] = ((T[p] as number) - zero) / dt;
    const old = 1 - edge.kind;
    let width = widths.width;
    for (let round = 0; ; round++) {
      const guard = Math.ceil(width / 2 + 2 + unsure / 2);
      const pre = this.plateau(Math.max(from, at - 72), at - guard, old);
      const post = this.plateau(at + 1 + guard, to, edge.kind);
      const span = post - pre;
      const share = 1 / span;
      for (let p = from; p < to; p++) fitY[p] = ((X[p] as number) - pre) * share;
      const s2 = Math.max(1e-7, tracker.variance * share * share);
      const samples = loadEdge(fitU, fitY, from, to, Math.max(0.6, 5 * Math.sqrt(s2)));
      widths.place(samples, s2, 0, 3 + unsure, fitU[from] as number, fitU[to - 1] as number);
      result.low = Math.min(pre, post);
      result.high = Math.max(pre, post);
      if (round > 0 || widths.own < width + 6) break;
      width = widths.own;
    }
    if (!Number.isFinite(placed.center)) return false;
    result.timeUs = zero + placed.center * dt;
    result.width = widths.own;
    let p = at + Math.floor(placed.center);
    p = Math.max(from, Math.min(to - 1, p));
    while (p > from && (T[p] as number) > result.timeUs) p--;
    while (p + 1 < to && (T[p + 1] as number) <= result.timeUs) p++;
    let hidden = 0;
    for (let k = p + 1; k > from && hidden < GAP && Number.isNaN(X[k]); k--) hidden++;
    if (hidden > 0) for (let k = p + 2; k < to && hidden < GAP && Number.isNaN(X[k]); k++) hidden++;
    if (hidden >= GAP) return false;
    result.center = p + origin + 0.5;
    // What came before the edge and was not looked at in blocks.
    const seen = Math.max(this.trackedTo - origin, from);
    const until = p - Math.ceil(widths.own / 2) - 3 - Math.ceil(unsure / 2);
    this.track(seen, until, old);
    return true;
  }

  /** The level on one side of an edge: what is seen there, weighed against what is known. */
  private plateau(from: number, to: number, state: number): number {
    const { tracker } = this;
    const level = tracker.level(state);
    const step = tracker.step;
    const gate = Math.max(0.6 * step, 5 * Math.sqrt(tracker.variance));
    let n = 0;
    let sum = 0;
    for (let p = from; p < to; p++) {
      const d = (X[p] as number) - level;
      if (!(d > -gate && d < gate)) continue;
      sum += d;
      n++;
    }
    if (n < 3) {
      if (state === 0 || to - from < 8) return level;
      return this.other(from, to, level);
    }
    const mean = sum / n;
    const noise = tracker.variance / n;
    const doubt = tracker.doubt(state);
    // Another load than the one that is followed: part load, overload.
    if (n >= 8 && mean * mean > 25 * (noise + doubt) + 0.01 * step * step) return level + mean;
    return level + (mean * doubt) / (doubt + noise);
  }

  /** The mean of a plateau far from the level that is followed. */
  private other(from: number, to: number, level: number): number {
    let n = 0;
    let sum = 0;
    for (let p = from; p < to; p++) {
      const x = X[p] as number;
      // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
      if (x !== x || alone(X, p, this.tracker.step / 2)) continue;
      sum += x;
      n++;
    }
    return n >= 8 ? sum / n : level;
  }

  /** Lets the tracker see positions [from, to) of a plateau. */
  private track(from: number, to: number, state: number): void {
    if (to - from < 8) return;
    const { tracker } = this;
    const level = tracker.level(state);
    const step = tracker.step;
    const gate = Math.max(0.6 * step, 5 * Math.sqrt(tracker.variance));
    let n = 0;
    let sum = 0;
    let square = 0;
    for (let p = from; p < to; p++) {
      const d = (X[p] as number) - level;
      if (!(d > -gate && d < gate)) continue;
      sum += d;
      square += d * d;
      n++;
    }
    if (n < 8 || n < (to - from) / 2) return;
    const mean = sum / n;
    if (this.settings.levels === undefined || this.settings.followLevels) {
      tracker.predict(to + this.origin);
      if (Math.abs(mean) < 0.35 * step) tracker.see(state, level + mean, n);
    }
    if (n >= 24) tracker.seeVariance((square - n * mean * mean) / (n - 1));
  }

  private breakOff(touch: number, endUs: number): void {
    const cut = Math.min(this.index, Math.max(this.summed, touch + 1));
    this.sumUp(cut, cut);
    if (this.sums.open) this.emit(endUs, false);
    this.summed = cut;
    this.plateauFrom = this.index;
    this.lastEdge = cut;
    this.lastWidth = 0;
    this.trackedTo = this.index;
  }

  private emit(endUs: number, seen: boolean): void {
    const { sums, settings } = this;
    const tooLong = settings.maxPeriodS > 0 && (endUs - sums.startUs) / 1e6 > settings.maxPeriodS;
    const cycle = sums.finish(endUs, seen && !tooLong, this.sign, settings.missingTolerance, this.dtUs);
    if (cycle.endedAtUs > cycle.startedAtUs) this.out.push(cycle);
  }

  /** Adds samples up to absolute index `to` to the cycle, up to `plateauTo` to its plateau. */
  private sumUp(to: number, plateauTo: number): void {
    const { sums, origin } = this;
    if (!sums.open || to <= this.summed) {
      this.summed = Math.max(this.summed, to);
      return;
    }
    const from = Math.max(this.summed - origin, 1);
    sums.add(X, T, from, to - origin, this.low, this.high);
    const begin = Math.max(from, this.plateauFrom - origin);
    const plateau = this.plateauState === 1 ? sums.top : sums.bottom;
    plateau.add(X, begin, Math.min(to, plateauTo) - origin, sums.reference, this.low, this.high);
    if (this.regionTo > this.summed) {
      const first = Math.max(from, this.regionFrom - origin);
      const last = Math.min(to, this.regionTo) - origin;
      sums.aberration(X, first, last, this.plateauState === 1, this.low, this.high);
    }
    if (this.settling && this.plateauState === 1) {
      const sigma = Math.sqrt(this.tracker.variance);
      const band = Math.max(this.settings.settlingBand * (sums.riseLoad - sums.riseBase), 4 * sigma);
      const hold = holdOf(sums.riseWidthUs / this.dtUs);
      const last = this.settleLast - origin;
      const now = sums.settle(X, T, from, to - origin, last, band, hold, this.low, this.high);
      this.settling = now !== Number.NEGATIVE_INFINITY;
      if (this.settling) this.settleLast = now + origin;
    }
    this.summed = to;
  }

  /** At every 64th sample: sum up what no edge can claim any more, follow the levels, learn. */
  private look(): void {
    const { index, origin } = this;
    if (this.known) {
      const first = this.pending[0];
      const touch = this.lastTouch;
      this.sumUpSure();
      if (first === undefined && this.state >= 0 && touch >= index - 16) {
        const from = index - 2 * STRIDE;
        if (from >= this.trackedTo && from > this.lastEdge + this.lastWidth / 2 + 3) {
          this.track(from - origin, from + STRIDE - origin, this.state);
          this.trackedTo = from + STRIDE;
        }
      }
      this.tune();
    }
    if (this.settings.levels !== undefined) return;
    if (index % LOOK_EVERY === 0) this.looking = true;
    if (!this.known || this.looking) this.learn();
  }

  private get lastTouch(): number {
    return this.state === 0 ? this.touchLow : this.state === 1 ? this.touchHigh : this.gapTouch;
  }

  /** Sums up what no edge can claim any more, and what is about to leave the window. */
  private sumUpSure(): void {
    const first = this.pending[0];
    const touch = first === undefined ? this.lastTouch : first.touch;
    const sure = Math.min(this.index - 128, touch - 48);
    const to = Math.max(sure, this.index - WINDOW + STRIDE + 16);
    if (to > this.summed) this.sumUp(to, to);
  }

  private learn(): void {
    const { index, origin, learner } = this;
    for (let p = index - STRIDE - origin; p < index - origin; p += 4) {
      const a = X[p] as number;
      const b = X[p + 1] as number;
      const c = X[p + 2] as number;
      const d = X[p + 3] as number;
      const sum = a + b + c + d;
      // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
      if (sum !== sum) continue;
      const ab = Math.min(a, b);
      const AB = Math.max(a, b);
      const cd = Math.min(c, d);
      const CD = Math.max(c, d);
      const mean = (sum - Math.min(ab, cd) - Math.max(AB, CD)) / 2;
      const look = learner.push(mean, p + origin, this.settings.minStep, this.known);
      if (look === null) continue;
      this.judge(look);
      this.looking = false;
      if (this.known) break;
    }
  }

  private judge(look: Look): void {
    const { learner, tracker } = this;
    const belief = learner.weigh(look);
    if (!this.known) {
      if (belief === null) return;
      tracker.start(belief.base, belief.load, belief.sigma, this.index);
      this.highest = look.levels[look.levels.length - 1] as number;
      this.adopt();
      return;
    }
    const { base, load, step } = tracker;
    const reach = 0.35 * step;
    const top = Math.max(load, this.highest);
    const lost = look.levels.every(
      (l) => l < base - reach || l > top + reach || (l > base + reach && l < load - reach),
    );
    this.away = lost ? this.away + 1 : 0;
    if (belief !== null) {
      this.highest = Math.max(this.highest, look.levels[look.levels.length - 1] as number);
      const lower = belief.base < base - 0.25 * step;
      const middle = Math.abs(belief.base - base) < 0.25 * step && belief.load < load - 0.25 * step;
      const other = Math.abs(belief.base - base) > 0.25 * step || Math.abs(belief.load - load) > 0.25 * step;
      this.differ = other ? this.differ + 1 : 0;
      if (lower || middle || this.differ >= 16 || (lost && this.away >= 2)) {
        if (!middle) this.breakOff(this.index - 1, T[this.index - 1 - this.origin] as number);
        tracker.start(belief.base, belief.load, belief.sigma, this.index);
        this.highest = Math.max(belief.load, look.levels[look.levels.length - 1] as number);
        this.adopt();
      }
    } else if (this.away >= 2 && look.levels.length === 1) {
      this.breakOff(this.index - 1, T[this.index - 1 - this.origin] as number);
      this.known = false;
      this.pending = [];
      this.state = -1;
      this.before = -1;
      learner.restart();
    }
  }

  private adopt(): void {
    this.known = true;
    this.state = -1;
    this.before = -1;
    this.evidence = 0;
    this.touchLow = this.index;
    this.touchHigh = this.index;
    this.gapTouch = this.index;
    this.gapEvidence = 0;
    this.pending = [];
    this.away = 0;
    this.differ = 0;
    this.trackedTo = this.index;
    this.plateauFrom = this.index;
    this.summed = this.index;
    this.tune();
  }

  /** Detector and gates after the tracker has moved. */
  private tune(): void {
    const { tracker } = this;
    const step = tracker.step;
    const sigma = Math.sqrt(tracker.variance);
    const reach = 0.5 + Math.min(0.5, Math.max(0.1, sigma / step));
    const gain = Math.min(tracker.snr, (2 * BOUND) / 4 / reach);
    this.mid = (tracker.base + tracker.load) / 2;
    this.gain = gain / step;
    this.clip = gain * reach;
    const gate = Math.max(this.settings.outlierGate * step, 6 * sigma);
    this.low = tracker.base - gate;
    this.high = Math.max(tracker.load, this.highest) + gate;
  }

  /** Everything that is needed to go on from here. */
  snapshot(): SegmenterState {
    const w = new NumberWriter();
    w.put(
      STATE_VERSION,
      this.lastTimeUs,
      this.dtUs,
      this.dtSmoothUs,
      this.regularFor,
      +this.started,
      this.index,
      +this.known,
    );
    w.put(this.state, this.before, this.evidence, this.touchLow, this.touchHigh, this.missingRun);
    w.put(
      this.gapStart,
      this.gapUs,
      this.gapEvidence,
      this.gapTouch,
      this.mid,
      this.gain,
      this.clip,
      this.low,
      this.high,
    );
    w.put(
      this.highest,
      this.away,
      this.differ,
      +this.looking,
      this.summed,
      this.plateauFrom,
      this.plateauState,
    );
    w.put(this.regionFrom, this.regionTo, +this.settling, this.settleLast, this.trackedTo);
    w.put(this.lastEdge, this.lastWidth, this.lastPeriod);
    w.put(this.pending.length);
    for (const e of this.pending) w.put(e.kind, e.touch, e.due, e.endUs);
    this.tracker.save(w);
    this.rise.save(w);
    this.fall.save(w);
    this.sums.save(w);
    this.learner.save(w);
    w.doubles(this.kept, 0, WINDOW);
    w.put(this.times === null ? 0 : 1);
    if (this.times !== null) w.doubles(this.times, 0, WINDOW);
    return w.done();
  }

  private restore(state: SegmenterState): void {
    const r = new NumberReader(state);
    const version = r.get();
    if (version !== STATE_VERSION) throw new Error(`unknown version ${version} of the segmenter's state`);
    this.lastTimeUs = r.get();
    this.dtUs = r.get();
    this.dtSmoothUs = r.get();
    this.regularFor = r.get();
    this.started = r.get() === 1;
    this.index = r.get();
    this.known = r.get() === 1;
    this.state = r.get();
    this.before = r.get();
    this.evidence = r.get();
    this.touchLow = r.get();
    this.touchHigh = r.get();
    this.missingRun = r.get();
    this.gapStart = r.get();
    this.gapUs = r.get();
    this.gapEvidence = r.get();
    this.gapTouch = r.get();
    this.mid = r.get();
    this.gain = r.get();
    this.clip = r.get();
    this.low = r.get();
    this.high = r.get();
    this.highest = r.get();
    this.away = r.get();
    this.differ = r.get();
    this.looking = r.get() === 1;
    this.summed = r.get();
    this.plateauFrom = r.get();
    this.plateauState = r.get();
    this.regionFrom = r.get();
    this.regionTo = r.get();
    this.settling = r.get() === 1;
    this.settleLast = r.get();
    this.trackedTo = r.get();
    this.lastEdge = r.get();
    this.lastWidth = r.get();
    this.lastPeriod = r.get();
    const pending = r.get();
    for (let k = 0; k < pending; k++) {
      this.pending.push({ kind: r.get(), touch: r.get(), due: r.get(), endUs: r.get() });
    }
    this.tracker.restore(r);
    this.rise.restore(r);
    this.fall.restore(r);
    this.sums.restore(r);
    this.learner.restore(r);
    r.doubles(this.kept, 0, WINDOW);
    if (r.get() === 1) {
      this.times = new Float64Array(WINDOW);
      r.doubles(this.times, 0, WINDOW);
    }
  }
}
