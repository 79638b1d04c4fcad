import { failureKind, type Logger } from '@loadcycle/contract';
import type { EventLog, NewRecord } from '@loadcycle/event-log/port';
import { type Health, runWorkerLoop } from '@loadcycle/service';

/** A record on its way to the log. */
export interface Outgoing {
  readonly record: NewRecord;
  /** nobody waits for it any more: the broker will send it again */
  readonly stale: boolean;
  /** the log has it */
  done(): void;
  /** the log will never take it as it is: what shall it take instead? null: nothing */
  refused(error: Error): NewRecord | null;
}

export interface AppendQueueOptions {
  readonly eventLog: EventLog;
  readonly log: Logger;
  readonly health: Health;
  /** most bytes of values in one append */
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** an append that takes longer shows in health */
  readonly patienceMs?: number;
  readonly onAppend?: (records: number, seconds: number) => void;
}

/**
 * One append at a time: what arrives while it runs goes in the next one, so appends grow with the load and the
 * order of arrival stays the order in the log, also where an append is tried again.
 */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  readonly #stop = new AbortController();
  #waiting: Outgoing[] = [];
  #current: Outgoing[] = [];
  #wake: (() => void) | null = null;
  #idle: (() => void)[] = [];
  readonly #running: Promise<void>;

  constructor(options: AppendQueueOptions) {
    this.#options = options;
    this.#running = runWorkerLoop({
      name: 'log',
      log: options.log,
      health: options.health,
      signal: this.#stop.signal,
      maxBackoffMs: 2_000,
      step: () => this.#step(),
    });
  }

  /** records not yet in the log */
  get depth(): number {
    return this.#waiting.length + this.#current.length;
  }

  push(outgoing: Outgoing): void {
    this.#waiting.push(outgoing);
    if (this.#wake === null) return;
    const wake = this.#wake;
    this.#wake = null;
    // what else arrived with the same read from the socket goes in the same append
    setImmediate(wake);
  }

  /** Resolves true when the log has everything, false after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<boolean> {
    if (this.depth === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    const drained = new Promise<boolean>((resolve) => this.#idle.push(() => resolve(true)));
    const done = await Promise.race([drained, timeout]);
    clearTimeout(timer);
    return done;
  }

  /** Starts no further append. What the log has not acknowledged stays with the broker. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    // an append that does not answer (the log is away) is left behind
    await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
  }

  async #step(): Promise<void> {
    if (this.#current.length === 0) this.#current = await this.#take();
    if (this.#current.length === 0) return;
    await this.#append(this.#current);
    this.#current = [];
    if (this.#waiting.length > 0) return;
    for (const idle of this.#idle.splice(0)) idle();
  }

  async #take(): Promise<Outgoing[]> {
    while (!this.#stop.signal.aborted) {
      const { maxBytes, maxRecords } = this.#options;
      const taken: Outgoing[] = [];
      let bytes = 0;
      let i = 0;
      for (; i < this.#waiting.length && taken.length < maxRecords; i++) {
        const next = this.#waiting[i]!;
        if (next.stale) continue;
        bytes += next.record.value.byteLength;
        if (bytes > maxBytes && taken.length > 0) break;
        taken.push(next);
      }
      this.#waiting = i === this.#waiting.length ? [] : this.#waiting.slice(i);
      if (taken.length > 0) return taken;
      for (const idle of this.#idle.splice(0)) idle();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return [];
  }

  async #append(group: readonly Outgoing[]): Promise<void> {
    const started = performance.now();
    try {
      await this.#patiently(this.#options.eventLog.append(group.map((o) => o.record)));
    } catch (error) {
      if (failureKind(error) !== 'poison') throw error;
      if (group.length === 1) return await this.#replace(group[0]!, error as Error);
      // one of them will never pass: find it, let the others pass
      const half = group.length >> 1;
      await this.#append(group.slice(0, half));
      await this.#append(group.slice(half));
      return;
    }
    this.#options.onAppend?.(group.length, (performance.now() - started) / 1e3);
    for (const outgoing of group) outgoing.done();
  }

  async #replace(outgoing: Outgoing, error: Error): Promise<void> {
    const instead = outgoing.refused(error);
    if (instead !== null) await this.#options.eventLog.append([instead]);
    outgoing.done();
  }

  /** An adapter may wait for the log without a word: say so in its place. */
  async #patiently(appending: Promise<void>): Promise<void> {
    const { health, patienceMs = 3_000 } = this.#options;
    const timer = setTimeout(
      () => health.set('log', 'waiting', 'log.unavailable', `no answer to an append for ${patienceMs} ms`),
      patienceMs,
    );
    try {
      await appending;
    } finally {
      clearTimeout(timer);
    }
  }
}
