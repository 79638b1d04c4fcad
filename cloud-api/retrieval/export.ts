import { CSV } from '../http/media.ts';
import type { SampleBlock } from './blocks.ts';
import { ArrowEncoder } from './encode-arrow.ts';
import { csvHead, csvOf, ndjsonOf, TEXT_ROWS } from './encode-text.ts';

export const NDJSON = 'application/x-ndjson';
const ARROW = 'application/vnd.apache.arrow.stream';
export const STREAM_TYPES = [NDJSON, CSV, ARROW] as const;
export type StreamType = (typeof STREAM_TYPES)[number];

/** Of one record batch: larger ones are no faster, and leave more to be collected at a time. */
const ARROW_ROWS = 8_192;

/** What is sent at once, so that other requests get their turn. */
function* pieces(block: SampleBlock, rows: number): Generator<SampleBlock> {
  for (let at = 0; at < block.count; at += rows) {
    const end = Math.min(at + rows, block.count);
    yield {
      count: end - at,
      atUs: block.atUs.subarray(at, end),
      value: block.value.subarray(at, end),
      quality: block.quality?.subarray(at, end) ?? null,
    };
  }
}

/** Blocks of samples → bytes of a media type, one block at a time. */
export async function* encoded(
  type: StreamType,
  blocks: AsyncIterable<SampleBlock> | Iterable<SampleBlock>,
  qualities: boolean,
): AsyncGenerator<Uint8Array> {
  if (type === ARROW) {
    const arrow = new ArrowEncoder(qualities);
    for await (const block of blocks)
      for (const piece of pieces(block, ARROW_ROWS)) yield arrow.encode(piece);
    yield arrow.end();
    return;
  }
  if (type === CSV) yield csvHead(qualities);
  for await (const block of blocks) {
    for (const piece of pieces(block, TEXT_ROWS)) yield type === CSV ? csvOf(piece) : ndjsonOf(piece);
  }
}

/**
 * A streamed answer that is pulled by its reader. The first piece is made before the status goes out, so that a
 * store that is away is a 503 and not half an answer; a failure after that must break the connection.
 */
export async function streamed(
  type: string,
  bytes: AsyncGenerator<Uint8Array>,
  onFailure: (error: unknown) => void,
  headers: Record<string, string> = {},
): Promise<Response> {
  const first = await bytes.next();
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (first.done) return;
      yield first.value;
      yield* bytes;
    } catch (error) {
      onFailure(error);
    } finally {
      await bytes.return(undefined);
    }
  }
  // Node's own adapter pulls one piece at a time and stops the generator when the client goes
  const body = ReadableStream.from(all()) as ReadableStream<Uint8Array>;
  return new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-store', ...headers } });
}
