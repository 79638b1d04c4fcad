import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import { isLastDigit } from './last-digit.ts';
import { type Belief, Learner } from './learn.ts';
import type { Look } from './look.ts';
import { followPlateau } from './plateaus.ts';
import { Tracker } from './tracker.ts';
import type { Window } from './window.ts';

/** What a look has changed. */
export interface Change {
  /** The levels to go on with; null: there are none any more. */
  levels: Belief | null;
  /** Whether the cycle under way breaks off. */
  breaksOff: boolean;
  /** The highest level in sight. */
  highest: number;
}

/**
 * What is known of a signal's levels: nothing, until looks at it agree or settings name them; then the two that the
 * detector stands between, followed as they drift, and a highest one (overload is load). When looks show for a while that the
 * signal is elsewhere, they are given up.
 */
export class KnownLevels {
  known = false;
  readonly tracker = new Tracker();
  readonly learner = new Learner();
  /** A sample alone outside of [low, high] is an outlier. */
  low = 0;
  high = 0;
  highest = 0;
  /** Looks in a row that saw neither level, and that saw other ones. */
  away = 0;
  differ = 0;
  /** Whether a look is wanted although levels are known. */
  looking = true;
  /** Absolute index up to which plateaus have been followed. */
  followedTo = 0;
  private readonly settings: CycleSettings;

  constructor(settings: CycleSettings) {
    this.settings = settings;
  }

  /** From absolute index `index` on the tracker's levels are the known ones. */
  start(index: number): void {
    this.known = true;
    this.away = 0;
    this.differ = 0;
    this.followedTo = index;
  }

  /** From here on there are none. */
  stop(): void {
    this.known = false;
    this.learner.restart();
  }

  /** The gates, after the tracker has moved: the step between its levels, the standard deviation about them. */
  tune(step: number, sigma: number): void {
    const { tracker } = this;
    const gate = Math.max(this.settings.outlierGate * step, 6 * sigma);
    this.low = tracker.base - gate;
    this.high = Math.max(tracker.load, this.highest) + gate;
  }

  /** Follows the level of a plateau at positions [from, to). */
  follow(window: Window, from: number, to: number, state: number): void {
    const levelsToo = this.settings.levels === undefined || this.settings.followLevels;
    followPlateau(this.tracker, from, to, state, to + window.origin, levelsToo);
  }

  /** Weighs a look at the signal, up to its newest sample, against what is known; null where all stays as it is. */
  weigh(look: Look, window: Window): Change | null {
    const weighed = this.learner.weigh(look, this.known);
    const isDigit = weighed !== null && this.settings.minStep === 0 && isLastDigit(weighed, window);
    const belief = isDigit ? null : weighed;
    const top = look.levels[look.levels.length - 1] as number;
    if (!this.known) return belief === null ? null : { levels: belief, breaksOff: false, highest: top };
    const { base, load, step } = this.tracker;
    const reach = 0.35 * step;
    const most = Math.max(load, this.highest);
    const lost = look.levels.every(
      (l) => l < base - reach || l > most + reach || (l > base + reach && l < load - reach),
    );
    this.away = lost ? this.away + 1 : 0;
    if (belief === null) {
      const gone = this.away >= 2 && look.levels.length === 1;
      return gone ? { levels: null, breaksOff: true, highest: this.highest } : null;
    }
    this.highest = Math.max(this.highest, top);
    const lower = belief.base < base - 0.25 * step;
    const middle = Math.abs(belief.base - base) < 0.25 * step && belief.load < load - 0.25 * step;
    // a look that shows the base and the highest level only has not seen what lies between
    const isOther = (l: number) => Math.abs(l - load) > 0.25 * step && Math.abs(l - most) > 0.25 * step;
    const other = Math.abs(belief.base - base) > 0.25 * step || isOther(belief.load);
    this.differ = other ? this.differ + 1 : 0;
    if (!(lower || middle || this.differ >= 16 || (lost && this.away >= 2))) return null;
    return { levels: belief, breaksOff: !middle, highest: Math.max(belief.load, top) };
  }
}
