import type { LogRecord } from '../port.ts';

/** What a record takes in memory beside its bytes: objects, offsets, headers. A message of one sample is mostly this. */
export const RECORD_BYTES = 512;

/** What a record takes in memory, about. */
export const heldBytes = ({ value, key }: LogRecord): number => value.byteLength + key.length + RECORD_BYTES;

/** Counts the unpacked bytes that a log's consumers hold, so that the bound can be seen. */
export class Held {
  #bytes = 0;
  #peak = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** the most that were held at once */
  get peak(): number {
    return this.#peak;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#peak = Math.max(this.#peak, this.#bytes);
  }
}
