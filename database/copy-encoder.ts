import { POSTGRES_EPOCH_US } from './copy-format.ts';

const TWO32 = 2 ** 32;
/** the largest row of a sample: field count and four lengths with their values */
const SAMPLE_ROW_BYTES = 40;
const utf8 = new TextEncoder();

/** Columns of `sample` in the order of {@link CopyEncoder.samples}. */
export const SAMPLE_COLUMNS = ['ts', 'signal_id', 'value', 'quality'] as const;

/** A stretch of one signal's samples. */
export interface SampleRun {
  readonly signalId: number;
  /** µs since the epoch of the first value */
  readonly t0Us: number;
  /** sampling period in µs, or null where `offsetsUs` tells each sample's time */
  readonly dtUs: number | null;
  readonly offsetsUs: ArrayLike<number> | null;
  /** NaN becomes NULL */
  readonly values: Float64Array;
  /** one code for all, or one for each value (contract/quality.ts) */
  readonly quality: number | ArrayLike<number>;
}

/**
 * Writes rows in PostgreSQL's binary COPY format (the body: no header, no trailer) into a buffer that grows.
 * Nothing is allocated for a row. `finish` gives the bytes away and begins anew.
 */
export class CopyEncoder {
  #buffer: ArrayBuffer;
  #view: DataView;
  #at = 0;
  #rows = 0;
  #spare: ArrayBuffer | null = null;

  constructor(bytes = 65_536) {
    this.#buffer = new ArrayBuffer(bytes);
    this.#view = new DataView(this.#buffer);
  }

  get rows(): number {
    return this.#rows;
  }

  get byteLength(): number {
    return this.#at;
  }

  /** The rows so far; they belong to the caller (`copyIn` moves them away), the encoder starts a new buffer. */
  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#buffer, 0, this.#at);
    this.#buffer = this.#spare ?? new ArrayBuffer(this.#buffer.byteLength);
    this.#spare = null;
    this.#view = new DataView(this.#buffer);
    this.#at = 0;
    this.#rows = 0;
    return bytes;
  }

  /**
   * Gives back what `finish` gave, once it is copied, to be written again: a new buffer of megabytes for each COPY
   * would make the collector run for it alone. One that an adapter moved to another thread is left alone.
   */
  reuse(bytes: Uint8Array): void {
    const buffer = bytes.buffer;
    if (buffer instanceof ArrayBuffer && !buffer.detached) this.#spare = buffer;
  }

  /** Rows of the table `sample`, columns {@link SAMPLE_COLUMNS}; values `from` (inclusive) to `to` (exclusive). */
  samples(run: SampleRun, from = 0, to = run.values.length): void {
    const { signalId, dtUs, offsetsUs, values, quality } = run;
    this.#reserve((to - from) * SAMPLE_ROW_BYTES);
    const view = this.#view;
    const t0 = run.t0Us - POSTGRES_EPOCH_US;
    const same = typeof quality === 'number' ? quality : null;
    let at = this.#at;
    for (let i = from; i < to; i++) {
      const t = t0 + (dtUs === null ? offsetsUs![i]! : i * dtUs);
      const high = Math.floor(t / TWO32);
      const v = values[i]!;
      view.setInt16(at, 4);
      view.setInt32(at + 2, 8);
      view.setInt32(at + 6, high);
      view.setUint32(at + 10, t - high * TWO32);
      view.setInt32(at + 14, 4);
      view.setInt32(at + 18, signalId);
      at += 22;
      if (Number.isNaN(v)) {
        view.setInt32(at, -1);
        at += 4;
      } else {
        view.setInt32(at, 8);
        view.setFloat64(at + 4, v);
        at += 12;
      }
      view.setInt32(at, 2);
      view.setInt16(at + 4, same ?? (quality as ArrayLike<number>)[i]!);
      at += 6;
    }
    this.#at = at;
    this.#rows += to - from;
  }

  /** Begins a row of `fields` fields; that many calls of the methods below follow. */
  row(fields: number): this {
    this.#reserve(2);
    this.#view.setInt16(this.#at, fields);
    this.#at += 2;
    this.#rows++;
    return this;
  }

  null(): this {
    this.#reserve(4);
    this.#view.setInt32(this.#at, -1);
    this.#at += 4;
    return this;
  }

  int2(v: number | null): this {
    if (v === null) return this.null();
    this.#length(2);
    this.#view.setInt16(this.#at - 2, v);
    return this;
  }

  int4(v: number | null): this {
    if (v === null) return this.null();
    this.#length(4);
    this.#view.setInt32(this.#at - 4, v);
    return this;
  }

  /** A safe integer, or a bigint. */
  int8(v: number | bigint | null): this {
    if (v === null) return this.null();
    this.#length(8);
    if (typeof v === 'bigint') this.#view.setBigInt64(this.#at - 8, v);
    else {
      const high = Math.floor(v / TWO32);
      this.#view.setInt32(this.#at - 8, high);
      this.#view.setUint32(this.#at - 4, v - high * TWO32);
    }
    return this;
  }

  /** NaN is kept as NaN. */
  float8(v: number | null): this {
    if (v === null) return this.null();
    this.#length(8);
    this.#view.setFloat64(this.#at - 8, v);
    return this;
  }

  bool(v: boolean | null): this {
    if (v === null) return this.null();
    this.#length(1);
    this.#view.setInt8(this.#at - 1, v ? 1 : 0);
    return this;
  }

  /** µs since the Unix epoch. */
  timestamptz(us: number | null): this {
    return this.int8(us === null ? null : us - POSTGRES_EPOCH_US);
  }

  text(v: string | null): this {
    if (v === null) return this.null();
    this.#reserve(4 + v.length * 3);
    const { written } = utf8.encodeInto(v, new Uint8Array(this.#buffer, this.#at + 4));
    this.#view.setInt32(this.#at, written);
    this.#at += 4 + written;
    return this;
  }

  bytea(v: Uint8Array | null): this {
    if (v === null) return this.null();
    this.#length(v.byteLength);
    new Uint8Array(this.#buffer).set(v, this.#at - v.byteLength);
    return this;
  }

  uuid(v: string | null): this {
    if (v === null) return this.null();
    return this.bytea(Buffer.from(v.replaceAll('-', ''), 'hex'));
  }

  jsonb(v: unknown): this {
    const text = utf8.encode(JSON.stringify(v ?? null));
    this.#length(text.byteLength + 1);
    const at = this.#at - text.byteLength;
    this.#view.setInt8(at - 1, 1); // jsonb's format version
    new Uint8Array(this.#buffer).set(text, at);
    return this;
  }

  /** Room for a field of `bytes` bytes, its length written, `at` behind it. */
  #length(bytes: number): void {
    this.#reserve(4 + bytes);
    this.#view.setInt32(this.#at, bytes);
    this.#at += 4 + bytes;
  }

  #reserve(bytes: number): void {
    const need = this.#at + bytes;
    if (need <= this.#buffer.byteLength) return;
    this.#buffer = this.#buffer.transfer(Math.max(need, this.#buffer.byteLength * 2));
    this.#view = new DataView(this.#buffer);
  }
}
