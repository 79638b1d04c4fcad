import { CYCLE_METRICS, type CycleMetricName, columnOf } from '@loadcycle/contract/cycle';

/** Names of all metrics of a cycle, in the contract's order. */
export const METRIC_NAMES = CYCLE_METRICS.map((m) => m.name) as CycleMetricName[];

/** Metrics that the cycle aggregates keep (a test compares with the store). */
export const AGGREGATED_METRICS = [
  'periodS',
  'pulseWidthS',
  'separationS',
  'dutyCycle',
  'riseTimeS',
  'fallTimeS',
  'overshootPct',
  'undershootPct',
  'settlingTimeS',
  'baseLevel',
  'topLevel',
  'mean',
  'rms',
  'min',
  'max',
  'peakToPeak',
  'crestFactor',
  'ripple',
  'baseStd',
  'topStd',
] as const satisfies readonly CycleMetricName[];
export type AggregatedMetric = (typeof AGGREGATED_METRICS)[number];

export const column = (name: CycleMetricName): string => `"${columnOf(name)}"`;
