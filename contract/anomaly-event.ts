import { RULE_KINDS } from './rule-settings.ts';

/**
 * Of cycles:
 * - `outlier`: a metric is out of line with the signal's own history (median and MAD), several cycles in a row;
 * - `regime`: a metric has moved for good, by less than that (CUSUM);
 * - `limit`: a metric is beyond a fixed limit;
 * - `missing-cycles`: no load where there should be one; `stuck-load`: a load that does not end;
 *
 * Of a signal:
 * - `no-data`: nothing was heard of the signal for longer than its period explains;
 * - the others: a rule of its definition (`rule-settings.ts`), named by the rule's type.
 */
export const ANOMALY_KINDS = [
  'outlier',
  'regime',
  'limit',
  'missing-cycles',
  'stuck-load',
  'no-data',
  ...RULE_KINDS,
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/**
 * - `returned`: what was out of line is in line again, or what was waited for has come;
 * - `accepted`: somebody said that this is the new normal;
 * - `definition`: the signal's definition has changed, and what it says now counts;
 * - `history`: found in samples that came long after they were measured: it stands in the table and nobody is told.
 */
export type ClosedReason = 'returned' | 'accepted' | 'definition' | 'history';

/** A record of `loadcycle.anomalies`, and the body of a webhook. Comes at least once; `id` and `state` tell a repeat. */
export interface AnomalyEvent {
  readonly site: string;
  readonly device: string;
  readonly signal: string;
  readonly kind: AnomalyKind;
  /** of a cycle; of a rule its name; null where no metric is concerned */
  readonly metric: string | null;
  /** withdrawn: late data have shown that it was none */
  readonly state: 'open' | 'closed' | 'withdrawn';
  /** time of measurement (of `no-data`: when it was heard last), µs since the epoch; with path, kind and metric the anomaly's name */
  readonly sinceUs: number;
  /** null while it is open */
  readonly untilUs: number | null;
  /** null unless it is closed */
  readonly closedReason: ClosedReason | null;
  /** the value that was furthest from what was expected, in the metric's unit */
  readonly value: number | null;
  readonly expected: number | null;
  /** robust standard deviations between the two; null where that says nothing */
  readonly score: number | null;
  /** in words, with value, limit and unit; null where the fields above say all */
  readonly reason: string | null;
}
