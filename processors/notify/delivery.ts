import { ERROR_CODES, type Logger } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { Backoff, type Health } from '@loadcycle/service';
import { type Failure, stopped, type Target } from './target.ts';

export interface DeliveryOptions {
  readonly health: Health;
  readonly log: Logger;
  /** waiting times between tries; default: from 0.5 s to a minute */
  readonly backoff?: Backoff;
}

/**
 * Tells one target until it has taken it. One that can't be reached, does not answer, or says that it is not ready is tried
 * again with waits that double up to a minute, and stay there from event to event until it takes one; what it refuses, or
 * has not taken after its tries, is given up. The target's part of the health says meanwhile what it waits for.
 */
export class Delivery {
  readonly target: Target;
  readonly #o: DeliveryOptions;
  readonly #backoff: Backoff;
  #last: Promise<unknown> = Promise.resolve();

  constructor(target: Target, options: DeliveryOptions) {
    this.target = target;
    this.#o = options;
    this.#backoff = options.backoff ?? new Backoff(500, 60_000);
    options.health.aside(target.part);
  }

  /** One at a time: what a target is told, and what decides on it, is in order. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work, work);
    this.#last = run.catch(() => {});
    return run;
  }

  /**
   * Tells these, at most `maxEvents` in a message, and resolves with the failure of each that was given up. Rejects only when
   * `signal` is aborted: they come again at the next start.
   */
  async tell(events: readonly LogRecord[], signal: AbortSignal): Promise<Map<LogRecord, Failure>> {
    const failures = new Map<LogRecord, Failure>();
    for (let i = 0; i < events.length; i += this.target.maxEvents) {
      const some = events.slice(i, i + this.target.maxEvents);
      const failure = await this.#untilTaken(some, signal);
      if (failure !== null) for (const event of some) failures.set(event, failure);
    }
    return failures;
  }

  async #untilTaken(events: readonly LogRecord[], signal: AbortSignal): Promise<Failure | null> {
    const { health, log } = this.#o;
    const { consumer, part, tries } = this.target;
    for (let n = 1; !signal.aborted; n++) {
      const answer = await this.target.send(events, signal);
      if (answer.taken) {
        this.#backoff.reset();
        health.set(part, 'ok');
        return null;
      }
      if (signal.aborted) break;
      const { code, why, final } = answer;
      const standing = final || ERROR_CODES[code] === 'standing';
      health.set(part, standing ? 'failing' : 'waiting', code, why);
      const fields = { target: consumer, code, tries: n, anomalies: events.length };
      if (final || n >= tries) {
        const what = events.length === 1 ? 'an anomaly is' : `${events.length} anomalies are`;
        log.error(fields, `${what} given up for ${part}: ${why}`);
        return { code, detail: why, tries: n };
      }
      // the health says that it goes on: the log is told once
      if (n === 1) log.warn(fields, `${part}: ${why}; trying again`);
      await this.#backoff.wait(signal);
    }
    throw stopped();
  }
}
