import fc from 'fast-check';
import { expect, test } from 'vitest';
import { History } from './robust.ts';

const middle = (v: number[]): number => {
  const s = v.toSorted((a, b) => a - b);
  const half = s.length >>> 1;
  return s.length % 2 === 1 ? s[half]! : (s[half - 1]! + s[half]!) / 2;
};

test('median and MAD are those of the values that are old enough', () => {
  // without -0, which equals 0 but is told apart by toBe
  const double = fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((x) => x + 0);
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), double);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
      const history = new History(60, 3, 0);
      for (const [i, v] of values.entries()) {
        history.push(v, i * 1000);
        const old = values.slice(0, Math.max(0, i + 1 - 3));
        if (old.length < 2) expect(history.baseline(2)).toBeNull();
        else {
          const median = middle(old);
          const { median: m, mad } = history.baseline(2)!;
          expect(m).toBe(median);
          expect(mad).toBeCloseTo(middle(old.map((x) => Math.abs(x - median))), 6);
        }
      }
    }),
  );
});

/** The newest value is its own time, s. */
const ramp = (history: History, fromS: number, toS: number): History => {
  for (let s = fromS; s < toS; s++) history.push(s, s * 1e6);
  return history;
};

test('it holds all that is known evenly, whatever its size, up to its span', () => {
  const hour = 3600;
  const history = ramp(new History(64, 4, hour * 1e6), 0, hour / 2);
  expect(history.baseline(1)!.median).toBeGreaterThan(0.45 * (hour / 2));
  expect(history.baseline(1)!.median).toBeLessThan(0.55 * (hour / 2));
  ramp(history, hour / 2, 10 * hour);
  const { values, spacingUs } = history.stored()!;
  expect((64 * spacingUs) / 1e6).toBeGreaterThanOrEqual(hour);
  expect((64 * spacingUs) / 1e6).toBeLessThan(2 * hour);
  expect(values.at(-1)).toBeGreaterThan(10 * hour - 200);
  expect(values).toEqual(values.toSorted((a, b) => a - b));
});

test('frozen it learns nothing, nor what came just before, and it goes on afterwards', () => {
  const history = ramp(new History(8, 4, 0), 0, 20);
  history.freeze();
  const still = history.baseline(1);
  ramp(history, 20, 100);
  expect(history.baseline(1)).toEqual(still);
  history.thaw(100e6);
  ramp(history, 100, 106);
  expect(history.stored()!.values.at(-1)).toBe(101);
  history.reset(200e6);
  expect(history.baseline(1)).toBeNull();
  ramp(history, 195, 206);
  expect(history.stored()!.values).toEqual([200, 201]);
});
