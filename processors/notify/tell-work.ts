import { LOG_TOPICS, type LoadcycleError } from '@loadcycle/contract';
import { allows, type Grants } from '@loadcycle/contract/grants';
import type { Database, Transaction } from '@loadcycle/database/port';
import type { EventLog, LogRecord, TopicPartition } from '@loadcycle/event-log/port';
import type { LogWork } from '../work/log-work.ts';
import type { Delivery } from './delivery.ts';
import { anomalyKey, readEvent, type ToldEvent } from './event.ts';
import { dueRecords, type Entry, forget, keep, markTold, type Standing, standings } from './ledger.ts';
import type { NotifyMetrics } from './metrics.ts';
import { enterTarget, noteDeliveries } from './store.ts';
import type { Failure } from './target.ts';

export interface TellOptions {
  readonly delivery: Delivery;
  readonly eventLog: EventLog;
  readonly database: Database;
  readonly metrics: NotifyMetrics;
  readonly stop: AbortSignal;
  /** of which sites and devices it is told */
  readonly grants: Grants;
  /** it is told of what is still open and not acknowledged after so long */
  readonly afterS: number;
}

/** What becomes of an event at this target. */
interface Outcome {
  readonly what: 'told' | 'waits' | 'left-out';
  readonly failure: Failure | null;
  readonly event: ToldEvent | null;
  readonly silenced: boolean;
}

interface Told {
  readonly record: LogRecord;
  /** the log could not read it, or it failed again and again */
  readonly rejected: Failure | null;
  outcome: Outcome | null;
}

/**
 * One target's way through the log: what waits for one target holds up no other. An event is told at once, or kept until its
 * silence has ended or its time to escalate has come (`tellDue`), or left out: beyond the target's grants, or the end of
 * something that it was not told of.
 */
export class TellWork implements LogWork<Told[]> {
  readonly name: string;
  readonly topics = [LOG_TOPICS.anomalies];
  readonly parts: readonly string[];
  readonly #o: TellOptions;
  /** decided and told, and not yet committed: where the store does not take it, nobody is told again for that */
  readonly #done = new Map<string, Outcome>();
  #partitions: readonly number[] = [];

  constructor(options: TellOptions) {
    this.#o = options;
    const { consumer, part } = options.delivery.target;
    this.name = consumer;
    this.parts = [part];
    options.metrics.delivered.inc({ target: consumer }, 0);
  }

