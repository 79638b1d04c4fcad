import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CYCLE_METRICS, type CycleMetricName, columnOf, unitOf } from '@loadcycle/contract/cycle';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutCycles } from './cut.ts';
import { stateLevels } from './levels.ts';
import { measure } from './measure.ts';
import type { CutCycle } from './segmenter.ts';
import { chunkOf, T0, wave } from './testing.ts';

const values = wave({ samples: 9000, noise: 0.05, ramp: 5 });
// Overshoot and undershoot after the edges, and an outlier.
for (const [at, off] of [
  [4430, 6],
  [4630, -5],
] as const) {
  for (let k = 0; k < 6; k++) values[at + k] = (values[at + k] as number) + off;
}
values[5000] = 900;
const plain = cutCycles(chunkOf(values));

/** What becomes of a metric when the signal is multiplied by `a`, raised by `b` and stretched in time by `s`. */
type Rule = (value: number, a: number, b: number, s: number, cycle: CutCycle) => number;
const level: Rule = (v, a, b) => a * v + b;
const spread: Rule = (v, a) => a * v;
const time: Rule = (v, _a, _b, s) => v * s;
const same: Rule = (v) => v;
const slew: Rule = (v, a, _b, s) => (v * a) / s;
/** √(mean of (a x + b)²), from the mean and the mean square. */
const rms = (mean: number, square: number, a: number, b: number) =>
  Math.sqrt(a * a * square * square + 2 * a * b * mean + b * b);

const RULES: Record<CycleMetricName, Rule> = {
  periodS: time,
  pulseWidthS: time,
  separationS: time,
  dutyCycle: same,
  riseTimeS: time,
  fallTimeS: time,
  riseSlewPerS: slew,
  fallSlewPerS: slew,
  overshootPct: same,
  undershootPct: same,
  settlingTimeS: time,
  baseLevel: level,
  topLevel: level,
  baseStd: spread,
  topStd: spread,
  mean: level,
  rms: (v, a, b, _s, c) => rms(c.mean as number, v, a, b),
  min: level,
  max: level,
  peakToPeak: spread,
  crestFactor: (_v, a, b, _s, c) =>
    Math.max(Math.abs(a * (c.max as number) + b), Math.abs(a * (c.min as number) + b)) /
    rms(c.mean as number, c.rms as number, a, b),
  integral: (v, a, b, s, c) => s * (a * v + b * (v / (c.mean as number))),
  squareIntegral: (v, a, b, s, c) => {
    const observed = v / (c.rms as number) ** 2;
    return s * observed * rms(c.mean as number, c.rms as number, a, b) ** 2;
  },
  ripple: spread,
  baseMean: level,
  baseMin: level,
  baseMax: level,
  baseRms: (v, a, b, _s, c) => rms(c.baseMean as number, v, a, b),
  topMean: level,
  topMin: level,
  topMax: level,
  topRms: (v, a, b, _s, c) => rms(c.topMean as number, v, a, b),
  sampleCount: same,
  missingCount: same,
  outlierCount: same,
  completeness: same,
};

