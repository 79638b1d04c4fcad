/**
 * The event log on Apache Kafka by kafkajs.
 *
 * What always holds: `append` resolves when all in-sync replicas have the records (acks=all, idempotent); a
 * consumer starts from its caller's positions at each assignment and never ends in silence. What is kept where:
 * nothing here; Kafka's committed offsets only serve lag displays. When Kafka is away, appends wait (and reject after a
 * time: send the same again), polls return empty, and both go on by themselves when it is back.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadcycleError, silentLogger } from '@loadcycle/contract';
import type { Admin, Kafka, PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';
import { logClosed } from '../errors.ts';
import { Readers } from '../kafka/reader.ts';
import { Sender } from '../kafka/sender.ts';
import {
  type FullKafkaSettings,
  KAFKA_DEFAULTS,
  type KafkaSettings,
  topicConfig,
} from '../kafka/settings.ts';
import { Tail } from '../kafka/tail.ts';
import { KnownTopics } from '../kafka/topics.ts';
import type {
  ConsumeOptions,
  EventLog,
  LogConsumer,
  LogRecord,
  NewRecord,
  PartitionEnds,
  Position,
  TailOptions,
  TopicSpec,
} from '../port.ts';
import { makeClient } from './client.ts';
import { KafkaJsConsumer } from './consumer.ts';
import { toLogError } from './errors.ts';
import { KafkaJsProducer } from './producer.ts';

export type { KafkaSettings } from '../kafka/settings.ts';

/** Connects when it is first used. */
export async function openKafkaJs(settings: KafkaSettings): Promise<EventLog> {
  return new KafkaJsLog({ ...KAFKA_DEFAULTS, tls: null, sasl: null, log: silentLogger, ...settings });
}

class KafkaJsLog implements EventLog {
  readonly #kafka: Kafka;
  readonly #settings: FullKafkaSettings;
  readonly #producer: KafkaJsProducer;
  readonly #sender: Sender;
  readonly #topics: KnownTopics;
  readonly #admin: Admin;
  readonly #consumers = new Set<KafkaJsConsumer>();
  readonly #tails = new Set<Tail>();
  readonly #readers: Readers;
  #adminConnected: Promise<void> | null = null;
  #closed = false;

  constructor(settings: FullKafkaSettings) {
    this.#settings = settings;
    this.#kafka = makeClient(settings);
    this.#producer = new KafkaJsProducer(this.#kafka, settings);
    this.#sender = new Sender(
      (records, bytes) => this.#producer.send(records, bytes),
      settings.appendTimeoutMs,
    );
    this.#admin = this.#kafka.admin();
    this.#topics = new KnownTopics(() => this.#ask((admin) => admin.listTopics()));
    this.#readers = new Readers(
      (topic, partition, positions) =>
        this.#consumer({ group: ownGroup(), topics: [topic], positions }, only(topic, partition)),
      (topics) => this.ends(topics),
    );
  }

  /** One question to Kafka, with errors that have a code. */
  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#closed) throw logClosed();
    const limit = new AbortController();
    try {
      // the client itself would wait for ever: whoever asks wants to say that the log is away
      return await Promise.race([
        this.#connectAdmin().then(() => question(this.#admin)),
        delay(this.#settings.requestTimeoutMs * 2, undefined, { signal: limit.signal, ref: false }).then(
          () => {
            throw new LoadcycleError('log.unavailable', 'Kafka does not answer');
          },
        ),
      ]);
    } catch (error) {
      throw this.#closed ? logClosed() : toLogError(error);
    } finally {
      limit.abort();
    }
  }

  #connectAdmin(): Promise<void> {
    this.#adminConnected ??= this.#admin.connect().catch((error: unknown) => {
      this.#adminConnected = null;
      throw error;
    });
    return this.#adminConnected;
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    const { replicationFactor } = this.#settings;
    await this.#ask(async (admin) => {
      this.#topics.add(await admin.listTopics());
      const missing = specs.filter((s) => this.#topics.missing([s.topic]) !== undefined);
      if (missing.length === 0) return;
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ topic, partitions, retentionMs }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: topicConfig(retentionMs, replicationFactor).map(([name, value]) => ({
            name,
            value,
          })),
        })),
      });
      this.#topics.add(missing.map((s) => s.topic));
    });
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    if (this.#closed) throw logClosed();
    const topics = new Set<string>();
    for (const { topic } of records) topics.add(topic);
    if (this.#topics.missing(topics) !== undefined) await this.#topics.require(topics);
    await this.#sender.append(records);
  }

  async consume(options: ConsumeOptions): Promise<LogConsumer> {
    await this.#topics.require(options.topics);
    return this.#consumer(options);
  }

  #consumer(options: ConsumeOptions, assigner?: PartitionAssigner): KafkaJsConsumer {
    if (this.#closed) throw logClosed();
    const consumer = new KafkaJsConsumer(options, {
      kafka: this.#kafka,
      settings: this.#settings,
      ends: (topics) => this.ends(topics),
      onClose: (c) => this.#consumers.delete(c),
      ...(assigner ? { assigner } : {}),
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  async tail(options: TailOptions): Promise<{ close(): Promise<void> }> {
    const tail = new Tail(await this.ends(options.topics));
    const consumer = this.#consumer({ group: ownGroup(), topics: options.topics, positions: tail.positions });
    tail.run(consumer, options);
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
    const all = await this.#ask((admin) =>
      Promise.all(
        topics.map(async (topic) =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
            topic,
            partition,
            begin: Number(low),
            end: Number(high),
          })),
        ),
      ),
    );
    return all.flat().toSorted((a, b) => a.partition - b.partition);
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    await this.#topics.require(topics);
    const answer = await this.#ask((admin) => admin.fetchOffsets({ groupId: group, topics: [...topics] }));
    return answer.flatMap(({ topic, partitions }) =>
      partitions
        .map(({ partition, offset }) => ({ topic, partition, next: Number(offset) }))
        .filter(({ next }) => next >= 0),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#tails].map((t) => t.close()));
    await this.#readers.close();
    await Promise.all([...this.#consumers].map((c) => c.close()));
    const away = Promise.allSettled([this.#producer.close(), this.#admin.disconnect()]);
    await this.#sender.close();
    await away;
  }
}

/** Kafka knows no reading without a group: one that nobody else is in, and that commits nothing. */
const ownGroup = (): string => `loadcycle-reader-${randomUUID()}`;

/** An assigner for a member that is alone in its group and wants one partition. */
function only(topic: string, partition: number): PartitionAssigner {
  const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
  const version = 0;
  const name = 'only';
  return () => ({
    name,
    version,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) }),
    }),
    assign: async ({ members }) =>
      members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version,
          assignment: { [topic]: [partition] },
          userData: Buffer.alloc(0),
        }),
      })),
  });
}