  poll() {
    const { maxEvents: maxRecords, gatherMs } = this.#o.delivery.target;
    return { maxBytes: 1_000_000, maxRecords, gatherMs, waitMs: 1_000 };
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    this.#done.clear();
    this.#partitions = partitions.map((p) => p.partition);
    await enterTarget(this.#o.database, this.#o.eventLog, this.name);
  }

  async prepare(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<Told[]> {
    return records.map((record) => {
      const error = rejected.get(record);
      const failure = error === undefined ? null : { code: error.code, detail: error.message, tries: 0 };
      return { record, rejected: failure, outcome: null };
    });
  }

  async before(told: Told[]): Promise<void> {
    const { delivery, stop } = this.#o;
    for (const one of told) one.outcome = this.#done.get(placeOf(one.record)) ?? null;
    const fresh = told.filter((one) => one.outcome === null);
    if (fresh.length === 0) return;
    await delivery.exclusively(async () => {
      await this.#decide(fresh);
      const now = fresh.filter((one) => one.outcome!.what === 'told' && one.rejected === null);
      const failures = await delivery.tell(
        now.map((one) => one.record),
        stop,
      );
      for (const one of fresh) {
        const failure = one.rejected ?? failures.get(one.record) ?? null;
        one.outcome = { ...one.outcome!, failure };
        this.#done.set(placeOf(one.record), one.outcome);
      }
    });
  }

  async apply(tx: Transaction, told: Told[]): Promise<undefined> {
    await noteDeliveries(tx, this.name, toldOf(told));
    // the last event of an anomaly says how the target stands to it
    const last = new Map<string, Entry & { readonly what: Outcome['what'] }>();
    for (const { record, outcome } of told) {
      const { event, what, silenced } = outcome!;
      const over = event !== null && event.state !== 'open';
      if (event !== null && (over || what !== 'left-out')) {
        last.set(anomalyKey(event), { record, event, silenced, what });
      }
    }
    const entries = [...last.values()];
    const open = entries.filter((e) => e.event.state === 'open');
    const { afterS } = this.#o;
    for (const what of ['told', 'waits'] as const) {
      const some = open.filter((e) => e.what === what);
      await keep(tx, this.name, some, what === 'told', afterS);
    }
    const over = entries.filter((e) => e.event.state !== 'open');
    await forget(
      tx,
      this.name,
      over.map((e) => e.event),
    );
  }

  committed(told: Told[]): void {
    for (const { record } of told) this.#done.delete(placeOf(record));
    this.#count(toldOf(told));
  }

  /** Tells what waited and is due: a silence has ended, or nobody has acknowledged it for so long. */
  async tellDue(): Promise<void> {
    while (!this.#o.stop.aborted && (await this.#tellSomeDue())) {
      // each message is a transaction of its own: after a kill at most one is told twice
    }
  }

  #tellSomeDue(): Promise<boolean> {
    const { delivery, database, stop, grants } = this.#o;
    return delivery.exclusively(async () => {
      const records = await dueRecords(database, this.name, this.#partitions, delivery.target.maxEvents);
      if (records.length === 0) return false;
      const events = new Map(records.map((r) => [r, readEvent(r)!] as const));
      const reached = (r: LogRecord): boolean => allows(grants, events.get(r)!.site, events.get(r)!.device);
      const mine = records.filter(reached);
      const failures = await delivery.tell(mine, stop);
      const told = mine.map((record) => ({ record, failure: failures.get(record) ?? null }));
      await database.transaction(async (tx) => {
        await noteDeliveries(tx, this.name, told);
        await markTold(
          tx,
          this.name,
          mine.map((r) => events.get(r)!),
        );
        // what the target was to be told of before its grants were changed
        await forget(
          tx,
          this.name,
          records.filter((r) => !reached(r)).map((r) => events.get(r)!),
        );
      });
      this.#count(told);
      return true;
    });
  }

  /** Whether something of these partitions is this member's to tell. */
  has(partitions: ReadonlySet<number>): boolean {
    return this.#partitions.some((p) => partitions.has(p));
  }

  async #decide(fresh: readonly Told[]): Promise<void> {
    const { database, grants } = this.#o;
    const events = new Map(
      fresh.map((one) => [one, one.rejected === null ? readEvent(one.record) : null] as const),
    );
    const mine = [...events.values()].filter((e) => e !== null && allows(grants, e.site, e.device));
    const known = await standings(database, this.name, uniqueOf(mine as ToldEvent[]));
    for (const [one, event] of events) {
      const standing = event === null ? undefined : known.get(anomalyKey(event));
      const what = event === null ? this.#ofUnread(one.record) : this.#outcomeOf(event, standing);
      one.outcome = { what, event, failure: null, silenced: standing?.silenced ?? false };
      if (standing === undefined || event === null) continue;
      // the next event of the anomaly in this group meets what this one leaves
      const next = event.state !== 'open' ? 'unknown' : what === 'told' ? 'told' : 'waiting';
      known.set(anomalyKey(event), { ...standing, known: next });
    }
  }

  #outcomeOf(event: ToldEvent, standing: Standing | undefined): Outcome['what'] {
    if (standing === undefined) return 'left-out';
    const { known, silenced } = standing;
    const waits = silenced || this.#o.afterS > 0;
    if (event.state === 'open') return known === 'told' || (known === 'unknown' && !waits) ? 'told' : 'waits';
    // whoever was told of the beginning is told of the end, in a silence too
    return known === 'told' || (known === 'unknown' && !waits) ? 'told' : 'left-out';
  }

  /** What is no anomaly's record is told as it is, where the target is told of everything. */
  #ofUnread(record: LogRecord): Outcome['what'] {
    const [site = '', device] = record.key.split('/');
    return this.#o.afterS === 0 && allows(this.#o.grants, site, device) ? 'told' : 'left-out';
  }

  #count(told: readonly { readonly failure: Failure | null }[]): void {
    for (const { failure } of told) {
      if (failure === null) this.#o.metrics.delivered.inc({ target: this.name });
      else this.#o.metrics.failed.inc({ target: this.name, code: failure.code });
    }
  }
}

const placeOf = ({ partition, offset }: LogRecord): string => `${partition}/${offset}`;

const toldOf = (told: readonly Told[]): { record: LogRecord; failure: Failure | null }[] =>
  told.flatMap(({ record, rejected, outcome }) =>
    outcome?.what === 'told' || rejected !== null ? [{ record, failure: outcome?.failure ?? rejected }] : [],
  );

const uniqueOf = (events: readonly ToldEvent[]): ToldEvent[] => [
  ...new Map(events.map((e) => [anomalyKey(e), e])).values(),
];
