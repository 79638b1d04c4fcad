import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SignalDefinition } from '../signal.ts';
import { composed, conversionBetween, convert, DIGITS, inverse, SAME, unitsLike } from './conversion.ts';
import { findingIn } from './cycle-conversion.ts';
import { definitionIn } from './definition-units.ts';

test.each([
  ['mV', 'V', 3300, 3.3],
  ['V', 'mV', 3.3, 3300],
  ['Cel', 'K', 20, 293.15],
  ['K', 'Cel', 293.15, 20],
  ['Cel', '[degF]', 100, 212],
  ['[degF]', 'Cel', 212, 100],
  ['bar', 'kPa', 1.5, 150],
  ['kPa', 'bar', 150, 1.5],
  ['l/min', 'm3/h', 1000, 60],
  ['um', 'mm', 12, 0.012],
  ['r/min', 'r/s', 90, 1.5],
])('%s → %s: %d is %d', (from, to, x, y) => {
  expect(convert(conversionBetween(from, to)!, x)).toBeCloseTo(y, 10);
  if (!from.includes('K') && to !== 'Cel') expect(convert(conversionBetween(from, to)!, x)).toBe(y);
});

test('what does not measure the same, or is no code, has none', () => {
  expect(conversionBetween('V', 'A')).toBeNull();
  expect(conversionBetween('rpm', 'r/min')).toBeNull();
  expect(conversionBetween('rpm', 'rpm')).toBe(SAME);
});

const UNITS = ['Cel', 'K', '[degF]', 'mK'];

test('there and back is the same to the fifteenth digit, by way of any other unit too', () => {
  const unit = fc.constantFrom(...UNITS);
  fc.assert(
    fc.property(unit, unit, unit, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (a, b, c, x) => {
      const to = conversionBetween(a, b)!;
      const size = Math.max(1000, Math.abs(x));
      expect(Math.abs(convert(inverse(to), convert(to, x)) - x) / size).toBeLessThan(1e-13);
      const direct = convert(conversionBetween(a, c)!, x);
      const byWay = convert(composed(to, conversionBetween(b, c)!), x);
      expect(Math.abs(direct - byWay) / Math.max(1e6, Math.abs(direct))).toBeLessThan(1e-12);
    }),
  );
});

test('a refusal names what can be had', () => {
  expect(unitsLike('Cel')).toEqual(expect.arrayContaining(['K', '[degF]']));
  expect(unitsLike('V')).toEqual(expect.arrayContaining(['mV', 'kV']));
  expect(unitsLike('r/min')).toEqual(expect.arrayContaining(['r/s']));
  expect(unitsLike('nonsense')).toEqual([]);
});

test('limits are converted each by what it is, and come back as they were', () => {
  const definition = SignalDefinition.parse({
    ...{
      unit: 'Cel',
      quantity: 'temperature',
      validMin: -40,
      validMax: 155.5,
      maxRatePerS: 7.2,
      deadband: 5,
    },
    cycles: { minStep: 3, levels: { base: 20, load: 80 }, minPeriodS: 5 },
    anomalies: {
      limits: { topLevel: { max: 90 }, ripple: { max: 9 }, dutyCycle: { min: 0.1 } },
      threshold: 7,
    },
  });
  const there = definitionIn(definition, '[degF]', conversionBetween('Cel', '[degF]')!);
  expect(there).toMatchObject({
    unit: '[degF]',
    validMin: -40,
    validMax: 311.9,
    maxRatePerS: 12.96,
    deadband: 9,
  });
  expect(there.cycles).toEqual({ minStep: 5.4, levels: { base: 68, load: 176 }, minPeriodS: 5 });
  expect(there.anomalies).toEqual({
    limits: { topLevel: { max: 194 }, ripple: { max: 16.2 }, dutyCycle: { min: 0.1 } },
    threshold: 7,
  });
  expect(definitionIn(there, 'Cel', conversionBetween('[degF]', 'Cel')!)).toEqual(definition);
});

test('rules are converted field by field; entries of conditions where they look at their own signal', () => {
  const definition = SignalDefinition.parse({
    ...{ unit: 'Cel', quantity: 'temperature' },
    rules: {
      high: { limit: 80, deadband: 5, onDelay: '10s' },
      fast: { type: 'rate-of-change', limit: 2, per: '1m' },
      still: { type: 'stuck-value', after: '1h', band: 0.5 },
      drift: { minDeviation: 1 },
      both: {
        type: 'condition',
        all: [
          { above: 80, deadband: 5 },
          { signal: 'pressure', below: 3 },
        ],
      },
    },
  });
  const c = conversionBetween('Cel', '[degF]')!;
  expect(definitionIn(definition, '[degF]', c).rules).toEqual({
    high: { limit: 176, deadband: 9, onDelay: '10s' },
    fast: { type: 'rate-of-change', limit: 3.6, per: '1m' },
    still: { type: 'stuck-value', after: '1h', band: 0.9 },
    drift: { minDeviation: 1.8 },
    both: {
      type: 'condition',
      all: [
        { above: 176, deadband: 9 },
        { signal: 'pressure', below: 3 },
      ],
    },
  });
  expect(definitionIn(definition, 'Cel', c, { conditions: false }).rules?.['both']).toEqual(
    definition.rules?.['both'],
  );
  const found = { kind: 'rate-of-change', metric: 'mean', value: 5, expected: null };
  expect(findingIn(found, c)).toEqual({ value: 9, expected: null });
  expect(findingIn({ ...found, kind: 'high', value: 100 }, c)).toEqual({ value: 212, expected: null });
  expect(findingIn({ ...found, kind: 'outlier', metric: 'rms' }, c)).toEqual({ value: null, expected: null });
});

test('limits of a converted definition are, as numbers that are stored, the ones before: nothing is judged anew', () => {
  const number = fc.integer({ min: -9_999_999, max: 9_999_999 }).map((x) => x / 1000);
  const pairs = fc.constantFrom<[string, string]>(...PAIRS);
  fc.assert(
    fc.property(pairs, number, number, fc.nat(1000), ([from, to], a, b, step) => {
      fc.pre(a !== b);
      const before = SignalDefinition.parse({
        ...{ unit: from, validMin: Math.min(a, b), validMax: Math.max(a, b), maxRatePerS: step + 1 },
        cycles: { minStep: step, levels: { base: a, load: b } },
        anomalies: { limits: { topLevel: { max: b }, ripple: { min: step } } },
        rules: { high: { limit: b, deadband: step }, drift: { minDeviation: step } },
      });
      const c = conversionBetween(from, to)!;
      const stored = definitionIn(definitionIn(before, to, c), from, inverse(c), { digits: DIGITS.back });
      expect(JSON.stringify(stored)).toBe(JSON.stringify(before));
    }),
  );
});

const PAIRS: [string, string][] = [
  ['Cel', 'K'],
  ['K', 'Cel'],
  ['Cel', '[degF]'],
  ['[degF]', 'Cel'],
  ['mV', 'V'],
  ['bar', 'kPa'],
  ['[psi]', 'bar'],
  ['r/min', 'r/s'],
  ['l/min', 'm3/h'],
];
