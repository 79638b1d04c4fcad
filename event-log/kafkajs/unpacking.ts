import { AsyncLocalStorage } from 'node:async_hooks';
import { RECORD_BYTES } from '../kafka/held.ts';
import { unpack } from '../kafka/unpack.ts';

/** kafkajs ends a partition's records in silence at an error of this name, as it does at a batch that was cut off. */
class Later extends Error {
  override readonly name = 'KafkaJSPartialMessageError';
}

/** In the place of records that can't be unpacked: one of this header's name, with the reason. */
export const UNREADABLE = 'loadcycle-unreadable';

/** The number of records stands before the packed records of a batch, in the buffer that they are a part of. */
const countOf = ({ buffer, byteOffset }: Buffer): number =>
  Buffer.from(buffer, byteOffset - 4, 4).readInt32BE();

/**
 * What one consumer may unpack of one fetch. kafkajs unpacks a whole answer before it hands over any of it: a few megabytes of
 * equal messages become gigabytes. So its codecs, which it lets us choose, refuse what is more than `bytes`; it is
 * fetched again. One record batch of each fetch is always unpacked.
 */
export class Unpacking {
  readonly #bytes: number;
  readonly #batchBytes: number;
  #used = 0;
  #refused = 0;

  constructor(bytes: number, batchBytes: number) {
    this.#bytes = bytes;
    this.#batchBytes = batchBytes;
  }

  /** A fetch begins. */
  begin(): void {
    this.#used = 0;
    this.#refused = 0;
  }

  /** partitions of the fetch whose records were not all unpacked */
  get refused(): number {
    return this.#refused;
  }

  unpack(packed: Buffer, codec: number): Buffer {
    if (this.#used >= this.#bytes) {
      this.#refused++;
      throw new Later('enough for one fetch');
    }
    let records: Buffer;
    try {
      records = unpack(packed, codec, this.#batchBytes);
    } catch (error) {
      records = unreadable(packed, (error as Error).message);
    }
    this.#used += Math.max(records.byteLength, countOf(packed) * RECORD_BYTES);
    return records;
  }
}

const current = new AsyncLocalStorage<Unpacking>();

/** Everything that kafkajs unpacks for `work` counts in `unpacking`. */
export const unpackingWithin = <T>(unpacking: Unpacking, work: () => T): T => current.run(unpacking, work);

export async function unpackForKafkaJs(packed: Buffer, codec: number): Promise<Buffer> {
  const unpacking = current.getStore();
  if (unpacking === undefined) throw new Error('records are unpacked for consumers only');
  return unpacking.unpack(packed, codec);
}

/**
 * As many empty records as the batch says that it has, so that kafkajs moves on behind it; the first says why.
 */
function unreadable(packed: Buffer, why: string): Buffer {
  const count = countOf(packed);
  const records: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const name = Buffer.from(UNREADABLE);
    const reason = Buffer.from(why);
    const headers =
      i > 0 ? [varint(0)] : [varint(1), varint(name.length), name, varint(reason.length), reason];
    // attributes, timestamp delta, offset delta, no key, no value
    const body = Buffer.concat([Buffer.of(0), varint(0), varint(i), varint(-1), varint(-1), ...headers]);
    records.push(varint(body.length), body);
  }
  return Buffer.concat(records);
}

/** ZigZag, seven bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
