import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { LoadcycleError } from '@loadcycle/contract';
import { compressionsAlgorithms } from '@platformatic/kafka';
import { lz4Size, snappySize } from './unpacked-size.ts';

/** How the records of a batch are packed: the lowest bits of its attributes. */
const CODECS: Record<number, (packed: Buffer, maxBytes: number) => Buffer> = {
  1: (packed, maxBytes) => gunzipSync(packed, { ...pieces(packed), maxOutputLength: maxBytes }),
  // these unpack without a bound: their sizes are looked at before
  2: (packed, maxBytes) => {
    if (snappySize(packed) > maxBytes) throw tooLarge(maxBytes);
    return compressionsAlgorithms.snappy.decompressSync(packed);
  },
  3: (packed, maxBytes) => {
    if (lz4Size(packed) > maxBytes) throw tooLarge(maxBytes);
    return compressionsAlgorithms.lz4.decompressSync(packed);
  },
  4: (packed, maxBytes) => zstdDecompressSync(packed, { ...pieces(packed), maxOutputLength: maxBytes }),
};

/**
 * The records of one record batch, never more than `maxBytes`: what would be more, or can't be unpacked, throws
 * `log.batch-unreadable`.
 */
export function unpack(packed: Buffer, codec: number, maxBytes: number): Buffer {
  const unpacked = CODECS[codec];
  if (unpacked === undefined)
    throw new LoadcycleError('log.batch-unreadable', `it is compressed in an unknown way (${codec})`);
  try {
    return unpacked(packed, maxBytes);
  } catch (cause) {
    if (cause instanceof LoadcycleError) throw cause;
    if ((cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new LoadcycleError('log.batch-unreadable', String((cause as Error).message ?? cause), { cause });
  }
}

const tooLarge = (maxBytes: number): LoadcycleError =>
  new LoadcycleError('log.batch-unreadable', `it unpacks to more than ${maxBytes} bytes`);

/** Text of numbers shrinks to a third or a quarter: few pieces of output, 16 KiB to 1 MiB each. */
const pieces = ({ byteLength }: Uint8Array): { chunkSize: number } => ({
  chunkSize: Math.min(Math.max(byteLength * 4, 16_384), 1_048_576),
});
