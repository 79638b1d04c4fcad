import { type KafkaRecord, Reader, readRecord } from '@platformatic/kafka';
import { unpack } from '../kafka/unpack.ts';
import type { LogRecord, TopicPartition } from '../port.ts';

const CODEC = 0x07;
const IS_CONTROL = 0x20;
const LOG_APPEND_TIME = 0x08;
/** first offset and length, which the length does not count */
const HEAD = 12;
/** up to the first record */
const HEADER = 61;
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
const EMPTY = new Uint8Array(0);

/** A record batch as it was fetched: unpacked when its turn has come. */
export class PackedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly #raw: Buffer;

  constructor({ topic, partition }: TopicPartition, raw: Buffer) {
    this.topic = topic;
    this.partition = partition;
    this.#raw = raw;
  }

  get firstOffset(): number {
    return Number(this.#raw.readBigInt64BE(0));
  }

  get lastOffset(): number {
    return this.firstOffset + this.#raw.readInt32BE(23);
  }

  /** Throws `log.batch-unreadable` where it would be more than `maxBytes`. */
  records(maxBytes: number): LogRecord[] {
    const raw = this.#raw;
    const attributes = raw.readInt16BE(21);
    if (attributes & IS_CONTROL) return [];
    const codec = attributes & CODEC;
    const packed = raw.subarray(HEADER);
    const reader = Reader.from(codec === 0 ? packed : unpack(packed, codec, maxBytes));
    const { topic, partition, firstOffset } = this;
    const firstTimestamp = raw.readBigInt64BE(27);
    const appendedAt = attributes & LOG_APPEND_TIME ? Number(raw.readBigInt64BE(35)) : null;
    return Array.from({ length: raw.readInt32BE(57) }, () => {
      const r = readRecord(reader);
      return {
        topic,
        partition,
        offset: firstOffset + r.offsetDelta,
        key: r.key?.toString() ?? '',
        value: r.value ?? EMPTY,
        headers: toHeaders(r.headers),
        timestampMs: appendedAt ?? Number(firstTimestamp + r.timestampDelta),
      };
    });
  }
}

/** The whole record batches of a fetched partition; its last one may have been cut off. */
export function* recordBatches(at: TopicPartition, fetched: Buffer): Generator<PackedBatch> {
  for (let from = 0; from + HEADER <= fetched.length; ) {
    const to = from + HEAD + fetched.readInt32BE(from + 8);
    if (to > fetched.length) return;
    yield new PackedBatch(at, fetched.subarray(from, to));
    from = to;
  }
}

function toHeaders(headers: KafkaRecord['headers']): Readonly<Record<string, string>> {
  if (headers.length === 0) return NO_HEADERS;
  return Object.fromEntries(
    headers.map(([name, value]) => [name?.toString() ?? '', value?.toString() ?? '']),
  );
}
