import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@loadcycle/contract';
import { Backoff } from '@loadcycle/service/backoff';
import type { Consumer, EachBatchPayload, Kafka, PartitionAssigner } from 'kafkajs';
import { gather } from '../gather.ts';
import { Inbox } from '../kafka/inbox.ts';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import type {
  ConsumeOptions,
  LogConsumer,
  LogRecord,
  PartitionEnds,
  PollOptions,
  Position,
} from '../port.ts';
import { RETRY } from './client.ts';
import { toLogRecords } from './records.ts';

export interface ConsumerSide {
  readonly kafka: Kafka;
  readonly settings: FullKafkaSettings;
  readonly ends: (topics: readonly string[]) => Promise<PartitionEnds[]>;
  readonly onClose: (consumer: KafkaJsConsumer) => void;
  /** who gets what; the group's members share the partitions if not given */
  readonly assigner?: PartitionAssigner;
}

/**
 * A consumer that is never silent for good. kafkajs hands over batches; each waits, with heartbeats, until the
 * inbox has room, so nothing is fetched that nobody polls. Where the kafkajs consumer ends for good, or makes no progress
 * while there is lag, another one takes its place: it is a new life of this consumer.
 */
export class KafkaJsConsumer implements LogConsumer {
  readonly #options: ConsumeOptions;
  readonly #side: ConsumerSide;
  readonly #settings: FullKafkaSettings;
  readonly #log: Logger;
  readonly #inbox: Inbox;
  readonly #backoff = new Backoff(200, 5000);
  readonly #watchdog: NodeJS.Timeout;
  #consumer: Consumer | null = null;
  #payload: EachBatchPayload | null = null;
  #life = 0;
  #closed = false;
  #polling: Promise<unknown> = Promise.resolve();
  readonly #commits = new Map<string, Position>();
  #committing: Promise<void> | null = null;

