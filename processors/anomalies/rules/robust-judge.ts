import type { RobustRule } from '@loadcycle/contract/rule-settings';
import { History, LAG, LEAST, MAD_TO_SIGMA, SPAN_US, type StoredHistory } from '../robust.ts';
import type { Verdict } from './alarm.ts';
import { type Judge, Means, type Stretch } from './judges.ts';

/** Means of history. */
const SIZE = 112;
/** The least standard deviation that is believed, as a share of the median. */
const FLOOR = 0.0005;
/** Drift is a moving average of so many means. */
const AVERAGED = 16;
/** One wild mean counts for no more than so many thresholds. */
const CLIP = 2;
/** It is over within this share of the threshold. */
const BACK = 0.5;

interface RobustState {
  readonly means: Stretch;
  readonly average: number;
}

export interface RobustBaseline {
  readonly history: StoredHistory;
  readonly recent: readonly { readonly value: number; readonly atUs: number }[];
}

/**
 * Means of stretches against the median and MAD of those before: a mean that is far off (`value-outlier`), or a moving average that has
 * gone (`drift`). What is usual is kept as of cycles: evenly over 36 hours, and it stands still while the alarm is open.
 */
export class RobustJudge implements Judge {
  readonly #rule: RobustRule;
  readonly #means: Means;
  readonly #history: History;
  #average: number;

  constructor(rule: RobustRule, state: RobustState | null = null, baseline: RobustBaseline | null = null) {
    this.#rule = rule;
    this.#means = new Means(rule.bucket, state?.means);
    this.#average = state?.average ?? 0;
    this.#history = new History(SIZE, LAG, Math.max(SPAN_US, SIZE * rule.bucket));
    if (baseline !== null) this.#history.restore(baseline.history, baseline.recent);
  }

  state(): RobustState {
    return { means: this.#means.state(), average: this.#average };
  }

  baseline(): RobustBaseline {
    return { history: this.#history.all(), recent: this.#history.recent };
  }

  /** Another number whenever {@link baseline} gives something else. */
  changes = 0;

  push(atUs: number, value: number): Verdict | null {
    const ended = this.#means.push(atUs, value);
    if (ended === null) return null;
    const { threshold, minDeviation, type } = this.#rule;
    const known = this.#history.baseline(LEAST);
    this.#newest = { value: ended.mean, atUs: ended.fromUs };
    if (known === null) return null;
    const { median, mad } = known;
    const sigma = Math.max(MAD_TO_SIGMA * mad, minDeviation, FLOOR * Math.abs(median), Number.MIN_VALUE);
    const z = (ended.mean - median) / sigma;
    let y = z;
    if (type === 'drift') {
      const most = CLIP * threshold;
      this.#average += (Math.max(-most, Math.min(most, z)) - this.#average) / AVERAGED;
      y = this.#average;
    }
    const far = Math.abs(y);
    const beyond = { hit: far > threshold, calm: far <= BACK * threshold, excess: far };
    return { atUs: ended.fromUs, ...beyond, value: ended.mean, expected: median, score: y };
  }

  /** The newest mean, until it is learnt. */
  #newest: { readonly value: number; readonly atUs: number } | null = null;

  /** After each {@link push}: learns from the mean that it ended, but from none of an alarm. */
  learn(isOpen: boolean): void {
    const newest = this.#newest;
    if (newest === null) return;
    this.#newest = null;
    const history = this.#history;
    if (isOpen) history.freeze();
    else {
      if (history.frozen) history.thaw(newest.atUs);
      history.push(newest.value, newest.atUs);
    }
    this.changes++;
  }

  /** What comes from now on is what is usual. */
  reset(fromUs: number): void {
    this.#history.reset(fromUs);
    this.#average = 0;
    this.changes++;
  }
}
