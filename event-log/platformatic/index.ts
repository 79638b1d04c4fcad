/**
 * The event log on Apache Kafka by @platformatic/kafka: the second client behind the same port.
 *
 * What always holds is what holds of the kafkajs adapter. Membership and fetching are apart here: one client
 * joins the group and sends heartbeats, another fetches from where the inbox says; reading and tailing need no group.
 */
import { randomUUID } from 'node:crypto';
import { silentLogger } from '@loadcycle/contract';
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';
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
  TopicPartition,
  TopicSpec,
} from '../port.ts';
import { clientOptions, hasApiId, toLogError } from './client.ts';
import { PlatformaticConsumer } from './consumer.ts';
import { PlatformaticProducer } from './producer.ts';

export type { KafkaSettings } from '../kafka/settings.ts';

/** Connects when it is first used. */
export async function openPlatformatic(settings: KafkaSettings): Promise<EventLog> {
  return new PlatformaticLog({ ...KAFKA_DEFAULTS, tls: null, sasl: null, log: silentLogger, ...settings });
}

class PlatformaticLog implements EventLog {
  readonly #settings: FullKafkaSettings;
  readonly #producer: PlatformaticProducer;
  readonly #sender: Sender;
  readonly #admin: Admin;
  readonly #topics: KnownTopics;
  readonly #consumers = new Set<PlatformaticConsumer>();
  readonly #tails = new Set<Tail>();
  readonly #readers: Readers;
  #closed = false;

  constructor(settings: FullKafkaSettings) {
    this.#settings = settings;
    this.#producer = new PlatformaticProducer(settings);
    this.#sender = new Sender(
      (records, bytes) => this.#producer.send(records, bytes),
      settings.appendTimeoutMs,
    );
    this.#admin = new Admin(clientOptions(settings));
    this.#topics = new KnownTopics(() => this.#ask(() => this.#admin.listTopics()));
    this.#readers = new Readers(
      (topic, partition, positions) =>
        this.#consumer({ group: ownGroup(), topics: [topic], positions }, [{ topic, partition }]),
      (topics) => this.ends(topics),
    );
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#closed) throw logClosed();
    try {
      return await question();
    } catch (error) {
      throw this.#closed ? logClosed() : toLogError(error);
    }
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    const { replicationFactor } = this.#settings;
    this.#topics.add(await this.#ask(() => this.#admin.listTopics()));
    for (const { topic, partitions, retentionMs } of specs) {
      if (this.#topics.missing([topic]) === undefined) continue;
      const configs = topicConfig(retentionMs, replicationFactor).map(([name, value]) => ({ name, value }));
      await this.#ask(async () => {
        try {
          await this.#admin.createTopics({
            topics: [topic],
            partitions,
            replicas: replicationFactor,
            configs,
          });
        } catch (error) {
          // somebody else was first
          if (!hasApiId(error, 'TOPIC_ALREADY_EXISTS')) throw error;
        }
      });
      this.#topics.add([topic]);
    }
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

  #consumer(options: ConsumeOptions, partitions?: readonly TopicPartition[]): PlatformaticConsumer {
    if (this.#closed) throw logClosed();
    const consumer = new PlatformaticConsumer(options, {
      settings: this.#settings,
      ends: (topics) => this.ends(topics),
      onClose: (c) => this.#consumers.delete(c),
      ...(partitions ? { partitions } : {}),
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  async tail(options: TailOptions): Promise<{ close(): Promise<void> }> {
    const ends = await this.ends(options.topics);
    const tail = new Tail(ends);
    tail.run(
      this.#consumer({ group: ownGroup(), topics: options.topics, positions: tail.positions }, ends),
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
    return this.#ask(async () => {
      const metadata = await this.#admin.metadata({ topics: [...topics] });
      const at = async (timestamp: bigint): Promise<Map<string, number>> => {
        const listed = await this.#admin.listOffsets({
          topics: topics.map((name) => ({
            name,
            partitions: metadata.topics
              .get(name)!
              .partitions.map((_, partitionIndex) => ({ partitionIndex, timestamp })),
          })),
        });
        return new Map(
          listed.flatMap(({ name, partitions }) =>
            partitions.map((p) => [`${name}/${p.partitionIndex}`, Number(p.offset)] as const),
          ),
        );
      };
      const [begins, ends] = [await at(ListOffsetTimestamps.EARLIEST), await at(ListOffsetTimestamps.LATEST)];
      return topics.flatMap((topic) =>
        metadata.topics.get(topic)!.partitions.map((_, partition) => {
          const place = `${topic}/${partition}`;
          return { topic, partition, begin: begins.get(place) ?? 0, end: ends.get(place) ?? 0 };
        }),
      );
    });
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    await this.#topics.require(topics);
    const groups = await this.#ask(() => this.#admin.listConsumerGroupOffsets({ groups: [group] }));
    return groups.flatMap((g) =>
      g.topics
        .filter(({ name }) => topics.includes(name))
        .flatMap(({ name, partitions }) =>
          partitions
            .map((p) => ({ topic: name, partition: p.partitionIndex, next: Number(p.committedOffset) }))
            .filter(({ next }) => next >= 0),
        ),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#tails].map((t) => t.close()));
    await this.#readers.close();
    await Promise.all([...this.#consumers].map((c) => c.close()));
    const away = Promise.allSettled([this.#producer.close(), this.#admin.close()]);
    await this.#sender.close();
    await away;
  }
}

const ownGroup = (): string => `loadcycle-reader-${randomUUID()}`;
