import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import type { NewRecord } from '../port.ts';
import { RETRY } from './client.ts';

const { CompressionTypes, Partitioners } = kafkajs;

/** Idempotent, acks=all, one request at a time on each connection (kafkajs allows no more to an idempotent producer). */
export class KafkaJsProducer {
  readonly #settings: FullKafkaSettings;
  readonly #producer: Producer;
  #connected: Promise<void> | null = null;

  constructor(kafka: Kafka, settings: FullKafkaSettings) {
    this.#settings = settings;
    this.#producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
  }

  async send(records: readonly NewRecord[], bytes: number): Promise<void> {
    const byTopic = Map.groupBy(records, (r) => r.topic);
    const topicMessages = [...byTopic].map(([topic, list]) => ({ topic, messages: list.map(toMessage) }));
    const small = bytes < this.#settings.compressFromBytes;
    const compression = small ? CompressionTypes.None : CompressionTypes.ZSTD;
    try {
      this.#connected ??= this.#producer.connect();
      await this.#connected;
      await this.#producer.sendBatch({ acks: -1, topicMessages, compression });
    } catch (error) {
      this.#connected = null;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }
}

function toMessage({ key, value, headers }: NewRecord): Message {
  const buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return headers === undefined ? { key, value: buffer } : { key, value: buffer, headers };
}
