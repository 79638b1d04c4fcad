import type { LoadcycleError } from '@loadcycle/contract';
import type {
  ConsumeOptions,
  LogConsumer,
  LogIdentities,
  NewRecord,
  PartitionEnds,
  Position,
  TopicPartition,
} from '../port.ts';
import type { FullKafkaSettings } from './settings.ts';

/** A topic that is to be made, with the broker's names for its configuration. */
export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: readonly { readonly name: string; readonly value: string }[];
}

/** What a consumer needs of its log. */
export interface ConsumerSide {
  readonly settings: FullKafkaSettings;
  readonly ends: (topics: readonly string[]) => Promise<PartitionEnds[]>;
  readonly onClose: (consumer: LogConsumer) => void;
}

/**
 * What a client library of Kafka does its own way; the rest of the port is in `log.ts`. It may throw errors of its
 * own: `toLogError` says what they are.
 */
export interface KafkaClient {
  toLogError(error: unknown): LoadcycleError;
  listTopics(): Promise<readonly string[]>;
  /** One that somebody else has made meanwhile is no error. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  ends(topics: readonly string[]): Promise<PartitionEnds[]>;
  /** Topic ids; null where the broker knows none. */
  identities(topics: readonly string[]): Promise<LogIdentities>;
  committed(group: string, topics: readonly string[]): Promise<Position[]>;
  /** One attempt, acks=all; `bytes` of values. */
  send(records: readonly NewRecord[], bytes: number): Promise<void>;
  /** Shares the partitions of its topics with the other members of its group. */
  consumer(options: ConsumeOptions, side: ConsumerSide): LogConsumer;
  /** Has all partitions of its topics, which `partitions` lists, to itself; its group is nobody else's. */
  tailer(options: ConsumeOptions, side: ConsumerSide, partitions: readonly TopicPartition[]): LogConsumer;
  /** Has this one partition of its topic to itself; its group is nobody else's. */
  reader(options: ConsumeOptions, side: ConsumerSide, partition: TopicPartition): LogConsumer;
  /** Never throws. Consumers are closed before. */
  close(): Promise<void>;
}
