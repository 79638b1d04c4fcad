import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lttb } from './lttb.ts';

describe('LTTB', () => {
  it('keeps first and last, a point of each bucket, in order, each of them a point that was there', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), {
      minLength: 1,
      maxLength: 500,
    });
    fc.assert(
      fc.property(values, fc.integer({ min: 3, max: 100 }), (value, wanted) => {
        const atUs = value.map((_, i) => i * 1000);
        const out = lttb({ atUs, value }, wanted);
        expect(out.atUs.length).toBe(Math.min(wanted, value.length));
        expect(out.atUs[0]).toBe(0);
        expect(out.atUs.at(-1)).toBe(atUs.at(-1));
        out.atUs.forEach((at, i) => {
          if (i > 0) expect(at).toBeGreaterThan(out.atUs[i - 1]!);
          expect(out.value[i]).toBe(value[at / 1000]);
        });
        if (wanted < 4 && wanted < value.length) return;
        // Math.min tells -0 from 0; the extremes do not
        expect(Math.min(...out.value) + 0).toBe(Math.min(...value) + 0);
        expect(Math.max(...out.value) + 0).toBe(Math.max(...value) + 0);
      }),
    );
  });

  it('finds the one point that stands out', () => {
    const value = Array.from({ length: 1000 }, (_, i) => (i === 437 ? 50 : 0));
    const out = lttb({ atUs: value.map((_, i) => i), value }, 20);
    expect(out.value).toContain(50);
  });
});
