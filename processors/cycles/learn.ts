import type { Course } from './course.ts';
import { analyse, isCertain, LOOK, type Look, varies } from './look.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';
import { lookRaw, mayVary } from './raw-look.ts';
import { Suspicion } from './suspicion.ts';
import { scratch } from './window.ts';

const { X, STRIDE } = scratch;

/**
 * Learns the state levels of a signal from looks at it, and goes on looking.
 *
 * Samples are condensed to trimmed means of four (a spike leaves no trace), aligned to the absolute sample index.
 * 256 of these are a fine look (1,024 samples), 256 means of four of these a coarse one (4,096 samples; what it
 * shows holds down to 6 dB). While no levels are known there are smaller ones too: at the samples themselves
 * (`raw-look`), and at each quarter of a fine look, where means of eight and sixteen samples are looked at as well.
 * Levels are believed once a look shows the signal go to one and come back, or two separate looks agree (`suspicion`).
 * Cost is bounded: each sample is looked at a few times, whether the signal shows load or not.
 */

/** Entries in a look: a constant of this module (see `window.ts`). */
const ENTRIES = LOOK;
/** How much less a trimmed mean of four varies than a sample does; a mean of two of these, of four. */
const OF_FOUR = 1.83;
const OF_EIGHT = 2.59;
const OF_SIXTEEN = 3.66;
const OF_SIXTY_FOUR = 7.32;
/** A level between two known ones is so far above the lower one, of the step to the next. */
const BETWEEN = 0.25;
/** Noise that is seen in means of 64 alone is no more than this share of the step: it may be correlated. */
const LOUD = 0.5;

/** Levels that are believed. */
export interface Belief {
  base: number;
  load: number;
  sigma: number;
  /** Samples of a stay at a level, on average, where that is known to be short; else infinite. */
  stay: number;
}

/** While it is new it looks more often and more closely; at every 64th sample, then 256th, then 512th. */
const NEW = 8192;
const OFTEN = 1024;

const wider = new Float32Array(ENTRIES / 2);

export class Learner {
  /** Not kept while levels are known: then only coarse looks are wanted. */
  private fine: Float32Array | null = null;
  private four = 0;
  private fours = 0;
  /** Between two looks, once levels are known, there is nothing to keep. */
  private coarse: Float32Array | null = null;
  /** Means of four coarse entries, while no levels are known: what is correlated, or a tenth of the noise, shows in these. */
  private wide: Float32Array | null = null;
  private wideCount = 0;
  private wideFrom = 0;
  private fineCount = 0;
  private coarseCount = 0;
  private fineFrom = 0;
  private coarseFrom = 0;
  /** Entries are kept as differences from this value, so that single precision suffices. */
  private reference = 0;
  private hasReference = false;
  private lookFrom = 0;
  private lookEnd = 0;
  /** Absolute index at which it began; -1: not yet. */
  private from = -1;
  /** Whether that is not long ago: then it looks more often. */
  private isNew = true;
  private readonly suspicion = new Suspicion();
  /** What wide looks have shown since levels are known; whether the last look was one of them. */
  private readonly between = new Suspicion();
  private isWide = false;
  /** Whether the signal stays at its levels for longer than a wide entry takes. */
  isSlow = false;

  /** Whether a look has shown levels that no second one has confirmed yet. */
  get suspects(): boolean {
    return this.suspicion.some;
  }

  /** Looks at the newest samples, up to position `end` of the scratch space, which is absolute index `index`. */
  pushRaw(end: number, index: number, minStep: number): Look | null {
    if (this.from < 0) this.from = index - STRIDE;
    const since = index - this.from;
    this.isNew = since <= NEW;
    if (index % (since <= OFTEN ? STRIDE : this.isNew ? 4 * STRIDE : 8 * STRIDE) !== 0) return null;
    if (!this.isNew && !mayVary(end)) return null;
    const look = lookRaw(end, since, minStep, this.isNew);
    if (look === null) return null;
    this.lookFrom = index - LOOK;
    this.lookEnd = index;
    return look;
  }

