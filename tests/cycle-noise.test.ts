import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { Random } from '@loadcycle/edge-agent/sources/waveform-random';
import { cutCycles } from '@loadcycle/processors/cycles/index';
import { chunkOf } from '@loadcycle/processors/cycles/testing';
import { describe, expect, it } from 'vitest';
import { cut, foundIn, score, signal } from '../bench/cycles/score.ts';

/** What docs/cycles.md says of noise that is not white, and of middle levels in noise. */

describe('cycles in hard noise', () => {
  const AR = { noise: { std: 40 / 10 ** 0.5, ar: 0.9 } };
  for (const [name, settings, least] of [
    ['noise whose neighbours are correlated (AR(1) 0.9)', { ...signal(5, 10), ...AR }, 0.97],
    // not seen as a level at first: two looks of some 49,000 samples each show it
    ['a middle level at 0.3 of the step', signal(5, 10, { partLoad: 0.3 }), 0.8],
  ] as const) {
    it(`are found at 10 dB in ${name}`, () => {
      const { cycles, truth } = cut(new Waveform(settings, 7), 500);
      const s = score(foundIn(cycles), truth, 1000, cycles.length);
      expect(s.edges).toBeGreaterThan(380);
      expect(s.f1Wide).toBeGreaterThan(least);
    });
  }

  it('are not seen in most impulses that die away', () => {
    let invented = 0;
    for (const seed of [1, 2, 4, 5, 6, 10]) {
      const random = new Random(seed, 9);
      const noise = new Random(seed, 7);
      let now = 0;
      const impulses = Float64Array.from({ length: 40_000 }, () => {
        now *= Math.exp(-1 / 5);
        if (random.uniform() < 0.02) now -= Math.log(1 - random.uniform());
        return now + 0.1 * noise.gaussian();
      });
      invented += cutCycles(chunkOf(impulses)).length;
    }
    // it was 268 to 395 in each of them
    expect(invented).toBeLessThan(700);
  });
});
