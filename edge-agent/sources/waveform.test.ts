import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Waveform } from './waveform.ts';
import { exp, log, Random, sinCos } from './waveform-random.ts';

const everything = {
  noise: { std: 0.4, ar: 0.5 },
  hum: { amplitude: 8 },
  drift: { amount: 46 },
  spikes: { rate: 0.001 },
  dropouts: { rate: 0.001, everyS: 5 },
  quantum: 0.5,
  partLoad: 0.5,
  faults: [{ kind: 'ripple' as const, fromS: 2, toS: 9, size: 5 }],
};

describe('waveform', () => {
  it('gives the same samples whatever the sizes in which they are asked for, and from a saved state', () => {
    const whole = new Waveform(everything, 7).next(12_000).values;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }),
        fc.constantFrom('ramp' as const, 'rc' as const),
        (sizes, shape) => {
          const settings = { ...everything, edge: { shape } };
          const expected = shape === 'ramp' ? whole : new Waveform(settings, 7).next(12_000).values;
          let waveform = new Waveform(settings, 7);
          let at = 0;
          for (let k = 0; at < 12_000; k++) {
            const size = Math.min(sizes[k % sizes.length] as number, 12_000 - at);
            const { index, values } = waveform.next(size);
            expect(index).toBe(at);
            expect(values).toEqual(expected.subarray(at, at + size));
            at += size;
            waveform = new Waveform(settings, 7, JSON.parse(JSON.stringify(waveform.state())));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is reproducible to the last bit: a recording of the first samples', () => {
    const { values } = new Waveform({ noise: { std: 4 } }, 1).next(100_000);
    const words = new Uint32Array(values.buffer);
    let hash = 0;
    for (const word of words) hash = (Math.imul(hash, 31) + word) | 0;
    expect(hash).toBe(-2035732390);
  });

  it('tells the truth: without noise the signal crosses half of the step where it says', () => {
    for (const shape of ['ramp', 'rc'] as const) {
      const waveform = new Waveform({ noise: { std: 0 }, edge: { shape, riseS: 0.01, fallS: 0.01 } }, 3);
      const { values } = waveform.next(60_000);
      const { edges, onsetsS, offsetsS } = waveform.truth();
      expect(onsetsS.length).toBeGreaterThan(20);
      expect(Math.abs(onsetsS.length - offsetsS.length)).toBeLessThanOrEqual(1);
      for (const edge of edges) {
        const after = Math.ceil(edge.atS * 1000);
        if (after >= 60_000) continue;
        const sign = edge.kind === 'onset' ? 1 : -1;
        expect(sign * ((values[after] as number) - 250)).toBeGreaterThanOrEqual(-1e-3);
        expect(sign * ((values[after - 1] as number) - 250)).toBeLessThanOrEqual(1e-3);
      }
    }
  });

  it('marks gaps and dropped samples as missing and says where the gaps are', () => {
    const waveform = new Waveform({ dropouts: { rate: 0.01, everyS: 10 } }, 5);
    const { values } = waveform.next(100_000);
    const { gapsS } = waveform.truth();
    expect(gapsS.length).toBeGreaterThan(4);
    let within = 0;
    for (const [from, to] of gapsS) {
      for (let i = from * 1000; i < Math.min(to * 1000, 100_000); i++) {
        expect(values[Math.round(i)]).toBeNaN();
        within++;
      }
    }
    const missing = values.filter((v) => Number.isNaN(v)).length - within;
    expect(missing).toBeGreaterThan(700);
    expect(missing).toBeLessThan(1300);
  });

  it('has the noise that it was asked for', () => {
    const { values } = new Waveform({ load: false, noise: { std: 2, ar: 0.9 } }, 11).next(400_000);
    let [sum, square, lag] = [0, 0, 0];
    for (let i = 1; i < values.length; i++) {
      const [x, y] = [(values[i] as number) - 230, (values[i - 1] as number) - 230];
      sum += x;
      square += x * x;
      lag += x * y;
    }
    expect(Math.abs(sum / values.length)).toBeLessThan(0.1);
    expect(Math.sqrt(square / values.length)).toBeCloseTo(2, 1);
    expect(lag / square).toBeCloseTo(0.9, 1);
  });

  it('its functions agree with those of the engine', () => {
    const random = new Random(1, 1);
    for (let k = 0; k < 1000; k++) {
      const x = random.uniform() * 20;
      expect(Math.abs(log(x) - Math.log(x))).toBeLessThan(1e-14);
      expect(Math.abs(exp(-x) / Math.exp(-x) - 1)).toBeLessThan(1e-12);
      expect(Math.abs(sinCos(x)[0] - Math.sin(x))).toBeLessThan(1e-13);
      expect(Math.abs(sinCos(x)[1] - Math.cos(x))).toBeLessThan(1e-13);
    }
  });

  it('switches faults on and off at their times', () => {
    const faults = [
      { kind: 'overload' as const, fromS: 20, toS: 40, size: 10 },
      { kind: 'stopped' as const, fromS: 60, toS: 80, size: 0 },
      { kind: 'slowStart' as const, fromS: 40, toS: 60, size: 0.05 },
      { kind: 'drop' as const, fromS: 80, toS: 90, size: 10 },
    ];
    const waveform = new Waveform({ noise: { std: 0 }, faults }, 2);
    waveform.next(100_000);
    const onsets = waveform.truth().edges.filter((e) => e.kind === 'onset');
    for (const e of onsets) {
      const load = e.atS >= 20 && e.atS < 40 ? 280 : e.atS >= 80 && e.atS < 90 ? 260 : 270;
      expect(e.to).toBe(load);
      expect(e.widthS).toBeCloseTo(e.atS >= 40 && e.atS < 60 ? 0.055 : 0.005);
      expect(e.atS >= 60 && e.atS < 80).toBe(false);
    }
    expect(onsets.length).toBeGreaterThan(30);
  });

  it('refuses settings that make no sense', () => {
    expect(() => new Waveform({ periodS: { min: 2, max: 1 } }, 1)).toThrow(/max must not be below min/);
    expect(() => new Waveform({ duty: { min: 0.5, max: 1 } }, 1)).toThrow(/duty/);
  });
});
