import type { Course } from './course.ts';
import type { Belief } from './learn.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';

/** Two looks agree where their levels differ by no more than this share of the step. */
const AGREE = 0.25;
/** So many looks with a single level, and levels that none of them has shown are no longer suspected. */
const MOST_LOOKS = 256;

/**
 * Levels that one look has shown, until a second look, separate from the first, agrees. Levels come from a return to the
 * base (what stands just after an onset may be an inrush); that, and an onset from the same base, are a cycle as well.
 */
export class Suspicion {
  private candidate = false;
  private base = 0;
  private load = 0;
  /** Absolute index up to which the candidate's look went, and looks since then. */
  private end = 0;
  private age = 0;
  /** An onset that was seen: the base before it, what came after it, and the end of the look. */
  private rise = false;
  private riseBase = 0;
  private riseTo = 0;
  private riseEnd = 0;

  get some(): boolean {
    return this.candidate || this.rise;
  }

  clear(): void {
    this.candidate = false;
    this.rise = false;
  }

  /** A look showed one level only, give or take `spread`. */
  passOver(level: number, spread: number): void {
    const is = (base: number, load: number): boolean => {
      const near = AGREE * (load - base);
      // A look that is itself wide (cycles that it could not tell apart) says nothing against it.
      return Math.abs(level - base) < near || Math.abs(level - load) < near || spread >= near;
    };
    if (this.candidate) {
      if (!is(this.base, this.load)) this.candidate = false;
      else if (++this.age > MOST_LOOKS) this.candidate = false;
    }
    if (this.rise && level < this.riseBase && !is(this.riseBase, this.riseTo)) this.rise = false;
  }

  /** Whether the last look and this one, from absolute index `from` to `end`, agree. */
  agree({ base, load }: Belief, from: number, end: number): boolean {
    const near = AGREE * (load - base);
    const apart = from >= this.end;
    const agrees =
      this.candidate && apart && Math.abs(base - this.base) < near && Math.abs(load - this.load) < near;
    if (!this.candidate || apart) {
      this.candidate = !agrees;
      this.base = base;
      this.load = load;
      this.end = end;
      this.age = 0;
    }
    return agrees;
  }

  /** While nothing is known: levels that are to be believed, now that a look has shown this course. */
  follow(seen: Belief, { rises, falls, sure, dies }: Course, from: number, end: number): Belief | null {
    if (dies) return null;
    const { base, load } = seen;
    const near = AGREE * (load - base);
    if (!sure) return falls && this.agree(seen, from, end) ? seen : null;
    if (falls) {
      const onset =
        this.rise &&
        from >= this.riseEnd &&
        Math.abs(base - this.riseBase) < near &&
        this.riseTo > base + 2 * near;
      if (this.agree(seen, from, end) || onset) return seen;
    }
    if (rises) {
      const { candidate } = this;
      const step = this.load - this.base;
      const returned =
        candidate &&
        from >= this.end &&
        Math.abs(base - this.base) < AGREE * step &&
        load > base + 0.5 * step;
      if (returned) return { ...seen, base: this.base, load: this.load };
      if (!this.rise || from >= this.riseEnd) {
        this.rise = true;
        this.riseBase = base;
        this.riseTo = load;
        this.riseEnd = end;
      }
    }
    return null;
  }

  save(w: NumberWriter): void {
    w.put(+this.candidate, this.base, this.load, this.end, this.age);
  }

  restore(r: NumberReader): void {
    this.candidate = r.get() === 1;
    this.base = r.get();
    this.load = r.get();
    this.end = r.get();
    this.age = r.get();
  }

  saveMore(w: NumberWriter): void {
    w.put(+this.rise, this.riseBase, this.riseTo, this.riseEnd);
  }

  restoreMore(r: NumberReader): void {
    this.rise = r.get() === 1;
    this.riseBase = r.get();
    this.riseTo = r.get();
    this.riseEnd = r.get();
  }
}
