import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cursor, decodeCursor, encodeCursor, pageOf } from './cursor.ts';

const time = fc.integer({ min: -9e15, max: 9e15 });

describe('a cursor', () => {
  it('reads back as it was written, and nothing else is one', () => {
    fc.assert(
      fc.property(time, fc.nat(999_999_999), time, (atUs, given, toUs) => {
        expect(decodeCursor(encodeCursor({ atUs, given, toUs }))).toEqual({ atUs, given, toUs });
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const cursor = decodeCursor(text);
          expect(Number.isSafeInteger(cursor.atUs) && Number.isSafeInteger(cursor.given)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'request.invalid' });
        }
      }),
    );
  });

  it('makes pages that together are the whole, whatever stands at one time, also when rows come in behind it', () => {
    const rows = fc.array(fc.nat(6), { maxLength: 40 }).map((times) => [...times].sort((a, b) => a - b));
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(9), { maxLength: 5 }),
        (times, limit, late) => {
          let store = times.map((at, i) => ({ at, i }));
          const got: { at: number; i: number }[] = [];
          let cursor: Cursor | null = null;
          do {
            const from: Cursor | null = cursor;
            // as the query does it: from the cursor's time on, less what was given of that time
            const rest: typeof store = store
              .filter((r) => from === null || r.at >= from.atUs)
              .slice(from?.given ?? 0);
            const page: { rows: readonly { at: number; i: number }[]; next: Cursor | null } = pageOf(
              rest.slice(0, limit + 1),
              limit,
              (r) => r.at,
              from,
              10,
            );
            got.push(...page.rows);
            cursor = page.next;
            const at = late.pop();
            if (cursor !== null && at !== undefined && at > cursor.atUs) {
              store = [...store, { at, i: 1000 + late.length }].sort((a, b) => a.at - b.at || a.i - b.i);
            }
          } while (cursor !== null);
          expect(got).toEqual(store);
        },
      ),
    );
  });
});
