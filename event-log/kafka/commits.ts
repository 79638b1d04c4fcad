import { setTimeout as delay } from 'node:timers/promises';
import type { Position } from '../port.ts';

/** Positions for the lag displays, told to Kafka now and then: the latest of each partition, gathered for 50 ms. */
export class Commits {
  readonly #tell: (due: readonly Position[]) => Promise<void>;
  readonly #due = new Map<string, Position>();
  #telling: Promise<void> | null = null;

  /** `tell` never throws. */
  constructor(tell: (due: readonly Position[]) => Promise<void>) {
    this.#tell = tell;
  }

  add(positions: readonly Position[]): void {
    for (const at of positions) this.#due.set(`${at.topic}/${at.partition}`, at);
    this.#telling ??= this.#flush().finally(() => {
      this.#telling = null;
    });
  }

  async #flush(): Promise<void> {
    await delay(50);
    const due = [...this.#due.values()];
    this.#due.clear();
    await this.#tell(due);
  }

  /** Waits for what is being told, but not for long. */
  async close(): Promise<void> {
    await Promise.race([this.#telling, delay(2000, undefined, { ref: false })]);
  }
}
