import { LoadcycleError } from '@loadcycle/contract';

export type Priority = 'write' | 'read' | 'maintenance';

interface Job {
  readonly priority: Priority;
  readonly since: number;
  readonly start: () => Promise<unknown>;
  readonly expire: NodeJS.Timeout;
}

export interface SchedulerOptions {
  /** a job that has not started by then fails with `store.timeout` */
  readonly queueTimeoutMs: number;
  /** a reader that has waited this long goes before writers, a maintenance step twice as long */
  readonly patienceMs: number;
}

/**
 * One connection, many callers: one job at a time, writes before reads before maintenance, and none for ever:
 * who has waited longer than the patience of its class goes next, the longest first.
 */
export class Scheduler {
  readonly #queues: Record<Priority, Job[]> = { write: [], read: [], maintenance: [] };
  readonly #options: SchedulerOptions;
  #busy = false;
  #closed: Error | null = null;
  #idle: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queues.write.length + this.#queues.read.length + this.#queues.maintenance.length;
  }

  run<T>(priority: Priority, job: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    return new Promise<T>((resolve, reject) => {
      const queue = this.#queues[priority];
      const { queueTimeoutMs } = this.#options;
      const expire = setTimeout(() => {
        queue.splice(queue.indexOf(entry), 1);
        reject(new LoadcycleError('store.timeout', `waited ${queueTimeoutMs} ms for the store's connection`));
      }, queueTimeoutMs);
      const start = () => job().then(resolve, reject);
      const entry: Job = { priority, since: performance.now(), start, expire };
      queue.push(entry);
      this.#next();
    });
  }

  #next(): void {
    if (this.#busy) return;
    const job = this.#choose();
    if (job === undefined) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    clearTimeout(job.expire);
    this.#busy = true;
    void job.start().finally(() => {
      this.#busy = false;
      this.#next();
    });
  }

  #choose(): Job | undefined {
    const { write, read, maintenance } = this.#queues;
    const now = performance.now();
    const { patienceMs } = this.#options;
    if (read[0] !== undefined && now - read[0].since > patienceMs) {
      if (write[0] === undefined || read[0].since < write[0].since) return read.shift();
    }
    if (maintenance[0] !== undefined && now - maintenance[0].since > 2 * patienceMs)
      return maintenance.shift();
    return write.shift() ?? read.shift() ?? maintenance.shift();
  }

  /** Takes no more jobs and waits for those that it has. */
  async close(reason: Error): Promise<void> {
    this.#closed = reason;
    if (this.#busy || this.waiting > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
