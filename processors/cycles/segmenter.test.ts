import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutCycles } from './cut.ts';
import { Segmenter } from './segmenter.ts';

/** A plain square wave with pseudo-random noise; NaN where `missing` says so. */
function wave(n: number, noise = 1, period = 500, width = 200): Float64Array {
  let seed = 12345;
  return Float64Array.from({ length: n }, (_, k) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    const phase = (k + 0.3) % period;
    return 230 + (phase < width ? 40 : 0) + noise * (seed / 2147483648) * 1.7;
  });
}

const T0 = 1_790_000_000_000_000;

describe('segmenter', () => {
  it('gives the same cycles to the last bit for any batching, and across snapshots', () => {
    const values = wave(20_000);
    for (let k = 9000; k < 9600; k++) values[k] = Number.NaN;
    for (let k = 100; k < 20_000; k += 977) values[k] = Number.NaN;
    values[12_345] = 400;
    const whole = cutCycles({ t0Us: T0, dtUs: 1000, offsetsUs: null, values });
    expect(whole.length).toBeGreaterThan(20);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (sizes, restart) => {
          let segmenter = new Segmenter(cycleSettings());
          const cycles = [];
          for (let at = 0, k = 0; at < values.length; k++) {
            const size = Math.min(sizes[k % sizes.length] as number, values.length - at);
            const chunk = values.subarray(at, at + size);
            cycles.push(
              ...segmenter.push({ t0Us: T0 + at * 1000, dtUs: 1000, offsetsUs: null, values: chunk }),
            );
            at += size;
            if (restart) segmenter = new Segmenter(cycleSettings(), segmenter.snapshot());
          }
          cycles.push(...segmenter.flush());
          expect(cycles).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });
});
