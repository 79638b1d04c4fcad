import { Backoff } from '@loadcycle/service/backoff';
import { Consumer } from '@platformatic/kafka';
import type { Inbox } from '../kafka/inbox.ts';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import type { Position } from '../port.ts';
import { clientOptions, hasApiId } from './client.ts';
import { type FetchResponse, toLogRecords } from './records.ts';

/**
 * Fetches from where the inbox says, while it has room, from each broker on its own. A client of its own that is
 * in no group: a fetch that waits for records holds up what is sent after it on its connection, and must not hold up heartbeats.
 */
export class Fetcher {
  readonly #settings: FullKafkaSettings;
  readonly #topics: readonly string[];
  readonly #inbox: Inbox;
  readonly #client: Consumer;
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
      const response = await this.#client.fetch({
        node,
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
      if (epoch === this.#inbox.epoch)
        this.#accept(response, new Map(byTopic.map(([topic]) => [idOf(topic), topic])));
    } catch (error) {
      if (hasApiId(error, 'OFFSET_OUT_OF_RANGE')) {
        // removed by retention, or not there any more: asking again tells which
        if (epoch === this.#inbox.epoch) this.#inbox.reset();
      }
      await this.#failed(error);
    }
  }

  #accept(response: FetchResponse, topicOf: ReadonlyMap<string, string>): void {
    for (const { topicId, partitions } of response.responses) {
      const topic = topicOf.get(topicId);
      if (topic === undefined) continue;
      for (const partition of partitions) {
        const records = toLogRecords(topic, partition);
        // in an incremental fetch session a partition without news may come back without its ends
        const end = records.length > 0 ? Number(partition.highWatermark) : Number.POSITIVE_INFINITY;
        this.#inbox.accept(topic, partition.partitionIndex, records, end);
      }
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
    await this.#client.close();
  }
}
