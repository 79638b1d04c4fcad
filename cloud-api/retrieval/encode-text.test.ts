import { formatUs, qualityClass, qualityReason } from '@loadcycle/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvOf, ndjsonOf } from './encode-text.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('samples as text', () => {
  it('say what JSON says, for any time, value and quality', () => {
    const row = fc.record({
      at: fc.integer({ min: -9e15, max: 9e15 }),
      value: fc.oneof(
        fc.double({ noDefaultInfinity: true }),
        // as sensors give them: few decimals, which are written in another way
        fc.tuple(fc.integer(), fc.integer({ min: 0, max: 12 })).map(([n, k]) => n / 10 ** k),
        fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 16 })).map(([n, k]) => n / 10 ** k),
        fc.constantFrom(0, -0, 1e21, 5e-324, -1.7976931348623157e308, 1e-6, 1e-7, 9.5e-7, 0.1 + 0.2),
        fc.constantFrom(999999999, 1e9, 1e9 - 1e-6, 999999999.9999999, 123456.789012345, 1 / 3),
      ),
      quality: fc.constantFrom(0, 65, 66, 67, 129, 130, 131, 132, 64, 200, 255),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 50 }), (rows) => {
        const block = {
          count: rows.length,
          atUs: Float64Array.from(rows, (r) => r.at),
          value: Float64Array.from(rows, (r) => r.value),
          quality: Float64Array.from(rows, (r) => r.quality),
        };
        const expected = rows.map(({ at, value, quality }) => {
          const name = qualityClass(quality);
          const reason = name === 'good' ? null : qualityReason(quality);
          return {
            t: formatUs(at),
            value: Number.isNaN(value) ? null : value,
            quality: name,
            ...(reason === null ? {} : { reason }),
          };
        });
        const lines = text(ndjsonOf(block)).split('\n').slice(0, -1);
        expect(lines.map((l) => JSON.parse(l))).toEqual(expected);
        const csv = text(csvOf(block)).split('\n').slice(0, -1);
        expect(csv).toEqual(
          expected.map((e) => {
            const value = Object.is(e.value, -0) ? '-0.0' : (e.value ?? '');
            return [e.t, value, e.quality, 'reason' in e ? e.reason : ''].join(',');
          }),
        );
        const bare = text(ndjsonOf({ ...block, quality: null }))
          .split('\n')
          .slice(0, -1);
        expect(bare.map((l) => JSON.parse(l))).toEqual(expected.map(({ t, value }) => ({ t, value })));
      }),
      { numRuns: 2_000 },
    );
  });
});
