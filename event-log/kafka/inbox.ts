import type { LoadcycleError, Logger } from '@loadcycle/contract';
import { beyondEnd, consumerClosed, tellGap, tellUnreadable, unreadableRecords } from '../errors.ts';
import { fitting, type PollSource } from '../gather.ts';
import type { ConsumeOptions, LogRecord, PartitionEnds, Position, TopicPartition } from '../port.ts';
import { Wakeup } from '../wakeup.ts';
import { type Held, heldBytes } from './held.ts';

export interface InboxOptions {
  readonly consume: ConsumeOptions;
  /** takes in no more while it holds so much, as {@link heldBytes} counts */
  readonly bufferBytes: number;
  readonly held: Held;
  readonly log: Logger;
  readonly ends: (topics: readonly string[]) => Promise<PartitionEnds[]>;
  /** Makes the client fetch from these positions on. */
  readonly seek: (positions: readonly Position[]) => void;
}

interface Part extends TopicPartition {
  /** offset that the next accepted record must have at least; null until the caller was asked */
  next: number | null;
}

const key = (topic: string, partition: number): string => `${topic}/${partition}`;

/**
 * What stands between a Kafka client that pushes and a caller that polls. It knows this member's partitions and
 * where each goes on, asks the caller at each assignment, takes in only what follows on from there, and
 * holds a bounded amount of it. Each assignment, loss and reset begins a new epoch: nothing that was fetched or gathered
 * in an older one is ever returned.
 */
export class Inbox implements PollSource {
  readonly news = new Wakeup();
  readonly #o: InboxOptions;
  #parts = new Map<string, Part>();
  #records: LogRecord[] = [];
  #head = 0;
  #bytes = 0;
  #epoch = 0;
  #seenEpoch = 0;
  #asking = false;
  #failure: unknown = null;
  #closed = false;
  #joined = false;
  /** when something last moved: for the watchdog */
  movedAt = performance.now();

  constructor(options: InboxOptions) {
    this.#o = options;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get full(): boolean {
    return this.#bytes >= this.#o.bufferBytes;
  }

  get empty(): boolean {
    return this.#head === this.#records.length;
  }

  /** Whether it has a place in its group, be it without partitions. */
  get joined(): boolean {
    return this.#joined;
  }

  /** Whether it is the caller's turn: positions are asked for in `poll`. */
  get waitsForCaller(): boolean {
    return !this.#asking && [...this.#parts.values()].some((p) => p.next === null);
  }

  /** Where this member goes on reading, of the partitions where that is known. */
  positions(): Position[] {
    return [...this.#parts.values()].flatMap(({ topic, partition, next }) =>
      next === null ? [] : [{ topic, partition, next }],
    );
  }

  has(topic: string, partition: number): boolean {
    return this.#parts.has(key(topic, partition));
  }

