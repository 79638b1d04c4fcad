import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import type { WaveformSettingsInput } from '@loadcycle/contract/waveform-settings';
import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { Random } from '@loadcycle/edge-agent/sources/waveform-random';
import { cutCycles, Segmenter } from '@loadcycle/processors/cycles/index';
import { chunkOf, pushInPieces, wave } from '@loadcycle/processors/cycles/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foundIn, LIMIT, STEP, score, signal } from '../bench/cycles/score.ts';

/** Adds mains hum whose frequency wanders by `wanders` about `hz`, where `on` says so. */
function addHum(
  values: Float64Array,
  { amplitude, hz = 50, wanders = 0.2, third = 0, rateHz = 1000, on = (_s: number) => true }: Hum,
): Float64Array {
  let phase = 0.3;
  return values.map((v, k) => {
    const atS = k / rateHz;
    phase += (2 * Math.PI * (hz + wanders * Math.sin(atS / 40))) / rateHz;
    return on(atS) ? v + amplitude * (Math.sin(phase) + third * Math.sin(3 * phase)) : v;
  });
}

interface Hum {
  amplitude: number;
  hz?: number;
  wanders?: number;
  third?: number;
  rateHz?: number;
  on?: (atS: number) => boolean;
}

/** Frequencies of hum that are taken out as the samples come; each one once in a row. */
function humIn(values: Float64Array, dtUs = 1000): (number | null)[] {
  const segmenter = new Segmenter(cycleSettings());
  const seen: (number | null)[] = [];
  for (let at = 0; at < values.length; at += 500) {
    segmenter.push({ t0Us: at * dtUs, dtUs, offsetsUs: null, values: values.subarray(at, at + 500) });
    const { humHz } = segmenter;
    const near = humHz === null ? null : Math.round(humHz);
    if (seen[seen.length - 1] !== near) seen.push(near);
  }
  return seen;
}

describe('mains hum', () => {
  const SECONDS = 60;
  for (const db of [40, 20, 10]) {
    for (const over of [0, 20]) {
      it(`is followed and taken out: ${over} dB over noise at ${db} dB, wandering by 0.2 Hz`, () => {
        const waveform = new Waveform(signal(5, db), 42 + db);
        const { values } = waveform.next(SECONDS * 1000);
        const amplitude = (Math.SQRT2 * STEP) / 10 ** ((db - over) / 20);
        const cycles = cutCycles(chunkOf(addHum(values, { amplitude, third: 0.1 }), 1000, 0));
        const s = score(foundIn(cycles), waveform.truth(), 1000, cycles.length);
        expect(s.cycles).toBeGreaterThan(20);
        expect(s.f1).toBe(1);
        // without it being taken out, 0.2 step is 32 times the best possible at 40 dB
        expect(s.std / (LIMIT[5]?.[db] as number)).toBeLessThan(1.35);
      });
    }
  }

  it('is found at 60 Hz, above and below twice its frequency, and where it sets in and ends', () => {
    const { values } = new Waveform(signal(5, 20), 1).next(40_000);
    expect(humIn(addHum(values, { amplitude: 8, hz: 60 }))).toEqual([null, 60]);
    const slow = new Waveform({ ...signal(5, 20), sampleRateHz: 64, periodS: { min: 12, max: 45 } }, 1);
    expect(humIn(addHum(slow.next(20_000).values, { amplitude: 8, rateHz: 64 }), 1e6 / 64)).toEqual([50]);
    const some = addHum(values, { amplitude: 8, on: (s) => s > 5 && s < 24 });
    expect(humIn(some)).toEqual([null, 50, null]);
  });

  it('leaves no trace of batches and saved states, where it sets in, ends, and samples are missing', () => {
    const clean = wave({ samples: 60_000, ramp: 1, noise: 0.05 });
    const values = addHum(clean, { amplitude: 20, on: (s) => s < 25 || s > 40 });
    values.fill(Number.NaN, 9000, 9900);
    values.fill(Number.NaN, 17_005, 17_010);
    const whole = chunkOf(values);
    const expected = cutCycles(whole);
    expect(expected.length).toBeGreaterThan(110);
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.boolean(), (pieces, restart) => {
        expect(pushInPieces(whole, pieces, restart)).toEqual(expected);
      }),
      { numRuns: 12 },
    );
    // a hole in time is the same as samples that came as NaN
    const parts = [
      chunkOf(values.subarray(0, 9000)),
      chunkOf(values.subarray(9900), 1000, whole.t0Us + 9_900_000),
    ];
    expect(cutCycles(parts)).toEqual(expected);
  });

  it('is never seen in a load that comes and goes, however regularly', () => {
    const seen: object[] = [];
    for (const rateHz of [200, 1000, 10_000]) {
      for (const hz of [1, 5, 10, 12.5, 16.667, 20, 25, 30, 33.333, 50, 60]) {
        if (rateHz / hz < 8) continue;
        for (const duty of [0.1, 0.25, 0.5, 0.8]) {
          for (const noise of [0.001, 0.1]) {
            const random = new Random(Math.round(hz * 100 + rateHz), 3);
            const values = Float64Array.from({ length: 12_000 }, (_, k) => {
              const phase = ((k + 0.3) * hz) / rateHz;
              return (phase % 1 < duty ? 40 : 0) + 40 * noise * random.gaussian();
            });
            const hum = humIn(values, 1e6 / rateHz);
            if (hum.length !== 1 || hum[0] !== null) seen.push({ rateHz, hz, duty, noise, hum });
          }
        }
      }
    }
    expect(seen).toEqual([]);
  });

  it('is never seen in signals without it', () => {
    const settings: WaveformSettingsInput[] = [5, 20].flatMap((n) => [40, 20, 6].map((db) => signal(n, db)));
    settings.push(signal(5, 20, { load: false }), signal(5, 20, { quantum: 10 }));
    settings.push({ ...signal(5, 10), noise: { std: 12, ar: 0.9 } });
    for (const s of settings) expect(humIn(new Waveform(s, 5).next(60_000).values)).toEqual([null]);
    for (const of of [
      (k: number) => k,
      (k: number) => 10 * Math.sin(k / 40),
      (k: number) => (k % 17) * 0.1,
    ]) {
      expect(humIn(Float64Array.from({ length: 20_000 }, (_, k) => of(k)))).toEqual([null]);
    }
  });
});
