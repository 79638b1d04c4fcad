import type { AnomalyKind, ClosedReason } from '@loadcycle/contract/anomaly-event';
import type { Cycle, CycleMetricName } from '@loadcycle/contract/cycle';

/** Cycles out of line before an outlier is one, and in line before an anomaly is over. */
const HITS = { outlier: 3, regime: 1, limit: 1 } as const;
const MISSES = 5;

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
  /** the end of the last cycle that was out of line */
  hitUs: number;
  /** it opened in history: it is written down as over, and nobody is told */
  history: boolean;
  closedReason: ClosedReason | null;
  /** the worst so far */
  value: number | null;
  expected: number | null;
  score: number | null;
}

const keyOf = (kind: AnomalyKind, metric: CycleMetricName | null): string => `${kind}/${metric ?? ''}`;

/** A signal's anomalies and suspicions, one at most of a kind and metric: when each opens, gets worse and is over. */
export class Episodes {
  readonly #all = new Map<string, Episode>();

  constructor(before: readonly Episode[]) {
    for (const e of before) this.#all.set(keyOf(e.kind, e.metric), { ...e });
  }

  all(): Episode[] {
    return [...this.#all.values()];
  }

  isOpen(kind: AnomalyKind, metric: CycleMetricName | null): boolean {
    return this.#all.get(keyOf(kind, metric))?.open === true;
  }

  /** What follows is the present: what was found in history is over. */
  endHistory(): void {
    for (const [key, e] of this.#all) if (e.history) this.#all.delete(key);
  }

  /** A cycle's value of a metric is out of line (`hit`) or in line; what that opens, makes worse or closes goes to `changed`. */
  note(
    changed: Episode[],
    kind: Scored,
    metric: CycleMetricName,
    cycle: Cycle,
    hit: boolean,
    value: number,
    expected: number | null,
    score: number | null,
    history: boolean,
  ): void {
    const key = keyOf(kind, metric);
    let e = this.#all.get(key);
    if (e === undefined) {
      if (!hit) return;
      const sinceUs = cycle.startedAtUs;
      const none = { untilUs: null, closedReason: null, value: null, expected: null, score: null };
      e = { kind, metric, sinceUs, hits: 0, misses: 0, open: false, hitUs: sinceUs, history, ...none };
      this.#all.set(key, e);
    }
    if (!hit) {
      e.misses++;
      if (e.open && e.misses >= MISSES) changed.push(this.#end(e, cycle.startedAtUs));
      else if (!e.open && e.misses >= 2) this.#all.delete(key);
      return;
    }
    e.hits++;
    e.misses = 0;
    e.hitUs = cycle.endedAtUs;
    const worse = further(value, expected, e);
    if (worse) Object.assign(e, { value, expected, score });
    const opens = !e.open && e.hits >= HITS[kind];
    if (opens) e.open = true;
    if (opens || (e.open && worse)) changed.push({ ...e });
  }

  /** An anomaly that needs no second cycle to be one. */
  open(kind: AnomalyKind, sinceUs: number, value: number, expected: number): Episode {
    const at = { kind, metric: null, sinceUs, untilUs: null, closedReason: null, hitUs: sinceUs };
    const e: Episode = {
      ...at,
      hits: 1,
      misses: 0,
      open: true,
      history: false,
      value,
      expected,
      score: null,
    };
    this.#all.set(keyOf(kind, null), e);
    return { ...e };
  }

  /** It is over; null where there is none. */
  close(kind: AnomalyKind, metric: CycleMetricName | null, atUs: number): Episode | null {
    const e = this.#all.get(keyOf(kind, metric));
    return e === undefined ? null : this.#end(e, atUs);
  }

  #end(e: Episode, atUs: number): Episode {
    this.#all.delete(keyOf(e.kind, e.metric));
    return { ...e, open: false, untilUs: atUs, closedReason: 'returned' };
  }
}

function further(value: number, expected: number | null, e: Episode): boolean {
  if (e.value === null || e.expected === null || expected === null) return true;
  return Math.abs(value - expected) > Math.abs(e.value - e.expected);
}
