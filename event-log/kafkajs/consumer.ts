import { setTimeout as delay } from 'node:timers/promises';
import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { Backoff } from '@loadcycle/service/backoff';
import type { Consumer, EachBatchPayload, Kafka, PartitionAssigner } from 'kafkajs';
import { Polls } from '../gather.ts';
import type { ConsumerSide } from '../kafka/client.ts';
import { Commits } from '../kafka/commits.ts';
import { Inbox } from '../kafka/inbox.ts';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import { Watchdog } from '../kafka/watchdog.ts';
import type { ConsumeOptions, LogConsumer, LogRecord, PollOptions, Position } from '../port.ts';
import { RETRY } from './client.ts';
import { toLogError } from './errors.ts';
import { readable, toLogRecords } from './records.ts';
import { Unpacking, unpackingWithin } from './unpacking.ts';

interface KafkaJsSide extends ConsumerSide {
  readonly kafka: Kafka;
  /** who gets what; the group's members share the partitions if not given */
  readonly assigner?: PartitionAssigner;
}

/**
 * A consumer that is never silent for good. kafkajs hands over batches; each waits, with heartbeats, until the
 * inbox has room, so nothing is fetched that nobody polls. Where the kafkajs consumer ends, or makes no progress
 * while there is lag, another one takes its place: it is a new life of this consumer.
 */
export class KafkaJsConsumer implements LogConsumer {
  readonly #options: ConsumeOptions;
  readonly #side: KafkaJsSide;
  readonly #settings: FullKafkaSettings;
  readonly #log: Logger;
  readonly #inbox: Inbox;
  readonly #backoff = new Backoff(200, 5000);
  readonly #watchdog: Watchdog;
  readonly #unpacking: Unpacking;
  readonly #stop = new AbortController();
  readonly #living: Promise<void>;
  #endLife: () => void = () => {};
  #consumer: Consumer | null = null;
  #payload: EachBatchPayload | null = null;
  #life = 0;
  /** partitions of the last fetch that had records, and those that the present one leaves out */
  #delivered: { topic: string; partitions: number[] }[] = [];
  #paused: { topic: string; partitions: number[] }[] = [];
  readonly #polls: Polls;
  readonly #commits = new Commits((due) => this.#tell(due));

