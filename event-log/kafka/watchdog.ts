import type { ConsumeOptions } from '../port.ts';
import type { ConsumerSide } from './client.ts';
import type { Inbox } from './inbox.ts';

/**
 * Looks for a consumer that makes no progress while the log answers and has more for it, or that is in no group
 * any more: what no event of a client has told. The time of an outage does not count.
 */
export class Watchdog {
  readonly #options: ConsumeOptions;
  readonly #side: ConsumerSide;
  readonly #inbox: Inbox;
  readonly #bark: () => void;
  readonly #timer: NodeJS.Timeout;
  /** looks in a row that found it stuck without having moved */
  #stuck = 0;
  #movedAt = 0;
  #looking = false;

  constructor(options: ConsumeOptions, side: ConsumerSide, inbox: Inbox, bark: () => void) {
    this.#options = options;
    this.#side = side;
    this.#inbox = inbox;
    this.#bark = bark;
    this.#timer = setInterval(() => void this.#look(), side.settings.watchdogMs / LOOKS).unref();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const stuck = await this.#isStuck();
      this.#stuck = stuck ? this.#stuck + 1 : 0;
      if (this.#stuck <= LOOKS) return;
      this.#stuck = 0;
      const { log } = this.#side.settings;
      const fields = {
        code: 'log.unavailable',
        group: this.#options.group,
        positions: this.#inbox.positions(),
      };
      log.warn(fields, 'no progress while there is lag: a new consumer');
      this.#bark();
    } catch {
      // the log is away, and others say so
      this.#stuck = 0;
    } finally {
      this.#looking = false;
    }
  }

  async #isStuck(): Promise<boolean> {
    const inbox = this.#inbox;
    const moved = inbox.movedAt !== this.#movedAt;
    this.#movedAt = inbox.movedAt;
    if (moved || !inbox.empty || inbox.waitsForCaller) return false;
    const ends = await this.#side.ends(this.#options.topics);
    if (!inbox.joined) return true;
    return inbox
      .positions()
      .some(({ topic, partition, next }) =>
        ends.some((e) => e.topic === topic && e.partition === partition && e.end > next),
      );
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

const LOOKS = 4;
