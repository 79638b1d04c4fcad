import type { LoadcycleError } from '@loadcycle/contract';

/**
 * The port `EventLog`: append, consume by group, tail. Its adapters are the folders beside this file
 * (`sqlite/` embedded, `kafkajs/` and `platformatic/` for Apache Kafka); all pass `contract-suite.ts`.
 *
 * What always holds:
 * - `append` resolves only when the log holds the records for good (Kafka: acks=all; SQLite: synced commit);
 * - records of one key stand in one partition, in the order in which they were appended;
 * - a consumer sees every record of its partitions at least once, in order within a partition, from the
 *   position that its caller keeps (in the store); the log's own committed offsets only serve lag displays;
 * - memory is bounded: a consumer that does not poll makes the adapter stop fetching, not buffer.
 */
export interface NewRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  /** exact as a number: a log never reaches 2^53 records in a partition */
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** when the log took it, ms since the epoch, the log's clock */
  readonly timestampMs: number;
  /** Stands for this and the records before it that could not be unpacked, and has no value: only where `standIns` asks for it. */
  readonly unreadable?: LoadcycleError;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The next offset to read in a partition. */
export interface Position extends TopicPartition {
  readonly next: number;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** how long records are kept at least; null for ever */
  readonly retentionMs: number | null;
}

/** Which log stands behind a topic's name: made with it, kept for its life, never given again. */
export type LogIdentities = ReadonlyMap<string, string | null>;

export interface PollOptions {
  /** gather up to this many bytes of values (at least one record) */
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** once a first record is there, gather for so long for more; 0 takes what is there */
  readonly gatherMs: number;
  /** return empty after so long without a record */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface ConsumeOptions {
  /** consumer group: the partitions are shared among its members */
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Where to start in partitions that this member was just given; asked anew at each assignment.
   * A partition that is not in the answer starts at its oldest record.
   */
  readonly positions: (assigned: readonly TopicPartition[]) => Promise<readonly Position[]>;
  /** one `unreadable` record for those that can't be unpacked; without it they are left out, with a line in the log */
  readonly standIns?: boolean;
}

export interface LogConsumer {
  /**
   * The next records of all partitions assigned to this member. After a rebalance the records of a
   * partition that was taken away are no longer returned; those already polled may be redelivered elsewhere:
   * the caller's own transaction (expected offset) decides. Throws `log.closed` after close, and any error that
   * the adapter can't mend by itself.
   */
  poll(options: PollOptions): Promise<LogRecord[]>;
  /** Says that everything below these positions is durable downstream. Never throws for a lost partition. */
  commit(positions: readonly Position[]): Promise<void>;
  /** Drops what is buffered and asks `positions` again: after the caller's transaction was refused. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** What a live reader gets: new records from the end of a topic, no group, nothing committed. */
export interface TailOptions {
  readonly topics: readonly string[];
  readonly onRecords: (records: LogRecord[]) => void;
  readonly onError?: (error: Error) => void;
}

export interface PartitionEnds extends TopicPartition {
  /** offset of the oldest record kept */
  readonly begin: number;
  /** offset that the next record will get */
  readonly end: number;
}

export interface EventLog {
  /** Makes the topics that are missing; leaves those that exist. */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  /** Resolves when all are durable. Rejects with `log.unavailable` (transient): send the same again. */
  append(records: readonly NewRecord[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<LogConsumer>;
  tail(options: TailOptions): Promise<{ close(): Promise<void> }>;
  /** Reads a range of one partition, oldest first, for rebuild and for resume by offset: at most `maxRecords`, and some megabytes. */
  read(from: Position, maxRecords: number): Promise<LogRecord[]>;
  ends(topics: readonly string[]): Promise<PartitionEnds[]>;
  /**
   * The identity of each topic's log. Another one than before: the log was lost and made anew, and offsets into the
   * old one mean nothing in it. Null where the log knows none (Kafka before 2.8). Throws `log.unavailable` for a topic
   * that is not there. Kafka is asked at most once a second.
   */
  identities(topics: readonly string[]): Promise<LogIdentities>;
  /** How far a group has committed, for lag displays. */
  committed(group: string, topics: readonly string[]): Promise<Position[]>;
  close(): Promise<void>;
}
