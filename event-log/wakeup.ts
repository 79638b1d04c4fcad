/** Wakes whoever waits for news. A version counter makes sure that news between a look and a wait is not missed. */
export class Wakeup {
  #version = 0;
  readonly #waiting = new Set<() => void>();

  get version(): number {
    return this.#version;
  }

  notify(): void {
    this.#version++;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when there was a `notify` after `seen`, after `ms`, or when aborted; never rejects. */
  wait(seen: number, ms: number, signal?: AbortSignal): Promise<void> {
    if (seen !== this.#version || ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(ms, 2 ** 31 - 1));
      signal?.addEventListener('abort', wake, { once: true });
      this.#waiting.add(wake);
    });
  }
}
