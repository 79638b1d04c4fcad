import type { Cycle } from '@loadcycle/contract/cycle';
import { type CycleSettingsInput, cycleSettings } from '@loadcycle/contract/cycle-settings';
import { FIT_SAMPLES, load as loadEdge } from './edge-fit.ts';
import type { SampleChunk } from './segmenter.ts';
import { CycleSums, holdOf, regionOf } from './sums.ts';
import { Widths } from './widths.ts';

/** Where a cycle begins, leaves the load and ends, µs since the epoch. */
export interface Boundaries {
  startedAtUs: number;
  offsetAtUs: number | null;
  endedAtUs: number;
}

/** Samples on each side of a crossing that its transition is fitted to. */
const REACH = 96;

/**
 * Measures cycles whose boundaries are given: the same metrics as the segmenter's, from the samples between them.
 * Boundaries that reach beyond the samples give incomplete cycles. Throws `RangeError` where they do not ascend.
 */
export function measure(
  samples: SampleChunk,
  boundaries: readonly Boundaries[],
  input: CycleSettingsInput = {},
): Cycle[] {
  const settings = cycleSettings(input);
  const n = samples.values.length;
  const inverted =
    settings.levels === undefined ? settings.inverted : settings.levels.load < settings.levels.base;
  const sign = inverted ? -1 : 1;
  // A missing sample on both ends: every sample has two neighbours.
  const x = new Float64Array(n + 2).fill(Number.NaN);
  const t = new Float64Array(n + 2);
  for (let k = 0; k < n; k++) {
    x[k + 1] = sign * (samples.values[k] as number);
    t[k + 1] = samples.t0Us + (samples.dtUs === null ? (samples.offsetsUs?.[k] as number) : k * samples.dtUs);
  }
  t[0] = Number.NEGATIVE_INFINITY;
  t[n + 1] = Number.POSITIVE_INFINITY;
  const dtUs = samples.dtUs ?? (n > 1 ? ((t[n] as number) - (t[1] as number)) / (n - 1) : 1);
  return boundaries.map((b) => one(x, t, dtUs, b, sign, settings));
}

function one(
  x: Float64Array,
  t: Float64Array,
  dtUs: number,
  b: Boundaries,
  sign: number,
  settings: ReturnType<typeof cycleSettings>,
): Cycle {
  const { startedAtUs, offsetAtUs, endedAtUs } = b;
  const middleUs = offsetAtUs ?? endedAtUs;
  if (!(startedAtUs < middleUs && middleUs <= endedAtUs)) {
    throw new RangeError(`boundaries must ascend: ${startedAtUs}, ${offsetAtUs}, ${endedAtUs}`);
  }
  const from = firstAtOrAfter(t, startedAtUs);
  const middle = firstAtOrAfter(t, middleUs);
  const to = firstAtOrAfter(t, endedAtUs);
  // Without widths yet a quarter of a plateau, at most 64 samples, is kept clear of each edge.
  const clear = (n: number) => Math.min(64, n >> 2);
  const top = plateau(x, from + clear(middle - from), middle - clear(middle - from));
  const bottom = plateau(x, middle + clear(to - middle), to - clear(to - middle));
  const load = top.mean ?? bottom.mean ?? 0;
  const base = bottom.mean ?? load;
  const sigma = Math.sqrt((top.variance + bottom.variance) / 2);
  const step = load - base;
  const rise = width(x, t, dtUs, startedAtUs, base, load, sigma, middle);
  const fall = offsetAtUs === null ? 0 : width(x, t, dtUs, offsetAtUs, load, base, sigma, to);
  const gate = Math.max(settings.outlierGate * Math.abs(step), 6 * sigma);
  const low = Math.min(base, load) - gate;
  const high = Math.max(base, load) + gate;
  const half = (base + load) / 2;

  const sums = new CycleSums();
  sums.start(startedAtUs, base, half);
  sums.riseBase = base;
  sums.riseLoad = load;
  sums.riseWidthUs = rise * dtUs;
  sums.fallWidthUs = fall * dtUs;
  sums.offsetUs = offsetAtUs ?? -1;
  const first = Math.max(1, from);
  const last = Math.min(x.length - 1, to);
  sums.add(x, t, first, last, low, high);
  sums.join(endedAtUs, half);
  // What the recording does not reach counts as missing.
  if (from < 1 || startedAtUs < (t[1] as number) - dtUs) {
    sums.missing += Math.max(0, Math.round(((t[1] as number) - startedAtUs) / dtUs));
  }
  const endUs = t[x.length - 2] as number;
  if (endedAtUs > endUs + dtUs) sums.missing += Math.round((endedAtUs - endUs) / dtUs) - 1;
  const guardRise = Math.ceil(rise / 2) + 3;
  const guardFall = Math.ceil(fall / 2) + 3;
  sums.top.add(x, first + guardRise, middle - guardFall, base, low, high);
  if (offsetAtUs !== null) sums.bottom.add(x, middle + guardFall, last - guardRise, base, low, high);
  const region = first + Math.floor(0.4 * rise);
  sums.aberration(x, region, Math.min(middle, region + regionOf(rise)), true, low, high);
  if (offsetAtUs !== null) {
    const after = middle + Math.floor(0.4 * fall);
    sums.aberration(x, after, Math.min(last, after + regionOf(fall)), false, low, high);
  }
  const band = Math.max(settings.settlingBand * Math.abs(step), 4 * sigma);
  sums.settle(x, t, first, middle, first - 1, band, holdOf(rise), low, high);
  return sums.finish(endedAtUs, true, sign, settings.missingTolerance, dtUs);
}

function firstAtOrAfter(t: Float64Array, timeUs: number): number {
  let low = 0;
  let high = t.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((t[mid] as number) < timeUs) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Mean and variance, deaf to outliers: what is far from the median of a plateau is set aside. */
function plateau(x: Float64Array, from: number, to: number): { mean: number | null; variance: number } {
  const values = x.subarray(Math.max(0, from), Math.max(0, to)).filter((v) => !Number.isNaN(v));
  if (values.length === 0) return { mean: null, variance: 0 };
  const sorted = Float64Array.from(values).sort();
  const median = sorted[sorted.length >> 1] as number;
  const deviations = values.map((v) => Math.abs(v - median)).sort();
  const gate = 8.9 * (deviations[deviations.length >> 1] as number) + 1e-12 * Math.abs(median);
  const kept = values.filter((v) => Math.abs(v - median) <= gate);
  const mean = kept.reduce((a, b) => a + b, 0) / kept.length;
  const variance = kept.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, kept.length - 1);
  return { mean, variance };
}

/** Width, in sampling periods, of the transition at `atUs`. */
function width(
  x: Float64Array,
  t: Float64Array,
  dtUs: number,
  atUs: number,
  before: number,
  after: number,
  sigma: number,
  limit: number,
): number {
  const span = after - before;
  if (span === 0) return 0;
  const at = firstAtOrAfter(t, atUs);
  const from = Math.max(1, at - REACH);
  const to = Math.min(x.length - 1, limit, at + REACH, from + FIT_SAMPLES);
  if (to - from < 4) return 0;
  const u = t.subarray(from, to).map((v) => (v - atUs) / dtUs);
  const y = x.subarray(from, to).map((v) => (v - before) / span);
  const s2 = Math.max(1e-6, (sigma / span) ** 2);
  const count = loadEdge(u, y, 0, to - from, Math.max(0.6, 5 * Math.sqrt(s2)));
  if (count < 4) return 0;
  const widths = new Widths();
  widths.place(count, s2, 0, 1, u[0] as number, u[u.length - 1] as number);
  return widths.own;
}
