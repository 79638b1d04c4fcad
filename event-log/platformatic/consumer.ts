import { setTimeout as delay } from 'node:timers/promises';
import { gather } from '../gather.ts';
import { Inbox } from '../kafka/inbox.ts';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import { Watchdog } from '../kafka/watchdog.ts';
import type {
  ConsumeOptions,
  LogConsumer,
  LogRecord,
  PartitionEnds,
  PollOptions,
  Position,
  TopicPartition,
} from '../port.ts';
import { Fetcher } from './fetcher.ts';
import { Membership } from './membership.ts';

export interface ConsumerSide {
  readonly settings: FullKafkaSettings;
  readonly ends: (topics: readonly string[]) => Promise<PartitionEnds[]>;
  readonly onClose: (consumer: PlatformaticConsumer) => void;
  /** reads these, in no group; shares its group's partitions if not given */
  readonly partitions?: readonly TopicPartition[];
}

export class PlatformaticConsumer implements LogConsumer {
  readonly #options: ConsumeOptions;
  readonly #side: ConsumerSide;
  readonly #inbox: Inbox;
  readonly #membership: Membership | null;
  readonly #watchdog: Watchdog;
  #fetcher: Fetcher;
  #closed = false;
  #polling: Promise<unknown> = Promise.resolve();
  readonly #commits = new Map<string, Position>();
  #committing: Promise<void> | null = null;

  constructor(options: ConsumeOptions, side: ConsumerSide) {
    const { settings } = side;
    this.#options = options;
    this.#side = side;
    this.#inbox = new Inbox({
      consume: options,
      bufferBytes: settings.bufferBytes,
      log: settings.log,
      ends: side.ends,
      // the fetcher looks at the inbox's positions at each fetch
      seek: () => {},
    });
    if (side.partitions) this.#inbox.assign(side.partitions);
    this.#fetcher = this.#makeFetcher();
    this.#membership = side.partitions
      ? null
      : new Membership(settings, options.group, options.topics, this.#inbox);
    this.#watchdog = new Watchdog(options, side, this.#inbox, () => this.#anew());
  }

  #makeFetcher(): Fetcher {
    return new Fetcher(this.#side.settings, this.#options.group, this.#options.topics, this.#inbox);
  }

  poll(options: PollOptions): Promise<LogRecord[]> {
    const poll = this.#polling.then(() => gather(this.#inbox, options));
    this.#polling = poll.catch(() => {});
    return poll;
  }

  async commit(positions: readonly Position[]): Promise<void> {
    if (!this.#membership || this.#closed) return;
    for (const at of positions) this.#commits.set(`${at.topic}/${at.partition}`, at);
    this.#committing ??= this.#flush(this.#membership).finally(() => {
      this.#committing = null;
    });
  }

  async #flush(membership: Membership): Promise<void> {
    await delay(50);
    const due = [...this.#commits.values()];
    this.#commits.clear();
    await membership.commit(due);
  }

  #anew(): void {
    void this.#fetcher.close().catch(() => {});
    this.#fetcher = this.#makeFetcher();
    void this.#membership?.begin();
  }

  async reset(): Promise<void> {
    this.#inbox.reset();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#watchdog.close();
    await Promise.race([this.#committing, delay(2000, undefined, { ref: false })]);
    this.#inbox.close();
    this.#side.onClose(this);
    // a log that is away must not hold up the end of the program: its session runs out by itself
    const gone = Promise.all([this.#membership?.close(), this.#fetcher.close().catch(() => {})]);
    await Promise.race([gone, delay(5000, undefined, { ref: false })]);
  }
}
