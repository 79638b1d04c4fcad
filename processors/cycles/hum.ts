import {
  HARMONICS,
  type HumLook,
  isAliased,
  isHarmonic,
  lookForHum,
  MAYBE,
  mayBeLoad,
  type Stretch,
  seenAt,
} from './hum-look.ts';
import { scratch } from './scratch.ts';

const { X, T, STRIDE } = scratch;

/**
 * Mains hum: found, followed and taken out of the samples before anything else sees them. Without hum no sample is touched.
 *
 * A signal is searched in stretches of 64 to 256 samples (means of up to 64, where it is sampled faster than at 1,200 Hz). Three
 * stretches in a row or more that show the same sine within 0.6 % of a mains frequency or twice that lock it; then each stretch shows what
 * is left of it, and phase, frequency and amplitudes follow. Stretches lie at multiples of their length in absolute index and phase
 * is tied to time, so that batches leave no trace.
 */

const MAINS_HZ = [50, 60, 100, 120];
/** Mains stay this near, relative. */
const NEAR = 0.006;
const ENTRIES = 256;
/** Stretches that are looked at while a signal is new, and after hum was last seen; later one of so many. */
const NEW = 8;
/** Hum that is found within so many stretches was there from the beginning. */
const RECENT = 16;
const EVERY = 64;
/** Stretches in a row that it takes, and the sum over them of squared amplitude over variance. */
const SIGHTS = 3;
const SURE = 90;
/** A load that stays at its levels for less than so many periods of hum, and so many samples, may be what is seen. */
const STAY_PERIODS = 3;
const SHORT_STAY = 60;
/** Other harmonics than the first one are looked at in one stretch of so many. */
const HARMONICS_EVERY = 4;
/** Gains of the loop at last: phase and amplitudes; frequency. */
const GAIN = 0.25;
const FREQUENCY_GAIN = 0.08;
/** Seconds without a stretch that says something, after which the phase is not known any more. */
const COAST_S = 20;
const TAU = 2 * Math.PI;
/** Where `save` has the absolute index up to which samples have been cleaned. */
const CLEANED = 6;

/** One of the stretches in a row that show hum before it is locked. */
interface Sight {
  hz: number;
  re: number;
  im: number;
  /** Index of the next stretch. */
  next: number;
  /** Frequency that the phases have shown since the last one, less `hz`. */
  off: number;
  /** Stretches so far, and what they sum up to. */
  count: number;
  sum: number;
}

/** Phasors where there is no hum: a buffer of its own would cost each segmenter some 500 bytes. */
const NONE = new Float64Array(HARMONICS);

export class Hum {
  /** Frequency while it is locked; 0: there is none, or it is not known yet. */
  hz = 0;
  private re: Float64Array = NONE;
  private im: Float64Array = NONE;
  /** φ at `atUs`, and e^iφ of the next sample; whether that is tied to its time. */
  private phase = 0;
  private atUs = 0;
  private c = 1;
  private s = 0;
  private tied = false;
  /** Samples up to here, absolute index, have been cleaned. */
  private cleaned = 0;
  /** No stretch is seen before this absolute index: `observe` has nothing to do. Follows from the rest, and is not saved. */
  due = 0;
  private looks = 0;
  /** When a stretch last showed how it goes on: time, and absolute index. */
  private seenUs = 0;
  private seenTo = -1;
  private sight: Sight | null = null;
  /** Absolute index at which it has been found just now; -1: it has not. */
  found = -1;
  /** The stretch under way. */
  private entries: Float64Array | null = null;
  private count = 0;
  private startUs = 0;
  private from = -1;
  /** What follows from the sampling period: entries and samples of a stretch; 0: hum is not looked for. */
  dtUs = 0;
  private most = 0;
  private length = 0;

  /** Takes the hum out of the samples up to absolute index `stop`. */
  clean(index: number, stop: number, origin: number, dtUs: number): void {
    const { re, im } = this;
    const turn = (TAU * this.hz * dtUs) / 1e6;
    const [tc, ts] = [Math.cos(turn), Math.sin(turn)];
    let top = HARMONICS;
    while (top > 1 && re[top - 1] === 0 && im[top - 1] === 0) top--;
    for (let k = Math.max(index, this.cleaned); k < stop; k++) {
      const p = k - origin;
      if (!this.tied || k % STRIDE === 0) {
        // a phase that is tied within a stride goes through the same numbers as one that was tied at its beginning
        const back = k % STRIDE;
        const us = (T[p] as number) - back * dtUs;
        if (us - this.seenUs > COAST_S * 1e6) {
          this.lose();
          break;
        }
        const phase = this.phaseAt(us);
        this.c = Math.cos(phase);
        this.s = Math.sin(phase);
        for (let i = 0; i < back; i++) this.turn(tc, ts);
        this.tied = true;
      }
      let [c, s] = [this.c, this.s];
      let hum = (re[0] as number) * c - (im[0] as number) * s;
      for (let h = 1; h < top; h++) {
        const next = c * this.c - s * this.s;
        s = s * this.c + c * this.s;
        c = next;
        hum += (re[h] as number) * c - (im[h] as number) * s;
      }
      X[p] = (X[p] as number) - hum;
      this.turn(tc, ts);
    }
    this.cleaned = Math.max(this.cleaned, stop);
  }

