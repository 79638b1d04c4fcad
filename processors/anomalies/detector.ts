import type { AnomalyKind } from '@loadcycle/contract/anomaly-event';
import type { AnomalySettings } from '@loadcycle/contract/anomaly-settings';
import type { Cycle, CycleMetricName } from '@loadcycle/contract/cycle';
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
/** Cycles out of line before an outlier is one, and in line before an anomaly is over. */
const HITS = { outlier: 3, regime: 1, limit: 1 } as const;
const MISSES = 5;
const PHASES = 24;

type Scored = keyof typeof HITS;

/** An anomaly as it stands; one that never opened is only a suspicion. Plain JSON. */
export interface Episode {
  readonly kind: AnomalyKind;
  readonly metric: CycleMetricName | null;
  readonly sinceUs: number;
  untilUs: number | null;
  hits: number;
  misses: number;
  open: boolean;
  /** the worst so far */
  value: number | null;
  expected: number | null;
  score: number | null;
}

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
  readonly #episodes = new Map<string, Episode>();

  constructor(settings: AnomalySettings, history: readonly Cycle[] = [], state: DetectorState = {}) {
    this.#settings = settings;
    for (const cycle of history) if (cycle.complete) this.#remember(cycle);
    for (const [metric, [up, down]] of Object.entries(state.cusum ?? {})) {
      this.#cusum.set(metric, new Cusum(up, down));
    }
    for (const e of state.episodes ?? []) this.#episodes.set(`${e.kind}/${e.metric ?? ''}`, { ...e });
  }

  state(): DetectorState {
    const sums = [...this.#cusum].filter(([, c]) => c.up > 0 || c.down > 0);
    return {
      cusum: Object.fromEntries(sums.map(([m, c]) => [m, [c.up, c.down] as const])),
      episodes: [...this.#episodes.values()],
    };
  }

  /** The next cycle. Returns the anomalies that it opened, made worse or closed. */
  push(cycle: Cycle): Episode[] {
    const changed: Episode[] = [];
    // whatever the machine was waiting for, here it is
    for (const kind of ['missing-cycles', 'stuck-load'] as const) {
      const e = this.#episodes.get(`${kind}/`);
      if (e !== undefined) changed.push(this.#close(e, cycle.endedAtUs));
    }
    if (!cycle.complete || !this.#settings.enabled) return changed;
    for (const [metric, floor] of WATCHED) {
      const value = cycle[metric];
      if (value === null) continue;
      const baseline = this.#history(metric, cycle.startedAtUs).baseline(LEAST);
      if (baseline !== null) this.#compare(changed, cycle, metric, value, baseline, floor);
    }
    for (const [metric, { min, max }] of Object.entries(this.#settings.limits)) {
      const value = cycle[metric as CycleMetricName];
      if (value === null || value === undefined) continue;
      const bound = max !== undefined && value > max ? max : min !== undefined && value < min ? min : null;
      this.#note(changed, 'limit', metric as CycleMetricName, cycle, bound !== null, value, bound, null);
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
  ): void {
    const sigma = Math.max(MAD_TO_SIGMA * mad, floor * Math.abs(median), Number.MIN_VALUE);
    const y = (value - median) / sigma;
    const wild = Math.abs(y) > this.#settings.threshold;
    this.#note(changed, 'outlier', metric, cycle, wild, value, median, y);
    let cusum = this.#cusum.get(metric);
    if (cusum === undefined) this.#cusum.set(metric, (cusum = new Cusum()));
    const shifted = cusum.push(y);
    // one anomaly for one cause: what is wild already needs no second word
    const outlier = this.#episodes.get(`outlier/${metric}`)?.open === true;
    if (outlier) cusum.reset();
    this.#note(changed, 'regime', metric, cycle, shifted && !outlier, value, median, y);
  }

  #note(
    changed: Episode[],
    kind: Scored,
    metric: CycleMetricName,
    cycle: Cycle,
    hit: boolean,
    value: number,
    expected: number | null,
    score: number | null,
  ): void {
    const key = `${kind}/${metric}`;
    let e = this.#episodes.get(key);
    if (e === undefined) {
      if (!hit) return;
      const sinceUs = cycle.startedAtUs;
      const none = { value: null, expected: null, score: null };
      this.#episodes.set(
        key,
        (e = { kind, metric, sinceUs, untilUs: null, hits: 0, misses: 0, open: false, ...none }),
      );
    }
    if (!hit) {
      e.misses++;
      if (e.open && e.misses >= MISSES) changed.push(this.#close(e, cycle.startedAtUs));
      else if (!e.open && e.misses >= 2) this.#episodes.delete(key);
      return;
    }
    e.hits++;
    e.misses = 0;
    const worse = further(value, expected, e);
    if (worse) Object.assign(e, { value, expected, score });
    const opens = !e.open && e.hits >= HITS[kind];
    if (opens) e.open = true;
    if (opens || (e.open && worse)) changed.push({ ...e });
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
    if (this.#episodes.has(`${kind}/`)) return [];
    const sinceUs = Math.round(onsetUs + period * 1e6);
    const value = (nowUs - onsetUs) / 1e6;
    const e: Episode = {
      kind,
      metric: null,
      sinceUs,
      untilUs: null,
      hits: 1,
      misses: 0,
      open: true,
      value,
      expected: period,
      score: null,
    };
    this.#episodes.set(`${kind}/`, e);
    return [{ ...e }];
  }

  #close(e: Episode, atUs: number): Episode {
    this.#episodes.delete(`${e.kind}/${e.metric ?? ''}`);
    return { ...e, open: false, untilUs: atUs };
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

function further(value: number, expected: number | null, e: Episode): boolean {
  if (e.value === null || e.expected === null || expected === null) return true;
  return Math.abs(value - expected) > Math.abs(e.value - e.expected);
}
