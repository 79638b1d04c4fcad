/**
 * One batch as a device publishes it: one signal, one session, one sequence number.
 * (device, signal, session, seq) names it for ever; a resent batch is byte-identical.
 */
export interface BatchMessage {
  /** UUIDv7, new at each start of the agent */
  session: string;
  /** counts from 0 per (session, signal), without holes */
  seq: number;
  /** UCUM code */
  unit: string;
  /** µs since the epoch, UTC, of the first value */
  t0: number;
  /** sampling period in µs (regular sampling) … */
  dt?: number;
  /** … or µs from `t0` for each value, ascending. Exactly one of the two. */
  offsets?: number[];
  /** finite numbers; null marks a sample that the sensor failed to give */
  values: (number | null)[];
}

/** A decoded batch, whatever the codec it came in, in the form that validation and the segmenter take. */
export interface Batch {
  readonly session: string;
  readonly seq: number;
  readonly unit: string;
  /** false: the codec knows no unit (`unit` is `1`), and the signal's definition says it */
  readonly unitStated?: false;
  readonly t0Us: number;
  /** sampling period in µs, or null where `offsetsUs` tells each sample's time */
  readonly dtUs: number | null;
  readonly offsetsUs: Float64Array | null;
  /** NaN marks a missing sample */
  readonly values: Float64Array;
}

/** Time of sample i, µs since the epoch. */
export function sampleTimeUs(batch: Pick<Batch, 't0Us' | 'dtUs' | 'offsetsUs'>, i: number): number {
  return batch.t0Us + (batch.dtUs === null ? batch.offsetsUs![i]! : i * batch.dtUs);
}

/** Time of the last sample, µs since the epoch. */
export function lastSampleUs(batch: Batch): number {
  return sampleTimeUs(batch, batch.values.length - 1);
}
