import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { Random } from '@loadcycle/edge-agent/sources/waveform-random';
import { cutCycles, Segmenter } from '@loadcycle/processors/cycles/index';
import { chunkOf, wave } from '@loadcycle/processors/cycles/testing';
import { describe, expect, it } from 'vitest';

/** Samples after which levels are known; null: they never are. */
function knownAfter(values: Float64Array): number | null {
  const segmenter = new Segmenter(cycleSettings());
  for (let k = 0; k < values.length; k += 8) {
    segmenter.push(chunkOf(values.subarray(k, k + 8), 1000, k * 1000));
    if (segmenter.levels !== null) return k + 8;
  }
  return null;
}

describe('learning the levels', () => {
  it('takes no more than 200 samples where these show both levels clearly', () => {
    for (const noise of [0, 0.03, 0.2]) {
      for (const period of [35.3, 40.7, 90.1]) {
        const values = wave({ samples: 4000, period, width: period / 3, ramp: 1, noise });
        expect(knownAfter(values)).toBeLessThanOrEqual(200);
      }
    }
    // and no more than the first cycle where cycles are long
    const slow = wave({ samples: 20_000, period: 6000.3, width: 2000, ramp: 3 });
    expect(knownAfter(slow)).toBeLessThan(8500);
  });

  it('takes an inrush for no level', () => {
    for (const [peak, decay] of [
      [2, 4],
      [4, 30],
      [8, 150],
    ] as const) {
      const values = wave({ samples: 30_000, period: 1500.3, width: 900, ramp: 2 });
      for (let k = 1, since = 1e9; k < values.length; k++, since++) {
        if ((values[k] as number) > 250 && (values[k - 1] as number) <= 250) since = 0;
        if ((values[k] as number) > 250)
          values[k] = (values[k] as number) + 40 * (peak - 1) * Math.exp(-since / decay);
      }
      const cycles = cutCycles(chunkOf(values));
      expect(cycles.length).toBeGreaterThanOrEqual(18);
      for (const { pulseWidthS, periodS } of cycles) {
        expect(Math.abs((pulseWidthS as number) - 0.9)).toBeLessThan(0.01);
        expect(Math.abs((periodS as number) - 1.5003)).toBeLessThan(0.01);
      }
    }
  });

  const N = 20_000;
  const from = (next: (random: Random, k: number, before: number) => number) => (seed: number) => {
    const random = new Random(seed, 9);
    let before = 0;
    return Float64Array.from({ length: N }, (_, k) => (before = next(random, k, before)));
  };
  const NO_LOAD: Record<string, (seed: number) => Float64Array> = {
    'white noise': from((r) => r.gaussian()),
    'noise that wanders': from((r, _, x) => 0.9 * x + r.gaussian()),
    'noise that wanders slowly': from((r, _, x) => 0.99 * x + r.gaussian()),
    'a random walk': from((r, _, x) => x + r.gaussian()),
    'a ramp': from((r, k) => k / 500 + r.gaussian()),
    'a clean ramp': from((_, k) => k),
    'a sine': from((r, k) => 10 * Math.sin(k / 40) + 0.1 * r.gaussian()),
    'a triangle': from((r, k) => 10 * Math.abs(((k / 300) % 2) - 1) + 0.05 * r.gaussian()),
    spikes: from((r) => r.gaussian() + (r.uniform() < 0.003 ? 200 : 0)),
    'a single spike': from((r, k) => r.gaussian() + (k === 700 ? 500 : 0)),
    'a single step': from((r, k) => r.gaussian() + (k > 5000 ? 40 : 0)),
    'two codes of a converter': from((r) => Math.round(0.5 + 0.3 * r.gaussian())),
  };
  for (const [name, of] of Object.entries(NO_LOAD)) {
    it(`finds no levels in ${name}`, () => {
      for (let seed = 1; seed <= 6; seed++) expect(knownAfter(of(seed))).toBeNull();
    });
  }
});
