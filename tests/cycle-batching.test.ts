import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { cutCycles } from '@loadcycle/processors/cycles/index';
import { Segmenter } from '@loadcycle/processors/cycles/segmenter';
import { pushInPieces } from '@loadcycle/processors/cycles/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IMPAIRED, signal } from '../bench/cycles/score.ts';

it('cuts any signal the same to the last bit, whatever the batches and wherever it was interrupted', () => {
  let cut = 0;
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(1_000_000),
        db: fc.constantFrom(40, 20, 10, 6),
        n: fc.constantFrom(0, 1, 5, 20),
        dropped: fc.constantFrom(0, 0.002),
        gapS: fc.constantFrom(0.02, 0.5, 3),
        partLoad: fc.constantFrom(0, 0.5),
        periodS: fc.constantFrom({ min: 0.8, max: 3 }, { min: 0.1, max: 0.3 }),
      }),
      fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      ({ seed, db, n, dropped, gapS, partLoad, periodS }, sizes, restart) => {
        const dropouts = { rate: dropped, gapS, everyS: 5 };
        const settings = signal(n, db, { ...IMPAIRED['all'], dropouts, partLoad, periodS });
        const { values } = new Waveform(settings, seed).next(30_000);
        const recording = { t0Us: 0, dtUs: 1000, offsetsUs: null, values };
        const whole = cutCycles(recording);
        cut += whole.length;
        expect(pushInPieces(recording, sizes, restart)).toEqual(whole);
      },
    ),
    { numRuns: 60 },
  );
  expect(cut).toBeGreaterThan(200);
});

it('a return that noise places beyond the next onset was not seen: the cycle is incomplete', () => {
  const waveform = new Waveform(signal(60, 10, { partLoad: 0.5, periodS: { min: 0.8, max: 3 } }), 315);
  const values = waveform.next(20_000).values.map((v) => 500 - v);
  const levels = { base: 270, load: 230 };
  const input = { inverted: true, levels, followLevels: true, maxPeriodS: 1.5, minStep: 35 };
  const segmenter = new Segmenter(cycleSettings(input));
  const cycles = segmenter.push({ t0Us: 0, dtUs: 1000, offsetsUs: null, values });
  expect(cycles.length).toBeGreaterThan(10);
  for (const { startedAtUs, offsetAtUs, endedAtUs, complete } of cycles) {
    expect(endedAtUs).toBeGreaterThan(startedAtUs);
    if (offsetAtUs === null) expect(complete).toBe(false);
    else expect(offsetAtUs > startedAtUs && offsetAtUs < endedAtUs).toBe(true);
  }
});
