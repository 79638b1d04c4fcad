import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ROLLUPS } from './rollups.ts';
import { knownEnd } from './slices.ts';
import { tiles } from './tiles.ts';

const HOUR = 3_600_000_000;
const time = fc.integer({ min: -3 * HOUR, max: 30 * HOUR });

const stretch = fc.tuple(time, fc.nat(2 * HOUR)).map(([a, n]) => ({ fromUs: a, toUs: a + n }));
const stale = fc.array(stretch, { maxLength: 5 }).map((all) => {
  const disjoint: { fromUs: number; toUs: number }[] = [];
  for (const w of all.toSorted((a, b) => a.fromUs - b.fromUs)) {
    if (w.fromUs > (disjoint.at(-1)?.toUs ?? Number.NEGATIVE_INFINITY)) disjoint.push(w);
  }
  return disjoint;
});
const end = fc.oneof(time, fc.constantFrom(Number.NEGATIVE_INFINITY, 1e15));
const state = fc.record({ endUs: fc.record({ '1h': end, '1m': end, '1s': end }), stale });

it('tiles lie one behind the other over the whole range, of whole intervals, and none of a rollup where it has not caught up', () => {
  fc.assert(
    fc.property(
      fc.tuple(time, time).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      fc.constantFrom(null, ...ROLLUPS),
      state,
      ([from, to], coarsest, known) => {
        const all = tiles(from, to, coarsest, known);
        const caughtUp = (us: number, end: number, a: number): boolean =>
          end <= us && known.stale.every((s) => s.toUs < a || s.fromUs >= end);
        let at = from;
        for (const { rollup, fromUs, toUs } of all) {
          expect(fromUs).toBe(at);
          expect(toUs).toBeGreaterThan(fromUs);
          at = toUs;
          if (rollup === null) continue;
          expect([Math.abs(fromUs % rollup.us), Math.abs(toUs % rollup.us)]).toEqual([0, 0]);
          expect(caughtUp(known.endUs[rollup.name], toUs, fromUs)).toBe(true);
          expect(rollup.us).toBeLessThanOrEqual(coarsest!.us);
        }
        expect(at).toBe(to);
        expect(all.length).toBeLessThanOrEqual(7 * (known.stale.length + 1));
        // of the rows themselves no more than has to be
        if (coarsest === null) return;
        for (const { rollup, fromUs, toUs } of all) {
          if (rollup !== null) continue;
          for (const second of [fromUs, (fromUs + toUs) / 2, toUs]) {
            const a = Math.ceil(second / 1e6) * 1e6;
            if (a + 1e6 <= toUs) expect(caughtUp(known.endUs['1s'], a + 1e6, a)).toBe(false);
          }
        }
      },
    ),
  );
});

it('a slice over counted hours holds about as many rows as it may, and ends before an hour that is not counted', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(40), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 20, maxLength: 20 }),
      fc.integer({ min: 0, max: 40 * HOUR }),
      fc.integer({ min: 1000, max: 1_000_000 }),
      (at, counts, from, most) => {
        const hours = new Map(at.map((h, i) => [h * HOUR, counts[i]!]));
        const end = knownEnd(hours, from, most);
        const first = Math.floor(from / HOUR) * HOUR;
        expect(end === null).toBe(!hours.has(first));
        if (end === null) return;
        expect(end).toBeGreaterThan(from);
        let rows = 0;
        for (let hour = first; hour < end; hour += HOUR) {
          expect(hours.has(hour)).toBe(true);
          rows += (hours.get(hour)! * (Math.min(end, hour + HOUR) - Math.max(from, hour))) / HOUR;
        }
        expect(rows).toBeLessThan(most + 2);
        // it ends early only where what follows is not counted
        if (rows < most - 2) expect(hours.has(end)).toBe(false);
      },
    ),
  );
});
