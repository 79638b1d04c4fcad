import { decodeBatch, encodeBatch } from '@loadcycle/codecs';
import { type Batch, sampleTimeUs } from '@loadcycle/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FileBatches } from './file-batches.ts';

const session = '0c9f1c3a-6b1e-8a00-9000-000000000001';
const columns = [
  { column: 'U', signal: 'voltage', unit: 'V' },
  { column: 'I', signal: 'current', unit: 'A' },
];

function batchesOf(
  rows: readonly { timeUs: number; values: Float64Array }[],
): { signal: string; batch: Batch }[] {
  const batches = new FileBatches(session, columns);
  const out = rows.flatMap((row) => batches.add(row));
  return [...out, ...batches.take()];
}

const row = fc.record({
  step: fc.oneof(fc.constant(1000), fc.integer({ min: -5000, max: 5000 })),
  values: fc.tuple(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.constantFrom(1, Number.NaN)),
});

it('every row stands once in the batches of each column, in messages that decode, in seq without holes', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 200 }), (steps) => {
      let timeUs = 1_790_000_000_000_000;
      const rows = steps.map((s) => {
        timeUs += s.step;
        return { timeUs, values: Float64Array.from(s.values) };
      });
      for (const [k, { signal }] of columns.entries()) {
        const mine = batchesOf(rows).filter((b) => b.signal === signal);
        expect(mine.map((b) => b.batch.seq)).toEqual(mine.map((_, i) => i));
        const decoded = mine.map((b) => decodeBatch(encodeBatch(b.batch)));
        const got = decoded.flatMap((b) => Array.from(b.values, (v, i) => [sampleTimeUs(b, i), v]));
        expect(got).toEqual(rows.map((r) => [r.timeUs, r.values[k]!]));
      }
    }),
  );
});

it('a regular recording needs no time for each sample', () => {
  const rows = Array.from({ length: 12_000 }, (_, i) => ({
    timeUs: 1_790_000_000_000_000 + i * 250,
    values: Float64Array.of(i, 0),
  }));
  const mine = batchesOf(rows).filter((b) => b.signal === 'voltage');
  expect(mine.map((b) => [b.batch.values.length, b.batch.dtUs])).toEqual([
    [5000, 250],
    [5000, 250],
    [2000, 250],
  ]);
});
