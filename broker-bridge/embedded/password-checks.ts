/**
 * Bounds how many passwords are checked at a time. A check is made to be slow and large, so a few wrong passwords a
 * second must not take the threads and the memory that everything else in the process needs.
 */
export class PasswordChecks {
  readonly #most: number;
  readonly #mostWaiting: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Runs `check` when it is its turn; null where too many wait already. */
  async run<T>(check: () => Promise<T>): Promise<T | null> {
    if (this.#running >= this.#most) {
      if (this.#waiting.length >= this.#mostWaiting) return null;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await check();
    } finally {
      // the place goes on to the next one, or is free
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