  /**
   * Sees the newest 64 samples, cleaned, up to absolute index `index`; `stay`: samples for which the load stays at a level, on
   * average, as far as that is known.
   */
  observe(index: number, origin: number, dtUs: number, stay: number): void {
    if (dtUs !== this.dtUs) this.begin(dtUs);
    const { length } = this;
    if (length === 0) {
      this.due = Number.POSITIVE_INFINITY;
      return;
    }
    if (this.from < 0) {
      const at = index - STRIDE;
      if (at % length !== 0 || !this.isWanted(at)) {
        // a stretch may begin at the next multiple of its length; which of these are wanted is asked there
        this.due = at - (at % length) + length + STRIDE;
        return;
      }
      this.due = 0;
      this.from = at;
      this.startUs = T[at - origin] as number;
      this.count = 0;
      this.entries ??= new Float64Array(ENTRIES);
    }
    const width = length / this.most;
    const entries = this.entries as Float64Array;
    let good = 0;
    for (let p = index - STRIDE - origin; p < index - origin; p += width) {
      let sum = 0;
      for (let k = p; k < p + width; k++) sum += X[k] as number;
      entries[this.count++] = sum / width;
      if (!Number.isNaN(sum)) good++;
    }
    if (good === 0) {
      // nothing is there: how long that goes on must leave no trace
      this.from = -1;
      this.sight = null;
    } else if (this.count === this.most) {
      this.judge(index, width, stay);
      this.from = -1;
    }
    if (this.from < 0 && this.hz === 0 && !this.isWanted(index)) this.entries = null;
  }

  /** Samples have been passed over. */
  skip(): void {
    this.tied = false;
  }

  private begin(dtUs: number): void {
    this.lose();
    this.dtUs = dtUs;
    this.due = 0;
    this.seenTo = -1;
    this.from = -1;
    const rate = 1e6 / dtUs;
    this.most = rate >= 183 ? ENTRIES : rate >= 92 ? ENTRIES / 2 : rate >= 46 ? ENTRIES / 4 : 0;
    let width = 1;
    while (width < STRIDE && rate / width >= 1200) width *= 2;
    this.length = rate / width > 3200 ? 0 : this.most * width;
  }

  private isWanted(index: number): boolean {
    const { length, seenTo, sight } = this;
    return (
      this.hz > 0 ||
      sight?.next === index ||
      index < NEW * length ||
      (seenTo >= 0 && index - seenTo < EVERY * length) ||
      (index / length) % EVERY === 0
    );
  }

  private phaseAt(us: number): number {
    return (this.phase + (TAU * this.hz * (us - this.atUs)) / 1e6) % TAU;
  }

  private turn(tc: number, ts: number): void {
    const next = this.c * tc - this.s * ts;
    this.s = this.s * tc + this.c * ts;
    this.c = next;
  }

  private lose(): void {
    this.hz = 0;
    this.tied = false;
    this.re = NONE;
    this.im = NONE;
  }

  private judge(index: number, width: number, stay: number): void {
    const sampleS = this.dtUs / 1e6;
    const stretch: Stretch = { entries: this.entries as Float64Array, count: this.count, width, sampleS };
    if (this.hz > 0) this.follow(index, stretch);
    else this.search(index, stretch, stay);
  }

  private search(index: number, stretch: Stretch, stay: number): void {
    const { sight, startUs } = this;
    this.sight = null;
    const seconds = this.length * stretch.sampleS;
    for (const hz of MAINS_HZ) {
      if (hz > 60 && isAliased(hz, stretch)) break;
      const look = lookForHum(stretch, hz, this.nominal(hz), 1);
      if (look === null || (look.ratio[0] as number) < MAYBE) continue;
      const [re, im, ratio] = [look.re[0] as number, look.im[0] as number, look.ratio[0] as number];
      const first = { hz, re, im, next: index, off: Number.NaN, count: 1, sum: Math.min(ratio, SURE) };
      this.sight = first;
      if (sight === null || sight.hz !== hz || sight.next !== this.from) return;
      const size = (re * re + im * im) / (sight.re * sight.re + sight.im * sight.im);
      if (!(size > 0.25 && size < 4)) return;
      const turned = Math.atan2(im * sight.re - re * sight.im, re * sight.re + im * sight.im) / TAU;
      const off = turned / seconds;
      if (Math.abs(off) > NEAR * hz) return;
      if (sight.count > 1 && Math.abs(off - sight.off) * seconds > 0.15) return;
      const mean = sight.count > 1 ? sight.off + (off - sight.off) / sight.count : off;
      const [count, sum] = [sight.count + 1, sight.sum + first.sum];
      this.sight = { ...first, off: mean, count, sum };
      if (count < SIGHTS || sum < SURE || stay < Math.min(SHORT_STAY, STAY_PERIODS / (hz * stretch.sampleS)))
        return;
      const whole = lookForHum(stretch, hz, this.nominal(hz), HARMONICS, true) as HumLook;
      if (mayBeLoad(whole) || isHarmonic(stretch, hz + mean, whole)) return;
      this.sight = null;
      this.re = whole.re;
      this.im = whole.im;
      this.atUs = startUs + (seconds * 1e6) / 2;
      this.phase = (this.nominal(hz) + TAU * hz * (seconds / 2)) % TAU;
      this.hz = hz + mean;
      this.looks = 1;
      this.see(index);
      this.found = index;
      return;
    }
  }

