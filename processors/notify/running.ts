import type { Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import type { Health } from '@loadcycle/service';
import { LogWorker } from '../work/log-worker.ts';
import { Delivery } from './delivery.ts';
import type { NotifyMetrics } from './metrics.ts';
import { enterTarget } from './store.ts';
import type { Target } from './target.ts';
import { TellWork } from './tell-work.ts';

export interface RunningOptions {
  readonly eventLog: EventLog;
  readonly database: Database;
  readonly health: Health;
  readonly log: Logger;
  readonly metrics: NotifyMetrics;
}

/** What a target is told of. */
export interface ToldOf {
  readonly grants: readonly string[];
  readonly afterS: number;
}

/** An event that waits for its target through restarts of this program is no poison: the target counts its own tries. */
const NEVER_POISON = Number.MAX_SAFE_INTEGER;
const ENTER_MS = 5_000;

/** A target at work: its consumer of the log, and what it is to be told later. */
export class RunningTarget {
  readonly target: Target;
  readonly work: TellWork;
  readonly #o: RunningOptions;
  readonly #stop = new AbortController();
  readonly #worker: LogWorker<unknown>;
  #due: Promise<void> | null = null;

  constructor(target: Target, told: ToldOf, options: RunningOptions) {
    const { eventLog, database, health, log, metrics } = options;
    this.target = target;
    this.#o = options;
    const delivery = new Delivery(target, { health, log });
    if (health.snapshot()[target.part] === undefined) health.set(target.part, 'ok');
    const stop = this.#stop.signal;
    this.work = new TellWork({ delivery, eventLog, database, metrics, stop, ...told });
    this.#worker = new LogWorker({
      eventLog,
      database,
      health,
      log,
      work: this.work,
      tries: NEVER_POISON,
      // what comes within the gathering time is one message from the first one on
      firstGroup: target.maxEvents,
    }) as LogWorker<unknown>;
  }

  /**
   * Enters it in the store: "from now on" is from this moment, not from when the first partitions are given out. Where the
   * store or the log is away, it is from when they are back.
   */
  static async enter(targets: readonly Target[], { database, eventLog }: RunningOptions): Promise<void> {
    const entered = Promise.allSettled(targets.map((t) => enterTarget(database, eventLog, t.consumer)));
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, ENTER_MS);
    await Promise.race([entered, patience.promise]);
    clearTimeout(timer);
  }

  /** Begins to tell what is due, unless that is under way: a target that is away holds up nobody else. */
  tellDue(): void {
    this.#due ??= this.work
      .tellDue()
      .catch((err) => {
        if (!this.#stop.signal.aborted)
          this.#o.log.warn({ err, target: this.target.consumer }, 'what is due waits');
      })
      .finally(() => {
        this.#due = null;
      });
  }

  /** Ends it; what it was being told comes again at the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    const closed = this.#worker.close();
    // a publication that waits for its broker ends with the client
    await this.target.close();
    await Promise.all([closed, this.#due]);
    this.#o.health.delete(this.target.part);
    this.#o.health.delete(this.target.consumer);
  }
}
