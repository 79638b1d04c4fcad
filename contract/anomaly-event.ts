/**
 * - `outlier`: a metric is out of line with the signal's own history (median and MAD), several cycles in a row;
 * - `regime`: a metric has moved for good, by less than that (CUSUM);
 * - `limit`: a metric is beyond a fixed limit;
 * - `missing-cycles`: no load where there should be one; `stuck-load`: a load that does not end;
 * - `no-data`: no samples while others go on.
 */
export type AnomalyKind = 'outlier' | 'regime' | 'limit' | 'missing-cycles' | 'stuck-load' | 'no-data';

/** A record of `loadcycle.anomalies`, and the body of a webhook. Comes at least once; `id` and `state` tell a repeat. */
export interface AnomalyEvent {
  readonly site: string;
  readonly device: string;
  readonly signal: string;
  readonly kind: AnomalyKind;
  /** of a cycle; null where no metric is concerned */
  readonly metric: string | null;
  /** withdrawn: late data have shown that it was none */
  readonly state: 'open' | 'closed' | 'withdrawn';
  /** time of measurement, µs since the epoch; with path, kind and metric the anomaly's name */
  readonly sinceUs: number;
  /** null while it is open */
  readonly untilUs: number | null;
  /** the value that was furthest from what was expected, in the metric's unit */
  readonly value: number | null;
  readonly expected: number | null;
  /** robust standard deviations between the two; null where that says nothing */
  readonly score: number | null;
}
