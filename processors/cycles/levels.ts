/**
 * State levels of a recording by the histogram method of IEEE Std 181-2011, 5.2.1: the amplitude range is cut into
 * bins, the histogram is halved in the middle of the range, and each half's most frequent bin is a state level.
 *
 * @param values samples; NaN (missing) is passed over
 * @param bins number of bins, 100 where nothing is said
 * @returns the low and the high state level in the unit of the values; null without at least two different samples
 */
export function stateLevels(values: ArrayLike<number>, bins = 100): { low: number; high: number } | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < values.length; k++) {
    const v = values[k] as number;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (!(max > min)) return null;
  const counts = new Uint32Array(bins);
  const scale = bins / (max - min);
  for (let k = 0; k < values.length; k++) {
    const v = values[k] as number;
    if (Number.isNaN(v)) continue;
    const bin = Math.min(bins - 1, Math.floor((v - min) * scale));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const half = bins >> 1;
  const mode = (from: number, to: number) => {
    let best = from;
    for (let k = from; k < to; k++) if ((counts[k] as number) > (counts[best] as number)) best = k;
    return min + (best + 0.5) / scale;
  };
  return { low: mode(0, half), high: mode(half, bins) };
}
