import type { QualityClass } from '@loadcycle/contract';

const QUALITY_CLASSES = ['good', 'uncertain', 'bad'] as const satisfies readonly QualityClass[];

const CONDITIONS: Record<QualityClass, string> = {
  good: 'quality < 64',
  uncertain: '(quality >= 64 AND quality < 128)',
  bad: 'quality >= 128',
};

/** SQL condition on `quality` for these classes; empty: all of them. */
export function qualityCondition(classes: readonly QualityClass[]): string {
  const wanted = QUALITY_CLASSES.filter((q) => classes.includes(q));
  if (wanted.length === 0 || wanted.length === QUALITY_CLASSES.length) return 'true';
  return `(${wanted.map((q) => CONDITIONS[q]).join(' OR ')})`;
}
