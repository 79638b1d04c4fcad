/**
 * The event log on Apache Kafka by @platformatic/kafka: the second client behind the same port.
 *
 * What always holds is what holds of the kafkajs adapter. Membership and fetching are apart here: one client
 * joins the group and sends heartbeats, another fetches from where the inbox says; reading and tailing need no group.
 */
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';
import type { ConsumerSide, KafkaClient, NewTopic } from '../kafka/client.ts';
import { KafkaLog } from '../kafka/log.ts';
import { type FullKafkaSettings, fullSettings, type KafkaSettings } from '../kafka/settings.ts';
import { topicIds } from '../kafka/topic-ids.ts';
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
import { clientOptions, hasApiId, toLogError } from './client.ts';
import { PlatformaticConsumer } from './consumer.ts';
import { PlatformaticProducer } from './producer.ts';
import { refuseOld } from './versions.ts';

export type { KafkaSettings } from '../kafka/settings.ts';

/** Connects when it is first used. */
export async function openPlatformatic(settings: KafkaSettings): Promise<EventLog> {
  const full = fullSettings(settings);
  return new KafkaLog(new PlatformaticClient(full), full);
}

class PlatformaticClient implements KafkaClient {
  readonly toLogError = toLogError;
  readonly #producer: PlatformaticProducer;
  readonly #admin: Admin;
  #known = false;

  constructor(settings: FullKafkaSettings) {
    this.#producer = new PlatformaticProducer(settings);
    this.#admin = new Admin(clientOptions(settings));
  }

  /** What every use of the log begins with, so an old Kafka is told here. */
  async listTopics(): Promise<readonly string[]> {
    if (!this.#known) {
      refuseOld(await this.#admin.listApis());
      this.#known = true;
    }
    return this.#admin.listTopics();
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    for (const { topic, partitions, replicationFactor, config } of topics) {
      try {
        await this.#admin.createTopics({
          topics: [topic],
          partitions,
          replicas: replicationFactor,
          configs: [...config],
        });
      } catch (error) {
        // somebody else was first
        if (!hasApiId(error, 'TOPIC_ALREADY_EXISTS')) throw error;
      }
    }
  }

  async ends(topics: readonly string[]): Promise<PartitionEnds[]> {
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
  }

  identities(topics: readonly string[]): Promise<LogIdentities> {
    return topicIds(this.#admin, topics);
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    const groups = await this.#admin.listConsumerGroupOffsets({ groups: [group] });
    return groups.flatMap((g) =>
      g.topics
        .filter(({ name }) => topics.includes(name))
        .flatMap(({ name, partitions }) =>
          partitions.map((p) => ({
            topic: name,
            partition: p.partitionIndex,
            next: Number(p.committedOffset),
          })),
        ),
    );
  }

  send(records: readonly NewRecord[], bytes: number): Promise<void> {
    return this.#producer.send(records, bytes);
  }

  consumer(options: ConsumeOptions, side: ConsumerSide): LogConsumer {
    return new PlatformaticConsumer(options, side);
  }

  tailer(options: ConsumeOptions, side: ConsumerSide, partitions: readonly TopicPartition[]): LogConsumer {
    return new PlatformaticConsumer(options, { ...side, partitions });
  }

  reader(options: ConsumeOptions, side: ConsumerSide, partition: TopicPartition): LogConsumer {
    return this.tailer(options, side, [partition]);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.close(), this.#admin.close()]);
  }
}
