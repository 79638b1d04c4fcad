/**
 * A load cycle and its metrics: the one list from which the documentation, the columns of the `cycle` table
 * and the API's answers are derived. Terms follow IEEE Std 181-2011; units are UCUM codes.
 *
 * A cycle runs from one load onset (the 50 % crossing of the transition that leaves the base level) to the
 * next one: first the load, then the base.
 */

/** How a metric's unit follows from the unit of its signal. `per-s` is `u/s`, `s` is `u.s`, `2s` is `u2.s`. */
export type MetricUnit = 's' | '1' | '%' | 'signal' | 'signal-per-s' | 'signal-s' | 'signal2-s' | 'count';

export interface CycleMetric {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly description: string;
  readonly formula: string;
  readonly source: string;
}

const IEEE = 'IEEE Std 181-2011';

/** Every metric of a cycle, in the order of columns and documentation. */
export const CYCLE_METRICS = [
  {
    name: 'periodS',
    unit: 's',
    description: 'Time from this onset to the next one',
    formula: '(endedAtUs - startedAtUs) / 1e6',
    source: `${IEEE}, 5.4 (waveform period)`,
  },
  {
    name: 'pulseWidthS',
    unit: 's',
    description: 'Time under load: from the onset to the 50 % crossing of the return to base',
    formula: '(offsetAtUs - startedAtUs) / 1e6',
    source: `${IEEE}, 5.3 (pulse duration)`,
  },
  {
    name: 'separationS',
    unit: 's',
    description: 'Time at base: from the end of the load to the next onset',
    formula: '(endedAtUs - offsetAtUs) / 1e6',
    source: `${IEEE}, 5.4 (pulse separation)`,
  },
  {
    name: 'dutyCycle',
    unit: '1',
    description: 'Share of the period under load, 0 to 1',
    formula: 'pulseWidthS / periodS',
    source: `${IEEE}, 5.4 (duty factor)`,
  },
  {
    name: 'riseTimeS',
    unit: 's',
    description: 'Transition duration of the onset, 10 % to 90 %; below one sample it says no more than that',
    formula: '0.8 × width of the fitted ramp',
    source: `${IEEE}, 5.3.1 (transition duration)`,
  },
  {
    name: 'fallTimeS',
    unit: 's',
    description: 'Transition duration of the return to base, 90 % to 10 %',
    formula: '0.8 × width of the fitted ramp',
    source: `${IEEE}, 5.3.1 (transition duration)`,
  },
  {
    name: 'riseSlewPerS',
    unit: 'signal-per-s',
    description:
      'Slope of the onset between 10 % and 90 %; a lower bound where the transition is shorter than a sample',
    formula: '(topLevel - baseLevel) / max(ramp width, one sample)',
    source: `${IEEE}, 5.3 (transition slew rate)`,
  },
  {
    name: 'fallSlewPerS',
    unit: 'signal-per-s',
    description: 'Slope of the return to base; a bound where the transition is shorter than a sample',
    formula: '(baseLevel - topLevel) / max(ramp width, one sample)',
    source: `${IEEE}, 5.3 (transition slew rate)`,
  },
  {
    name: 'overshootPct',
    unit: '%',
    description: 'How far the signal goes beyond the load level just after the onset, of the amplitude',
    formula: '100 × max(0, extreme in the post-transition region - topLevel) / (topLevel - baseLevel)',
    source: `${IEEE}, 5.3.3 (overshoot; the region is three transition durations, at least 8 samples)`,
  },
  {
    name: 'undershootPct',
    unit: '%',
    description:
      'How far the signal goes beyond the base level just after the return to base, of the amplitude',
    formula: '100 × max(0, baseLevel - extreme in the post-transition region) / (topLevel - baseLevel)',
    source: `${IEEE}, 5.3.3 (undershoot; the region is three transition durations, at least 8 samples)`,
  },
  {
    name: 'settlingTimeS',
    unit: 's',
    description: 'Time from the onset until the signal has entered the band around the load level and stays',
    formula:
      'last time outside topLevel ± max(settlingBand × amplitude, 4 σ) before it stays inside for 16 samples or two ramp widths, less startedAtUs',
    source: `${IEEE}, 5.3.4 (transition settling duration)`,
  },
  {
    name: 'baseLevel',
    unit: 'signal',
    description: 'State level s1: the mean of the base plateau, transitions set aside',
    formula: 'mean of the base plateau',
    source: `${IEEE}, 5.2 (state levels)`,
  },
  {
    name: 'topLevel',
    unit: 'signal',
    description: 'State level s2: the mean of the load plateau, transitions set aside',
    formula: 'mean of the load plateau',
    source: `${IEEE}, 5.2 (state levels)`,
  },
  {
    name: 'baseStd',
    unit: 'signal',
    description: 'Standard deviation on the base plateau',
    formula: '√(Σ(x - baseLevel)² / (n - 1))',
    source: 'sample standard deviation',
  },
  {
    name: 'topStd',
    unit: 'signal',
    description: 'Standard deviation on the load plateau',
    formula: '√(Σ(x - topLevel)² / (n - 1))',
    source: 'sample standard deviation',
  },
  {
    name: 'mean',
    unit: 'signal',
    description: 'Time average over the cycle',
    formula: 'integral / observed time',
    source: `${IEEE}, 5.1 (waveform average), trapezoidal rule`,
  },
  {
    name: 'rms',
    unit: 'signal',
    description: 'Root mean square over the cycle',
    formula: '√(squareIntegral / observed time)',
    source: `${IEEE}, 5.1 (waveform RMS), trapezoidal rule`,
  },
  {
    name: 'min',
    unit: 'signal',
    description: 'Least sample of the cycle, outliers set aside',
    formula: 'min x',
    source: `${IEEE}, 5.1`,
  },
  {
    name: 'max',
    unit: 'signal',
    description: 'Greatest sample of the cycle, outliers set aside',
    formula: 'max x',
    source: `${IEEE}, 5.1`,
  },
  {
    name: 'peakToPeak',
    unit: 'signal',
    description: 'Range of the cycle',
    formula: 'max - min',
    source: `${IEEE}, 5.1 (peak-to-peak)`,
  },
  {
    name: 'crestFactor',
    unit: '1',
    description: 'Peak over RMS',
    formula: 'max(|max|, |min|) / rms',
    source: 'IEC 60050-103 (peak factor)',
  },
  {
    name: 'integral',
    unit: 'signal-s',
    description:
      'Integral over the observed time of the cycle (V·s of a voltage); time without data adds nothing',
    formula: '∫ x dt, trapezoidal rule from crossing to crossing',
    source: `${IEEE}, 5.1 (impulse)`,
  },
  {
    name: 'squareIntegral',
    unit: 'signal2-s',
    description: 'Integral of the square: energy at a resistance of one',
    formula: '∫ x² dt, trapezoidal rule from crossing to crossing',
    source: `${IEEE}, 5.1 (waveform energy)`,
  },
  {
    name: 'ripple',
    unit: 'signal',
    description: 'Peak-to-peak ripple on the load plateau, transitions and outliers set aside',
    formula: 'topMax - topMin',
    source: 'IEC 60050-103 (peak-to-peak value of the ripple)',
  },
  {
    name: 'baseMean',
    unit: 'signal',
    description: 'Mean of the base plateau',
    formula: 'Σx / n',
    source: 'arithmetic mean',
  },
  {
    name: 'baseMin',
    unit: 'signal',
    description: 'Least sample of the base plateau',
    formula: 'min x',
    source: IEEE,
  },
  {
    name: 'baseMax',
    unit: 'signal',
    description: 'Greatest sample of the base plateau',
    formula: 'max x',
    source: IEEE,
  },
  {
    name: 'baseRms',
    unit: 'signal',
    description: 'Root mean square of the base plateau',
    formula: '√(Σx² / n)',
    source: 'root mean square',
  },
  {
    name: 'topMean',
    unit: 'signal',
    description: 'Mean of the load plateau',
    formula: 'Σx / n',
    source: 'arithmetic mean',
  },
  {
    name: 'topMin',
    unit: 'signal',
    description: 'Least sample of the load plateau',
    formula: 'min x',
    source: IEEE,
  },
  {
    name: 'topMax',
    unit: 'signal',
    description: 'Greatest sample of the load plateau',
    formula: 'max x',
    source: IEEE,
  },
  {
    name: 'topRms',
    unit: 'signal',
    description: 'Root mean square of the load plateau',
    formula: '√(Σx² / n)',
    source: 'root mean square',
  },
  {
    name: 'sampleCount',
    unit: 'count',
    description: 'Good samples of the cycle, outliers included',
    formula: 'number of samples that are present',
    source: 'count',
  },
  {
    name: 'missingCount',
    unit: 'count',
    description: 'Samples that are missing: null, of bad quality, or in a hole in time',
    formula: 'samples due - samples present',
    source: 'count',
  },
  {
    name: 'outlierCount',
    unit: 'count',
    description: 'Samples set aside: alone, beyond both levels by more than the outlier gate',
    formula: 'number of samples set aside',
    source: 'count',
  },
  {
    name: 'completeness',
    unit: '1',
    description: 'Share of the samples due that are there, 0 to 1',
    formula: 'sampleCount / (sampleCount + missingCount)',
    source: 'ratio',
  },
] as const satisfies readonly CycleMetric[];

