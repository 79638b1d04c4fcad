/** Points by column. */
export interface Points {
  readonly atUs: readonly number[];
  readonly value: readonly number[];
}

/**
 * Largest-Triangle-Three-Buckets (Steinarsson 2013): keeps `wanted` of the points, first and last among them, each
 * the one that makes the largest triangle with the point kept before it and the mean of the bucket after it. Unlike
 * the paper's it always keeps the least and the greatest of all, where four points or more are wanted.
 */
export function lttb(points: Points, wanted: number): Points {
  const { atUs, value } = points;
  const n = atUs.length;
  if (wanted >= n || wanted < 3) return points;
  const kept = [0];
  const width = (n - 2) / (wanted - 2);
  let last = 0;
  for (let b = 0; b < wanted - 2; b++) {
    const from = Math.floor(b * width) + 1;
    const to = Math.floor((b + 1) * width) + 1;
    const nextTo = Math.min(Math.floor((b + 2) * width) + 1, n);
    const meanAt = mean(atUs, to, nextTo);
    const meanValue = mean(value, to, nextTo);
    let best = from;
    let bestArea = -1;
    for (let i = from; i < to; i++) {
      const area = Math.abs(
        (atUs[last]! - meanAt) * (value[i]! - value[last]!) -
          (atUs[last]! - atUs[i]!) * (meanValue - value[last]!),
      );
      if (area > bestArea) {
        bestArea = area;
        best = i;
      }
    }
    kept.push(best);
    last = best;
  }
  kept.push(n - 1);
  if (wanted >= 4) keepExtremes(kept, value);
  return { atUs: kept.map((i) => atUs[i]!), value: kept.map((i) => value[i]!) };
}

/** Puts the first least and the first greatest of all in the place of the kept point that is nearest to each. */
function keepExtremes(kept: number[], value: readonly number[]): void {
  let least = 0;
  let greatest = 0;
  for (let i = 1; i < value.length; i++) {
    if (value[i]! < value[least]!) least = i;
    if (value[i]! > value[greatest]!) greatest = i;
  }
  const there = (v: number): boolean => kept.some((i) => value[i] === v);
  for (const wanted of [least, greatest]) {
    if (there(value[wanted]!)) continue;
    // the ends stay, and so does the other extreme
    const other = value[wanted === least ? greatest : least];
    let nearest = -1;
    for (let k = 1; k < kept.length - 1; k++) {
      if (value[kept[k]!] === other) continue;
      if (nearest < 0 || Math.abs(kept[k]! - wanted) < Math.abs(kept[nearest]! - wanted)) nearest = k;
    }
    if (nearest < 0) continue;
    kept[nearest] = wanted;
    kept.sort((a, b) => a - b);
  }
}

function mean(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum / (to - from);
}
