import type { LoadcycleError } from '@loadcycle/contract';
import type { Transaction } from '@loadcycle/database/port';
import type { LogRecord, PollOptions, TopicPartition } from '@loadcycle/event-log/port';

/** Records → work, told to a `LogWorker`. `P` is what `prepare` makes of a group of records. */
export interface LogWork<P> {
  /** the consumer's name in the store, and its group in the log */
  readonly name: string;
  readonly topics: readonly string[];
  /** parts of the health, beside the one of this name, that can keep it from going on */
  readonly parts?: readonly string[];
  /** how to gather the next group; asked before each poll */
  poll(): Omit<PollOptions, 'signal'>;
  /**
   * The CPU work, ahead of the transaction and while the one before is being committed; changes nothing.
   * `rejected` holds records that failed later on, or that the log can't read, with the reason: quarantine them, and do nothing else with them,
   * for any of it may be what failed. Throws `GroupTooLarge` where the records should be several transactions.
   */
  prepare(records: readonly LogRecord[], rejected: ReadonlyMap<LogRecord, LoadcycleError>): Promise<P>;
  /** What must be durable elsewhere before the transaction; may be done twice. */
  before?(prepared: P): Promise<void>;
  /**
   * The work in the store; the offsets move in the same transaction. `stale`: what the group was prepared with is
   * no longer true; all is rolled back and it is prepared anew, at once.
   */
  apply(tx: Transaction, prepared: P, records: readonly LogRecord[]): Promise<'stale' | undefined>;
  /**
   * Does to the store what `apply` would do for a harmless record, to see whether it is well; it is rolled back.
   * Tables that no probe touches may be lost without being noticed before a record is blamed.
   */
  probe?(tx: Transaction): Promise<void>;
  /** It is committed. */
  committed?(prepared: P): Promise<void> | void;
  /** It was rolled back: forget what memory holds of it. */
  rolledBack?(prepared: P): void;
  /** Put memory back to the store's state: what was prepared and not committed never was. */
  forget?(): void;
  /** Partitions were given to this member; the store will be asked for their positions next. */
  assigned?(partitions: readonly TopicPartition[]): Promise<void>;
  /** Between two groups, with no transaction of this worker open. */
  between?(): Promise<void>;
}
