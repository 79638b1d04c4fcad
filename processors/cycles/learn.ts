import { analyse, LOOK, type Look, varies } from './look.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';
import { scratch } from './window.ts';

const { X } = scratch;

/**
 * Learns the state levels of a signal from looks at it, and goes on looking.
 *
 * Samples are condensed to trimmed means of four (a spike leaves no trace), aligned to the absolute sample index.
 * 256 of these are a fine look (1,024 samples), 256 means of four of these a coarse one (4,096 samples; what it
 * shows holds down to 6 dB). Levels are believed once two separate looks agree on them.
 * Cost is bounded: each sample is looked at twice, whether the signal shows load or not.
 */

/** Two looks agree where their levels differ by no more than this share of the step. */
const AGREE = 0.25;
/** Entries in a look: a constant of this module (see `window.ts`). */
const ENTRIES = LOOK;

/** Levels on which two looks agreed. */
export interface Belief {
  base: number;
  load: number;
  sigma: number;
}

export class Learner {
  /** Not kept while levels are known: then only coarse looks are wanted. */
  private fine: Float32Array | null = null;
  private four = 0;
  private fours = 0;
  /** Between two looks, once levels are known, there is nothing to keep. */
  private coarse: Float32Array | null = null;
  private fineCount = 0;
  private coarseCount = 0;
  private fineFrom = 0;
  private coarseFrom = 0;
  /** Entries are kept as differences from this value, so that single precision suffices. */
  private reference = 0;
  private hasReference = false;
  private candidate = false;
  private candidateBase = 0;
  private candidateLoad = 0;
  /** Absolute index up to which the candidate's look went, and looks since then. */
  private candidateEnd = 0;
  private candidateAge = 0;

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
    let from = this.fineFrom;
    if (!coarseOnly) {
      if (this.fineCount === 0) {
        this.fine ??= new Float32Array(ENTRIES);
        this.fineFrom = index;
        from = index;
      }
      (this.fine as Float32Array)[this.fineCount++] = mean - this.reference;
      if (this.fineCount === ENTRIES) {
        this.fineCount = 0;
        if (varies(this.fine as Float32Array)) look = analyse(this.fine as Float32Array, 1.83, minStep);
      }
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
    }
    if (this.coarseCount === ENTRIES) {
      this.coarseCount = 0;
      if (look === null || look.levels.length < 2) {
        // A look with long gaps in it compares what lies too far apart in time.
        if (index - this.coarseFrom < 2 * 16 * ENTRIES) {
          look = analyse(this.coarse as Float32Array, 3.66, minStep);
          from = this.coarseFrom;
        }
      }
    }
    if (coarseOnly && this.coarseCount === 0) this.coarse = null;
    if (look === null) return null;
    for (let k = 0; k < look.levels.length; k++) look.levels[k] = (look.levels[k] as number) + this.reference;
    this.lookFrom = from;
    this.lookEnd = index + 4;
    return look;
  }

  private lookFrom = 0;
  private lookEnd = 0;

  /** Weighs the last look against the one before: levels, if the two agree. */
  weigh(look: Look): Belief | null {
    const base = look.levels[0] as number;
    if (look.levels.length < 2) {
      if (this.candidate) {
        const near = AGREE * (this.candidateLoad - this.candidateBase);
        const known =
          Math.abs(base - this.candidateBase) < near || Math.abs(base - this.candidateLoad) < near;
        // A look that is itself wide (cycles that it could not tell apart) says nothing against the candidate.
        if ((!known && look.spread < near) || ++this.candidateAge > 256) this.candidate = false;
      }
      return null;
    }
    const load = look.levels[1] as number;
    const near = AGREE * (load - base);
    const agrees =
      this.candidate &&
      this.lookFrom >= this.candidateEnd &&
      Math.abs(base - this.candidateBase) < near &&
      Math.abs(load - this.candidateLoad) < near;
    if (!this.candidate || this.lookFrom >= this.candidateEnd) {
      this.candidate = !agrees;
      this.candidateBase = base;
      this.candidateLoad = load;
      this.candidateEnd = this.lookEnd;
      this.candidateAge = 0;
    }
    return agrees ? { base, load, sigma: look.sigma } : null;
  }

  /** Whether a look has shown levels that no second one has confirmed yet. */
  get suspects(): boolean {
    return this.candidate;
  }

  /** Forgets what has been gathered: after a change of regime. */
  restart(): void {
    this.candidate = false;
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
    w.put(+this.candidate, this.candidateBase, this.candidateLoad, this.candidateEnd, this.candidateAge);
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
    this.candidate = r.get() === 1;
    this.candidateBase = r.get();
    this.candidateLoad = r.get();
    this.candidateEnd = r.get();
    this.candidateAge = r.get();
    if (this.fineCount > 0) {
      this.fine = new Float32Array(ENTRIES);
      r.singles(this.fine, this.fineCount);
    }
    if (this.coarseCount > 0) {
      this.coarse = new Float32Array(ENTRIES);
      r.singles(this.coarse, this.coarseCount);
    }
  }
}
