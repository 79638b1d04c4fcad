import { QUALITY, type SignalDefinition } from '@loadcycle/contract';

/**
 * The value rules, sample by sample in time order: one loop over a batch (`validate.ts`) or over stored rows
 * (`revalidate.ts`). Each looks only backwards, so a sample's quality never changes by what comes after it.
 * Samples that are missing or out of range are bad, and as if they were not there for the other two rules.
 */
export interface Rules {
  readonly min: number;
  readonly max: number;
  readonly maxRatePerS: number;
  readonly stuckAfterUs: number;
}

export function rulesOf(
  definition: Pick<SignalDefinition, 'validMin' | 'validMax' | 'maxRatePerS' | 'stuckAfterUs'>,
): Rules {
  return {
    min: Math.max(definition.validMin ?? -FURTHEST, -FURTHEST),
    max: Math.min(definition.validMax ?? FURTHEST, FURTHEST),
    maxRatePerS: definition.maxRatePerS ?? Number.POSITIVE_INFINITY,
    stuckAfterUs: definition.stuckAfterUs ?? Number.POSITIVE_INFINITY,
  };
}

/**
 * No quantity of a machine is further from zero than this, or nearer to it without being zero. The rollups sum values
 * and their squares, and one whose square a double does not hold would keep every rollup from being refreshed; so it
 * is out of range whatever the limits say, and a bad sample is in no rollup.
 */
const FURTHEST = 1e100;
const NEAREST = 1e-100;

/** The last sample that was not bad, and since when its value has stood. `value` is NaN where there is none. */
export interface ValueTail {
  value: number;
  timeUs: number;
  runStartUs: number;
}

export const noTail = (): ValueTail => ({ value: Number.NaN, timeUs: 0, runStartUs: 0 });

/** Times of samples: `offsets`, or i × `dtUs`, from `t0Us`. */
export interface Times {
  readonly t0Us: number;
  readonly dtUs: number;
  readonly offsetsUs: Float64Array | null;
}

/** Writes each sample's quality and moves `tail` to the end. Returns how many are uncertain, and bad. */
export function applyRules(
  values: Float64Array,
  times: Times,
  rules: Rules,
  tail: ValueTail,
  quality: Uint8Array,
): { uncertain: number; bad: number } {
  const { min, max, maxRatePerS, stuckAfterUs } = rules;
  const { t0Us, dtUs, offsetsUs } = times;
  const n = values.length;
  let { value: previous, timeUs: previousUs, runStartUs } = tail;
  let uncertain = 0;
  let bad = 0;
  for (let i = 0; i < n; i++) {
    const v = values[i]!;
    if (!(v >= min && v <= max) || (v < NEAREST && v > -NEAREST && v !== 0)) {
      // biome-ignore lint/suspicious/noSelfCompare: the fastest test for NaN
      quality[i] = v !== v ? QUALITY.badMissing : QUALITY.badOutOfRange;
      bad++;
      continue;
    }
    const timeUs = offsetsUs === null ? t0Us + i * dtUs : t0Us + offsetsUs[i]!;
    const elapsedUs = timeUs - previousUs;
    // time stood still or went back at the seam: nothing to compare with
    if (elapsedUs <= 0) {
      runStartUs = timeUs;
    } else if (v === previous) {
      // one silence longer than the window is no evidence of a stuck sensor
      if (elapsedUs > stuckAfterUs) runStartUs = timeUs;
      else if (timeUs - runStartUs > stuckAfterUs) {
        quality[i] = QUALITY.uncertainStuck;
        uncertain++;
      }
    } else {
      runStartUs = timeUs;
      // in µ, so that round limits and periods are compared exactly; false where there is no previous value (NaN)
      if (Math.abs(v - previous) * 1e6 > maxRatePerS * elapsedUs) {
        quality[i] = QUALITY.uncertainRateOfChange;
        uncertain++;
      }
    }
    previous = v;
    previousUs = timeUs;
  }
  tail.value = previous;
  tail.timeUs = previousUs;
  tail.runStartUs = runStartUs;
  return { uncertain, bad };
}
