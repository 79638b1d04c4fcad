import { LOG_TOPICS, type LoadcycleError } from '@loadcycle/contract';
import type { Database, Transaction } from '@loadcycle/database/port';
import type { EventLog, LogRecord } from '@loadcycle/event-log/port';
import { Counter, Gauge, type Health, Registry } from '@loadcycle/service';
import type { LogWork } from '../work/log-work.ts';
import { enterTarget, noteDeliveries } from './store.ts';
import type { Failure, Target } from './target.ts';

interface Store {
  readonly eventLog: EventLog;
  readonly database: Database;
}

interface Told {
  readonly record: LogRecord;
  failure: Failure | null;
}

/** What Prometheus sees; one for all targets of a process. */
export class NotifyMetrics {
  readonly delivered: Counter<'target'>;
  readonly failed: Counter<'target' | 'code'>;

  constructor(health: Health, targets: readonly Target[], registry: Registry = new Registry()) {
    const registers = [registry];
    new Gauge({
      name: 'loadcycle_notify_target_up',
      help: '1 where the target takes what it is told, 0 where it is away or has refused the last event',
      labelNames: ['target'],
      registers,
      collect() {
        const parts = health.snapshot();
        for (const { consumer: target, part } of targets)
          this.set({ target }, parts[part]?.state === 'ok' ? 1 : 0);
      },
    });
    this.delivered = new Counter({
      name: 'loadcycle_notify_delivered_total',
      help: 'Anomalies that a target has taken',
      labelNames: ['target'],
      registers,
    });
    this.failed = new Counter({
      name: 'loadcycle_notify_failed_total',
      help: 'Anomalies that were given up for a target, by reason',
      labelNames: ['target', 'code'],
      registers,
    });
  }
}

/** One target's way through the log, one event at a time: what waits for one target holds up no other. */
export class TellWork implements LogWork<Told[]> {
  readonly name: string;
  readonly topics = [LOG_TOPICS.anomalies];
  readonly parts: readonly string[];
  readonly #target: Target;
  readonly #store: Store;
  readonly #metrics: NotifyMetrics;
  readonly #stop: AbortSignal;
  /** told, and not yet committed: where the store does not take it, nobody is told again for that */
  readonly #told = new Map<string, Failure | null>();

  constructor(target: Target, store: Store, metrics: NotifyMetrics, stop: AbortSignal) {
    this.#target = target;
    this.#store = store;
    this.#metrics = metrics;
    this.#stop = stop;
    this.name = target.consumer;
    this.parts = [target.part];
    metrics.delivered.inc({ target: this.name }, 0);
  }

  poll() {
    return { maxBytes: 1_000_000, maxRecords: 1, gatherMs: 0, waitMs: 1_000 };
  }

  async assigned(): Promise<void> {
    this.#told.clear();
    await enterTarget(this.#store.database, this.#store.eventLog, this.name);
  }

  async prepare(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<Told[]> {
    return records.map((record) => {
      const error = rejected.get(record);
      const failure = error === undefined ? null : { code: error.code, detail: error.message, tries: 0 };
      return { record, failure };
    });
  }

  async before(told: Told[]): Promise<void> {
    for (const one of told) {
      if (one.failure !== null) continue;
      const place = placeOf(one.record);
      if (!this.#told.has(place)) this.#told.set(place, await this.#target.tell(one.record, this.#stop));
      one.failure = this.#told.get(place) ?? null;
    }
  }

  async apply(tx: Transaction, told: Told[]): Promise<undefined> {
    await noteDeliveries(tx, this.name, told);
  }

  committed(told: Told[]): void {
    for (const { record, failure } of told) {
      this.#told.delete(placeOf(record));
      if (failure === null) this.#metrics.delivered.inc({ target: this.name });
      else this.#metrics.failed.inc({ target: this.name, code: failure.code });
    }
  }
}

const placeOf = ({ partition, offset }: LogRecord): string => `${partition}/${offset}`;
