import type { AnomalySettings } from '@loadcycle/contract/anomaly-settings';
import type { Cycle, CycleMetricName } from '@loadcycle/contract/cycle';
import { type Episode, Episodes } from './episodes.ts';
import { Cusum, History, MAD_TO_SIGMA } from './robust.ts';

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

/** Cycles of history for each metric (and phase), those of them that are too new to count, and the fewest that say anything. */
export const WINDOW = 128;
const LAG = 16;
const LEAST = 32;
const PHASES = 24;

/** What the history in the store does not say: sums and episodes under way. Plain JSON. */
export interface DetectorState {
  readonly cusum?: Readonly<Record<string, readonly [number, number]>>;
  readonly episodes?: readonly Episode[];
}

/**
 * Watches one signal's cycles. Pure, all on measurement time: what it says depends on the cycles before and nothing
 * else. Only complete cycles count. `history` are the cycles before, oldest first: at least {@link WINDOW} of each
 * phase for the same result as without a break.
 */
export class Detector {
  readonly #settings: AnomalySettings;
  readonly #histories = new Map<string, History>();
  readonly #cusum = new Map<string, Cusum>();
  readonly #episodes: Episodes;

  constructor(settings: AnomalySettings, history: readonly Cycle[] = [], state: DetectorState = {}) {
    this.#settings = settings;
    for (const cycle of history) if (cycle.complete) this.#remember(cycle);
    for (const [metric, [up, down]] of Object.entries(state.cusum ?? {})) {
      this.#cusum.set(metric, new Cusum(up, down));
    }
    this.#episodes = new Episodes(state.episodes ?? []);
  }

  state(): DetectorState {
    const sums = [...this.#cusum].filter(([, c]) => c.up > 0 || c.down > 0);
    return {
      cusum: Object.fromEntries(sums.map(([m, c]) => [m, [c.up, c.down] as const])),
      episodes: this.#episodes.all(),
    };
  }

  /**
   * The next cycle. Returns the anomalies that it opened, made worse or closed. `history`: it came long after it was
   * measured, so what it opens is marked as such, and is over with the first cycle that is not.
   */
  push(cycle: Cycle, history = false): Episode[] {
    const changed: Episode[] = [];
    if (!history) this.#episodes.endHistory();
    // whatever the machine was waiting for, here it is
    for (const kind of ['missing-cycles', 'stuck-load'] as const) {
      const e = this.#episodes.close(kind, null, cycle.endedAtUs);
      if (e !== null) changed.push(e);
    }
    if (!cycle.complete || !this.#settings.enabled) return changed;
    for (const [metric, floor] of WATCHED) {
      const value = cycle[metric];
      if (value === null) continue;
      const baseline = this.#history(metric, cycle.startedAtUs).baseline(LEAST);
      if (baseline !== null) this.#compare(changed, cycle, metric, value, baseline, floor, history);
    }
    for (const [metric, { min, max }] of Object.entries(this.#settings.limits)) {
      const value = cycle[metric as CycleMetricName];
      if (value === null || value === undefined) continue;
      const bound = max !== undefined && value > max ? max : min !== undefined && value < min ? min : null;
      this.#episodes.note(
        changed,
        'limit',
        metric as CycleMetricName,
        cycle,
        bound !== null,
        value,
        bound,
        null,
        history,
      );
    }
    this.#remember(cycle);
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
    const sigma = Math.max(MAD_TO_SIGMA * mad, floor * Math.abs(median), Number.MIN_VALUE);
    const y = (value - median) / sigma;
    const wild = Math.abs(y) > this.#settings.threshold;
    this.#episodes.note(changed, 'outlier', metric, cycle, wild, value, median, y, history);
    let cusum = this.#cusum.get(metric);
    if (cusum === undefined) this.#cusum.set(metric, (cusum = new Cusum()));
    const shifted = cusum.push(y);
    // one anomaly for one cause: what is wild already needs no second word
    const outlier = this.#episodes.isOpen('outlier', metric);
    if (outlier) cusum.reset();
    this.#episodes.note(changed, 'regime', metric, cycle, shifted && !outlier, value, median, y, history);
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
    if (this.#episodes.isOpen(kind, null)) return [];
    const sinceUs = Math.round(onsetUs + period * 1e6);
    return [this.#episodes.open(kind, sinceUs, (nowUs - onsetUs) / 1e6, period)];
  }

  #remember(cycle: Cycle): void {
    for (const [metric] of WATCHED) {
      const value = cycle[metric];
      if (value !== null) this.#history(metric, cycle.startedAtUs).push(value);
    }
  }

  #history(metric: string, atUs: number): History {
    const { seasonS } = this.#settings;
    const phase = seasonS === 0 ? 0 : Math.floor(((atUs / 1e6 / seasonS) % 1) * PHASES);
    const key = `${phase}/${metric}`;
    let history = this.#histories.get(key);
    if (history === undefined) this.#histories.set(key, (history = new History(WINDOW, LAG)));
    return history;
  }
}

/** How many cycles before it a detector wants to know. */
export const lookback = (settings: AnomalySettings): number =>
  settings.seasonS === 0 ? WINDOW : WINDOW * PHASES;
