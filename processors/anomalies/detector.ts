import type { AnomalyKind, ClosedReason } from '@loadcycle/contract/anomaly-event';
import type { AnomalySettings } from '@loadcycle/contract/anomaly-settings';
import type { Cycle, CycleMetricName } from '@loadcycle/contract/cycle';
import { type Episode, Episodes } from './episodes.ts';
import { Cusum, History, LAG, LEAST, MAD_TO_SIGMA, SPAN_US, type StoredHistory } from './robust.ts';

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
const RETURNED = 1;

const OF_METRIC = ['outlier', 'regime'] as const;
const WAITING = ['missing-cycles', 'stuck-load'] as const;
const OF_CYCLES: readonly AnomalyKind[] = [...OF_METRIC, 'limit', ...WAITING];

/** What the history in the store does not say: sums and episodes under way. Plain JSON. */
export interface DetectorState {
  /** up, down, moving average */
  readonly cusum?: Readonly<Record<string, readonly [number, number, number?]>>;
  readonly episodes?: readonly Episode[];
}

/** Histories that are more than the newest cycles, by phase and metric. Plain JSON. */
export type Baseline = Readonly<Record<string, StoredHistory>>;

/**
 * Watches one signal's cycles. Pure, all on measurement time: what it says depends on the cycles before and nothing
 * else. Only complete cycles count. While a metric is out of line its history stands still. `history` are the cycles before,
 * oldest first: at least {@link WINDOW} of each phase for the same result as without a break.
 */
export class Detector {
  readonly #settings: AnomalySettings;
  readonly #histories = new Map<string, History>();
  readonly #cusum = new Map<string, Cusum>();
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
    for (const cycle of complete) {
      for (const [metric] of WATCHED) {
        if (baseline[this.#keyOf(metric, cycle.startedAtUs)] === undefined) this.#push(metric, cycle);
      }
    }
    for (const [metric, [up, down, mean]] of Object.entries(state.cusum ?? {})) {
      this.#cusum.set(metric, new Cusum(up, down, mean));
    }
    this.#episodes = new Episodes(state.episodes ?? []);
  }

  state(): DetectorState {
    const sums = [...this.#cusum].filter(([, c]) => c.up > 0 || c.down > 0 || c.mean !== 0);
    return {
      cusum: Object.fromEntries(sums.map(([m, c]) => [m, [c.up, c.down, c.mean] as const])),
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
      const baseline = this.#history(metric, cycle.startedAtUs).baseline(LEAST);
      if (baseline !== null) this.#compare(changed, cycle, metric, value, baseline, floor, history);
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

  #compare(
    changed: Episode[],
    cycle: Cycle,
    metric: CycleMetricName,
    value: number,
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
    const calm = !was || Math.abs(cusum.average(y)) < RETURNED;
    episodes.note(changed, 'regime', metric, cycle, { ...found, hit: shifted && !(was && calm), calm });
    const is = episodes.isOpen('regime', metric);
    if (is && !was) cusum.mean = Math.max(-Cusum.clip, Math.min(Cusum.clip, y));
    if (was && !is) cusum.reset();
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
    for (const h of this.#historiesOf(metric)) {
      if (faulty) h.freeze();
      else if (h.frozen) h.thaw(cycle.startedAtUs);
    }
    if (!faulty) this.#push(metric, cycle);
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
    const history = this.#made(key);
    history.restore(stored, recent);
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
