import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutCycles } from './cut.ts';
import { type CutCycle, Segmenter } from './segmenter.ts';
import { chunkOf, pushInPieces, T0, wave } from './testing.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 });

describe('segmenter', () => {
  it('gives the same cycles to the last bit for any batching, and across snapshots', () => {
    const values = wave();
    values.fill(Number.NaN, 7000, 7600);
    for (let k = 100; k < values.length; k += 977) values[k] = Number.NaN;
    values[9345] = 400;
    const whole = chunkOf(values);
    const expected = cutCycles(whole);
    expect(expected.length).toBeGreaterThan(14);
    fc.assert(
      fc.property(sizes, fc.boolean(), (pieces, restart) => {
        expect(pushInPieces(whole, pieces, restart)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
    expect(pushInPieces(whole, [1], true)).toEqual(expected);
  });

  it('gives the same cycles to the last bit for any batching of an irregularly sampled signal', () => {
    const values = wave();
    let at = 0;
    const offsetsUs = Array.from(values, (_, k) => {
      at += k === 0 ? 0 : k % 7 === 0 ? 1400 : 933;
      return k > 8000 ? at + 700_000 : at;
    });
    const whole = { t0Us: T0, dtUs: null, offsetsUs, values };
    const expected = cutCycles(whole);
    expect(expected.length).toBeGreaterThan(14);
    expect(expected.filter((c) => !c.complete).length).toBe(1);
    fc.assert(
      fc.property(sizes, fc.boolean(), (pieces, restart) => {
        expect(pushInPieces(whole, pieces, restart)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('gives the cycles from before the levels were known, from the first onset on', () => {
    const cycles = cutCycles(chunkOf(wave()));
    // The wave begins under load: its first onset is sample 419.8.
    expect(Math.abs((cycles[0] as CutCycle).startedAtUs - (T0 + 419_810))).toBeLessThan(500);
    expect(cycles.length).toBe(23);
    for (const cycle of cycles) expect(Math.abs((cycle.periodS as number) - 0.50037)).toBeLessThan(0.001);
  });

  it('places the first edges again once their widths are known, with the same result for any batching', () => {
    const values = wave({ samples: 14_000, period: 80.37, width: 32, ramp: 1, noise: 0.02 });
    const whole = chunkOf(values);
    const segmenter = new Segmenter(cycleSettings());
    const first = segmenter.push(chunkOf(values.subarray(0, 3000)));
    expect(segmenter.takeOwed()).toBeNull();
    segmenter.push(chunkOf(values.subarray(3000), 1000, T0 + 3_000_000));
    expect(segmenter.takeOwed()?.afterUs).toBe(T0 - 1);
    const expected = cutCycles(whole);
    expect(expected.length).toBeGreaterThan(170);
    const error = (cycles: CutCycle[]) =>
      Math.max(...cycles.slice(0, 30).map((c) => Math.abs((c.periodS as number) - 0.08037)));
    expect(error(expected)).toBeLessThan(error(first) / 1.5);
    fc.assert(
      fc.property(sizes, fc.boolean(), (pieces, restart) => {
        expect(pushInPieces(whole, pieces, restart)).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('begins again where a signal without load takes load, and no further back than a million samples', () => {
    const idle = 1_200_000;
    const values = new Float64Array(idle + 12_000);
    values.set(wave({ width: 0, samples: idle }));
    values.set(wave(), idle);
    const whole = chunkOf(values);
    const segmenter = new Segmenter(cycleSettings());
    segmenter.push(whole);
    const owed = segmenter.takeOwed();
    expect(owed?.afterUs).toBeGreaterThan(T0);
    const expected = cutCycles(whole);
    // the wave begins under load
    expect(expected.length).toBe(24);
    for (const sizes of [[100_000], [30_011, 999]]) {
      expect(pushInPieces(whole, sizes, sizes.length > 1)).toEqual(expected);
    }
  });

  it('finds irregularly sampled cycles where the regular ones are', () => {
    const values = wave({ ramp: 0.001, noise: 0 });
    const kept = Array.from(values, (_, k) => k).filter((k) => k % 5 !== 3);
    const chunk = {
      t0Us: T0,
      dtUs: null,
      offsetsUs: kept.map((k) => k * 1000),
      values: Float64Array.from(kept, (k) => values[k] as number),
    };
    const regular = cutCycles(chunkOf(values));
    const irregular = cutCycles(chunk);
    expect(irregular.length).toBeGreaterThan(14);
    for (const cycle of irregular) {
      const twin = regular.find((c) => Math.abs(c.startedAtUs - cycle.startedAtUs) < 2000);
      expect(twin).toBeDefined();
      expect(Math.abs((cycle.periodS as number) - 0.50037)).toBeLessThan(0.003);
      expect(cycle.mean).toBeCloseTo(twin?.mean as number, 0);
    }
  });

  it('takes a hole between chunks for missing samples, the same as samples that came as NaN', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4000, max: 8000 }), fc.integer({ min: 1, max: 3000 }), (from, length) => {
        const values = wave();
        values.fill(Number.NaN, from, from + length);
        const marked = cutCycles(chunkOf(values));
        const holed = cutCycles([
          chunkOf(values.slice(0, from)),
          chunkOf(values.slice(from + length), 1000, T0 + (from + length) * 1000),
        ]);
        expect(holed).toEqual(marked);
        const [lost, end] = [T0 + from * 1000, T0 + (from + length) * 1000];
        for (const cycle of marked) {
          const spans = cycle.startedAtUs < lost && cycle.endedAtUs > end;
          if (spans) expect(cycle.complete).toBe(false);
          if (spans) expect(cycle.missingCount).toBeGreaterThan(0);
        }
      }),
      // An edge just before a gap that is longer than the window.
      { numRuns: 60, examples: [[4427, 494]] },
    );
  });

  it('jumps over a hole before any level is known, with the same cycles as from samples that came as NaN', () => {
    const values = Float64Array.from([...new Float64Array(3000).fill(5), ...wave()]);
    for (const length of [1, 700, 1500, 40_000]) {
      const marked = new Float64Array(values.length + length).fill(Number.NaN);
      marked.set(values.subarray(0, 3000));
      marked.set(values.subarray(3000), 3000 + length);
      const holed = cutCycles([
        chunkOf(values.slice(0, 3000)),
        chunkOf(values.slice(3000), 1000, T0 + (3000 + length) * 1000),
      ]);
      expect(holed.length).toBeGreaterThan(3);
      expect(holed).toEqual(cutCycles(chunkOf(marked)));
    }
    // half a year at 1 kHz: one by one this would take many minutes
    const later = cutCycles([
      chunkOf(values.slice(0, 3000)),
      chunkOf(values.slice(3000), 1000, T0 + 15_552_000_000_000),
    ]);
    expect(later.length).toBeGreaterThan(3);
  });

  it('settles a result at most 64 samples after its edge', () => {
    const values = wave();
    const segmenter = new Segmenter(cycleSettings());
    const delays: number[] = [];
    for (let k = 0; k < values.length; k++) {
      const known = segmenter.levels !== null;
      for (const cycle of segmenter.push(chunkOf(values.subarray(k, k + 1), 1000, T0 + k * 1000))) {
        // what came before the levels were known comes out late
        if (known) delays.push(T0 + k * 1000 - cycle.endedAtUs);
      }
    }
    expect(delays.length).toBeGreaterThan(14);
    expect(Math.max(...delays)).toBeLessThanOrEqual(64_000);
  });

  it('cuts an inverted signal where the upright one is cut', () => {
    const values = wave();
    const upright = cutCycles(chunkOf(values));
    const inverted = cutCycles(chunkOf(values.map((v) => 500 - v)), { inverted: true });
    expect(inverted.map((c) => c.startedAtUs)).toEqual(upright.map((c) => c.startedAtUs));
    for (const [k, cycle] of inverted.entries()) {
      const twin = upright[k] as CutCycle;
      expect(cycle.topLevel).toBeCloseTo(500 - (twin.topLevel as number), 9);
      expect(cycle.min).toBeCloseTo(500 - (twin.max as number), 9);
      expect(cycle.mean).toBeCloseTo(500 - (twin.mean as number), 9);
      expect(cycle.riseSlewPerS).toBeCloseTo(-(twin.riseSlewPerS as number), 4);
      expect(cycle.pulseWidthS).toBe(twin.pulseWidthS);
      expect(cycle.overshootPct).toBeCloseTo(twin.overshootPct as number, 9);
    }
  });

  it('takes the crossing that leaves the lowest of three levels as the onset', () => {
    const values = wave({ part: 0.6, samples: 40_000 });
    const cycles = cutCycles(chunkOf(values));
    expect(cycles.length).toBeGreaterThan(60);
    for (const cycle of cycles) {
      expect(cycle.complete).toBe(true);
      expect(Math.abs((cycle.periodS as number) - 0.50037)).toBeLessThan(0.001);
      expect(Math.abs((cycle.pulseWidthS as number) - 0.2)).toBeLessThan(0.001);
    }
    expect(cycles.some((c) => Math.abs((c.topLevel as number) - 294) < 1)).toBe(true);
    expect(cycles.some((c) => Math.abs((c.topLevel as number) - 270) < 1)).toBe(true);
  });

  it('finds no cycles in a signal without load, and has no levels for it', () => {
    for (const noise of [0, 0.01, 1]) {
      const segmenter = new Segmenter(cycleSettings());
      expect(segmenter.push(chunkOf(wave({ width: 0, noise, samples: 60_000 })))).toEqual([]);
      expect(segmenter.levels).toBeNull();
    }
  });

  it('learns again by itself when the levels are lost', () => {
    const before = wave({ samples: 20_000 });
    const after = wave({ samples: 60_000, base: 800, step: 90 });
    const values = new Float64Array(80_000);
    values.set(before);
    values.set(after, 20_000);
    const cycles = cutCycles(chunkOf(values));
    const late = cycles.filter((c) => c.startedAtUs > T0 + 60_000_000);
    expect(late.length).toBeGreaterThan(35);
    for (const cycle of late) {
      expect(cycle.baseLevel).toBeCloseTo(800, 0);
      expect(cycle.topLevel).toBeCloseTo(890, 0);
    }
  });

  it('cuts from the first sample on where the levels are configured', () => {
    const settings = { levels: { base: 230, load: 270 } };
    const cycles = cutCycles(chunkOf(wave()), settings);
    // The wave begins within a base: its first onset is sample 419.8.
    expect(cycles[0]?.startedAtUs).toBeGreaterThan(T0 + 419_000);
    expect(cycles[0]?.startedAtUs).toBeLessThan(T0 + 421_000);
    expect(cycles.length).toBe(23);
  });

  it('takes an onset sooner than the least period for bounce', () => {
    const values = wave({ noise: 0.01 });
    for (let at = 420; at < values.length; at += 500.37) {
      values.fill(230, Math.round(at) + 60, Math.round(at) + 100);
    }
    const settings = { levels: { base: 230, load: 270 } };
    expect(cutCycles(chunkOf(values), settings).length).toBeGreaterThan(40);
    const cycles = cutCycles(chunkOf(values), { ...settings, minPeriodS: 0.3 });
    expect(cycles.length).toBe(23);
    for (const cycle of cycles) expect(Math.abs((cycle.pulseWidthS as number) - 0.2)).toBeLessThan(0.002);
  });

  it('refuses samples that go back in time, a state of another version, and chunks without time', () => {
    const segmenter = new Segmenter(cycleSettings());
    segmenter.push(chunkOf(new Float64Array(10)));
    expect(() => segmenter.push(chunkOf(new Float64Array(10)))).toThrow(RangeError);
    const values = new Float64Array(2);
    expect(() =>
      new Segmenter(cycleSettings()).push({ t0Us: 0, dtUs: null, offsetsUs: null, values }),
    ).toThrow(RangeError);
    const state = segmenter.snapshot();
    new DataView(state.buffer).setFloat64(0, 99, true);
    expect(() => new Segmenter(cycleSettings(), state)).toThrow(/version 99/);
  });

  it('keeps its state small: 4 KiB beside the edge window, a look for hum, its first 2,048 samples', () => {
    for (const width of [200, 0]) {
      const segmenter = new Segmenter(cycleSettings());
      const values = wave({ samples: 20_000, width });
      for (let at = 0; at < values.length; at += 61) {
        segmenter.push(chunkOf(values.subarray(at, at + 61), 1000, T0 + at * 1000));
        const first = segmenter.levels === null && at <= 2048 ? 2048 * 8 : 0;
        const hum = at <= 4096 ? 2048 : 0;
        expect(segmenter.snapshot().length).toBeLessThan(4096 + 2560 + 512 + 512 + hum + first);
      }
    }
  });
});