  ready(topic: string, partition: number): boolean {
    return (this.#parts.get(key(topic, partition))?.next ?? null) !== null;
  }

  /** These partitions are this member's from now on, and no others. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#joined = true;
    this.#parts = new Map(
      partitions.map(({ topic, partition }) => [key(topic, partition), { topic, partition, next: null }]),
    );
    this.#begin();
  }

  /** Nothing is this member's until it has joined again. */
  revoke(): void {
    this.#joined = false;
    this.#parts.clear();
    this.#begin();
  }

  reset(): void {
    for (const part of this.#parts.values()) part.next = null;
    this.#begin();
  }

  #begin(): void {
    this.#epoch++;
    this.#records = [];
    this.#head = 0;
    this.#hold(-this.#bytes);
    this.movedAt = performance.now();
    this.news.notify();
  }

  /** Takes in records of one partition, in order; those that were taken in before are skipped. */
  accept(topic: string, partition: number, records: readonly LogRecord[], end: number): void {
    const part = this.#parts.get(key(topic, partition));
    if (!part || part.next === null) return;
    this.movedAt = performance.now();
    if (end < part.next) {
      this.fail(beyondEnd(this.#o.consume.group, { topic, partition, next: part.next }, end));
      return;
    }
    const fresh =
      records[0] && records[0].offset < part.next ? records.filter((r) => r.offset >= part.next!) : records;
    if (fresh.length === 0) return;
    const first = fresh[0]!.offset;
    if (first > part.next)
      tellGap(this.#o.log, this.#o.consume.group, { topic, partition, next: part.next }, first);
    part.next = fresh.at(-1)!.offset + 1;
    let bytes = 0;
    for (const record of fresh) {
      this.#records.push(record);
      bytes += heldBytes(record);
    }
    this.#hold(bytes);
    this.news.notify();
  }

  #hold(bytes: number): void {
    this.#bytes += bytes;
    this.#o.held.add(bytes);
  }

  /** Records from `at` to before `to` can't be read, whatever is done: said as an error, and it goes on behind them. */
  skip(at: Position, to: number, error: LoadcycleError): void {
    const part = this.#parts.get(key(at.topic, at.partition));
    if (!part || part.next === null || part.next >= to) return;
    const { group, standIns = false } = this.#o.consume;
    const from = { ...at, next: Math.max(at.next, part.next) };
    tellUnreadable(this.#o.log, group, from, to, error);
    // where the stand-in was taken and nothing else, reading goes on behind them all
    if (standIns) {
      part.next = to - 1;
      this.accept(at.topic, at.partition, [standIn(from, to, error)], to);
      return;
    }
    part.next = to;
    this.movedAt = performance.now();
    this.news.notify();
  }

  /** The next poll throws this, and the one after it starts anew. */
  fail(error: unknown): void {
    this.reset();
    this.#failure = error;
    this.news.notify();
  }

  check(): boolean {
    if (this.#closed) throw consumerClosed();
    if (this.#failure !== null) {
      const failure = this.#failure;
      this.#failure = null;
      throw failure;
    }
    const valid = this.#seenEpoch === this.#epoch;
    this.#seenEpoch = this.#epoch;
    return valid;
  }

  pending(): boolean {
    return !this.empty;
  }

  async take(maxRecords: number, maxBytes: number, first: boolean): Promise<LogRecord[]> {
    this.#ask();
    const n = fitting(this.#records, this.#head, maxRecords, maxBytes, first);
    if (n === 0) return [];
    const taken = this.#records.slice(this.#head, this.#head + n);
    this.#head += n;
    const wasFull = this.full;
    let bytes = 0;
    for (const record of taken) bytes += heldBytes(record);
    this.#hold(-bytes);
    // a taken record must not be held by the queue for long
    if (this.#head === this.#records.length || this.#head > 10_000) {
      this.#records = this.#records.slice(this.#head);
      this.#head = 0;
    }
    this.movedAt = performance.now();
    if (wasFull && !this.full) this.news.notify();
    return taken;
  }

  /** Asks in the background: a log or a store that is away must not hold a poll beyond its time. */
  #ask(): void {
    if (this.#asking || [...this.#parts.values()].every((p) => p.next !== null)) return;
    this.#asking = true;
    const epoch = this.#epoch;
    this.#learn(epoch)
      .catch((error: unknown) => {
        if (epoch === this.#epoch) this.fail(error);
      })
      .finally(() => {
        this.#asking = false;
        this.news.notify();
      });
  }

  async #learn(epoch: number): Promise<void> {
    const { positions, group } = this.#o.consume;
    const parts = [...this.#parts.values()];
    const told = await positions(parts.map(({ topic, partition }) => ({ topic, partition })));
    const ends = await this.#o.ends([...new Set(parts.map((p) => p.topic))]);
    if (epoch !== this.#epoch) return;
    const starts: Position[] = [];
    for (const { topic, partition } of parts) {
      const same = (p: TopicPartition): boolean => p.topic === topic && p.partition === partition;
      const { begin, end } = ends.find(same) ?? { begin: 0, end: 0 };
      const next = told.find(same)?.next ?? begin;
      const at = { topic, partition, next };
      if (next > end) throw beyondEnd(group, at, end);
      if (next < begin) tellGap(this.#o.log, group, at, begin);
      starts.push({ topic, partition, next: Math.max(next, begin) });
    }
    for (const { topic, partition, next } of starts) this.#parts.get(key(topic, partition))!.next = next;
    this.movedAt = performance.now();
    this.#o.seek(starts);
  }

  close(): void {
    this.#closed = true;
    this.revoke();
  }
}

const standIn = ({ topic, partition, next }: Position, to: number, error: LoadcycleError): LogRecord => ({
  topic,
  partition,
  offset: to - 1,
  key: '',
  value: new Uint8Array(0),
  headers: {},
  timestampMs: Date.now(),
  unreadable: unreadableRecords(next, to, error),
});
