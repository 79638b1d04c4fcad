import { setTimeout as delay } from 'node:timers/promises';

/** Waiting times that double from `firstMs` to `maxMs`, with full jitter in the upper half. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #attempt = 0;

  constructor(firstMs = 100, maxMs = 10_000) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  next(): number {
    const full = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#attempt++, 30));
    return full / 2 + (Math.random() * full) / 2;
  }

  reset(): void {
    this.#attempt = 0;
  }

  /** Waits for the next time; returns early, without an error, when aborted. */
  async wait(signal?: AbortSignal): Promise<void> {
    await delay(this.next(), undefined, { signal }).catch(() => {});
  }
}
