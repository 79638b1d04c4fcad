import { BATCH_LIMITS, type Batch, LoadcycleError } from '@loadcycle/contract';

export interface TimedSample {
  readonly timeUs: number;
  /** NaN where the sensor gave none */
  readonly value: number;
  /** JSON Pointer (or a place like one) for errors */
  readonly pointer: string;
}

/**
 * Samples with a time each, in any order → the times and values of a batch. Throws `message.timestamp-order` where
 * two have the same time, `message.invalid-field` where they lie too far apart.
 */
export function sortedBatch(
  samples: readonly TimedSample[],
): Pick<Batch, 't0Us' | 'dtUs' | 'offsetsUs' | 'values'> {
  const sorted = samples.toSorted((a, b) => a.timeUs - b.timeUs);
  const n = sorted.length;
  const t0Us = sorted[0]!.timeUs;
  const values = Float64Array.from(sorted, (s) => s.value);
  const offsetsUs = Float64Array.from(sorted, (s) => s.timeUs - t0Us);
  let regular = true;
  const dtUs = n > 1 ? offsetsUs[1]! : 1;
  for (let i = 1; i < n; i++) {
    const step = offsetsUs[i]! - offsetsUs[i - 1]!;
    if (step <= 0) {
      throw new LoadcycleError('message.timestamp-order', 'two samples of one signal at the same time', {
        pointer: sorted[i]!.pointer,
      });
    }
    regular &&= step === dtUs;
  }
  if (offsetsUs[n - 1]! > BATCH_LIMITS.spanUs) {
    throw new LoadcycleError(
      'message.invalid-field',
      `the samples span more than ${BATCH_LIMITS.spanUs} µs`,
      {
        pointer: sorted[n - 1]!.pointer,
      },
    );
  }
  // one sample alone has no period: its offset says so
  return regular && n > 1 ? { t0Us, dtUs, offsetsUs: null, values } : { t0Us, dtUs: null, offsetsUs, values };
}
