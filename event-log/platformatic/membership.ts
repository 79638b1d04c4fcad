import { Backoff } from '@loadcycle/service/backoff';
import { Consumer } from '@platformatic/kafka';
import type { Inbox } from '../kafka/inbox.ts';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import type { Position } from '../port.ts';
import { clientOptions, toLogError } from './client.ts';

/**
 * A place in a consumer group: heartbeats, and which partitions are ours. Where the client gives up, a new one joins
 * in its place: a new life.
 */
export class Membership {
  readonly #settings: FullKafkaSettings;
  readonly #group: string;
  readonly #topics: readonly string[];
  readonly #inbox: Inbox;
  readonly #backoff = new Backoff(200, 5000);
  readonly #stop = new AbortController();
  #client: Consumer | null = null;
  #life = 0;

  constructor(settings: FullKafkaSettings, group: string, topics: readonly string[], inbox: Inbox) {
    this.#settings = settings;
    this.#group = group;
    this.#topics = topics;
    this.#inbox = inbox;
    void this.begin();
  }

  async begin(): Promise<void> {
    const life = ++this.#life;
    this.#inbox.revoke();
    void leave(this.#client);
    this.#client = null;
    while (life === this.#life && !this.#stop.signal.aborted) {
      const client = this.#make(life);
      this.#client = client;
      try {
        await client.joinGroup({});
        this.#backoff.reset();
        return;
      } catch (error) {
        void leave(client);
        if (life !== this.#life || this.#stop.signal.aborted) return;
        const known = toLogError(error);
        this.#settings.log.warn(
          { code: known.code, group: this.#group, err: error },
          'could not join the group: trying again',
        );
        if (known.kind === 'standing') this.#inbox.fail(known);
        await this.#backoff.wait(this.#stop.signal);
      }
    }
  }

  #make(life: number): Consumer {
    const s = this.#settings;
    const client = new Consumer({
      ...clientOptions(s),
      // joining waits until every member has heard of it
      requestTimeout: Math.max(s.requestTimeoutMs, s.rebalanceTimeoutMs + 1000),
      groupId: this.#group,
      sessionTimeout: s.sessionTimeoutMs,
      rebalanceTimeout: s.rebalanceTimeoutMs,
      heartbeatInterval: s.heartbeatIntervalMs,
      heartbeatStallTimeout: s.sessionTimeoutMs * 2,
    });
    client.topics.trackAll(...this.#topics);
    const mine = (work: () => void): void => {
      if (life === this.#life && !this.#stop.signal.aborted) work();
    };
    const anew = (why: string, error?: unknown): void =>
      mine(() => {
        this.#settings.log.warn(
          { code: 'log.unavailable', group: this.#group, err: error },
          `${why}: joining anew`,
        );
        this.#inbox.revoke();
        void this.#backoff.wait(this.#stop.signal).then(() => mine(() => void this.begin()));
      });
    client.on('consumer:group:join', ({ assignments }) =>
      mine(() =>
        this.#inbox.assign(
          (assignments ?? []).flatMap(({ topic, partitions }) =>
            partitions.map((partition) => ({ topic, partition })),
          ),
        ),
      ),
    );
    client.on('consumer:group:rebalance', () => mine(() => this.#inbox.revoke()));
    client.on('consumer:heartbeat:stalled', () => anew('no heartbeat was answered'));
    client.on('error', (error) => anew('the membership is lost', error));
    return client;
  }

  /** For the lag display only: what fails is told next time. */
  async commit(positions: readonly Position[]): Promise<void> {
    const offsets = positions
      .filter((at) => this.#inbox.has(at.topic, at.partition))
      .map(({ topic, partition, next }) => ({ topic, partition, offset: BigInt(next), leaderEpoch: -1 }));
    if (offsets.length === 0) return;
    try {
      await this.#client?.commit({ offsets });
    } catch (error) {
      this.#settings.log.debug(
        { group: this.#group, err: error },
        'offsets for the lag display were not committed',
      );
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#life++;
    await leave(this.#client);
  }
}

async function leave(client: Consumer | null): Promise<void> {
  await client?.close(true).catch(() => {});
}
