import { BAD, QUALITY, type SignalDefinition, UNCERTAIN } from '@loadcycle/contract';
import { applyRules, noTail } from './rules.ts';
import { cachedRules } from './validate.ts';

/** Rows of one signal as the store has them, in time order. */
export interface StoredRows {
  /** µs since the epoch */
  readonly timesUs: Float64Array;
  /** NaN for missing */
  readonly values: Float64Array;
  /** codes of contract/quality.ts */
  readonly quality: ArrayLike<number>;
}

export interface RevalidateOptions {
  /** rows before this index only lead in: see {@link leadInUs} */
  readonly from?: number;
  /**
   * Whether a sample's batch had a clock that was not to be believed, from the ledger. Without it, samples that
   * are marked so stay marked; those that were bad as well have lost that mark.
   */
  readonly skewed?: (timeUs: number) => boolean;
}

export interface Revalidated {
  /** of the rows from `from` on */
  readonly quality: Uint8Array;
  readonly good: number;
  readonly uncertain: number;
  readonly bad: number;
  /** indices (into all rows) whose quality is another one now */
  readonly changed: number[];
}

/**
 * The definitive quality of stored rows: the value rules over all samples in the order of their time, whatever order
 * their batches came in. The same rows and definition always give the same result. For limits that were changed
 * later, and for ranges where batches came late.
 */
export function revalidateRows(
  rows: StoredRows,
  definition: SignalDefinition,
  options: RevalidateOptions = {},
): Revalidated {
  const { timesUs, values } = rows;
  const from = options.from ?? 0;
  const n = values.length;
  const quality = new Uint8Array(n);
  const t0Us = timesUs[0] ?? 0;
  const offsetsUs = timesUs.map((t) => t - t0Us);
  applyRules(values, { t0Us, dtUs: 0, offsetsUs }, cachedRules(definition), noTail(), quality);
  const counts = { good: 0, uncertain: 0, bad: 0 };
  const changed: number[] = [];
  for (let i = from; i < n; i++) {
    const before = rows.quality[i]!;
    const skewed = options.skewed?.(timesUs[i]!) ?? before === QUALITY.uncertainClockSkew;
    if (skewed && quality[i]! < BAD) quality[i] = QUALITY.uncertainClockSkew;
    const now = quality[i]!;
    if (now !== before) changed.push(i);
    if (now >= BAD) counts.bad++;
    else if (now >= UNCERTAIN) counts.uncertain++;
    else counts.good++;
  }
  return { quality: quality.subarray(from), ...counts, changed };
}

/**
 * How far before a range to read, so that its result does not depend on where it begins: twice the stuck window. And
 * at least to the last row before it that is not bad, for the rate of change.
 */
export const leadInUs = (definition: Pick<SignalDefinition, 'stuckAfterUs'>): number =>
  2 * (definition.stuckAfterUs ?? 0);
