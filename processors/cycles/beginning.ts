import { type SampleChunk, samplesAfter } from './chunk.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';
import type { Mark } from './window.ts';

/**
 * Samples that are kept in memory while no levels are known. They cost 16 KiB (32 where each has a time of its own),
 * also in each saved state, and only in the first 2,048 samples: a signal that shows no load until then keeps none. Levels
 * that stand clear of the noise are known by then; what takes longer is read again from where the samples are stored.
 */
const MEMORY = 2048;
/** A cut that begins again begins no more than two of these before its levels were known. */
export const LOOK_BACK = 2 ** 19;

interface Run {
  t0Us: number;
  dtUs: number | null;
  offsetsUs: number[];
  values: number[];
}

/** Where the cut begins again once levels are known, and what came since then, as far as it is in memory. */
export class Beginning {
  /** It begins at `first`; `next` takes its place when another stretch without levels has gone by. */
  first: Mark;
  private next: Mark;
  /** Time of the first sample of all, µs. */
  private firstUs = Number.NaN;
  private runs: Run[] | null = [];

  constructor(mark: Mark) {
    this.first = mark;
    this.next = mark;
  }

  /** Begins: at the first sample of all, or where levels are given up. */
  start(mark: Mark): void {
    this.first = mark;
    this.next = mark;
    this.runs = [];
  }

  /** µs: what comes after this is cut again. */
  get afterUs(): number {
    return this.first.started ? this.first.timeUs : this.firstUs - 1;
  }

  /** Whether all samples from the beginning up to absolute index `index` are in memory. */
  reaches(index: number): boolean {
    return this.runs !== null && index - this.first.index <= MEMORY;
  }

  /** Gives up what is in memory. */
  forget(): void {
    this.runs = null;
  }

  /** Absolute index has gone from `from` to `to` without levels being known: what is far back is given up. */
  pass(from: number, to: number, markAt: (index: number) => Mark): void {
    const last = to - (to % LOOK_BACK);
    if (last <= from) return;
    this.first = last - LOOK_BACK > from ? markAt(last - LOOK_BACK) : this.next;
    this.next = markAt(last);
    this.forget();
  }

  /** Hears of a chunk before it is cut. */
  hear({ t0Us, offsetsUs }: SampleChunk): void {
    if (Number.isNaN(this.firstUs)) this.firstUs = t0Us + (offsetsUs?.[0] ?? 0);
  }

  /** Keeps the chunk, which has been cut up to absolute index `index` without levels being known. */
  keep(chunk: SampleChunk, index: number): void {
    const { runs } = this;
    if (runs === null) return;
    if (!this.reaches(index)) {
      this.forget();
      return;
    }
    const rest = samplesAfter(chunk, this.afterUs);
    if (rest === null) return;
    const { t0Us, dtUs, offsetsUs, values } = rest;
    let run = runs[runs.length - 1];
    const joins = dtUs === null || (run !== undefined && t0Us === run.t0Us + run.values.length * dtUs);
    if (run === undefined || run.dtUs !== dtUs || !joins) {
      run = { t0Us, dtUs, offsetsUs: [], values: [] };
      runs.push(run);
    }
    const offUs = t0Us - run.t0Us;
    for (let k = 0; k < values.length; k++) {
      run.values.push(values[k] as number);
      if (offsetsUs !== null) run.offsetsUs.push(offUs + (offsetsUs[k] as number));
    }
  }

  /** All samples since the beginning: what is in memory, then `chunk`. */
  recall(chunk: SampleChunk): SampleChunk[] {
    const chunks: SampleChunk[] = (this.runs ?? []).map(({ t0Us, dtUs, offsetsUs, values }) => ({
      t0Us,
      dtUs,
      offsetsUs: dtUs === null ? offsetsUs : null,
      values: Float64Array.from(values),
    }));
    const rest = samplesAfter(chunk, this.afterUs);
    return rest === null ? chunks : [...chunks, rest];
  }

  save(w: NumberWriter): void {
    for (const m of [this.first, this.next]) w.put(m.index, m.timeUs, +m.started, m.dtUs);
    for (const m of [this.first, this.next]) w.list(m.hum);
    w.put(this.firstUs, this.runs === null ? -1 : this.runs.length);
    for (const { t0Us, dtUs, offsetsUs, values } of this.runs ?? []) {
      w.put(t0Us, dtUs ?? 0, values.length);
      for (const v of values) w.put(v);
      for (const o of offsetsUs) w.put(o);
    }
  }

  /** `version` of the state: before 3 nothing was known of hum. */
  restore(r: NumberReader, version: number): void {
    const mark = (): Mark => {
      return { index: r.get(), timeUs: r.get(), started: r.get() === 1, dtUs: r.get(), hum: null };
    };
    const [first, next] = [mark(), mark()];
    const hum = () => (version > 2 ? r.list() : null);
    this.first = { ...first, hum: hum() };
    this.next = { ...next, hum: hum() };
    this.firstUs = r.get();
    const runs = r.get();
    this.runs = runs < 0 ? null : [];
    for (let k = 0; k < runs; k++) {
      const run: Run = { t0Us: r.get(), dtUs: r.get() || null, offsetsUs: [], values: [] };
      const n = r.get();
      for (let i = 0; i < n; i++) run.values.push(r.get());
      if (run.dtUs === null) for (let i = 0; i < n; i++) run.offsetsUs.push(r.get());
      this.runs?.push(run);
    }
  }
}
