import type { RateRule, StuckRule, ThresholdRule } from '@loadcycle/contract/rule-settings';
import type { Verdict } from './alarm.ts';

/**
 * Says of a signal's samples, in ascending time, whether they are beyond what a rule allows. Null: nothing to say yet. Pure; its
 * memory is bounded and plain JSON.
 */
export interface Judge {
  /** `atRest`: only what is beyond matters, and null says the rest. */
  push(atUs: number, value: number, atRest?: boolean): Verdict | null;
  state(): unknown;
}

const NO_SCORE = { score: null };

export class ThresholdJudge implements Judge {
  readonly #sign: number;
  readonly #limit: number;
  readonly #back: number;

  constructor({ type, limit, deadband }: Pick<ThresholdRule, 'type' | 'limit' | 'deadband'>) {
    this.#sign = type.startsWith('high') ? 1 : -1;
    this.#limit = limit;
    this.#back = limit - this.#sign * deadband;
  }

  push(atUs: number, value: number, atRest = false): Verdict | null {
    const sign = this.#sign;
    const excess = sign * (value - this.#limit);
    if (atRest && excess <= 0) return null;
    const calm = sign * (value - this.#back) <= 0;
    return { atUs, hit: excess > 0, calm, value, excess, expected: this.#limit, ...NO_SCORE };
  }

  state(): null {
    return null;
  }
}

/** Means of aligned stretches of time, each known once a sample of a later one comes. */
export interface Stretch {
  readonly slot: number;
  readonly n: number;
  readonly sum: number;
  /** of the times since the slot's beginning, µs */
  readonly after: number;
}

export class Means {
  readonly #lengthUs: number;
  #slot: number;
  #n: number;
  #sum: number;
  #after: number;

  constructor(lengthUs: number, state: Stretch | null = null) {
    this.#lengthUs = lengthUs;
    this.#slot = state?.slot ?? 0;
    this.#n = state?.n ?? 0;
    this.#sum = state?.sum ?? 0;
    this.#after = state?.after ?? 0;
  }

  state(): Stretch {
    return { slot: this.#slot, n: this.#n, sum: this.#sum, after: this.#after };
  }

  /** The mean of the stretch that this sample ends, with the mean of its times and its beginning; else null. */
  push(
    atUs: number,
    value: number,
  ): { readonly atUs: number; readonly fromUs: number; readonly mean: number } | null {
    const slot = Math.floor(atUs / this.#lengthUs);
    let ended = null;
    if (slot !== this.#slot) {
      if (this.#n > 0) {
        const fromUs = this.#slot * this.#lengthUs;
        ended = { atUs: Math.round(fromUs + this.#after / this.#n), fromUs, mean: this.#sum / this.#n };
      }
      this.#slot = slot;
      this.#n = 0;
      this.#sum = 0;
      this.#after = 0;
    }
    this.#n++;
    this.#sum += value;
    this.#after += atUs - slot * this.#lengthUs;
    return ended;
  }
}

/** Stretches in the time that a rate is of: so many means at most, whatever the rate of samples. */
const STRETCHES = 16;

interface RateState {
  readonly means: Stretch;
  readonly points: readonly (readonly [number, number])[];
}

/** The slope of the least-squares line through the means of the newest `over`. */
export class RateJudge implements Judge {
  readonly #rule: RateRule;
  readonly #overUs: number;
  readonly #means: Means;
  #points: (readonly [atUs: number, value: number])[];

  constructor(rule: RateRule, state: RateState | null = null) {
    this.#rule = rule;
    this.#overUs = rule.over ?? rule.per;
    this.#means = new Means(this.#overUs / STRETCHES, state?.means);
    this.#points = [...(state?.points ?? [])];
  }

  state(): RateState {
    return { means: this.#means.state(), points: this.#points };
  }

  push(atUs: number, value: number): Verdict | null {
    const ended = this.#means.push(atUs, value);
    if (ended === null) return null;
    const points = this.#points;
    points.push([ended.atUs, ended.mean]);
    // of a signal that is slower than that the newest two
    while (points.length > 2 && ended.atUs - points[0]![0] > this.#overUs) points.shift();
    if (ended.atUs - points[0]![0] < this.#overUs / 2) return null;
    const { limit, deadband, direction, per } = this.#rule;
    const rate = slopeOf(points) * per;
    const y = direction === 'either' ? Math.abs(rate) : direction === 'rising' ? rate : -rate;
    const beyond = { hit: y > limit, calm: y <= limit - deadband, excess: y - limit };
    return { atUs: ended.atUs, ...beyond, value: rate, expected: limit, ...NO_SCORE };
  }
}

/** In the value's unit for each µs. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const [t0, v0] = points[0]!;
  let [n, t, v, tt, tv] = [0, 0, 0, 0, 0];
  for (const [atUs, value] of points) {
    const x = atUs - t0;
    const y = value - v0;
    n++;
    t += x;
    v += y;
    tt += x * x;
    tv += x * y;
  }
  return (n * tv - t * v) / (n * tt - t * t);
}

interface StuckState {
  readonly sinceUs: number;
  readonly min: number;
  readonly max: number;
  /** it is known to be normal, and waits for the next change */
  readonly accepted: boolean;
}

export class StuckJudge implements Judge {
  readonly #rule: StuckRule;
  #s: StuckState | null;

  constructor(rule: StuckRule, state: StuckState | null = null) {
    this.#rule = rule;
    this.#s = state;
  }

  state(): StuckState | null {
    return this.#s;
  }

  /** The value that it stands at is normal. */
  accept(): void {
    if (this.#s !== null) this.#s = { ...this.#s, accepted: true };
  }

  push(atUs: number, value: number, atRest = false): Verdict | null {
    const { after, band } = this.#rule;
    const s = this.#s;
    const min = Math.min(value, s?.min ?? value);
    const max = Math.max(value, s?.max ?? value);
    if (s === null || max - min > band) {
      this.#s = { sinceUs: atUs, min: value, max: value, accepted: false };
      return atRest ? null : { ...standing(atUs, value), hit: false, calm: true };
    }
    if (min !== s.min || max !== s.max) this.#s = { ...s, min, max };
    const hit = !s.accepted && atUs - s.sinceUs >= after;
    if (atRest && !hit) return null;
    return { ...standing(atUs, value), hit, calm: false, sinceUs: s.sinceUs };
  }
}

const standing = (atUs: number, value: number) => ({ atUs, value, excess: 0, expected: null, ...NO_SCORE });