  constructor(options: ConsumeOptions, side: KafkaJsSide) {
    this.#options = options;
    this.#side = side;
    this.#settings = side.settings;
    this.#log = side.settings.log;
    this.#inbox = new Inbox({
      consume: options,
      bufferBytes: side.settings.bufferBytes,
      held: side.settings.held,
      log: this.#log,
      ends: side.ends,
      seek: (positions) => this.#seek(positions),
    });
    this.#polls = new Polls(this.#inbox);
    this.#unpacking = new Unpacking(side.settings.fetchBytes, side.settings.batchBytes);
    this.#living = this.#live();
    this.#watchdog = new Watchdog(options, side, this.#inbox, () => this.#endLife());
  }

  /** One life after the other, until closed. */
  async #live(): Promise<void> {
    const { group, topics } = this.#options;
    while (!this.#stop.signal.aborted) {
      const life = ++this.#life;
      const ended = new Promise<void>((resolve) => {
        this.#endLife = resolve;
      });
      const consumer = this.#make(life);
      try {
        await consumer.connect();
        await consumer.subscribe({ topics: [...topics], fromBeginning: true });
        this.#consumer = consumer;
        await unpackingWithin(this.#unpacking, () =>
          consumer.run({
            autoCommit: false,
            eachBatchAutoResolve: false,
            partitionsConsumedConcurrently: 16,
            eachBatch: (payload) => this.#onBatch(life, payload),
          }),
        );
        if (!this.#stop.signal.aborted) await ended;
      } catch (error) {
        const known = toLogError(error);
        this.#log.warn({ code: known.code, group, err: error }, 'the consumer could not start: trying again');
        if (known.kind === 'standing') this.#inbox.fail(known);
      }
      // whatever belongs to this life is deaf from now on
      this.#life++;
      this.#consumer = null;
      this.#payload = null;
      this.#paused = [];
      this.#delivered = [];
      this.#inbox.revoke();
      // only now: a kafkajs consumer that is stopped while it joins goes on for ever
      await Promise.race([consumer.disconnect().catch(() => {}), delay(10_000, undefined, { ref: false })]);
      await this.#backoff.wait(this.#stop.signal);
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
      // the next life restarts it: kafkajs's own restart cannot be stopped while it joins
      retry: { ...RETRY, restartOnFailure: async () => false },
      ...(this.#side.assigner ? { partitionAssigners: [this.#side.assigner] } : {}),
    });
    const mine = (work: () => void): void => {
      if (life === this.#life) work();
    };
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      mine(() => this.#joined(payload.memberAssignment)),
    );
    consumer.on(consumer.events.FETCH_START, () => mine(() => this.#beginFetch(consumer)));
    consumer.on(consumer.events.REBALANCING, () => mine(() => this.#inbox.revoke()));
    consumer.on(consumer.events.CRASH, ({ payload }) =>
      mine(() => {
        const fields = { code: 'log.unavailable', group: this.#options.group, err: payload.error };
        this.#log.warn(fields, 'the consumer has ended: a new one takes its place');
        this.#endLife();
      }),
    );
    return consumer;
  }

  /** Where one partition has used up what a fetch may unpack, the next one is of the others. */
  #beginFetch(consumer: Consumer): void {
    consumer.resume(this.#paused);
    this.#paused = this.#unpacking.refused > 1 ? this.#delivered : [];
    if (this.#paused.length > 0) consumer.pause(this.#paused);
    this.#delivered = [];
    this.#unpacking.begin();
  }

  #joined(assignment: Record<string, number[]>): void {
    const assigned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#log.debug({ group: this.#options.group, assigned }, 'joined its group');
    this.#backoff.reset();
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
    if (life !== this.#life) throw new Overtaken();
    this.#payload = payload;
    this.#delivered.push({ topic, partitions: [partition] });
    for (;;) {
      const seen = inbox.news.version;
      // fetched before its caller has said where to start, or for another assignment: it is fetched again
      if (life !== this.#life || epoch !== inbox.epoch || !payload.isRunning() || payload.isStale()) return;
      if (inbox.ready(topic, partition) && !inbox.full) break;
      await inbox.news.wait(seen, this.#settings.heartbeatIntervalMs / 2);
      await this.#beat(life, payload);
    }
    const end = Number(batch.highWatermark);
    for (const part of readable(toLogRecords(batch))) {
      if (Array.isArray(part)) inbox.accept(topic, partition, part, end);
      else {
        const error = new LoadcycleError('log.batch-unreadable', part.why);
        inbox.skip({ topic, partition, next: part.from }, part.to, error);
      }
    }
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
    return this.#polls.next(options);
  }

  async commit(positions: readonly Position[]): Promise<void> {
    this.#commits.add(positions);
  }

  /**
   * By the payload's own method and outside of `eachBatch`: `consumer.commitOffsets` would end the consumer in
   * silence after a lost membership. What fails here only makes a lag display late.
   */
  async #tell(positions: readonly Position[]): Promise<void> {
    const payload = this.#payload;
    const due = positions.filter((at) => this.#inbox.has(at.topic, at.partition));
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

  async reset(): Promise<void> {
    this.#inbox.reset();
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#watchdog.close();
    await this.#commits.close();
    this.#stop.abort();
    this.#inbox.close();
    this.#side.onClose(this);
    this.#endLife();
    // a log that is away must not hold up the end of the program: its session runs out by itself
    await Promise.race([this.#living, delay(5000, undefined, { ref: false })]);
  }
}

/** The one name of an error that makes kafkajs end a consumer without trying again. */
class Overtaken extends Error {
  override readonly name = 'KafkaJSNotImplemented';
}
