import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeColumns, type NumericType } from './copy-decoder.ts';
import { CopyEncoder } from './copy-encoder.ts';
import { COPY_TRAILER, copyHeader } from './copy-format.ts';

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function decode(body: Uint8Array, types: NumericType[], piece: number): Promise<number[][]> {
  const all = Buffer.concat([copyHeader(), body, COPY_TRAILER]);
  const columns: number[][] = types.map(() => []);
  for await (const chunk of decodeColumns(cut(all, piece), types, 7)) {
    chunk.columns.forEach((c, i) => {
      expect(c.length).toBe(chunk.rows);
      columns[i]!.push(...c);
    });
  }
  return columns;
}

const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(Number.NaN));

test('samples come out as they went in, wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(value, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 8.64e15 }),
      fc.integer({ min: 1, max: 1e9 }),
      fc.integer({ min: 1, max: 64 }),
      async (list, t0Us, dtUs, piece) => {
        const values = Float64Array.from(list);
        const quality = list.map((_, i) => i % 200);
        const encoder = new CopyEncoder(8);
        encoder.samples({ signalId: 7, t0Us, dtUs, offsetsUs: null, values, quality });
        const offsetsUs = list.map((_, i) => i * 3 + 1);
        encoder.samples({ signalId: -1, t0Us, dtUs: null, offsetsUs, values, quality: 64 }, 1);
        expect(encoder.rows).toBe(2 * list.length - 1);
        const [ts, id, v, q] = await decode(
          encoder.finish(),
          ['timestamptz', 'int4', 'float8', 'int2'],
          piece,
        );
        const rest = list.slice(1);
        expect(ts).toEqual([
          ...list.map((_, i) => t0Us + i * dtUs),
          ...rest.map((_, i) => t0Us + offsetsUs[i + 1]!),
        ]);
        expect(id).toEqual([...list.map(() => 7), ...rest.map(() => -1)]);
        expect(v).toEqual([...list, ...rest]);
        expect(q).toEqual([...quality, ...rest.map(() => 64)]);
      },
    ),
    { numRuns: 100 },
  );
});

test('columns that are given are filled again and again', async () => {
  const encoder = new CopyEncoder(16);
  const values = Float64Array.from({ length: 10 }, (_, i) => i);
  encoder.samples({ signalId: 7, t0Us: 0, dtUs: 5, offsetsUs: null, values, quality: 0 });
  const all = Buffer.concat([copyHeader(), encoder.finish(), COPY_TRAILER]);
  const room = [0, 1, 2, 3].map(() => new Float64Array(4));
  const seen: number[] = [];
  for await (const chunk of decodeColumns(cut(all, 11), ['timestamptz', 'int4', 'float8', 'int2'], room)) {
    expect(chunk.columns.every((c, i) => c.buffer === room[i]!.buffer && c.length === chunk.rows)).toBe(true);
    seen.push(...chunk.columns[2]!);
  }
  expect(seen).toEqual([...values]);
});

test('fields of every numeric kind, and NULL', async () => {
  const encoder = new CopyEncoder(1);
  encoder.row(6).int2(-2).int4(null).int8(-9_007_199_254_740_991).float8(0.1).bool(true).timestamptz(-1);
  encoder.row(6).int2(2).int4(-7).int8(5n).float8(null).bool(false).timestamptz(1_790_000_000_000_001);
  const types: NumericType[] = ['int2', 'int4', 'int8', 'float8', 'bool', 'timestamptz'];
  expect(await decode(encoder.finish(), types, 1000)).toEqual([
    [-2, 2],
    [Number.NaN, -7],
    [-9_007_199_254_740_991, 5],
    [0.1, Number.NaN],
    [1, 0],
    [-1, 1_790_000_000_000_001],
  ]);
});

test('what was finished is not written to again', () => {
  const encoder = new CopyEncoder();
  const first = encoder.row(1).text('äbc').finish();
  const copy = first.slice();
  encoder.row(1).text('something else');
  expect(first).toEqual(copy);
  expect(Buffer.from(first).toString('latin1')).toBe('\0\x01\0\0\0\x04\xc3\xa4bc');
});

test('a stream that is none, ends early or has other columns is refused', async () => {
  const body = new CopyEncoder().row(1).int4(1).finish();
  const refused = { code: 'store.schema' };
  await expect(decode(body, ['int2'], 100)).rejects.toMatchObject(refused);
  await expect(decode(body, ['int4', 'int4'], 100)).rejects.toMatchObject(refused);
  const pieces = async (bytes: Uint8Array) => {
    for await (const _ of decodeColumns(cut(bytes, 5), ['int4']));
  };
  await expect(pieces(Buffer.concat([copyHeader(), body]))).rejects.toMatchObject(refused);
  await expect(pieces(Buffer.alloc(40))).rejects.toMatchObject(refused);
});

test('a buffer that was given back is written again, and one that went to another thread is not', async () => {
  const encoder = new CopyEncoder(8);
  const rowsOf = (n: number): Uint8Array => {
    for (let i = 0; i < n; i++) encoder.row(1).int4(i);
    return encoder.finish();
  };
  const first = rowsOf(100);
  encoder.reuse(first);
  const second = rowsOf(3);
  const third = rowsOf(4);
  expect(third.buffer).toBe(first.buffer);
  expect(await decode(second, ['int4'], 9)).toEqual([[0, 1, 2]]);
  expect(await decode(third, ['int4'], 9)).toEqual([[0, 1, 2, 3]]);
  structuredClone(second, { transfer: [second.buffer as ArrayBuffer] });
  encoder.reuse(second);
  expect(await decode(rowsOf(2), ['int4'], 9)).toEqual([[0, 1]]);
  expect(await decode(rowsOf(1), ['int4'], 9)).toEqual([[0]]);
});
