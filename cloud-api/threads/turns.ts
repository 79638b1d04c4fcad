interface Waiting {
  readonly client: string;
  readonly go: () => void;
}

/** Who is next where only so many may be at work: in order, but a client without work before one that has some. */
export class Turns {
  readonly #most: number;
  readonly #working = new Map<string, number>();
  #waiting: Waiting[] = [];
  #busy = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when it is this client's turn; `done` must be called after. Rejects where `gone` says so first. */
  async wait(client: string, gone?: AbortSignal): Promise<void> {
    gone?.throwIfAborted();
    if (this.#busy >= this.#most) {
      await new Promise<void>((resolve, reject) => {
        const leave = (): void => {
          this.#waiting = this.#waiting.filter((w) => w !== waiting);
          reject(gone!.reason);
        };
        const go = (): void => {
          gone?.removeEventListener('abort', leave);
          resolve();
        };
        const waiting = { client, go };
        this.#waiting.push(waiting);
        gone?.addEventListener('abort', leave, { once: true });
      });
    } else this.#busy++;
    this.#working.set(client, (this.#working.get(client) ?? 0) + 1);
  }

  done(client: string): void {
    const left = this.#working.get(client)! - 1;
    if (left === 0) this.#working.delete(client);
    else this.#working.set(client, left);
    const idle = this.#waiting.findIndex((w) => !this.#working.has(w.client));
    const [next] = this.#waiting.splice(Math.max(0, idle), 1);
    // its place at work is handed over
    if (next === undefined) this.#busy--;
    else next.go();
  }
}
