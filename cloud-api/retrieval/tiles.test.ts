import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ROLLUPS } from './rollups.ts';
import { partsOf } from './slices.ts';
import { tiles } from './tiles.ts';

const HOUR = 3_600_000_000;
const time = fc.integer({ min: -3 * HOUR, max: 30 * HOUR });

it('tiles lie one behind the other over the whole range, of whole intervals, and none of a rollup behind its edge', () => {
  fc.assert(
    fc.property(
      fc.tuple(time, time).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      fc.constantFrom(null, ...ROLLUPS),
      fc.oneof(time, fc.constantFrom(Number.NEGATIVE_INFINITY, 1e15)),
      ([from, to], coarsest, edge) => {
        const all = tiles(from, to, coarsest, edge);
        let at = from;
        for (const { rollup, fromUs, toUs } of all) {
          expect(fromUs).toBe(at);
          expect(toUs).toBeGreaterThan(fromUs);
          at = toUs;
          if (rollup === null) continue;
          expect([Math.abs(fromUs % rollup.us), Math.abs(toUs % rollup.us)]).toEqual([0, 0]);
          expect(toUs).toBeLessThanOrEqual(edge);
          expect(rollup.us).toBeLessThanOrEqual(coarsest!.us);
        }
        expect(at).toBe(to);
        expect(all.length).toBeLessThanOrEqual(7);
        // of the rows themselves no more than has to be
        for (const { rollup, fromUs, toUs } of all) {
          if (rollup === null && coarsest !== null) {
            expect(Math.floor(Math.min(toUs, edge) / 1e6) - Math.ceil(fromUs / 1e6)).toBeLessThanOrEqual(0);
          }
        }
      },
    ),
  );
});

it('parts leave out what is empty, hold all that is not, and no more than they should', () => {
  const hours = fc.uniqueArray(fc.nat(40), { maxLength: 20 });
  fc.assert(
    fc.property(hours, fc.array(fc.nat(5_000_000), { minLength: 20, maxLength: 20 }), (at, counts) => {
      const map = new Map(at.map((h, i) => [h * HOUR, counts[i]!]));
      const range = { rollup: null, fromUs: HOUR / 2, toUs: 39 * HOUR };
      const parts = [...partsOf(map, range, () => 100_000)];
      let last = range.fromUs;
      let held = 0;
      for (const { fromUs, toUs } of parts) {
        expect(fromUs).toBeGreaterThanOrEqual(last);
        expect(toUs).toBeGreaterThan(fromUs);
        last = toUs;
        let rows = 0;
        for (const [hour, count] of map) {
          const inside = Math.min(toUs, hour + HOUR) - Math.max(fromUs, hour);
          const whole = Math.min(hour + HOUR, range.toUs) - Math.max(hour, range.fromUs);
          if (inside > 0 && whole > 0) rows += (count * inside) / whole;
        }
        expect(rows).toBeLessThan(100_100);
        held += rows;
      }
      const wanted = [...map].filter(([hour]) => hour + HOUR > range.fromUs && hour < range.toUs);
      expect(Math.abs(held - wanted.reduce((n, [, count]) => n + count, 0))).toBeLessThan(1);
    }),
  );
});
