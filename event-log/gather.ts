import type { LogRecord, PollOptions } from './port.ts';
import type { Wakeup } from './wakeup.ts';

/** What a consumer offers to {@link Polls}. */
export interface PollSource {
  readonly news: Wakeup;
  /** What is at hand: at most so many records and bytes of values; a first record may be larger when `first`. */
  take(maxRecords: number, maxBytes: number, first: boolean): Promise<LogRecord[]>;
  /** Throws when the poll must end (closed, failed); `false` when what was gathered has become void (reset, partition lost). */
  check(): boolean;
  /** Whether more is at hand than was taken: it did not fit, or came meanwhile. */
  pending(): boolean;
}

/** One poll, for every adapter: waits for a first record, gathers for more by bytes, count and time. */
export async function gather(source: PollSource, o: PollOptions): Promise<LogRecord[]> {
  let records: LogRecord[] = [];
  let bytes = 0;
  let until = performance.now() + o.waitMs;
  for (;;) {
    const seen = source.news.version;
    if (!source.check()) {
      records = [];
      bytes = 0;
    }
    const room = o.maxRecords - records.length;
    const taken = room > 0 ? await source.take(room, o.maxBytes - bytes, records.length === 0) : [];
    if (taken.length > 0) {
      if (records.length === 0) until = performance.now() + o.gatherMs;
      for (const record of taken) bytes += record.value.byteLength;
      records = records.length === 0 ? taken : records.concat(taken);
    }
    const full = records.length >= o.maxRecords || bytes >= o.maxBytes;
    const left = until - performance.now();
    if (full || left <= 0 || o.signal?.aborted) return source.check() ? records : [];
    if (records.length > 0 && source.pending()) {
      // what came while records were taken is taken next; what was there all the time and was not taken does not fit
      if (taken.length > 0 || source.news.version !== seen) continue;
      return source.check() ? records : [];
    }
    await source.news.wait(seen, left, o.signal);
  }
}

/** Polls of one consumer, one after the other. */
export class Polls {
  readonly #source: PollSource;
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: PollSource) {
    this.#source = source;
  }

  next(options: PollOptions): Promise<LogRecord[]> {
    const poll = this.#last.then(() => gather(this.#source, options));
    this.#last = poll.catch(() => {});
    return poll;
  }
}

/** How many of these records fit, in order; at least one when `first`. */
export function fitting(
  records: readonly LogRecord[],
  from: number,
  maxRecords: number,
  maxBytes: number,
  first: boolean,
): number {
  let bytes = 0;
  let n = 0;
  while (n < maxRecords && from + n < records.length) {
    bytes += records[from + n]!.value.byteLength;
    if (bytes > maxBytes && !(first && n === 0)) break;
    n++;
  }
  return n;
}
