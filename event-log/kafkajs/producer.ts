import { Backoff } from '@loadcycle/service/backoff';
import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import type { NewRecord } from '../port.ts';
import { RETRY } from './client.ts';
import { toLogError } from './errors.ts';

const { CompressionTypes, Partitioners } = kafkajs;

/** Idempotent, acks=all, one request at a time on each connection (kafkajs allows no more to an idempotent producer). */
export class KafkaJsProducer {
  readonly #settings: FullKafkaSettings;
  readonly #producer: Producer;
  #connected: Promise<void> | null = null;
  readonly #stop = new AbortController();

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
    const backoff = new Backoff(200, 3000);
    for (;;) {
      try {
        this.#connected ??= this.#producer.connect();
        await this.#connected;
        await this.#producer.sendBatch({ acks: -1, topicMessages, compression });
        return;
      } catch (error) {
        this.#connected = null;
        const known = toLogError(error);
        // The same again until it is there: through an outage, and after a freeze, when the broker may have lost the
        // sequence (code 45). What was written already may be doubled, and the consumers' ledger knows it.
        if (known.code !== 'log.unavailable' || this.#stop.signal.aborted) throw known;
        this.#settings.log.warn({ code: known.code, err: error }, `${known.message}: sending again`);
        await backoff.wait(this.#stop.signal);
      }
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#producer.disconnect();
  }
}

function toMessage({ key, value, headers }: NewRecord): Message {
  const buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return headers === undefined ? { key, value: buffer } : { key, value: buffer, headers };
}
