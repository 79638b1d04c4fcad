import { compatibilityPartitioner, ProduceAcks, Producer } from '@platformatic/kafka';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import type { NewRecord } from '../port.ts';
import { clientOptions } from './client.ts';

type Made = Producer<string, Uint8Array, string, string>;

/** Idempotent, acks=all; the same partition for a key as every other client of Kafka (murmur2). */
export class PlatformaticProducer {
  readonly #settings: FullKafkaSettings;
  readonly #producer: Made;

  constructor(settings: FullKafkaSettings) {
    this.#settings = settings;
    this.#producer = new Producer<string, Uint8Array, string, string>({
      ...clientOptions(settings),
      idempotent: true,
      acks: ProduceAcks.ALL,
      partitioner: partitionOf,
      serializers: { key: encoded, value: bytes, headerKey: encoded, headerValue: toBuffer },
    });
  }

  async send(records: readonly NewRecord[], size: number): Promise<void> {
    const messages = records.map(({ topic, key, value, headers }) => ({
      topic,
      key,
      value,
      headers,
    }));
    const compression = size < this.#settings.compressFromBytes ? 'none' : 'zstd';
    try {
      await this.#producer.send({ messages, compression });
    } catch (error) {
      this.#producer.clearMetadata();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

const toBuffer = (text: string | undefined): Buffer => Buffer.from(text ?? '');
/** Keys and names of headers come again and again: worked out once, forgotten when they have become many. */
function remembered<T>(work: (text: string | undefined) => T): (text: string | undefined) => T {
  const kept = new Map<string | undefined, T>();
  return (text) => {
    let result = kept.get(text);
    if (result === undefined) {
      if (kept.size >= 10_000) kept.clear();
      result = work(text);
      kept.set(text, result);
    }
    return result;
  };
}
const encoded = remembered(toBuffer);
const hash = remembered((text) => compatibilityPartitioner({ topic: '', value: undefined }, toBuffer(text)));
const partitionOf = (message: { key?: string }): number => hash(message.key);
const bytes = (value: Uint8Array | undefined): Buffer =>
  value ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.alloc(0);
