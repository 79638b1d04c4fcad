import type { Cutter } from './cutter.ts';
import { scratch } from './window.ts';

const { BLOCK, STRIDE } = scratch;

/** A step in time of so many sampling periods is a hole in an irregular signal. */
const HOLE = 8;

/** All of these end early where the cutter is halted: the samples are to come again. */

/** Lays regularly sampled values out, block by block, and has them cut. Time that is missing before them is missing samples. */
export function takeRegular(cutter: Cutter, t0Us: number, dtUs: number, values: Float64Array): void {
  const { window, sign } = cutter;
  if (window.started) {
    const gap = t0Us - window.lastTimeUs;
    if (gap > 1.5 * dtUs) skip(cutter, Math.round(gap / dtUs) - 1, dtUs);
    if (cutter.halted !== null) return;
    if (dtUs !== window.dtUs || t0Us - window.lastTimeUs !== dtUs) window.irregular();
  }
  window.dtUs = dtUs;
  window.smoothUs = dtUs;
  const n = values.length;
  for (let from = 0; from < n; from += BLOCK) {
    const count = Math.min(BLOCK, n - from);
    window.lay(values, from, count, sign, t0Us, dtUs);
    cutter.run(count);
    if (cutter.halted !== null) return;
  }
}

/** The same for values that have a time each. Throws `RangeError` where these do not ascend. */
export function takeIrregular(
  cutter: Cutter,
  t0Us: number,
  offsetsUs: ArrayLike<number>,
  values: Float64Array,
): void {
  const { window, sign } = cutter;
  const n = values.length;
  window.irregular();
  let k = 0;
  while (k < n) {
    // The sampling period in use changes at absolute indices only, like everything else.
    const room = STRIDE - (window.index % STRIDE);
    window.open(room);
    let count = 0;
    let hole = 0;
    while (k < n && count < room) {
      const now = t0Us + (offsetsUs[k] as number);
      if (window.started) {
        const gap = now - window.lastTimeUs;
        if (!(gap > 0)) throw new RangeError('offsets must ascend');
        if (window.dtUs > 0 && gap > HOLE * window.dtUs) {
          hole = Math.round(gap / window.dtUs) - 1;
          break;
        }
        if (window.dtUs === 0) {
          window.dtUs = gap;
          window.smoothUs = gap;
        }
        window.smoothUs += (gap - window.smoothUs) / STRIDE;
      }
      window.layOne(count, sign * (values[k] as number), now);
      count++;
      k++;
    }
    cutter.run(count);
    if (cutter.halted !== null) return;
    window.regularFor = 0;
    if (window.index % STRIDE === 0) window.dtUs = window.smoothUs;
    if (hole > 0) {
      // The hole's last sample stands where the next one is near: no second hole is seen there.
      skip(cutter, hole, window.dtUs);
      if (cutter.halted !== null) return;
      window.irregular();
    }
  }
}

/** Counts `missing` samples as if they had come as NaN, `dtUs` apart; what lies beyond the window costs nothing. */
function skip(cutter: Cutter, missing: number, dtUs: number): void {
  const { window } = cutter;
  const start = window.lastTimeUs;
  let left = missing;
  let done = 0;
  while (left > 0) {
    if (left > STRIDE && cutter.rests(done)) {
      const jump = left - (left % STRIDE);
      cutter.jump(jump, dtUs);
      done += jump;
      left -= jump;
      window.lastTimeUs = start + done * dtUs;
      continue;
    }
    const count = Math.min(STRIDE, left);
    window.layMissing(done + 1, count, start, dtUs);
    cutter.run(count);
    if (cutter.halted !== null) return;
    done += count;
    left -= count;
  }
}
