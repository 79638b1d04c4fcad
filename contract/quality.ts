/**
 * Quality of a sample: OPC UA's three classes in the two upper bits of a byte (good, uncertain, bad), the
 * reason in the lower six. Stored as smallint, so that `quality < 128` is "not bad" and `quality = 0` is good.
 */
export const QUALITY = {
  good: 0,
  uncertainClockSkew: 64 + 1,
  uncertainRateOfChange: 64 + 2,
  uncertainStuck: 64 + 3,
  badMissing: 128 + 1,
  badOutOfRange: 128 + 2,
  badStuck: 128 + 3,
  badRateOfChange: 128 + 4,
} as const;

export type QualityClass = 'good' | 'uncertain' | 'bad';

/** First code of the class "bad": such samples stay out of metrics and rollups. */
export const BAD = 128;
export const UNCERTAIN = 64;

export function qualityClass(code: number): QualityClass {
  return code >= BAD ? 'bad' : code >= UNCERTAIN ? 'uncertain' : 'good';
}

const REASONS = new Map<number, string>([
  [QUALITY.uncertainClockSkew, 'clock-skew'],
  [QUALITY.uncertainRateOfChange, 'rate-of-change'],
  [QUALITY.uncertainStuck, 'stuck'],
  [QUALITY.badMissing, 'missing'],
  [QUALITY.badOutOfRange, 'out-of-range'],
  [QUALITY.badStuck, 'stuck'],
  [QUALITY.badRateOfChange, 'rate-of-change'],
]);

/** The reason behind a quality code; `null` for good. */
export function qualityReason(code: number): string | null {
  return REASONS.get(code) ?? null;
}