describe('metrics', () => {
  it('change as they must when the signal is scaled, shifted and stretched in time', () => {
    expect(plain.length).toBeGreaterThan(8);
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.double({ min: -1000, max: 1000, noNaN: true }),
        fc.constantFrom(0.02, 0.5, 1, 3, 1000),
        (a, b, s) => {
          const changed = cutCycles(
            chunkOf(
              values.map((v) => a * v + b),
              1000 * s,
            ),
          );
          expect(changed.length).toBe(plain.length);
          for (const [k, cycle] of plain.entries()) {
            for (const { name, unit } of CYCLE_METRICS) {
              const expected = RULES[name](cycle[name] as number, a, b, s, cycle);
              const got = changed[k]?.[name] as number;
              // Times are rounded to µs; levels keep 15 digits of the largest value.
              // A plateau may begin a sample earlier.
              const digits = (1000 * a + Math.abs(b)) * 1e-9;
              const coarse = unit === 's' ? 3e-6 * Math.max(1, s) : unit === '%' ? 0.2 : digits;
              const relative = s < 1 ? 3e-3 : 1e-4;
              if (Math.abs(got - expected) > coarse + relative * Math.abs(expected)) {
                throw new Error(`${name}: ${got} instead of ${expected}`);
              }
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are what their formulas say, against a plain computation from the samples', () => {
    const cycle = plain.find((c) => c.outlierCount === 1) as CutCycle;
    const at = (us: number) => (us - T0) / 1000;
    const inside = (from: number, to: number) => {
      const list: number[] = [];
      for (let k = Math.ceil(from); k < to; k++) if (values[k] !== 900) list.push(values[k] as number);
      return list;
    };
    const all = inside(at(cycle.startedAtUs), at(cycle.endedAtUs));
    const mean = (list: number[]) => list.reduce((x, y) => x + y, 0) / list.length;
    const offset = at(cycle.offsetAtUs as number);
    const top = inside(at(cycle.startedAtUs) + 7, offset - 7);
    const base = inside(offset + 7, at(cycle.endedAtUs) - 7);
    expect(cycle.sampleCount).toBe(all.length + 1);
    expect(cycle.completeness).toBe(1);
    expect(cycle.min).toBeCloseTo(Math.min(...all), 9);
    expect(cycle.max).toBeCloseTo(Math.max(...all), 9);
    expect(cycle.mean).toBeCloseTo(mean(all), 1);
    expect(cycle.rms).toBeCloseTo(Math.sqrt(mean(all.map((v) => v * v))), 1);
    expect(cycle.integral).toBeCloseTo(mean(all) * (cycle.periodS as number), 1);
    expect(cycle.topLevel).toBeCloseTo(mean(top), 1);
    expect(cycle.baseLevel).toBeCloseTo(mean(base), 1);
    expect(cycle.topStd).toBeCloseTo(Math.sqrt(mean(top.map((v) => (v - mean(top)) ** 2))), 1);
    expect(cycle.dutyCycle).toBeCloseTo(200 / 500.37, 3);
    // 5 samples from 0 to 100 % are 4 ms from 10 to 90 %.
    expect(Math.abs((cycle.riseTimeS as number) - 0.004)).toBeLessThan(0.0004);
    expect(Math.abs((cycle.riseSlewPerS as number) - 40 / 0.005)).toBeLessThan(900);
    expect(cycle.crestFactor).toBeCloseTo((cycle.max as number) / (cycle.rms as number), 9);
  });

  it('show overshoot and undershoot where they are, and settling', () => {
    const touched = plain.find((c) => c.startedAtUs < T0 + 4_430_000 && c.endedAtUs > T0 + 4_700_000);
    const others = plain.filter((c) => c !== touched);
    expect(touched?.overshootPct).toBeGreaterThan(13);
    expect(touched?.overshootPct).toBeLessThan(22);
    expect(touched?.undershootPct).toBeGreaterThan(10);
    expect(touched?.undershootPct).toBeLessThan(20);
    expect(touched?.settlingTimeS).toBeGreaterThan(0.009);
    for (const cycle of others) {
      expect(cycle.overshootPct).toBeLessThan(6);
      expect(cycle.settlingTimeS).toBeLessThan(0.006);
    }
  });

  it('count what is missing and make the cycle incomplete, within the tolerance that is set', () => {
    const holed = values.slice();
    holed[6100] = Number.NaN;
    const strict = cutCycles(chunkOf(holed)).filter((c) => !c.complete);
    expect(strict.map((c) => c.missingCount)).toEqual([1]);
    expect(strict[0]?.completeness).toBeCloseTo(1 - 1 / 500, 4);
    const lax = cutCycles(chunkOf(holed), { missingTolerance: 0.01 });
    expect(lax.every((c) => c.complete)).toBe(true);
  });

  it('of given boundaries agree with those of the cycles that the segmenter cut', () => {
    const again = measure(chunkOf(values), plain);
    for (const [k, cycle] of plain.entries()) {
      for (const { name } of CYCLE_METRICS) {
        const [got, expected] = [again[k]?.[name] as number, cycle[name] as number];
        const near = /rise|fall|settl/.test(name) ? 0.2 : 2e-3;
        // The region after an edge may begin a sample earlier: extremes differ by what noise does (5 %).
        const off = /shoot/.test(name) ? 3 : 2e-3;
        if (Math.abs(got - expected) > near * Math.abs(expected) + off) {
          throw new Error(`${name}: ${got} instead of ${expected}`);
        }
      }
      expect(again[k]?.complete).toBe(true);
    }
  });

  it('of boundaries beyond the samples are incomplete, and boundaries that do not ascend are refused', () => {
    const [cycle] = measure(chunkOf(values), [
      { startedAtUs: T0 + 8_500_000, offsetAtUs: T0 + 8_700_000, endedAtUs: T0 + 9_500_000 },
    ]);
    expect(cycle?.complete).toBe(false);
    expect(cycle?.missingCount).toBe(500);
    expect(() => measure(chunkOf(values), [{ startedAtUs: 5, offsetAtUs: 4, endedAtUs: 9 }])).toThrow(
      RangeError,
    );
  });
});

describe('the list of metrics', () => {
  it('gives columns and UCUM units', () => {
    expect(columnOf('riseSlewPerS')).toBe('rise_slew_per_s');
    expect(columnOf('startedAtUs')).toBe('started_at_us');
    expect(columnOf('topLevel')).toBe('top_level');
    const unit = (name: string, of: string) =>
      unitOf(CYCLE_METRICS.find((m) => m.name === name) as never, of);
    expect(unit('topLevel', 'V')).toBe('V');
    expect(unit('riseSlewPerS', 'r/min')).toBe('(r/min)/s');
    expect(unit('squareIntegral', 'V')).toBe('V2.s');
    expect(unit('squareIntegral', 'm/s2')).toBe('(m/s2).(m/s2).s');
    expect(unit('overshootPct', 'V')).toBe('%');
    expect(new Set(CYCLE_METRICS.map((m) => columnOf(m.name))).size).toBe(CYCLE_METRICS.length);
  });
});

describe('docs/cycles.md', () => {
  it('has a row for each metric, with its column and formula', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/cycles.md'), 'utf8');
    for (const { name, formula } of CYCLE_METRICS) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` | \`${columnOf(name)}\` |`));
      expect(row).toContain(formula.replaceAll('|', '\\|'));
    }
  });
});

describe('state levels of a recording', () => {
  it('are the modes of the two halves of the histogram', () => {
    const levels = stateLevels(values.filter((v) => v < 500));
    expect(levels?.low).toBeCloseTo(230, -1);
    expect(Math.abs((levels?.low as number) - 230)).toBeLessThan(2.5);
    expect(Math.abs((levels?.high as number) - 270)).toBeLessThan(2.5);
  });

  it('do not exist for a constant, an empty or a missing signal', () => {
    expect(stateLevels([1, 1, 1])).toBeNull();
    expect(stateLevels([])).toBeNull();
    expect(stateLevels([Number.NaN, 5])).toBeNull();
  });
});
