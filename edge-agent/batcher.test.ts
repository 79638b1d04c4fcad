import { decodeBatch } from '@loadcycle/codecs';
import { sampleTimeUs } from '@loadcycle/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Batcher, type Chunk } from './batcher.ts';

function gather(batchSize = 10, decimals: number | null = null) {
  const payloads: Uint8Array[] = [];
  const batcher = new Batcher({
    session: '0199a8f0-0000-7000-8000-000000000000',
    signal: 'v',
    unit: 'V',
    batchSize,
    decimals,
    onBatch: (b) => payloads.push(b.payload),
  });
  const batches = () => payloads.map((p) => decodeBatch(p));
  return { batcher, batches, payloads };
}

const grid = (t0Us: number, dtUs: number, ...values: number[]): Chunk => ({
  t0Us,
  dtUs,
  values: Float64Array.from(values),
});
const at = (...points: [number, number][]): Chunk => ({
  timesUs: Float64Array.from(points, (p) => p[0]),
  values: Float64Array.from(points, (p) => p[1]),
});

test('any samples in any pieces come out with their times and values, in batches numbered from 0', () => {
  const chunk = fc.oneof(
    fc
      .tuple(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 40 }),
      )
      .map(([t, dt, v]) => grid(t, dt, ...v)),
    fc
      .array(fc.tuple(fc.nat(1000), fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 40 })
      .map((p) => at(...p)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(chunk, fc.boolean())), fc.integer({ min: 1, max: 20 }), (chunks, size) => {
      const { batcher, batches } = gather(size);
      const given: [number, number][] = [];
      for (const [c, flush] of chunks) {
        c.values.forEach((v, i) => {
          given.push(['dtUs' in c ? c.t0Us + i * c.dtUs : c.timesUs[i]!, v + 0]);
        });
        batcher.push(c);
        if (flush) batcher.flush();
      }
      batcher.flush();
      const found = batches().flatMap((b) => [...b.values].map((v, i) => [sampleTimeUs(b, i), v + 0]));
      expect(found).toEqual(given);
      expect(batches().map((b) => b.seq)).toEqual(batches().map((_, i) => i));
      for (const b of batches()) expect(b.values.length).toBeLessThanOrEqual(size);
    }),
  );
});

test('a gap, another period and a step of the clock each begin a new batch', () => {
  const { batcher, batches } = gather();
  batcher.push(grid(0, 10, 1, 2));
  batcher.push(grid(20, 10, 3));
  batcher.push(grid(50, 10, 4));
  batcher.push(grid(60, 5, 5));
  batcher.push(grid(5, 5, 6));
  batcher.flush();
  expect(batches().map((b) => [b.t0Us, b.dtUs, ...b.values])).toEqual([
    [0, 10, 1, 2, 3],
    [50, 10, 4],
    [60, 5, 5],
    [5, 5, 6],
  ]);
});

test('times of their own become a grid where they are one; a time that does not ascend begins a new batch', () => {
  const { batcher, batches } = gather();
  batcher.push(at([100, 1], [110, 2], [120, 3]));
  batcher.flush();
  batcher.push(at([200, 1], [210, 2], [225, 3], [225, 4], [100, 5]));
  batcher.flush();
  expect(batches()).toMatchObject([
    { t0Us: 100, dtUs: 10 },
    { t0Us: 200, dtUs: null, offsetsUs: Float64Array.of(0, 10, 25) },
    { t0Us: 225, dtUs: null, offsetsUs: Float64Array.of(0) },
    { t0Us: 100, dtUs: null, offsetsUs: Float64Array.of(0) },
  ]);
});

test('values are rounded to their decimals, and a failed sample is null', () => {
  const { batcher, payloads } = gather(10, 2);
  batcher.push(grid(0, 10, 230.12345, Number.NaN, -0.005));
  batcher.flush();
  expect(String(Buffer.from(payloads[0]!))).toContain('"values":[230.12,null,0]');
});

test('a batch whose message would be larger than any that is taken goes out in parts, nothing missing', () => {
  const n = 90_000;
  const values = Float64Array.from({ length: n }, (_, i) => -1.2345678901234567e-100 * (i + 1));
  for (const chunk of [
    { t0Us: 5, dtUs: 7, values },
    { timesUs: Float64Array.from({ length: n }, (_, i) => 5 + i * 7 + (i % 3)), values },
  ] satisfies Chunk[]) {
    const { batcher, batches, payloads } = gather(100_000);
    batcher.push(chunk);
    batcher.flush();
    expect(payloads.length).toBeGreaterThan(1);
    expect(payloads.every((p) => p.byteLength <= 1_048_576)).toBe(true);
    const all = batches();
    expect(all.map((b) => b.seq)).toEqual(all.map((_, i) => i));
    const times = all.flatMap((b) => Array.from(b.values, (_, i) => sampleTimeUs(b, i)));
    const expected = Array.from(values, (_, i) => ('dtUs' in chunk ? 5 + i * 7 : chunk.timesUs[i]!));
    expect(times).toEqual(expected);
    expect(all.flatMap((b) => [...b.values])).toEqual([...values]);
  }
});
