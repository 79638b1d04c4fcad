import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { Backoff } from '@loadcycle/service';
import type pg from 'pg';
import { sqlState, storeError } from '../errors.ts';

export interface RefusalOptions {
  /** how long a caller waits for a connection that the server refuses, ms */
  readonly waitMs: number;
  readonly log: Logger;
}

const TOO_MANY = '53300';
/** For how long a pool that was refused asks for no further connection. */
const CONTENT_MS = 5_000;
/** A server that goes on refusing is told of once in this time. */
const QUIET_MS = 60_000;

/**
 * A server without a connection to give (53300: its own limit, or that of the login role) is full, not away. So the pool
 * makes do with those it has for a while, in place of asking at each statement, and a caller who finds none waits with
 * back-off. It fails with `store.unavailable` only when the wait for a connection is over.
 */
export class Refusals {
  readonly #pool: pg.Pool;
  readonly #options: RefusalOptions;
  readonly #most: number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(pool: pg.Pool, options: RefusalOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#most = pool.options.max;
  }

  connect(): Promise<pg.PoolClient> {
    return whileFull(
      this.#options.waitMs,
      () => this.#pool.connect(),
      (error) => this.#refused(error),
    );
  }

  #refused(error: Error): void {
    const { options, totalCount } = this.#pool;
    if (options.max === this.#most) {
      setTimeout(() => {
        options.max = this.#most;
      }, CONTENT_MS).unref();
    }
    options.max = Math.max(1, Math.min(options.max, totalCount));
    this.#untold++;
    if (performance.now() - this.#toldAt < QUIET_MS) return;
    const fields = { refusals: this.#untold, has: totalCount, wants: this.#most, detail: error.message };
    this.#options.log.warn(fields, 'the store gives no further connection; making do with those there are');
    this.#toldAt = performance.now();
    this.#untold = 0;
  }
}

/** Tries again with back-off while the server is full, for `waitMs`. Throws as the store's errors are. */
export async function whileFull<T>(
  waitMs: number,
  attempt: () => Promise<T>,
  onRefused?: (error: Error) => void,
): Promise<T> {
  const end = performance.now() + waitMs;
  const backoff = new Backoff(50, 1_000);
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (sqlState(cause) !== TOO_MANY) throw storeError(cause);
      onRefused?.(cause as Error);
      if (performance.now() > end) {
        throw new LoadcycleError('store.unavailable', (cause as Error).message, {
          cause,
          hint: "more pools than the server has connections for: see 'Connections' in docs/operations.md",
        });
      }
      await backoff.wait();
    }
  }
}
