import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSeq, hasSeq, type SeqRanges, toRanges } from './ranges.ts';

describe('ranges of sequence numbers', () => {
  it('hold what a set would, in any order of arrival, sorted, disjoint and never touching', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (seqs) => {
        const ranges: SeqRanges = [];
        const set = new Set<number>();
        for (const seq of seqs) {
          expect(addSeq(ranges, seq)).toBe(!set.has(seq));
          set.add(seq);
        }
        expect(ranges.reduce((n, [from, to]) => n + to - from + 1, 0)).toBe(set.size);
        for (let seq = 0; seq <= 41; seq++) expect(hasSeq(ranges, seq)).toBe(set.has(seq));
        for (let i = 1; i < ranges.length; i++) expect(ranges[i]![0]).toBeGreaterThan(ranges[i - 1]![1] + 1);
        expect(toRanges(set)).toEqual(ranges);
      }),
    );
  });
});