export type CycleMetricName = (typeof CYCLE_METRICS)[number]['name'];

/** Metrics are `null` where the cycle does not show them (its falling edge lost in a gap, say). */
export type CycleMetrics = Record<CycleMetricName, number | null>;

export interface CycleTimes {
  /** The onset: the 50 % crossing that leaves the base level, µs since the epoch, rounded. */
  startedAtUs: number;
  /** The next onset; where missing data hid it, the last sample before the gap. */
  endedAtUs: number;
  /** The 50 % crossing of the return to base; null where it was not seen. */
  offsetAtUs: number | null;
  /** False where samples are missing (beyond the settings' tolerance), an edge was not seen, or the end was cut off. */
  complete: boolean;
}

export type Cycle = CycleTimes & CycleMetrics;

/** The SQL column of a metric: `riseTimeS` → `rise_time_s`. */
export function columnOf(name: string): string {
  return name.replace(/[A-Z0-9]+/g, (part, at: number) => (at === 0 ? part : `_${part.toLowerCase()}`));
}

/** The UCUM code of a metric's unit, for a signal measured in `unit` (a UCUM code). */
export function unitOf(metric: CycleMetric, unit: string): string {
  const compound = /[./]/.test(unit) ? `(${unit})` : unit;
  switch (metric.unit) {
    case 'signal':
      return unit;
    case 'signal-per-s':
      return `${compound}/s`;
    case 'signal-s':
      return `${compound}.s`;
    case 'signal2-s':
      return /[0-9./]$|[./]/.test(unit) ? `(${unit}).(${unit}).s` : `${unit}2.s`;
    case 'count':
      return '1';
    default:
      return metric.unit;
  }
}
