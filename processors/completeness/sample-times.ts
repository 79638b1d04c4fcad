import { decodeOffsets } from '../offsets.ts';

/** Samples of one batch, or of a stretch without any: how many, and when. */
export interface SampleTimes {
  /** of the first and of the last sample, µs since the epoch */
  readonly t0Us: number;
  readonly endUs: number;
  readonly count: number;
  /** µs; null: irregular */
  readonly period: number | null;
  /** of irregular ones, from t0 (processors/offsets.ts); null: not kept, so they count as evenly spread */
  readonly offsets: Uint8Array | null;
}

/** How many of the samples were taken before a time. */
export function countBefore(s: SampleTimes, us: number): number {
  if (us <= s.t0Us) return 0;
  if (us > s.endUs) return s.count;
  if (s.period === null && s.offsets !== null) {
    const offsets = decodeOffsets(s.offsets);
    let [low, high] = [0, offsets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (s.t0Us + offsets[middle]! < us) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  const step = s.period ?? (s.endUs - s.t0Us) / Math.max(1, s.count - 1);
  return step === 0 ? 0 : Math.min(s.count, Math.ceil((us - s.t0Us) / step));
}

/** How many of the samples were taken in [fromUs, toUs). */
export const countIn = (s: SampleTimes, fromUs: number, toUs: number): number =>
  countBefore(s, toUs) - countBefore(s, fromUs);

/** The widths that a range is divided into, each from `originUs` on. */
export interface Cells {
  readonly originUs: number;
  readonly widthUs: number;
  readonly toUs: number;
}

/** The cells in which any of the samples lie, with how many of them. */
export function* divide(
  s: SampleTimes,
  { originUs, widthUs, toUs }: Cells,
): Generator<[cell: number, count: number]> {
  const last = Math.floor((Math.min(s.endUs, toUs - 1) - originUs) / widthUs);
  for (let cell = Math.max(0, Math.floor((s.t0Us - originUs) / widthUs)); cell <= last; cell++) {
    const from = originUs + cell * widthUs;
    const count = countIn(s, from, Math.min(toUs, from + widthUs));
    if (count > 0) yield [cell, count];
  }
}
