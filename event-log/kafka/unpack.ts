import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { LoadcycleError } from '@loadcycle/contract';

/** How the records of a batch are packed: the lowest bits of its attributes. */
const GZIP = 1;
const ZSTD = 4;

/**
 * The records of one record batch, never more than `maxBytes`: what would be more, or is packed in another way than ours,
 * throws `log.batch-unreadable`.
 */
export function unpack(packed: Uint8Array, codec: number, maxBytes: number): Buffer {
  try {
    if (codec === ZSTD) return zstdDecompressSync(packed, { ...pieces(packed), maxOutputLength: maxBytes });
    if (codec === GZIP) return gunzipSync(packed, { ...pieces(packed), maxOutputLength: maxBytes });
  } catch (cause) {
    const tooLarge = (cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    const why = tooLarge ? `it unpacks to more than ${maxBytes} bytes` : (cause as Error).message;
    throw new LoadcycleError('log.batch-unreadable', why, { cause });
  }
  throw new LoadcycleError('log.batch-unreadable', `it is compressed by neither zstd nor gzip (${codec})`);
}

/** Text of numbers shrinks to a third or a quarter: few pieces of output, 16 KiB to 1 MiB each. */
const pieces = ({ byteLength }: Uint8Array): { chunkSize: number } => ({
  chunkSize: Math.min(Math.max(byteLength * 4, 16_384), 1_048_576),
});
