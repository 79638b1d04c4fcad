import type { AnomalyKind, ClosedReason } from '@loadcycle/contract/anomaly-event';
import type { Cycle, CycleMetricName } from '@loadcycle/contract/cycle';

/** Cycles out of line before an anomaly is one: in a row, or so often that those in between do not make up for it. */
const OPENS = { outlier: 2.75, regime: 1, limit: 1 } as const;
/** What a cycle in line takes back. */
const LEAK = 1 / 16;
/** Cycles in line in a row before an anomaly is over, and times the longest pause that it has made: it may come and go. */
const MISSES = 5;
const PAUSES = 3;
/** Cycles in line before a pause is an end. */
const LONGEST_PAUSE = 64;
/** What is this much worse is told again. */
const WORSE = 1.1;

export type Scored = keyof typeof OPENS;

/** An anomaly as it stands; one that never opened is only a suspicion. Plain JSON. */
export interface Episode {
  readonly kind: AnomalyKind;
  readonly metric: CycleMetricName | null;
  readonly sinceUs: number;
  untilUs: number | null;
  hits: number;
  misses: number;
  /** the longest row of cycles in line between two that were not */
  pause: number;
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

/** What a cycle says of one metric. */
export interface Found {
  readonly hit: boolean;
  readonly calm: boolean;
  readonly value: number;
  readonly expected: number | null;
  readonly score: number | null;
  readonly history: boolean;
}

/** A signal's anomalies and suspicions, one at most of a kind and metric: when each opens, gets worse and is over. */
export class Episodes {
  readonly #all = new Map<string, Episode>();

  constructor(before: readonly Episode[]) {
    for (const e of before) this.#all.set(keyOf(e.kind, e.metric), { ...suspicion(e.kind, e.metric), ...e });
  }

  all(): Episode[] {
    return [...this.#all.values()];
  }

  isOpen(kind: AnomalyKind, metric: CycleMetricName | null): boolean {
    return this.#all.get(keyOf(kind, metric))?.open === true;
  }

  /** Of the worst so far, in standard deviations; 0 where there is none. */
  scoreOf(kind: AnomalyKind, metric: CycleMetricName): number {
    return this.#all.get(keyOf(kind, metric))?.score ?? 0;
  }

  /** What follows is the present: what was found in history is over. */
  endHistory(): void {
    for (const [key, e] of this.#all) if (e.history) this.#all.delete(key);
  }

  /**
   * What a cycle says of a metric: it is out of line (`hit`), in line again (`calm`), or neither. What that opens, makes
   * worse or closes goes to `changed`.
   */
  note(changed: Episode[], kind: Scored, metric: CycleMetricName, cycle: Cycle, found: Found): void {
    const { hit, calm, value, expected, score, history } = found;
    const key = keyOf(kind, metric);
    let e = this.#all.get(key);
    if (!hit) {
      if (e === undefined) return;
      e.misses = calm ? e.misses + 1 : 0;
      if (e.open) {
        if (e.misses < Math.max(MISSES, PAUSES * e.pause)) return;
        changed.push({ ...e, ...over(cycle.startedAtUs, 'returned') });
        // kept for a while: if it comes back, this was a pause
        Object.assign(e, { open: false, hits: 0 });
        return;
      }
      e.hits = Math.max(0, e.hits - LEAK);
      if (e.hits === 0 && e.misses > LONGEST_PAUSE) this.#all.delete(key);
      return;
    }
    if (e === undefined) this.#all.set(key, (e = suspicion(kind, metric)));
    if (!e.open && e.hits === 0) {
      const none = { value: null, expected: null, score: null };
      e = { ...e, sinceUs: cycle.startedAtUs, history, ...none };
      this.#all.set(key, e);
    }
    e.hits++;
    e.pause = Math.max(e.pause, Math.min(e.misses, LONGEST_PAUSE));
    e.misses = 0;
    e.hitUs = cycle.endedAtUs;
    const worse = further(value, expected, e);
    if (worse) Object.assign(e, { value, expected, score });
    const opens = !e.open && e.hits >= OPENS[kind];
    if (opens) e.open = true;
    if (opens || (e.open && worse)) changed.push({ ...e });
  }

  /** An anomaly that needs no second cycle to be one. Null where it is open, or accepted. */
  open(kind: AnomalyKind, sinceUs: number, value: number, expected: number): Episode | null {
    const key = keyOf(kind, null);
    if (this.#all.has(key)) return null;
    const e: Episode = {
      ...suspicion(kind, null),
      sinceUs,
      hits: 1,
      open: true,
      hitUs: sinceUs,
      value,
      expected,
    };
    this.#all.set(key, e);
    return { ...e };
  }

  /** What was waited for has come; null where nothing was open. */
  close(kind: AnomalyKind, atUs: number): Episode | null {
    const e = this.#all.get(keyOf(kind, null));
    if (e === undefined) return null;
    this.#all.delete(keyOf(kind, null));
    return e.open ? { ...e, ...over(atUs, 'returned') } : null;
  }

  /** Open ones of these kinds and this metric (undefined: of any) are over, since somebody says so. */
  end(
    kinds: readonly AnomalyKind[],
    metric: string | null | undefined,
    atUs: number,
    why: ClosedReason,
  ): Episode[] {
    const ended: Episode[] = [];
    for (const [key, e] of this.#all) {
      if (!kinds.includes(e.kind) || (metric !== undefined && e.metric !== metric)) continue;
      if (e.open) ended.push({ ...e, ...over(Math.max(atUs, e.sinceUs), why) });
      this.#all.delete(key);
    }
    return ended;
  }

  /** It does not open again before it is closed (`close`). */
  keepShut(kind: AnomalyKind): void {
    this.#all.set(keyOf(kind, null), suspicion(kind, null));
  }
}

const over = (untilUs: number, closedReason: ClosedReason) => ({ open: false, untilUs, closedReason });

const suspicion = (kind: AnomalyKind, metric: CycleMetricName | null): Episode => ({
  ...{ kind, metric, sinceUs: 0, untilUs: null, closedReason: null, hitUs: 0, history: false },
  ...{ hits: 0, misses: 0, pause: 0, open: false, value: null, expected: null, score: null },
});

function further(value: number, expected: number | null, e: Episode): boolean {
  if (e.value === null || e.expected === null || expected === null) return true;
  return Math.abs(value - expected) > WORSE * Math.abs(e.value - e.expected);
}
