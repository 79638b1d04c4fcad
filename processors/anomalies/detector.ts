import type { AnomalyKind, ClosedReason } from '@loadcycle/contract/anomaly-event';
import type { AnomalySettings } from '@loadcycle/contract/anomaly-settings';
import type { Cycle, CycleMetricName } from '@loadcycle/contract/cycle';
import { type Episode, Episodes } from './episodes.ts';
import { Cusum, History, LAG, LEAST, MAD_TO_SIGMA, SPAN_US, type StoredHistory } from './robust.ts';
import { type Difference, Shift, type UsualDifference } from './shift.ts';

/**
 * Metrics that are watched, and the least standard deviation that is believed of each, as a share of its median: a
 * history without any spread would make an anomaly of the last bit.
 */
const WATCHED: readonly (readonly [CycleMetricName, number])[] = [
  ['periodS', 0.005],
  ['dutyCycle', 0.005],
  ['riseTimeS', 0.03],
  ['fallTimeS', 0.03],
  ['baseLevel', 0.0005],
  ['topLevel', 0.0005],
  ['ripple', 0.02],
  ['topStd', 0.02],
];

/** Cycles of history for each metric (and phase), those that are too new to count among them. */
export const WINDOW = 128;
const PHASES = 24;
/** With a season, so many values of each phase are taken in one season. */
const A_SEASON = 16;
/** The moving average of a regime that is over, in standard deviations. */
const RETURNED = 0.5;
/** A step is one only to where less than this share of the history is: what a machine does in turns is no fault. */
const SELDOM = 0.2;
/** A step takes a regime back to where it leaves out no more than this share of the history at the end of its side. */
const OUTSIDE = 0.05;

const OF_METRIC = ['outlier', 'regime'] as const;
/** Directions, -1 or 1. */
interface Step {
  readonly away: number;
  readonly back: number;
}
const STANDS: Step = { away: 0, back: 0 };
const WAITING = ['missing-cycles', 'stuck-load'] as const;
const OF_CYCLES: readonly AnomalyKind[] = [...OF_METRIC, 'limit', ...WAITING];

/** What the history in the store does not say: sums and episodes under way. Plain JSON. */
export interface DetectorState {
  /** up, down, moving average, side, 1: back, largest difference */
  readonly cusum?: Readonly<Record<string, readonly [number, number, number?, number?, number?, number?]>>;
  readonly steps?: Readonly<Record<string, UsualDifference>>;
  readonly episodes?: readonly Episode[];
}

/** Histories that are more than the newest cycles, by phase and metric. Plain JSON. */
export type Baseline = Readonly<Record<string, StoredHistory>>;

/**
 * Watches one signal's cycles. Pure, all on measurement time: what it says depends on the cycles before and nothing
 * else. Only complete cycles count. While a metric is out of line its history stands still. `history` are the cycles before,
 * oldest first: {@link lookback} of them for the same result as without a break.
 */
export class Detector {
  readonly #settings: AnomalySettings;
  readonly #histories = new Map<string, History>();
  readonly #cusum = new Map<string, Cusum>();
  readonly #shifts = new Map<string, Shift>();
  readonly #episodes: Episodes;

