/**
 * The order in which a look's values go from level to level. A load cycle goes up and comes back; what only goes one way
 * (a ramp, a step), what goes to and fro from value to value (noise between two codes of a converter) and what goes up for
 * less than it takes to hold a level (a spike) does not. A signal that wanders may do all of that by chance, but then it
 * wanders about its levels too.
 */

/** A value is at a level within this share of the distance to the next one. */
const NEAR = 0.25;
/** Values that hold a level that is seen once only, and both sides of an edge that is seen alone. */
const HELD_ONCE = 8;
/** Changes of side must be so many standard deviations rarer than in random order (Wald and Wolfowitz). */
const RARE = 5;
/** Share of the values that may be on the other side of where the signal is, half of it; share that must be on a side. */
const STRAY = 0.05;
const SIDED = 0.65;
/** What wanders (correlation of neighbours about the levels) must stay within this share of the step about them. */
const WANDERS = 0.5;
const CLOSE = 1 / 16;
/** A load that ends is between the levels for no more than this share of what it stood at its own: an impulse dies away. */
const DIES = 0.22;
/** Share of a stay under load that may be an inrush: after that half of the values are at a level. */
const INRUSH = 0.7;

export interface Course {
  /** The signal held the base and then a level above it, each for a while; and the other way round. */
  rises: boolean;
  falls: boolean;
  /** It went to the other level and came back. */
  returns: boolean;
  /** How often it went from one to the other. */
  turns: number;
  /** It dies away from the upper level, as an impulse does. */
  dies: boolean;
  /** It does not wander about its levels. */
  still: boolean;
  /** All of that is more than chance. */
  sure: boolean;
}

/** Neighbours about a level: whether they wander. */
class Neighbours {
  private square = 0;
  private product = 0;
  private pairs = 0;
  private before = Number.NaN;

  add(off: number): void {
    const { before } = this;
    if (!Number.isNaN(before)) {
      this.square += before * before;
      this.product += before * off;
      this.pairs++;
    }
    this.before = off;
  }

  leave(): void {
    this.before = Number.NaN;
  }

  isStill(step: number): boolean {
    const { square, product, pairs } = this;
    return product <= WANDERS * square || square <= CLOSE * CLOSE * step * step * pairs;
  }
}

/**
 * The course of the first `count` values between the lowest of `levels` and what is above it; `held` values in a row make
 * a stay there.
 */
export function courseOf(
  values: Float32Array,
  count: number,
  levels: readonly number[],
  held: number,
): Course {
  const [base, load] = levels as [number, number];
  const step = load - base;
  const reach = NEAR * step;
  const on = [0, 0];
  const atBase = new Neighbours();
  const atLoad = new Neighbours();
  let changes = 0;
  let rises = false;
  let falls = false;
  let wild = false;
  let [side, run, from, to] = [-1, 0, 0, 0];
  // the last stay, its length, how many others there were before it, and the length of the first that was left again
  let [last, stay, turns, lonely] = [-1, 0, 0, 0];
  const offLoad = (v: number): number => {
    let off = v - load;
    for (let l = 2; l < levels.length; l++) {
      const other = v - (levels[l] as number);
      if (Math.abs(other) < Math.abs(off)) off = other;
    }
    return off;
  };
  const isWild = (): boolean => {
    const settled = to - Math.floor((1 - INRUSH) * (to - from));
    let away = 0;
    for (let k = settled; k <= to; k++) if (Math.abs(offLoad(values[k] as number)) > reach) away++;
    return 2 * away > to - settled + 1;
  };
  const close = (): void => {
    if (run < held) return;
    if (side === 1 && isWild()) wild = true;
    if (side === last) {
      stay += run;
      return;
    }
    if (last >= 0) {
      if (++turns === 2) lonely = stay;
      if (run >= HELD_ONCE && stay >= HELD_ONCE) {
        if (side === 1) rises = true;
        else falls = true;
      }
    }
    last = side;
    stay = run;
  };
  // values between the levels since the last one at the load, and how many these were over all stays, beside those at it
  let [between, fallen, stood] = [0, 0, 0];
  // values at the base since the last one that was surely there: they may be the beginning of an edge
  let waiting = 0;
  for (let k = 0; k < count; k++) {
    const v = values[k] as number;
    const now = v < base + reach ? 0 : v > load - reach ? 1 : -1;
    if (now < 0) {
      atLoad.leave();
      if (side === 0) waiting++;
      else if (side === 1) between++;
      continue;
    }
    on[now] = (on[now] as number) + 1;
    if (now !== side) {
      if (side >= 0) {
        changes++;
        close();
      }
      if (side === 1 && run >= held) {
        fallen += between;
        stood += run;
      }
      side = now;
      run = 0;
      from = k;
      waiting = 0;
      atBase.leave();
      atLoad.leave();
    }
    between = 0;
    run++;
    to = k;
    if (now === 0) {
      for (let j = k - waiting; j <= k; j++) atBase.add((values[j] as number) - base);
      waiting = 0;
      continue;
    }
    const off = offLoad(v);
    // an inrush is far above the load and of neither level
    if (Math.abs(off) > reach) atLoad.leave();
    else atLoad.add(off);
  }
  close();
  const [low, high] = on as [number, number];
  const n = low + high;
  const both = 2 * low * high;
  const deviation = Math.sqrt((both * (both - n)) / (n * n * (n - 1)));
  const rare = n > 2 && changes + 1 < both / n + 1 - RARE * deviation;
  const straight = changes - turns <= STRAY * n + 1 && n >= SIDED * count;
  const still = atBase.isStill(step) && atLoad.isStill(step);
  const dies = fallen > DIES * stood;
  const returns = turns >= 3 || (turns === 2 && lonely >= HELD_ONCE);
  return { rises, falls, returns, turns, dies, still, sure: rare && straight && still && !wild && !dies };
}