  /**
   * Takes four samples from position `p` of the scratch space on, `index` being the absolute index of the first one.
   * `coarseOnly` saves the fine looks once levels are known.
   */
  push(p: number, index: number, minStep: number, coarseOnly: boolean): Look | null {
    const a = X[p] as number;
    const b = X[p + 1] as number;
    const c = X[p + 2] as number;
    const d = X[p + 3] as number;
    const sum = a + b + c + d;
    // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
    if (sum !== sum) return null;
    const ab = Math.min(a, b);
    const AB = Math.max(a, b);
    const cd = Math.min(c, d);
    const CD = Math.max(c, d);
    const mean = (sum - Math.min(ab, cd) - Math.max(AB, CD)) / 2;
    if (!this.hasReference) {
      this.hasReference = true;
      this.reference = mean;
    }
    let look: Look | null = null;
    let wide: Look | null = null;
    let from = this.fineFrom;
    if (!coarseOnly) {
      if (this.fineCount === 0) {
        this.fine ??= new Float32Array(ENTRIES);
        this.fineFrom = index;
        from = index;
      }
      (this.fine as Float32Array)[this.fineCount++] = mean - this.reference;
      if (this.fineCount === ENTRIES || (this.isNew && this.fineCount % (ENTRIES / 4) === 0))
        look = this.lookFine(minStep);
      if (this.fineCount === ENTRIES) this.fineCount = 0;
    } else if (this.fine !== null) {
      this.fine = null;
      this.fineCount = 0;
    }
    if (this.coarseCount === 0 && this.fours === 0) this.coarseFrom = index;
    this.four += mean - this.reference;
    if (++this.fours === 4) {
      this.coarse ??= new Float32Array(ENTRIES);
      this.coarse[this.coarseCount++] = this.four / 4;
      this.four = 0;
      this.fours = 0;
      if (this.coarseCount % 4 === 0) {
        wide = this.pushWide(index, minStep, coarseOnly);
        if (wide !== null && (look === null || !isCertain(look))) {
          look = wide;
          from = this.wideFrom;
        } else wide = null;
      }
    }
    if (this.coarseCount === ENTRIES) {
      this.coarseCount = 0;
      if (look === null || look.levels.length < 2 || (coarseOnly && wide === null)) {
        // A look with long gaps in it compares what lies too far apart in time.
        if (index - this.coarseFrom < 2 * 16 * ENTRIES) {
          look = analyse(this.coarse as Float32Array, ENTRIES, OF_SIXTEEN, minStep);
          from = this.coarseFrom;
        }
      }
    }
    if (coarseOnly && this.coarseCount === 0) this.coarse = null;
    if (look === null) return null;
    for (let k = 0; k < look.levels.length; k++) look.levels[k] = (look.levels[k] as number) + this.reference;
    this.lookFrom = from;
    this.lookEnd = index + 4;
    this.isWide = look === wide;
    return look;
  }

  /**
   * Takes the mean of the last four coarse entries; gives a look at each quarter that shows a course that returns, and at the end.
   * Once levels are known, entries come from four coarse looks, and what is asked for is a level between these.
   */
  private pushWide(index: number, minStep: number, known: boolean): Look | null {
    const coarse = this.coarse as Float32Array;
    this.wide ??= new Float32Array(ENTRIES);
    if (this.wideCount === 0) this.wideFrom = index - 60;
    let sum = 0;
    for (let k = this.coarseCount - 4; k < this.coarseCount; k++) sum += coarse[k] as number;
    this.wide[this.wideCount++] = sum / 4;
    const count = this.wideCount;
    if (count % (ENTRIES / 4) !== 0) return null;
    if (count === ENTRIES) this.wideCount = 0;
    if (known) {
      if (count < ENTRIES || !this.isSlow) return null;
      const look = analyse(this.wide, count, OF_SIXTY_FOUR, minStep);
      const [base, middle, top] = look.levels as [number, number?, number?];
      // what drifts shows levels too, near each other
      return top !== undefined && (middle as number) - base > BETWEEN * (top - base) ? look : null;
    }
    if (index - this.wideFrom > 2 * 64 * ENTRIES || !varies(this.wide, count)) return null;
    const look = analyse(this.wide, count, OF_SIXTY_FOUR, minStep);
    const [base, load] = look.levels as [number, number?];
    if (load === undefined || !(count === ENTRIES || isCertain(look))) return null;
    return { ...look, sigma: Math.min(look.sigma, LOUD * (load - base)) };
  }

