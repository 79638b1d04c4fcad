/** A stretch of one signal. Times are µs since the epoch (whole numbers, exact to 2^53); NaN marks a missing sample. */
export interface SampleChunk {
  t0Us: number;
  /** Sampling period of regular sampling; else null, and `offsetsUs` has each sample's distance from `t0Us`. */
  dtUs: number | null;
  offsetsUs: ArrayLike<number> | null;
  values: Float64Array;
}

/** What of the chunk comes after `afterUs`; null: nothing. */
export function samplesAfter(chunk: SampleChunk, afterUs: number): SampleChunk | null {
  const { t0Us, dtUs, offsetsUs, values } = chunk;
  const n = values.length;
  const timeOf = (k: number) => t0Us + (dtUs === null ? (offsetsUs?.[k] as number) : k * dtUs);
  if (n === 0 || timeOf(0) > afterUs) return n === 0 ? null : chunk;
  let [low, high] = [0, n];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (timeOf(mid) > afterUs) high = mid;
    else low = mid + 1;
  }
  if (low === n) return null;
  const startUs = timeOf(low);
  const rest = values.subarray(low);
  if (dtUs !== null) return { t0Us: startUs, dtUs, offsetsUs: null, values: rest };
  const offsets = Float64Array.from({ length: n - low }, (_, k) => timeOf(low + k) - startUs);
  return { t0Us: startUs, dtUs: null, offsetsUs: offsets, values: rest };
}
