import type { Cycle } from '@loadcycle/contract/cycle';
import type { PlateauSums } from './plateau-sums.ts';
import type { CycleSums } from './sums.ts';

/**
 * The metrics of a cycle from its sums (IEEE Std 181-2011; each one's formula stands in `contract/cycle.ts`). `sign`
 * is -1 for an inverted signal, whose samples were turned over on the way in; `seen`: whether the end was; `tolerance`
 * is the share of missing samples that a complete cycle may have; `sampleUs` the sampling period.
 */
export function metricsOf(
  sums: CycleSums,
  endUs: number,
  seen: boolean,
  sign: number,
  tolerance: number,
  sampleUs: number,
): Cycle {
  const r = sums.reference;
  const { top, bottom } = sums;
  const has = (n: number) => n > 0;
  const topLevel = top.count >= 4 ? r + top.mean : sums.riseLoad;
  const baseLevel = bottom.count >= 4 ? r + bottom.mean : sums.riseBase;
  const amplitude = topLevel - baseLevel;
  const startedAtUs = Math.round(sums.startUs);
  const endedAtUs = Math.round(endUs);
  const offsetAtUs = sums.offsetUs < 0 ? null : Math.round(sums.offsetUs);
  const periodS = (endedAtUs - startedAtUs) / 1e6;
  const pulseWidthS = offsetAtUs === null ? null : (offsetAtUs - startedAtUs) / 1e6;
  const observedS = sums.observedUs / 1e6;
  const area = sums.area / 2e6;
  const integral = area + r * observedS;
  const squareIntegral = sums.power / 2e6 + 2 * r * area + r * r * observedS;
  const rms = observedS > 0 ? Math.sqrt(Math.max(0, squareIntegral / observedS)) : null;
  const total = sums.count + sums.missing;
  const some = sums.min <= sums.max;
  const least = some ? r + sums.min : null;
  const most = some ? r + sums.max : null;
  const low = sign > 0 ? least : most === null ? null : -most;
  const high = sign > 0 ? most : least === null ? null : -least;
  const rmsOf = (p: PlateauSums) => Math.sqrt(Math.max(0, p.square / p.count + 2 * r * p.mean + r * r));
  const lowOf = (p: PlateauSums) => (has(p.count) ? (sign > 0 ? r + p.min : -(r + p.max)) : null);
  const highOf = (p: PlateauSums) => (has(p.count) ? (sign > 0 ? r + p.max : -(r + p.min)) : null);
  const fell = offsetAtUs !== null;
  const riseS = sums.riseWidthUs / 1e6;
  const fallS = sums.fallWidthUs / 1e6;
  const sampleS = sampleUs / 1e6;
  return {
    startedAtUs,
    endedAtUs,
    offsetAtUs,
    complete: seen && sums.whole && fell && sums.missing <= tolerance * total,
    periodS,
    pulseWidthS,
    separationS: offsetAtUs === null ? null : (endedAtUs - offsetAtUs) / 1e6,
    dutyCycle: pulseWidthS === null || periodS <= 0 ? null : pulseWidthS / periodS,
    riseTimeS: 0.8 * riseS,
    fallTimeS: fell ? 0.8 * fallS : null,
    riseSlewPerS: (sign * amplitude) / Math.max(riseS, sampleS),
    fallSlewPerS: fell ? (-sign * amplitude) / Math.max(fallS, sampleS) : null,
    overshootPct:
      sums.overshoot > -Number.MAX_VALUE ? (100 * Math.max(0, sums.overshoot - topLevel)) / amplitude : null,
    undershootPct:
      fell && sums.undershoot < Number.MAX_VALUE
        ? (100 * Math.max(0, baseLevel - sums.undershoot)) / amplitude
        : null,
    settlingTimeS: Math.max(0, sums.settledUs - sums.startUs) / 1e6,
    baseLevel: sign * baseLevel,
    topLevel: sign * topLevel,
    baseStd: bottom.count > 1 ? bottom.std : null,
    topStd: top.count > 1 ? top.std : null,
    mean: observedS > 0 ? (sign * integral) / observedS : null,
    rms,
    min: low,
    max: high,
    peakToPeak: some ? sums.max - sums.min : null,
    crestFactor:
      rms !== null && rms > 0 && low !== null && high !== null
        ? Math.max(Math.abs(low), Math.abs(high)) / rms
        : null,
    integral: sign * integral,
    squareIntegral,
    ripple: has(top.count) ? top.max - top.min : null,
    baseMean: has(bottom.count) ? sign * (r + bottom.mean) : null,
    baseMin: lowOf(bottom),
    baseMax: highOf(bottom),
    baseRms: has(bottom.count) ? rmsOf(bottom) : null,
    topMean: has(top.count) ? sign * (r + top.mean) : null,
    topMin: lowOf(top),
    topMax: highOf(top),
    topRms: has(top.count) ? rmsOf(top) : null,
    sampleCount: sums.count,
    missingCount: sums.missing,
    outlierCount: sums.outliers,
    completeness: total > 0 ? sums.count / total : null,
  };
}
