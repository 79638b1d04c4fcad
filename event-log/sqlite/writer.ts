import type { LogRecord, NewRecord } from '../port.ts';
import type { Channel } from './channel.ts';
import type { AppendBatch, CommittedRow } from './messages.ts';
import type { Partition } from './partition.ts';

/** One synced commit, for tests that count them and for metrics. */
export interface SyncInfo {
  readonly records: number;
  readonly bytes: number;
  readonly tookMs: number;
}

interface Waiting {
  readonly items: { readonly record: NewRecord; readonly partition: Partition }[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Largest group: what waits behind it is the next group's. */
const GROUP_BYTES = 8 * 1024 * 1024;
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Group commit: what is appended in one tick, or while a commit is running, becomes one transaction and one
 * sync. One commit is under way at a time, so the order of appending is the order in the log.
 */
export class Writer {
  readonly #channel: Channel;
  readonly #onWritten: (records: Map<Partition, LogRecord[]>) => void;
  readonly #onSync: (info: SyncInfo) => void;
  #queue: Waiting[] = [];
  readonly #committed = new Map<string, CommittedRow>();
  #running: Promise<void> | null = null;

  constructor(
    channel: Channel,
    onWritten: (records: Map<Partition, LogRecord[]>) => void,
    onSync: (info: SyncInfo) => void,
  ) {
    this.#channel = channel;
    this.#onWritten = onWritten;
    this.#onSync = onSync;
  }

  append(items: Waiting['items']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ items, resolve, reject });
      this.#start();
    });
  }

  /** Written with the next group. */
  commit(row: CommittedRow): void {
    this.#committed.set(`${row.group}\0${row.topic}\0${row.partition}`, row);
    this.#start();
  }

  /** Resolves when nothing is left to write. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0 || this.#committed.size > 0) await this.#writeGroup();
    // in the same step as the look at the queue: what is appended after it starts a run of its own
    this.#running = null;
  }

  #nextGroup(): Waiting[] {
    let bytes = 0;
    let n = 0;
    while (n < this.#queue.length && bytes < GROUP_BYTES) {
      for (const { record } of this.#queue[n]!.items) bytes += record.value.byteLength;
      n++;
    }
    return n === this.#queue.length ? this.#queue.splice(0) : this.#queue.splice(0, n);
  }

  async #writeGroup(): Promise<void> {
    const group = this.#nextGroup();
    const committed = [...this.#committed.values()];
    this.#committed.clear();
    const items = group.flatMap((g) => g.items);
    const batch = items.length > 0 ? columns(items) : null;
    const lengths = batch?.lengths;
    try {
      const reply = await this.#channel.ask({ kind: 'write', batch, committed }, batch ? [batch.values] : []);
      if (lengths) this.#onWritten(recordsOf(items, lengths, reply));
      this.#onSync({ records: items.length, bytes: reply.values.byteLength, tookMs: reply.tookMs });
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

function columns(items: Waiting['items']): AppendBatch {
  let bytes = 0;
  for (const { record } of items) bytes += record.value.byteLength;
  const values = new Uint8Array(bytes);
  const batch: AppendBatch = {
    parts: new Uint32Array(items.length),
    keys: new Array(items.length),
    headers: new Array(items.length),
    lengths: new Uint32Array(items.length),
    values: values.buffer,
  };
  let at = 0;
  for (let i = 0; i < items.length; i++) {
    const { record, partition } = items[i]!;
    batch.parts[i] = partition.id;
    batch.keys[i] = record.key;
    batch.headers[i] = record.headers === undefined ? '' : JSON.stringify(record.headers);
    batch.lengths[i] = record.value.byteLength;
    values.set(record.value, at);
    at += record.value.byteLength;
  }
  return batch;
}

/** The records as readers get them: views of the buffer that came back, not of the caller's memory. */
function recordsOf(
  items: Waiting['items'],
  lengths: Uint32Array,
  reply: { bases: [number, number][]; timestampMs: number; values: ArrayBuffer },
): Map<Partition, LogRecord[]> {
  const next = new Map(reply.bases);
  const records = new Map<Partition, LogRecord[]>();
  let at = 0;
  for (let i = 0; i < items.length; i++) {
    const { record, partition } = items[i]!;
    const offset = next.get(partition.id)!;
    next.set(partition.id, offset + 1);
    let list = records.get(partition);
    if (!list) records.set(partition, (list = []));
    list.push({
      topic: partition.topic,
      partition: partition.partition,
      offset,
      key: record.key,
      value: new Uint8Array(reply.values, at, lengths[i]!),
      headers: record.headers ?? NO_HEADERS,
      timestampMs: reply.timestampMs,
    });
    at += lengths[i]!;
  }
  return records;
}