  constructor(
    settings: AnomalySettings,
    history: readonly Cycle[] = [],
    state: DetectorState = {},
    baseline: Baseline = {},
  ) {
    this.#settings = settings;
    const complete = history.filter((c) => c.complete);
    for (const [key, stored] of Object.entries(baseline)) this.#restore(key, stored, complete);
    for (const [metric] of WATCHED) {
      const shift = new Shift(state.steps?.[metric]);
      this.#shifts.set(metric, shift);
      const fromUs = Math.max(...this.#historiesOf(metric).map((h) => h.fromUs));
      for (const c of complete)
        if (c[metric] !== null && c.startedAtUs > fromUs) shift.push(c[metric], c.startedAtUs);
    }
    for (const cycle of complete) {
      for (const [metric] of WATCHED) {
        if (baseline[this.#keyOf(metric, cycle.startedAtUs)] === undefined) this.#push(metric, cycle);
      }
    }
    for (const [metric, [up, down, mean, side, back, by]] of Object.entries(state.cusum ?? {})) {
      this.#cusum.set(metric, new Cusum(up, down, mean, side, back === 1, by));
    }
    this.#episodes = new Episodes(state.episodes ?? []);
  }

  state(): DetectorState {
    const sums = [...this.#cusum].filter(([, c]) => c.up > 0 || c.down > 0 || c.mean !== 0 || c.side !== 0);
    return {
      cusum: Object.fromEntries(
        sums.map(([m, c]) => [m, [c.up, c.down, c.mean, c.side, c.back ? 1 : 0, c.by] as const]),
      ),
      steps: Object.fromEntries([...this.#shifts].map(([m, shift]) => [m, shift.usual])),
      episodes: this.#episodes.all(),
    };
  }

  baseline(): Baseline {
    const own = [...this.#histories].map(([key, h]) => [key, h.stored()] as const);
    return Object.fromEntries(own.filter(([, stored]) => stored !== null)) as Baseline;
  }

  /** Another number whenever {@link baseline} gives something else. */
  get baselineChanges(): number {
    let sum = 0;
    for (const h of this.#histories.values()) sum += h.changes;
    return sum;
  }

  /**
   * The next cycle. Returns the anomalies that it opened, made worse or closed. `history`: it came long after it was
   * measured, so what it opens is marked as such, and is over with the first cycle that is not.
   */
  push(cycle: Cycle, history = false): Episode[] {
    const changed: Episode[] = [];
    if (!history) this.#episodes.endHistory();
    // whatever the machine was waiting for, here it is
    for (const kind of WAITING) {
      const e = this.#episodes.close(kind, cycle.endedAtUs);
      if (e !== null) changed.push(e);
    }
    if (!cycle.complete || !this.#settings.enabled) return changed;
    for (const [metric, floor] of WATCHED) {
      const value = cycle[metric];
      if (value === null) continue;
      const difference = this.#shifts.get(metric)!.push(value, cycle.startedAtUs);
      const usual = this.#history(metric, cycle.startedAtUs);
      const baseline = usual.baseline(LEAST);
      if (baseline === null) continue;
      const least = floor * Math.abs(baseline.median);
      const step =
        difference === null ? STANDS : this.#step(metric, difference, usual, least, cycle.startedAtUs);
      const seen = { value, level: difference?.level ?? value, by: Math.abs(difference?.by ?? 0), step };
      this.#compare(changed, cycle, metric, seen, baseline, floor, history);
    }
    for (const [name, { min, max }] of Object.entries(this.#settings.limits)) {
      const metric = name as CycleMetricName;
      const value = cycle[metric];
      if (value === null || value === undefined) continue;
      const bound = max !== undefined && value > max ? max : min !== undefined && value < min ? min : null;
      const hit = bound !== null;
      const found = { hit, calm: !hit, value, expected: bound, score: null, history };
      this.#episodes.note(changed, 'limit', metric, cycle, found);
    }
    for (const [metric] of WATCHED) this.#learn(metric, cycle);
    return changed;
  }

  /**
   * The direction of a step away from what is usual, and of one back to it; 0 where there is none. `leastSigma`: that is
   * believed of a single value.
   */
  #step(
    metric: CycleMetricName,
    difference: Difference,
    usual: History,
    leastSigma: number,
    atUs: number,
  ): Step {
    const shift = this.#shifts.get(metric)!;
    const back = shift.backOf(difference, leastSigma);
    if (back === 0) return STANDS;
    const { level } = difference;
    const side = shift.sideOf(difference, leastSigma, atUs);
    const beyond = (share: number): boolean =>
      side > 0 ? level > usual.quantile(1 - share) : level < usual.quantile(share);
    const within = level <= usual.quantile(1 - OUTSIDE) && level >= usual.quantile(OUTSIDE);
    return { away: beyond(SELDOM) ? side : 0, back: within ? back : 0 };
  }

  #compare(
    changed: Episode[],
    cycle: Cycle,
    metric: CycleMetricName,
    { value, level, by, step }: { value: number; level: number; by: number; step: Step },
    { median, mad }: { median: number; mad: number },
    floor: number,
    history: boolean,
  ): void {
    const { threshold } = this.#settings;
    const episodes = this.#episodes;
    const sigma = Math.max(MAD_TO_SIGMA * mad, floor * Math.abs(median), Number.MIN_VALUE);
    const y = (value - median) / sigma;
    const found = { value, expected: median, score: y, history };
    let cusum = this.#cusum.get(metric);
    if (cusum === undefined) this.#cusum.set(metric, (cusum = new Cusum()));
    // one anomaly for one cause: what is of another regime already is no outlier of the old one, and the reverse
    if (!episodes.isOpen('regime', metric)) {
      const hit = Math.abs(y) > threshold;
      episodes.note(changed, 'outlier', metric, cycle, { ...found, hit, calm: Math.abs(y) <= threshold / 2 });
    }
    if (episodes.isOpen('outlier', metric)) {
      cusum.reset();
      return;
    }
    const shifted = cusum.push(y);
    const was = episodes.isOpen('regime', metric);
    const side = cusum.side || Math.sign(episodes.scoreOf('regime', metric));
    if (was && step.back !== 0 && step.back === -side) cusum.back = true;
    if (was) cusum.by = Math.max(cusum.by, by);
    const calm = !was || cusum.back || Math.abs(cusum.average(y)) < RETURNED;
    const hit = (shifted || step.away !== 0) && !(was && calm);
    const its = shifted ? found : { ...found, value: level, score: (level - median) / sigma };
    episodes.note(changed, 'regime', metric, cycle, { ...its, hit, calm });
    const is = episodes.isOpen('regime', metric);
    if (is && !was) {
      cusum.mean = Math.max(-Cusum.clip, Math.min(Cusum.clip, its.score));
      cusum.side = Math.sign(its.score);
    }
    if (was && !is) {
      // it went and came back by itself: for some days the next one like it is told only where it is larger
      this.#shifts.get(metric)!.did(cusum.by, cycle.startedAtUs);
      cusum.reset();
    }
  }

  /**
   * Time goes on: the newest sample is at `nowUs`, the last onset was at `onsetUs`, and the signal is at its load level
   * or not. Returns anomalies that opened.
   */
  watch(nowUs: number, onsetUs: number | null, atLoad: boolean): Episode[] {
    const { missingPeriods, enabled } = this.#settings;
    if (!enabled || missingPeriods === 0 || onsetUs === null) return [];
    const period = this.#history('periodS', onsetUs).baseline(LEAST)?.median;
    if (period === undefined || (nowUs - onsetUs) / 1e6 < missingPeriods * period) return [];
    const kind = atLoad ? 'stuck-load' : 'missing-cycles';
    const sinceUs = Math.round(onsetUs + period * 1e6);
    const opened = this.#episodes.open(kind, sinceUs, (nowUs - onsetUs) / 1e6, period);
    return opened === null ? [] : [opened];
  }

  /**
   * Somebody says that this is the new normal: it is over, and what is usual is learnt anew from the cycles since it
   * began (`since`, oldest first). A machine that stands is not waited for until it has run again.
   */
  accept(
    kind: AnomalyKind,
    metric: CycleMetricName | null,
    atUs: number,
    since: readonly Cycle[],
  ): Episode[] {
    if (metric === null) {
      const ended = this.#episodes.end([kind], null, atUs, 'accepted');
      this.#episodes.keepShut(kind);
      return ended;
    }
    const ended = this.#episodes.end(OF_METRIC, metric, atUs, 'accepted');
    this.#cusum.delete(metric);
    const fromUs = Math.min(atUs, ...ended.map((e) => e.sinceUs));
    for (const h of this.#historiesOf(metric)) h.reset(fromUs);
    this.#shifts.get(metric)!.reset();
    for (const cycle of since) if (cycle.complete) this.#push(metric, cycle);
    return ended;
  }

  /** What is open is over, and counts anew by what the settings say now. */
  endAll(atUs: number, why: ClosedReason): Episode[] {
    this.#cusum.clear();
    return this.#episodes.end(OF_CYCLES, undefined, atUs, why);
  }

  #learn(metric: CycleMetricName, cycle: Cycle): void {
    const faulty = [...OF_METRIC, 'limit' as const].some((kind) => this.#episodes.isOpen(kind, metric));
    const shift = this.#shifts.get(metric)!;
    for (const h of this.#historiesOf(metric)) {
      if (faulty) h.freeze();
      else if (h.frozen) {
        h.thaw(cycle.startedAtUs);
        // the way back is no step
        shift.reset();
      }
    }
    if (faulty) return;
    this.#push(metric, cycle);
    shift.learn();
  }

  #push(metric: CycleMetricName, cycle: Cycle): void {
    const value = cycle[metric];
    if (value !== null) this.#history(metric, cycle.startedAtUs).push(value, cycle.startedAtUs);
  }

  #restore(key: string, stored: StoredHistory, cycles: readonly Cycle[]): void {
    const metric = key.slice(key.indexOf('/') + 1) as CycleMetricName;
    const recent = cycles.flatMap((c) => {
      const value = c[metric];
      const its = value !== null && value !== undefined && this.#keyOf(metric, c.startedAtUs) === key;
      return its ? [{ value, atUs: c.startedAtUs }] : [];
    });
    this.#made(key).restore(stored, recent);
  }

  #historiesOf(metric: string): History[] {
    if (this.#settings.seasonS === 0) return [this.#made(`0/${metric}`)];
    return [...this.#histories].filter(([key]) => key.endsWith(`/${metric}`)).map(([, h]) => h);
  }

  #keyOf(metric: string, atUs: number): string {
    const { seasonS } = this.#settings;
    const phase = seasonS === 0 ? 0 : Math.floor(((atUs / 1e6 / seasonS) % 1) * PHASES);
    return `${phase}/${metric}`;
  }

  #history(metric: string, atUs: number): History {
    return this.#made(this.#keyOf(metric, atUs));
  }

  #made(key: string): History {
    let history = this.#histories.get(key);
    if (history === undefined) {
      const { seasonS } = this.#settings;
      const size = WINDOW - LAG;
      const spanUs = seasonS === 0 ? SPAN_US : ((seasonS * 1e6) / PHASES / A_SEASON) * size;
      this.#histories.set(key, (history = new History(size, LAG, spanUs)));
    }
    return history;
  }
}

/** How many cycles before it a detector wants to know. */
export const lookback = (settings: AnomalySettings): number =>
  settings.seasonS === 0 ? WINDOW : WINDOW * PHASES;
