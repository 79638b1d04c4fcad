/**
 * The event log on Apache Kafka by kafkajs.
 *
 * What always holds: `append` resolves when all in-sync replicas have the records (acks=all, idempotent); a
 * consumer starts from its caller's positions at each assignment and never ends in silence. What is kept where:
 * nothing here; Kafka's committed offsets only serve lag displays. When Kafka is away, appends wait (and reject after a
 * time: send the same again), polls return empty, and both go on by themselves when it is back.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LoadcycleError } from '@loadcycle/contract';
import { Admin as IdAdmin } from '@platformatic/kafka';
import type { Admin, Kafka, PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { ConsumerSide, KafkaClient, NewTopic } from '../kafka/client.ts';
import { KafkaLog } from '../kafka/log.ts';
import { type FullKafkaSettings, fullSettings, type KafkaSettings } from '../kafka/settings.ts';
import { topicIds } from '../kafka/topic-ids.ts';
import { clientOptions } from '../platformatic/client.ts';
import type {
  ConsumeOptions,
  EventLog,
  LogConsumer,
  LogIdentities,
  NewRecord,
  PartitionEnds,
  Position,
  TopicPartition,
} from '../port.ts';
import { makeClient } from './client.ts';
import { KafkaJsConsumer } from './consumer.ts';
import { toLogError } from './errors.ts';
import { KafkaJsProducer } from './producer.ts';

export type { KafkaSettings } from '../kafka/settings.ts';

/** Connects when it is first used. */
export async function openKafkaJs(settings: KafkaSettings): Promise<EventLog> {
  const full = fullSettings(settings);
  return new KafkaLog(new KafkaJsClient(full), full);
}

class KafkaJsClient implements KafkaClient {
  readonly toLogError = toLogError;
  readonly #kafka: Kafka;
  readonly #settings: FullKafkaSettings;
  readonly #producer: KafkaJsProducer;
  readonly #admin: Admin;
  /** the other client's, for what kafkajs can't ask */
  #idAdmin: IdAdmin | null = null;
  #adminConnected: Promise<void> | null = null;

  constructor(settings: FullKafkaSettings) {
    this.#settings = settings;
    this.#kafka = makeClient(settings);
    this.#producer = new KafkaJsProducer(this.#kafka, settings);
    this.#admin = this.#kafka.admin();
  }

  /** The client itself would wait for ever: whoever asks wants to say that the log is away. */
  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    try {
      return await Promise.race([
        this.#connectAdmin().then(() => question(this.#admin)),
        delay(this.#settings.requestTimeoutMs * 2, undefined, { signal: limit.signal, ref: false }).then(
          () => {
            throw new LoadcycleError('log.unavailable', 'Kafka does not answer');
          },
        ),
      ]);
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

  listTopics(): Promise<readonly string[]> {
    return this.#ask((admin) => admin.listTopics());
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    await this.#ask((admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: topics.map(({ topic, partitions, replicationFactor, config }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: [...config],
        })),
      }),
    );
  }

  async ends(topics: readonly string[]): Promise<PartitionEnds[]> {
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

  identities(topics: readonly string[]): Promise<LogIdentities> {
    this.#idAdmin ??= new IdAdmin(clientOptions(this.#settings));
    return topicIds(this.#idAdmin, topics);
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    const answer = await this.#ask((admin) => admin.fetchOffsets({ groupId: group, topics: [...topics] }));
    return answer.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, next: Number(offset) })),
    );
  }

  send(records: readonly NewRecord[], bytes: number): Promise<void> {
    return this.#producer.send(records, bytes);
  }

  consumer(options: ConsumeOptions, side: ConsumerSide): LogConsumer {
    return new KafkaJsConsumer(options, { ...side, kafka: this.#kafka });
  }

  /** Alone in its group it is given everything. */
  tailer(options: ConsumeOptions, side: ConsumerSide): LogConsumer {
    return this.consumer(options, side);
  }

  reader(options: ConsumeOptions, side: ConsumerSide, { topic, partition }: TopicPartition): LogConsumer {
    return new KafkaJsConsumer(options, { ...side, kafka: this.#kafka, assigner: only(topic, partition) });
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.close(), this.#admin.disconnect(), this.#idAdmin?.close()]);
  }
}

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
