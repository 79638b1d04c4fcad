import type { LogConsumer, PartitionEnds, Position, TailOptions } from '../port.ts';

/** Hands over what comes after `from`, until closed. Errors are told, and it goes on. */
export class Tail {
  readonly #next: Map<string, Position>;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(from: readonly PartitionEnds[]) {
    this.#next = new Map(
      from.map(({ topic, partition, end }) => [`${topic}/${partition}`, { topic, partition, next: end }]),
    );
  }

  /** For the consumer: where the tail has come to. */
  positions = async (): Promise<Position[]> => [...this.#next.values()];

  run(consumer: LogConsumer, options: TailOptions): void {
    this.#running = this.#loop(consumer, options).finally(() => consumer.close());
  }

  async #loop(consumer: LogConsumer, { onRecords, onError }: TailOptions): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const records = await consumer.poll({
          maxBytes: 4 * 1024 * 1024,
          maxRecords: 10_000,
          gatherMs: 0,
          waitMs: 60_000,
          signal,
        });
        if (records.length === 0 || signal.aborted) continue;
        for (const { topic, partition, offset } of records) {
          this.#next.set(`${topic}/${partition}`, { topic, partition, next: offset + 1 });
        }
        onRecords(records);
      } catch (error) {
        if (signal.aborted) return;
        onError?.(error as Error);
        if ((error as { code?: string }).code === 'log.closed') return;
      }
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
