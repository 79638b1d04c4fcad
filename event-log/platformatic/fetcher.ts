import { LoadcycleError } from '@loadcycle/contract';
import { Backoff } from '@loadcycle/service/backoff';
import { Consumer } from '@platformatic/kafka';
import type { Inbox } from '../kafka/inbox.ts';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import type { Position } from '../port.ts';
import { clientOptions, hasApiId } from './client.ts';
import { RawFetchPool, type RawResponse } from './raw-fetch.ts';
import { type PackedBatch, recordBatches } from './records.ts';

/**
 * Fetches from where the inbox says, while it has room, from each broker on its own. A client of its own that is
 * in no group: a fetch that waits for records holds up what is sent after it on its connection, and must not hold up heartbeats.
 * What came is unpacked a record batch at a time, as the inbox has room: packed it is at most `fetchBytes` from each broker.
 */
export class Fetcher {
  readonly #settings: FullKafkaSettings;
  readonly #topics: readonly string[];
  readonly #inbox: Inbox;
  readonly #client: Consumer;
  readonly #pool: RawFetchPool;
  readonly #busy = new Set<number>();
  readonly #backoff = new Backoff(100, 3000);
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(settings: FullKafkaSettings, group: string, topics: readonly string[], inbox: Inbox) {
    this.#settings = settings;
    this.#topics = topics;
    this.#inbox = inbox;
    this.#client = new Consumer({ ...clientOptions(settings), groupId: group });
    this.#client.topics.trackAll(...topics);
    this.#pool = new RawFetchPool(settings.clientId, clientOptions(settings));
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const seen = this.#inbox.news.version;
      try {
        if (!this.#inbox.full) await this.#fetchAll();
      } catch (error) {
        await this.#failed(error);
        continue;
      }
      await this.#inbox.news.wait(seen, 60_000, signal);
    }
  }

  /** Starts a fetch from each broker that has partitions of ours and is not being asked already. */
  async #fetchAll(): Promise<void> {
    const positions = this.#inbox.positions();
    if (positions.length === 0) return;
    const metadata = await this.#client.metadata({ topics: [...this.#topics] });
    const leaderOf = ({ topic, partition }: Position): number =>
      metadata.topics.get(topic)!.partitions[partition]!.leader;
    for (const [node, list] of Map.groupBy(positions, leaderOf)) {
      if (this.#busy.has(node)) continue;
      this.#busy.add(node);
      void this.#fetch(node, list, (topic) => metadata.topics.get(topic)!.id).finally(() => {
        this.#busy.delete(node);
        this.#inbox.news.notify();
      });
    }
  }

  async #fetch(node: number, positions: readonly Position[], idOf: (topic: string) => string): Promise<void> {
    const epoch = this.#inbox.epoch;
    const { fetchBytes, fetchWaitMs } = this.#settings;
    const byTopic = [...Map.groupBy(positions, (p) => p.topic)];
    try {
      const fetched: unknown = await this.#client.fetch({
        node,
        connectionPool: this.#pool,
        maxWaitTime: fetchWaitMs,
        minBytes: 1,
        maxBytes: fetchBytes,
        topics: byTopic.map(([topic, list]) => ({
          topicId: idOf(topic),
          partitions: list.map(({ partition, next }) => ({
            partition,
            fetchOffset: BigInt(next),
            partitionMaxBytes: fetchBytes / 2,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
          })),
        })),
      });
      this.#backoff.reset();
      const topicOf = new Map(byTopic.map(([topic]) => [idOf(topic), topic]));
      await this.#accept(epoch, fetched as RawResponse, topicOf);
    } catch (error) {
      if (hasApiId(error, 'OFFSET_OUT_OF_RANGE')) {
        // removed by retention, or not there any more: asking again tells which
        if (epoch === this.#inbox.epoch) this.#inbox.reset();
      }
      await this.#failed(error);
    }
  }

  /** One record batch of each partition in turn, so that none waits for all of another's. */
  async #accept(epoch: number, response: RawResponse, topicOf: ReadonlyMap<string, string>): Promise<void> {
    const waiting: Generator<PackedBatch>[] = [];
    for (const { topicId, partitions } of response.responses) {
      const topic = topicOf.get(topicId);
      if (topic === undefined) continue;
      for (const { partitionIndex: partition, records, highWatermark } of partitions) {
        // in an incremental fetch session a partition without news may come back without its ends
        if (records === null) continue;
        if (epoch !== this.#inbox.epoch) return;
        this.#inbox.accept(topic, partition, [], Number(highWatermark));
        waiting.push(recordBatches({ topic, partition }, records));
      }
    }
    while (waiting.length > 0) {
      const batches = waiting.shift()!;
      const { value: batch } = batches.next();
      if (batch === undefined) continue;
      waiting.push(batches);
      if (!(await this.#room(epoch))) return;
      this.#unpack(batch);
    }
  }

  /** False where what was fetched is of no use any more. */
  async #room(epoch: number): Promise<boolean> {
    const { signal } = this.#stop;
    for (;;) {
      const seen = this.#inbox.news.version;
      if (signal.aborted || epoch !== this.#inbox.epoch) return false;
      if (!this.#inbox.full) return true;
      await this.#inbox.news.wait(seen, 60_000, signal);
    }
  }

  #unpack(batch: PackedBatch): void {
    const { topic, partition, firstOffset, lastOffset } = batch;
    try {
      this.#inbox.accept(topic, partition, batch.records(this.#settings.batchBytes), lastOffset + 1);
    } catch (error) {
      if (!(error instanceof LoadcycleError)) throw error;
      this.#inbox.skip({ topic, partition, next: firstOffset }, lastOffset + 1, error);
    }
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#settings.log.warn(
      { code: 'log.unavailable', err: error },
      'fetching from Kafka failed: trying again',
    );
    this.#client.clearMetadata();
    await this.#backoff.wait(this.#stop.signal);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all([this.#client.close(), this.#pool.close()]);
  }
}
