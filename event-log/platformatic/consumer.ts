import { setTimeout as delay } from 'node:timers/promises';
import { Polls } from '../gather.ts';
import type { ConsumerSide } from '../kafka/client.ts';
import { Commits } from '../kafka/commits.ts';
import { Inbox } from '../kafka/inbox.ts';
import { Watchdog } from '../kafka/watchdog.ts';
import type {
  ConsumeOptions,
  LogConsumer,
  LogRecord,
  PollOptions,
  Position,
  TopicPartition,
} from '../port.ts';
import { Fetcher } from './fetcher.ts';
import { Membership } from './membership.ts';

interface PlatformaticSide extends ConsumerSide {
  /** reads these, in no group; shares its group's partitions if not given */
  readonly partitions?: readonly TopicPartition[];
}

export class PlatformaticConsumer implements LogConsumer {
  readonly #options: ConsumeOptions;
  readonly #side: PlatformaticSide;
  readonly #inbox: Inbox;
  readonly #membership: Membership | null;
  readonly #watchdog: Watchdog;
  #fetcher: Fetcher;
  #closed = false;
  readonly #polls: Polls;
  readonly #commits = new Commits(async (due) => this.#membership?.commit(due));

  constructor(options: ConsumeOptions, side: PlatformaticSide) {
    const { settings } = side;
    this.#options = options;
    this.#side = side;
    this.#inbox = new Inbox({
      consume: options,
      bufferBytes: settings.bufferBytes,
      held: settings.held,
      log: settings.log,
      ends: side.ends,
      // the fetcher looks at the inbox's positions at each fetch
      seek: () => {},
    });
    this.#polls = new Polls(this.#inbox);
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
    return this.#polls.next(options);
  }

  async commit(positions: readonly Position[]): Promise<void> {
    if (!this.#membership || this.#closed) return;
    this.#commits.add(positions);
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
    await this.#commits.close();
    this.#inbox.close();
    this.#side.onClose(this);
    // a log that is away must not hold up the end of the program: its session runs out by itself
    const gone = Promise.all([this.#membership?.close(), this.#fetcher.close().catch(() => {})]);
    await Promise.race([gone, delay(5000, undefined, { ref: false })]);
  }
}
