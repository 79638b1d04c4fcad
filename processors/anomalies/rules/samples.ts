import { BAD, sampleTimeUs } from '@loadcycle/contract';
import type { JudgedBatch } from '../../work/judge.ts';
import type { Age } from '../arrival.ts';

/** A batch with what the arrival of it says. */
export type AgedBatch = Pick<JudgedBatch, 'record' | 'known' | 'batch' | 'validated'> & { readonly age: Age };

/** Samples of one signal, ascending. */
export interface Samples {
  readonly timesUs: ArrayLike<number>;
  /** NaN: missing, or bad */
  readonly values: ArrayLike<number>;
}

/** What is bad counts as missing. */
export function samplesOf({
  batch,
  validated: { quality, bad },
}: Pick<JudgedBatch, 'batch' | 'validated'>): Samples {
  const n = batch.values.length;
  const timesUs = Float64Array.from({ length: n }, (_, i) => sampleTimeUs(batch, i));
  if (bad === 0) return { timesUs, values: batch.values };
  return { timesUs, values: batch.values.map((v, i) => (quality[i]! >= BAD ? Number.NaN : v)) };
}
