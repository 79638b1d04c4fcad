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
      const history = new History(12, 3);
      for (const [i, v] of values.entries()) {
        history.push(v);
        const old = values.slice(Math.max(0, i + 1 - 12), Math.max(0, i + 1 - 3));
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
