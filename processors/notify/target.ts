import type { ErrorCode } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';

/** A delivery that was given up. No `detail` holds an address: a webhook's URL is a secret. */
export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly tries: number;
}

/** Somebody who is told of anomalies, at least once and in order, and never waits for the others. */
export interface Target {
  /** its name as a consumer of the log, `notify-…`: the same as long as the target is the same */
  readonly consumer: string;
  /** the part of the health that says how the target is */
  readonly part: string;
  /**
   * Resolves once the target has taken the event, or with the failure that gave it up; the part says meanwhile what it
   * waits for. Rejects only when `signal` is aborted: the event comes again at the next start.
   */
  tell(record: LogRecord, signal: AbortSignal): Promise<Failure | null>;
  close(): Promise<void>;
}

/** Thrown where a target was stopped before it had the event. */
export const stopped = (): Error => new Error('stopped before it was told');