  constructor(options: ConsumeOptions, side: ConsumerSide) {
    this.#options = options;
    this.#side = side;
    this.#settings = side.settings;
    this.#log = side.settings.log;
    this.#inbox = new Inbox({
      consume: options,
      bufferBytes: side.settings.bufferBytes,
      log: this.#log,
      ends: side.ends,
      seek: (positions) => this.#seek(positions),
    });
    void this.#begin();
    this.#watchdog = setInterval(() => void this.#watch(), side.settings.watchdogMs / 4).unref();
  }

  /** A new life: whatever belonged to the one before is deaf from now on. */
  async #begin(): Promise<void> {
    const life = ++this.#life;
    const old = this.#consumer;
    this.#consumer = null;
    this.#payload = null;
    this.#inbox.revoke();
    old?.disconnect().catch(() => {});
    const { group, topics } = this.#options;
    while (life === this.#life && !this.#closed) {
      const consumer = this.#make(life);
      try {
        await consumer.connect();
        await consumer.subscribe({ topics: [...topics], fromBeginning: true });
        if (life !== this.#life) throw new Error('overtaken');
        this.#consumer = consumer;
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: 16,
          eachBatch: (payload) => this.#onBatch(life, payload),
        });
        this.#backoff.reset();
        return;
      } catch (error) {
        await consumer.disconnect().catch(() => {});
        if (life !== this.#life || this.#closed) return;
        this.#log.warn(
          { code: 'log.unavailable', group, err: error },
          'the consumer could not start: trying again',
        );
        await this.#backoff.wait();
      }
    }
  }

  #make(life: number): Consumer {
    const s = this.#settings;
    const consumer = this.#side.kafka.consumer({
      groupId: this.#options.group,
      sessionTimeout: s.sessionTimeoutMs,
      rebalanceTimeout: s.rebalanceTimeoutMs,
      heartbeatInterval: s.heartbeatIntervalMs,
      maxBytes: s.fetchBytes,
      maxBytesPerPartition: s.fetchBytes / 2,
      maxWaitTimeInMs: s.fetchWaitMs,
      allowAutoTopicCreation: false,
      retry: RETRY,
      ...(this.#side.assigner ? { partitionAssigners: [this.#side.assigner] } : {}),
    });
    const mine = (work: () => void): void => {
      if (life === this.#life) work();
    };
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      mine(() => this.#joined(payload.memberAssignment)),
    );
    consumer.on(consumer.events.REBALANCING, () => mine(() => this.#inbox.revoke()));
    consumer.on(consumer.events.CRASH, ({ payload }) =>
      mine(() => {
        this.#inbox.revoke();
        if (payload.restart || this.#closed) return;
        const fields = { code: 'log.unavailable', group: this.#options.group, err: payload.error };
        this.#log.warn(fields, 'the consumer has ended: a new one takes its place');
        void this.#backoff.wait().then(() => mine(() => void this.#begin()));
      }),
    );
    return consumer;
  }

  #joined(assignment: Record<string, number[]>): void {
    const assigned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#log.debug({ group: this.#options.group, assigned }, 'joined its group');
    this.#inbox.assign(assigned);
  }

  #seek(positions: readonly Position[]): void {
    for (const { topic, partition, next } of positions) {
      this.#consumer?.seek({ topic, partition, offset: String(next) });
    }
  }

  async #onBatch(life: number, payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const inbox = this.#inbox;
    const epoch = inbox.epoch;
    if (life !== this.#life) return;
    this.#payload = payload;
    for (;;) {
      const seen = inbox.news.version;
      // fetched before its caller has said where to start, or for another assignment: it is fetched again
      if (life !== this.#life || epoch !== inbox.epoch || !payload.isRunning() || payload.isStale()) return;
      if (inbox.ready(topic, partition) && !inbox.full) break;
      await inbox.news.wait(seen, this.#settings.heartbeatIntervalMs / 2);
      await this.#beat(life, payload);
    }
    const records = toLogRecords(batch);
    inbox.accept(topic, partition, records, Number(batch.highWatermark));
    payload.resolveOffset(batch.lastOffset());
    await this.#beat(life, payload);
  }

  /** Throws where the membership is lost: kafkajs then joins again. */
  async #beat(life: number, payload: EachBatchPayload): Promise<void> {
    try {
      await payload.heartbeat();
    } catch (error) {
      if (life === this.#life) this.#inbox.revoke();
      throw error;
    }
  }

  poll(options: PollOptions): Promise<LogRecord[]> {
    const poll = this.#polling.then(() => gather(this.#inbox, options));
    this.#polling = poll.catch(() => {});
    return poll;
  }

  async commit(positions: readonly Position[]): Promise<void> {
    for (const at of positions) this.#commits.set(`${at.topic}/${at.partition}`, at);
    this.#committing ??= this.#flush().finally(() => {
      this.#committing = null;
    });
  }

  /**
   * By the payload's own method and outside of `eachBatch`: `consumer.commitOffsets` would end the consumer in
   * silence after a lost membership. What fails here only makes a lag display late.
   */
  async #flush(): Promise<void> {
    await delay(50);
    const payload = this.#payload;
    const due = [...this.#commits.values()].filter((at) => this.#inbox.has(at.topic, at.partition));
    this.#commits.clear();
    if (!payload || due.length === 0) return;
    const topics = [...Map.groupBy(due, (at) => at.topic)].map(([topic, list]) => ({
      topic,
      partitions: list.map(({ partition, next }) => ({ partition, offset: String(next) })),
    }));
    try {
      await payload.commitOffsetsIfNecessary({ topics });
    } catch (error) {
      this.#log.debug(
        { group: this.#options.group, err: error },
        'offsets for the lag display were not committed',
      );
    }
  }

  async #watch(): Promise<void> {
    const inbox = this.#inbox;
    const life = this.#life;
    const stuck = (): boolean =>
      life === this.#life && inbox.empty && performance.now() - inbox.movedAt > this.#settings.watchdogMs;
    if (this.#closed || !stuck()) return;
    const { group, topics } = this.#options;
    try {
      const ends = await this.#side.ends(topics);
      const positions = inbox.positions();
      const lags = positions.some(({ topic, partition, next }) =>
        ends.some((e) => e.topic === topic && e.partition === partition && e.end > next),
      );
      if (!lags || !stuck()) return;
      this.#log.warn(
        { code: 'log.unavailable', group, positions },
        'no progress while there is lag: a new consumer',
      );
      await this.#begin();
    } catch (error) {
      this.#log.debug({ group, err: error }, 'the watchdog could not look');
    }
  }

  async reset(): Promise<void> {
    this.#inbox.reset();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watchdog);
    await Promise.race([this.#committing, delay(2000, undefined, { ref: false })]);
    this.#life++;
    this.#inbox.close();
    this.#side.onClose(this);
    // a log that is away must not hold up the end of the program: its session runs out by itself
    await Promise.race([
      this.#consumer?.disconnect().catch(() => {}),
      delay(5000, undefined, { ref: false }),
    ]);
  }
}
