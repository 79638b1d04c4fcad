import { LoadcycleError } from '@loadcycle/contract';
import { logClosed } from '../errors.ts';
import type { NewRecord } from '../port.ts';

interface Waiting {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const REQUEST_RECORDS = 10_000;

/**
 * Gathers what is appended in one tick, or while a request is under way, into the next request. One request at
 * a time: records of a key keep their order however often one must be sent again.
 */
export class Sender {
  readonly #send: (records: readonly NewRecord[], bytes: number) => Promise<void>;
  readonly #timeoutMs: number;
  readonly #requestBytes: number;
  #queue: Waiting[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  /** No request has more than `requestBytes` of values, not packed: so no record batch has either. */
  constructor(
    send: (records: readonly NewRecord[], bytes: number) => Promise<void>,
    timeoutMs: number,
    requestBytes: number,
  ) {
    this.#send = send;
    this.#timeoutMs = timeoutMs;
    this.#requestBytes = requestBytes;
  }

  append(records: readonly NewRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(logClosed());
    if (records.length === 0) return Promise.resolve();
    let bytes = 0;
    for (const record of records) bytes += record.value.byteLength;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { records, bytes, resolve, reject };
      const timer = setTimeout(() => this.#giveUp(waiting), this.#timeoutMs);
      waiting.resolve = () => {
        clearTimeout(timer);
        resolve();
      };
      waiting.reject = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      this.#queue.push(waiting);
      this.#running ??= this.#run();
    });
  }

  /** What waits is dropped; what is under way may still arrive. */
  #giveUp(waiting: Waiting): void {
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) this.#queue.splice(at, 1);
    waiting.reject(
      new LoadcycleError('log.unavailable', `the log has not answered for ${this.#timeoutMs / 1000} s`),
    );
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) await this.#sendGroup(this.#nextGroup());
    this.#running = null;
  }

  #nextGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    let n = 0;
    while (n < this.#queue.length) {
      const { bytes: more, records } = this.#queue[n]!;
      if (n > 0 && (bytes + more > this.#requestBytes || count + records.length > REQUEST_RECORDS)) break;
      bytes += more;
      count += records.length;
      n++;
    }
    return this.#queue.splice(0, n);
  }

  async #sendGroup(group: readonly Waiting[]): Promise<void> {
    const bytes = group.reduce((sum, g) => sum + g.bytes, 0);
    try {
      for (const part of parts(
        group.flatMap((g) => g.records),
        this.#requestBytes,
      ))
        await this.#send(part, bytes);
      for (const { resolve } of group) resolve();
    } catch (error) {
      // one that cannot be sent must not take the others with it
      const poison = error instanceof LoadcycleError && error.kind === 'poison';
      if (poison && group.length > 1) for (const one of group) await this.#sendGroup([one]);
      else for (const { reject } of group) reject(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(logClosed());
    await this.#running;
  }
}

/** A single large append in requests of a size. */
function parts(records: readonly NewRecord[], requestBytes: number): NewRecord[][] {
  const all: NewRecord[][] = [];
  let part: NewRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    if (
      part.length > 0 &&
      (bytes + record.value.byteLength > requestBytes || part.length >= REQUEST_RECORDS)
    ) {
      all.push(part);
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += record.value.byteLength;
  }
  all.push(part);
  return all;
}
