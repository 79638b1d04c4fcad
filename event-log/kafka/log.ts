import { randomUUID } from 'node:crypto';
import { Backoff } from '@loadcycle/service/backoff';
import { logClosed } from '../errors.ts';
import type {
  ConsumeOptions,
  EventLog,
  LogConsumer,
  LogIdentities,
  LogRecord,
  NewRecord,
  PartitionEnds,
  Position,
  TailOptions,
  TopicSpec,
} from '../port.ts';
import type { ConsumerSide, KafkaClient } from './client.ts';
import { Identities } from './identities.ts';
import { Readers } from './reader.ts';
import { Sender } from './sender.ts';
import { type FullKafkaSettings, topicConfig } from './settings.ts';
import { Tail } from './tail.ts';
import { KnownTopics } from './topics.ts';

/** The port on Apache Kafka, by any client of it. */
export class KafkaLog implements EventLog {
  readonly #client: KafkaClient;
  readonly #settings: FullKafkaSettings;
  readonly #sender: Sender;
  readonly #topics: KnownTopics;
  readonly #readers: Readers;
  readonly #identities: Identities;
  readonly #side: ConsumerSide;
  readonly #consumers = new Set<LogConsumer>();
  readonly #tails = new Set<Tail>();
  readonly #stopSending = new AbortController();
  #closed = false;

  constructor(client: KafkaClient, settings: FullKafkaSettings) {
    this.#client = client;
    this.#settings = settings;
    this.#side = {
      settings,
      ends: (topics) => this.ends(topics),
      onClose: (consumer) => this.#consumers.delete(consumer),
    };
    this.#sender = new Sender(
      (records, bytes) => this.#send(records, bytes),
      settings.appendTimeoutMs,
      settings.requestBytes,
    );
    this.#topics = new KnownTopics(() => this.#ask(() => client.listTopics()));
    this.#identities = new Identities((topics) => this.#ask(() => client.identities(topics)));
    // there is one for each partition, and a while longer than it is used
    const { bufferBytes, fetchBytes } = settings;
    const less = { ...settings, bufferBytes: bufferBytes / 8, fetchBytes: fetchBytes / 8 };
    const readerSide: ConsumerSide = { ...this.#side, settings: less };
    this.#readers = new Readers(
      (topic, partition, positions) =>
        this.#keep(() =>
          client.reader({ group: ownGroup(), topics: [topic], positions }, readerSide, { topic, partition }),
        ),
      (topics) => this.ends(topics),
    );
  }

  /** One question to Kafka, with errors that have a code. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#closed) throw logClosed();
    try {
      return await question();
    } catch (error) {
      throw this.#closed ? logClosed() : this.#client.toLogError(error);
    }
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#topics.add(await this.#ask(() => this.#client.listTopics()));
    const missing = specs.filter((s) => this.#topics.missing([s.topic]) !== undefined);
    if (missing.length === 0) return;
    const { replicationFactor } = this.#settings;
    const topics = missing.map(({ topic, partitions, retentionMs }) => {
      const config = topicConfig(retentionMs, replicationFactor);
      return { topic, partitions, replicationFactor, config };
    });
    await this.#ask(() => this.#client.createTopics(topics));
    this.#topics.add(topics.map((t) => t.topic));
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    if (this.#closed) throw logClosed();
    const topics = new Set<string>();
    for (const { topic } of records) topics.add(topic);
    if (this.#topics.missing(topics) !== undefined) await this.#topics.require(topics);
    await this.#sender.append(records);
  }

  /**
   * The same again until it is there: through an outage, and after a freeze, when the broker may have lost the
   * producer's sequence. What was written already may be doubled, and the consumers' ledger knows it.
   */
  async #send(records: readonly NewRecord[], bytes: number): Promise<void> {
    const { signal } = this.#stopSending;
    const backoff = new Backoff(200, 3000);
    for (;;) {
      try {
        return await this.#client.send(records, bytes);
      } catch (error) {
        const known = this.#client.toLogError(error);
        if (known.code !== 'log.unavailable' || signal.aborted) throw known;
        this.#settings.log.warn({ code: known.code, err: error }, `${known.message}: sending again`);
        await backoff.wait(signal);
      }
    }
  }

  async consume(options: ConsumeOptions): Promise<LogConsumer> {
    await this.#topics.require(options.topics);
    return this.#keep(() => this.#client.consumer(options, this.#side));
  }

  #keep(make: () => LogConsumer): LogConsumer {
    if (this.#closed) throw logClosed();
    const consumer = make();
    this.#consumers.add(consumer);
    return consumer;
  }

  async tail(options: TailOptions): Promise<{ close(): Promise<void> }> {
    const ends = await this.ends(options.topics);
    const tail = new Tail(ends);
    const consume = { group: ownGroup(), topics: options.topics, positions: tail.positions };
    tail.run(
      this.#keep(() => this.#client.tailer(consume, this.#side, ends)),
      options,
    );
    this.#tails.add(tail);
    return {
      close: async () => {
        this.#tails.delete(tail);
        await tail.close();
      },
    };
  }

  read(from: Position, maxRecords: number): Promise<LogRecord[]> {
    return this.#readers.read(from, maxRecords);
  }

  async ends(topics: readonly string[]): Promise<PartitionEnds[]> {
    if (this.#closed) throw logClosed();
    await this.#topics.require(topics);
    return this.#ask(() => this.#client.ends(topics));
  }

  async identities(topics: readonly string[]): Promise<LogIdentities> {
    if (this.#closed) throw logClosed();
    return this.#identities.of(topics);
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    await this.#topics.require(topics);
    const all = await this.#ask(() => this.#client.committed(group, topics));
    return all.filter(({ next }) => next >= 0);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#tails].map((t) => t.close()));
    await this.#readers.close();
    await Promise.all([...this.#consumers].map((c) => c.close()));
    this.#stopSending.abort();
    const away = this.#client.close();
    await this.#sender.close();
    await away;
  }
}

/** Kafka knows no reading without a group: one that nobody else is in, and that commits nothing. */
const ownGroup = (): string => `loadcycle-reader-${randomUUID()}`;
