import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { sessionOf } from '@loadcycle/codecs/identity';
import { BATCH_LIMITS, type Batch, CHUNK_US } from '@loadcycle/contract';
import type { CsvRow } from '@loadcycle/csv/file';
import type { ImportColumn, ImportFile } from './options.ts';

const chunkOf = (timeUs: number): number => Math.floor(timeUs / CHUNK_US);

/** Samples in one batch: few enough for the size limit whatever the digits, enough that a batch costs little. */
const BATCH_ROWS = 5_000;

/**
 * The session of an import: made from the file's bytes and how they are read. The same file is the same session, and
 * its batches are the same batches: importing it again, or again after half of it, changes nothing.
 */
export async function importSession(
  site: string,
  device: string,
  { csv, columns }: ImportFile,
): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(csv.file), hash);
  const { timeColumn, timeFormat, decimalComma, delimiter, zone } = csv;
  // a zone is only part of it where there is one: what was imported before there were zones stays the same session
  const reading = JSON.stringify([
    ...[columns, timeColumn, timeFormat, decimalComma, delimiter, BATCH_ROWS],
    ...(zone === undefined ? [] : [zone]),
  ]);
  return sessionOf('import', site, device, reading, hash.digest());
}

export interface SignalBatch {
  readonly signal: string;
  readonly batch: Batch;
}

/** Rows → batches, one for each column. A batch ends when it is full, or where the times do not go forward. */
export class FileBatches {
  readonly #session: string;
  readonly #columns: readonly ImportColumn[];
  #seq = 0;
  #times: number[] = [];
  /** stretches of `CHUNK_US` that they stand in */
  #chunks = 0;
  #values: number[][];

  constructor(session: string, columns: readonly ImportColumn[]) {
    this.#session = session;
    this.#columns = columns;
    this.#values = columns.map(() => []);
  }

  /** The batches that this row ends. */
  add({ timeUs, values }: Pick<CsvRow, 'timeUs' | 'values'>): SignalBatch[] {
    const first = this.#times[0];
    const ends =
      first !== undefined &&
      (this.#times.length >= BATCH_ROWS ||
        timeUs <= this.#times.at(-1)! ||
        timeUs - first > BATCH_LIMITS.spanUs ||
        (chunkOf(timeUs) !== chunkOf(this.#times.at(-1)!) && this.#chunks === BATCH_LIMITS.chunks));
    const out = ends ? this.take() : [];
    if (this.#times.length === 0 || chunkOf(timeUs) !== chunkOf(this.#times.at(-1)!)) this.#chunks++;
    this.#times.push(timeUs);
    for (const [k, column] of this.#values.entries()) column.push(values[k]!);
    return out;
  }

  /** What has been gathered, as the last batches. */
  take(): SignalBatch[] {
    const times = this.#times;
    if (times.length === 0) return [];
    const seq = this.#seq++;
    const t0Us = times[0]!;
    const dtUs = period(times);
    const offsetsUs = dtUs === null ? Float64Array.from(times, (t) => t - t0Us) : null;
    const out = this.#columns.map(({ signal, unit }, k) => ({
      signal,
      batch: {
        session: this.#session,
        seq,
        unit,
        t0Us,
        dtUs,
        offsetsUs,
        values: Float64Array.from(this.#values[k]!),
      },
    }));
    this.#times = [];
    this.#chunks = 0;
    this.#values = this.#columns.map(() => []);
    return out;
  }
}

/** The sampling period where all samples keep it. */
function period(times: readonly number[]): number | null {
  if (times.length < 2) return null;
  const dt = times[1]! - times[0]!;
  return times.every((t, i) => t === times[0]! + i * dt) ? dt : null;
}
