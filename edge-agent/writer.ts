import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { Batcher, type Chunk } from './batcher.ts';
import type { Delivery, Ready } from './delivery.ts';
import type { Confirmation, NewBatch, Outbox } from './outbox.ts';
import type { SourceSignal } from './sources/index.ts';

export interface WriterOptions {
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  readonly session: string;
  readonly flushIntervalMs: number;
  readonly log: Logger;
}

/** Complete batches are put on disk at once when they come to this, whatever the time. */
const GROUP_BYTES = 262_144;
const FULL = 'the outbox is full: the oldest batches are dropped';
/** How often the disk's free room is looked at. */
const LOOK_MS = 2_000;
/** What a failing disk may keep in memory; beyond it the oldest go. */
const MAX_PENDING_BYTES = 8 * 1_048_576;
/** A source that can wait does so while this much waits on disk. */
const PATIENT_BYTES = 32 * 1_048_576;

/**
 * From samples to batches on disk: one commit for all signals at each flush, which also takes off what receipts
 * have confirmed. Only what is on disk is offered for delivery. A disk that refuses is a standing failure: it is
 * said, and tried again at each flush with what fits into a bound in memory.
 */
export class Writer {
  readonly #o: WriterOptions;
  readonly #batchers = new Map<string, Batcher>();
  #pending: NewBatch[] = [];
  #pendingBytes = 0;
  #confirmations: Confirmation[] = [];
  #waiters: { until: () => boolean; resolve: () => void }[] = [];
  #timer: NodeJS.Timeout | null = null;
  #lookedMs = 0;
  #toldFullMs = 0;
  #lost = 0;
  problem: string | null = null;
  batches = 0;
  confirmed = 0;
  totalBytes = 0;

  constructor(options: WriterOptions) {
    this.#o = options;
  }

  get samples(): number {
    return [...this.#batchers.values()].reduce((n, b) => n + b.samples, 0);
  }

  /** The next sequence number of a signal. */
  seq(signal: string): number {
    return this.#batchers.get(signal)?.seq ?? 0;
  }

  start(): void {
    this.#timer = setInterval(() => this.flush(), this.#o.flushIntervalMs);
  }

  /** Puts on disk what is still being filled. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.flush();
  }

  /** Takes a signal's form; ends its open batch where the form has changed. */
  declare({ signal, unit, batchSize, decimals }: SourceSignal): void {
    const known = this.#batchers.get(signal);
    if (known !== undefined) {
      known.batchSize = batchSize;
      return;
    }
    const { session } = this.#o;
    const onBatch = (batch: NewBatch): void => {
      this.#pending.push(batch);
      this.#pendingBytes += batch.payload.byteLength;
      this.batches++;
      this.totalBytes += batch.payload.byteLength;
    };
    this.#batchers.set(signal, new Batcher({ session, signal, unit, batchSize, decimals, onBatch }));
  }

  /** Samples of a signal that was declared. A patient source waits for the promise. */
  push(signal: string, chunk: Chunk, patient: boolean): Promise<void> | undefined {
    this.#batchers.get(signal)!.push(chunk);
    if (this.#pendingBytes < GROUP_BYTES) return;
    this.#commit();
    if (patient) return this.#room();
  }

  confirm(confirmation: Confirmation): void {
    this.#o.delivery.confirm(confirmation);
    this.#confirmations.push(confirmation);
  }

  /** Ends the open batches and puts everything on disk. */
  flush(): void {
    for (const batcher of this.#batchers.values()) batcher.flush();
    this.#commit();
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = nowMs;
    this.#o.outbox.measureDisk();
    this.#o.outbox.shrink();
  }

  /** Resolves when nothing waits: every batch is in the log. */
  drained(): Promise<void> {
    const { outbox } = this.#o;
    return this.#until(() => outbox.batches === 0 && this.#pending.length === 0);
  }

  /** Resolves when a patient source may go on; at the least other work has had its turn. */
  async #room(): Promise<void> {
    const { outbox } = this.#o;
    const most = Math.min(PATIENT_BYTES, outbox.diskLimitBytes / 2);
    await new Promise((resolve) => setImmediate(resolve));
    await this.#until(() => outbox.diskBytes < most);
  }

  #until(until: () => boolean): Promise<void> {
    if (until()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ until, resolve }));
  }

  #commit(): void {
    if (this.#pending.length === 0 && this.#confirmations.length === 0) return;
    const { outbox, delivery } = this.#o;
    try {
      const { added, removed, dropped } = outbox.commit(this.#pending, this.#confirmations);
      this.confirmed += removed;
      this.#judge(dropped.length);
      const payloads = new Map(this.#pending.map((b) => [`${b.signal}/${b.seq}`, b.payload]));
      const fresh: Ready[] = added.map((w) => ({ ...w, payload: payloads.get(`${w.signal}/${w.seq}`)! }));
      this.#pending = [];
      this.#pendingBytes = 0;
      this.#confirmations = [];
      delivery.committed(dropped);
      delivery.offer(fresh);
    } catch (error) {
      this.#keepWhatFits(error);
    }
    this.#waiters = this.#waiters.filter(({ until, resolve }) => !until() || resolve());
  }

  /** Full is a state that lasts, not an event at each flush: told when it begins, each minute, and when it is over. */
  #judge(dropped: number): void {
    const { outbox, log } = this.#o;
    const nowMs = performance.now();
    const full = dropped > 0 || (this.problem === FULL && outbox.diskBytes > 0.95 * outbox.diskLimitBytes);
    if (full && (this.problem !== FULL || nowMs - this.#toldFullMs > 60_000)) {
      this.#toldFullMs = nowMs;
      log.error({ code: 'outbox.full', dropped: outbox.dropped }, FULL);
    }
    if (!full && this.problem !== null)
      log.info({ dropped: outbox.dropped }, 'the outbox takes all batches again');
    this.problem = full ? FULL : null;
  }

  #keepWhatFits(error: unknown): void {
    const code = error instanceof LoadcycleError ? error.code : 'outbox.broken';
    const detail = (error as Error).message;
    if (this.problem !== detail) this.#o.log.error({ code, err: error }, `${detail}; trying again`);
    this.problem = detail;
    while (this.#pendingBytes > MAX_PENDING_BYTES) {
      this.#pendingBytes -= this.#pending.shift()!.payload.byteLength;
      this.#lost++;
    }
  }

  /** Batches that never came to disk, because it refused for too long. */
  get lost(): number {
    return this.#lost;
  }
}