  /** At each quarter of a fine look: what it shows at three widths. Before its end only a course that returns counts. */
  private lookFine(minStep: number): Look | null {
    const { fineCount } = this;
    const fine = this.fine as Float32Array;
    if (!varies(fine, fineCount)) return null;
    const four = analyse(fine, fineCount, OF_FOUR, minStep);
    // where it is sure of less than a return, means of more samples show no more
    if (four.course?.sure) return isCertain(four) || fineCount === ENTRIES ? four : null;
    for (const [width, scale] of [
      [2, OF_EIGHT],
      [4, OF_SIXTEEN],
    ] as const) {
      const count = fineCount / width;
      for (let k = 0; k < count; k++) {
        let sum = 0;
        for (let j = 0; j < width; j++) sum += fine[k * width + j] as number;
        wider[k] = sum / width;
      }
      const look = analyse(wider, count, scale, minStep);
      if (isCertain(look)) return look;
    }
    return fineCount === ENTRIES ? four : null;
  }

  /** Weighs the last look: levels, if they are to be believed. `known`: as others are known, only if two looks agree. */
  weigh(look: Look, known: boolean): Belief | null {
    const [base, load] = look.levels as [number, number?];
    const { suspicion, lookFrom, lookEnd } = this;
    if (load === undefined) {
      suspicion.passOver(base, look.spread);
      return null;
    }
    const seen = { base, load, sigma: look.sigma, stay: look.stay };
    const course = look.course as Course;
    if (known) {
      const others = this.isWide ? this.between : suspicion;
      return others.agree(seen, lookFrom, lookEnd) ? seen : null;
    }
    return isCertain(look) ? seen : suspicion.follow(seen, course, lookFrom, lookEnd);
  }

  /** Forgets what has been gathered: after a change of regime. */
  restart(): void {
    this.suspicion.clear();
    this.between.clear();
    this.wideCount = 0;
    this.from = -1;
  }

  save(w: NumberWriter): void {
    w.put(
      this.fineCount,
      this.coarseCount,
      this.fineFrom,
      this.coarseFrom,
      this.reference,
      +this.hasReference,
    );
    w.put(this.four, this.fours);
    this.suspicion.save(w);
    if (this.fine !== null) w.singles(this.fine, this.fineCount);
    if (this.coarse !== null) w.singles(this.coarse, this.coarseCount);
  }

  restore(r: NumberReader): void {
    this.fineCount = r.get();
    this.coarseCount = r.get();
    this.fineFrom = r.get();
    this.coarseFrom = r.get();
    this.reference = r.get();
    this.hasReference = r.get() === 1;
    this.four = r.get();
    this.fours = r.get();
    this.suspicion.restore(r);
    if (this.fineCount > 0) {
      this.fine = new Float32Array(ENTRIES);
      r.singles(this.fine, this.fineCount);
    }
    if (this.coarseCount > 0) {
      this.coarse = new Float32Array(ENTRIES);
      r.singles(this.coarse, this.coarseCount);
    }
  }

  /** What version 1 of the state did not have. */
  saveMore(w: NumberWriter): void {
    w.put(this.from);
    this.suspicion.saveMore(w);
  }

  restoreMore(r: NumberReader): void {
    this.from = r.get();
    this.suspicion.restoreMore(r);
  }

  /** What version 2 did not have, whether levels are known or not. */
  saveWide(w: NumberWriter): void {
    w.put(this.wideCount, this.wideFrom, +this.isSlow);
    this.between.save(w);
    if (this.wide !== null) w.singles(this.wide, this.wideCount);
  }

  restoreWide(r: NumberReader): void {
    this.wideCount = r.get();
    this.wideFrom = r.get();
    this.isSlow = r.get() === 1;
    this.between.restore(r);
    if (this.wideCount === 0) return;
    this.wide = new Float32Array(ENTRIES);
    r.singles(this.wide, this.wideCount);
  }
}
