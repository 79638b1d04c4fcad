import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeOffsets, encodeOffsets } from './offsets.ts';

test('offsets come back as they were, up to the longest span', () => {
  const deltas = fc.array(fc.oneof(fc.nat(300), fc.nat(3e6), fc.nat({ max: 31_622_400_000_000 })), {
    maxLength: 50,
  });
  fc.assert(
    fc.property(deltas, (all) => {
      let at = 0;
      const offsets = Float64Array.from(all, (d) => (at += d));
      expect(decodeOffsets(encodeOffsets(offsets))).toEqual(offsets);
    }),
  );
});
