import fc from 'fast-check';
import { expect, test } from 'vitest';
import { merge } from './aggregates.ts';

test('merging windows keeps what they cover', () => {
  const window = fc.tuple(fc.nat(1000), fc.nat(50)).map(([a, n]) => ({ fromUs: a, toUs: a + n }));
  fc.assert(
    fc.property(fc.array(window), (windows) => {
      const merged = merge(windows, 0);
      for (let i = 1; i < merged.length; i++) expect(merged[i]!.fromUs).toBeGreaterThan(merged[i - 1]!.toUs);
      const covers = (list: { fromUs: number; toUs: number }[], t: number) =>
        list.some((w) => w.fromUs <= t && t <= w.toUs);
      for (let t = 0; t <= 1050; t++) expect(covers(merged, t)).toBe(covers(windows, t));
    }),
  );
});
