import { encodeBatch } from '@loadcycle/codecs';
import { BATCH_LIMITS, type Batch } from '@loadcycle/contract';
import type { NewBatch } from './outbox.ts';

/** Samples as a source gives them: on a grid, or each with its own time. NaN marks one that failed. */
export type Chunk =
  | { readonly t0Us: number; readonly dtUs: number; readonly values: Float64Array }
  | { readonly timesUs: Float64Array; readonly values: Float64Array };

export interface BatcherOptions {
  readonly session: string;
  readonly signal: string;
  readonly unit: string;
  readonly batchSize: number;
  readonly decimals: number | null;
  readonly onBatch: (batch: NewBatch) => void;
}

/** Longest stretch of time that one batch may span, µs. */
const MAX_SPAN_US = 3_600_000_000;

/**
 * Gathers one signal's samples into batches and encodes them. A batch ends when it is full, when `flush` is called,
 * or where the next sample does not follow: another period, a gap, a step of the clock. One whose message would be
 * larger than any that is taken is split. `seq` counts from 0.
 */
export class Batcher {
  readonly #o: BatcherOptions;
  #batchSize: number;
  #values: Float64Array;
  #times: Float64Array;
  #count = 0;
  #t0Us = 0;
  /** period of a batch on a grid; null where each sample has its own time */
  #dtUs: number | null = null;
  #seq = 0;
  #samples = 0;

  constructor(options: BatcherOptions) {
    this.#o = options;
    this.#batchSize = options.batchSize;
    this.#values = new Float64Array(options.batchSize);
    this.#times = new Float64Array(0);
  }

  /** The sequence number that the next batch gets. */
  get seq(): number {
    return this.#seq;
  }

  /** Samples in finished batches. */
  get samples(): number {
    return this.#samples;
  }

  set batchSize(size: number) {
    this.flush();
    this.#batchSize = size;
    this.#values = new Float64Array(size);
    this.#times = new Float64Array(0);
  }

  push(chunk: Chunk): void {
    if ('dtUs' in chunk) this.#pushRegular(chunk.t0Us, chunk.dtUs, chunk.values);
    else for (let i = 0; i < chunk.values.length; i++) this.#pushAt(chunk.timesUs[i]!, chunk.values[i]!);
  }

  /** Ends the batch that is being filled, if there is one. */
  flush(): void {
    if (this.#count === 0) return;
    const { session, unit } = this.#o;
    const values = this.#rounded();
    const step = this.#dtUs ?? this.#commonStep();
    const offsetsUs = step === null ? this.#times.slice(0, this.#count) : null;
    const batch: Batch = { session, seq: this.#seq, unit, t0Us: this.#t0Us, dtUs: step, offsetsUs, values };
    this.#samples += this.#count;
    this.#count = 0;
    this.#emit(batch);
  }

  /** A batch whose text is larger than any receiver takes goes out in halves. */
  #emit(batch: Batch): void {
    const { session, signal, onBatch } = this.#o;
    const payload = encodeBatch({ ...batch, seq: this.#seq });
    const n = batch.values.length;
    if (payload.byteLength <= BATCH_LIMITS.bytes || n === 1) {
      onBatch({ session, signal, seq: this.#seq++, payload });
      return;
    }
    const half = n >> 1;
    const { offsetsUs, dtUs, values, t0Us } = batch;
    const later = offsetsUs?.[half] ?? half * (dtUs ?? 0);
    this.#emit({ ...batch, values: values.slice(0, half), offsetsUs: offsetsUs?.slice(0, half) ?? null });
    this.#emit({
      ...batch,
      t0Us: t0Us + later,
      values: values.slice(half),
      offsetsUs: offsetsUs?.slice(half).map((us) => us - later) ?? null,
    });
  }

  #pushRegular(t0Us: number, dtUs: number, values: Float64Array): void {
    let at = 0;
    while (at < values.length) {
      const t = t0Us + at * dtUs;
      const follows = this.#dtUs === dtUs && t === this.#t0Us + this.#count * dtUs;
      if (this.#count > 0 && (!follows || t - this.#t0Us > MAX_SPAN_US)) this.flush();
      if (this.#count === 0) {
        this.#t0Us = t;
        this.#dtUs = dtUs;
      }
      const n = Math.min(values.length - at, this.#batchSize - this.#count);
      this.#values.set(values.subarray(at, at + n), this.#count);
      this.#count += n;
      at += n;
      if (this.#count === this.#batchSize) this.flush();
    }
  }

  #pushAt(timeUs: number, value: number): void {
    if (this.#times.length === 0) this.#times = new Float64Array(this.#batchSize);
    const offset = timeUs - this.#t0Us;
    const follows =
      this.#dtUs === null && offset > (this.#times[this.#count - 1] ?? 0) && offset <= MAX_SPAN_US;
    if (this.#count > 0 && !follows) this.flush();
    if (this.#count === 0) {
      this.#t0Us = timeUs;
      this.#dtUs = null;
    }
    this.#times[this.#count] = timeUs - this.#t0Us;
    this.#values[this.#count++] = value;
    if (this.#count === this.#batchSize) this.flush();
  }

  /** Where all steps are alike the batch is said to be on a grid: shorter, and exactly the same times. */
  #commonStep(): number | null {
    if (this.#count < 2) return null;
    const step = this.#times[1]!;
    for (let i = 2; i < this.#count; i++) if (this.#times[i] !== i * step) return null;
    return step;
  }

  #rounded(): Float64Array {
    const values = this.#values.subarray(0, this.#count);
    if (this.#o.decimals === null) return values;
    const scale = 10 ** this.#o.decimals;
    for (let i = 0; i < values.length; i++) values[i] = Math.round(values[i]! * scale) / scale + 0; // + 0: never -0
    return values;
  }
}