  /** Once when it has been found: what is known of it, to begin with at the absolute index `from` that is given; else null. */
  takeFound(from: number): number[] | null {
    const { found } = this;
    this.found = -1;
    if (found < 0 || found - from > RECENT * this.length) return null;
    const numbers = this.save();
    numbers[CLEANED] = from;
    return numbers;
  }

  /** φ of the mains frequency itself where the stretch begins: tied to time. */
  private nominal(hz: number): number {
    return TAU * ((hz * (this.startUs / 1e6)) % 1);
  }

  private see(index: number): void {
    this.seenUs = this.startUs + this.length * this.dtUs;
    this.seenTo = index;
    this.tied = false;
  }

  private follow(index: number, stretch: Stretch): void {
    const { re, im } = this;
    const phase = this.phaseAt(this.startUs);
    const left = lookForHum(stretch, this.hz, phase, this.looks % HARMONICS_EVERY === 0 ? HARMONICS : 1);
    if (left === null) return;
    const [ar, ai] = [re[0] as number, im[0] as number];
    const [zr, zi] = [left.re[0] as number, left.im[0] as number];
    const size = ar * ar + ai * ai;
    const remains = (ar + zr) ** 2 + (ai + zi) ** 2;
    // it has ended, or become another one
    if (zr * zr + zi * zi > 9 * left.variance && (remains < 0.3 * size || remains > 4 * size)) {
      this.lose();
      return;
    }
    this.looks++;
    const gain = Math.max(GAIN, 1 / this.looks);
    const error = Math.max(-0.5, Math.min(0.5, (zi * ar - zr * ai) / size));
    for (let h = 0; h < HARMONICS; h++) {
      const turned = -(h + 1) * gain * error;
      const [c, s] = [Math.cos(turned), Math.sin(turned)];
      const r = (re[h] as number) + gain * (left.re[h] as number);
      const i = (im[h] as number) + gain * (left.im[h] as number);
      re[h] = r * c - i * s;
      im[h] = r * s + i * c;
    }
    const endUs = this.startUs + this.length * this.dtUs;
    this.phase = (this.phaseAt(endUs) + gain * error) % TAU;
    this.atUs = endUs;
    const seconds = this.length * stretch.sampleS;
    this.hz += (Math.max(FREQUENCY_GAIN, gain / 3) * error) / (TAU * seconds);
    const nearest = MAINS_HZ.some((hz) => Math.abs(this.hz - hz) <= 1.5 * NEAR * hz);
    if (!nearest || seenAt(this.hz, stretch) === 0) this.lose();
    else this.see(index);
  }

  /** All of it as numbers. */
  save(): number[] {
    const { sight, entries, count, from } = this;
    const numbers = [this.hz, this.phase, this.atUs, this.c, this.s, +this.tied, this.cleaned, this.looks];
    numbers.push(this.seenUs, this.seenTo, this.dtUs, from, this.startUs, count, ...this.re, ...this.im);
    if (sight === null) numbers.push(0);
    else numbers.push(1, sight.hz, sight.re, sight.im, sight.next, sight.off, sight.count, sight.sum);
    if (from >= 0 && entries !== null) for (let k = 0; k < count; k++) numbers.push(entries[k] as number);
    return numbers;
  }

  restore(numbers: readonly number[]): void {
    let at = 0;
    const get = () => numbers[at++] as number;
    const [hz, phase, atUs, c, s, tied, cleaned, looks] = [
      get(),
      get(),
      get(),
      get(),
      get(),
      get(),
      get(),
      get(),
    ];
    const [seenUs, seenTo, dtUs, from, startUs, count] = [get(), get(), get(), get(), get(), get()];
    this.begin(dtUs);
    Object.assign(this, { hz, phase, atUs, c, s, tied: tied === 1, cleaned, looks, seenUs, seenTo, from });
    Object.assign(this, { startUs, count });
    const phasors = () => Float64Array.from({ length: HARMONICS }, get);
    const [re, im] = [phasors(), phasors()];
    if (hz > 0) Object.assign(this, { re, im });
    if (get() === 1) {
      this.sight = { hz: get(), re: get(), im: get(), next: get(), off: get(), count: get(), sum: get() };
    }
    if (from < 0) return;
    this.entries = new Float64Array(ENTRIES);
    for (let k = 0; k < count; k++) this.entries[k] = get();
  }
}
