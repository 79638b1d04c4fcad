import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressionsAlgorithms } from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import { unpack } from './unpack.ts';

const MB = 1024 * 1024;
const text = Buffer.from('230.5,'.repeat(MB / 2));
/** as Java's clients write it: pieces of 32 KiB, each behind its length */
function xerial(bytes: Buffer): Buffer {
  const parts: Buffer[] = [
    Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
  ];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const piece = compressionsAlgorithms.snappy.compressSync!(Buffer.from(bytes.subarray(at, at + 32_768)));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(piece.length);
    parts.push(length, piece);
  }
  return Buffer.concat(parts);
}

describe.each([
  ['gzip', 1, gzipSync],
  ['snappy', 2, compressionsAlgorithms.snappy.compressSync!],
  ['snappy of Java', 2, xerial],
  ['lz4', 3, compressionsAlgorithms.lz4.compressSync!],
  ['zstd', 4, zstdCompressSync],
] as const)('%s', (_, codec, pack) => {
  const packed = pack(text);

  test('is unpacked where it fits', () => {
    expect(unpack(packed, codec, 4 * MB).equals(text)).toBe(true);
  });

  test('is refused, and not unpacked, beyond the bound', () => {
    const rest = process.memoryUsage().arrayBuffers;
    expect(() => unpack(packed, codec, 2 * MB)).toThrow(/unpacks to more than 2097152 bytes/);
    expect(process.memoryUsage().arrayBuffers - rest).toBeLessThan(3 * MB);
  });

  test('is unreadable where it was cut off or changed, and never another error', () => {
    const unreadable = expect.objectContaining({ code: 'log.batch-unreadable' });
    for (const bytes of [packed.subarray(0, packed.length / 2), Buffer.alloc(0), Buffer.alloc(100, 0xff)])
      expect(() => unpack(bytes, codec, 4 * MB)).toThrow(unreadable);
  });
});

test('what is packed in an unknown way is unreadable', () => {
  expect(() => unpack(text, 6, MB)).toThrow(/unknown way \(6\)/);
});
