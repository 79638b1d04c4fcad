import type { ErrorCode } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';

/** A delivery that was given up. No `detail` holds an address: a webhook's URL is a secret. */
export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly tries: number;
}

/** What came of one try. No text holds an address. */
export type Answer =
  | { readonly taken: true /** what the other side said */; readonly said: string }
  | {
      readonly taken: false;
      readonly code: ErrorCode;
      readonly why: string;
      /** it will never take these */
      readonly final: boolean;
    };

/** Somebody who is told of anomalies. `Delivery` tries again where a try was not taken. */
export interface Target {
  /** its name as a consumer of the log, `notify-…`: the same as long as the target is the same */
  readonly consumer: string;
  /** the part of the health that says how the target is */
  readonly part: string;
  /** events that one message may hold */
  readonly maxEvents: number;
  /** how long more are waited for once a first one is there */
  readonly gatherMs: number;
  /** of the same events, before they are given up; Infinity: it is waited for */
  readonly tries: number;
  /** One try to tell these, in this order. Never rejects. */
  send(events: readonly LogRecord[], signal: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

/** Thrown where a target was stopped before it had the event. */
export const stopped = (): Error => new Error('stopped before it was told');

/** Rejects where `signal` is aborted before `work` has ended. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(stopped());
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
