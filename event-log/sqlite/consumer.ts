import type { Logger } from '@loadcycle/contract';
import { beyondEnd, consumerClosed, tellGap } from '../errors.ts';
import { fitting, type PollSource, Polls } from '../gather.ts';
import type {
  ConsumeOptions,
  LogConsumer,
  LogRecord,
  PollOptions,
  Position,
  TopicPartition,
} from '../port.ts';
import { Wakeup } from '../wakeup.ts';
import type { Member } from './groups.ts';
import type { Partition } from './partition.ts';

/** What a consumer needs of its log. */
export interface LogSide {
  readonly log: Logger;
  /** From the file, oldest first. */
  readFile(partition: Partition, next: number, maxRecords: number, maxBytes: number): Promise<LogRecord[]>;
  commit(group: string, positions: readonly Position[]): void;
  leave(consumer: SqliteConsumer): void;
}

const at = ({ topic, partition }: Partition): TopicPartition => ({ topic, partition });
const FILE_BYTES = 4 * 1024 * 1024;

/** Buffers nothing: what is not polled stays in the log, in memory (its newest part) or in the file. */
export class SqliteConsumer implements LogConsumer, Member, PollSource {
  readonly news = new Wakeup();
  readonly topics: readonly string[];
  readonly #polls = new Polls(this);
  readonly #options: ConsumeOptions;
  readonly #side: LogSide;
  /** next offset to hand out, or null where the caller must be asked first */
  #next = new Map<Partition, number | null>();
  #turn = 0;
  #resets = 0;
  #seenResets = 0;
  #closed = false;

  constructor(options: ConsumeOptions, side: LogSide) {
    this.#options = options;
    this.topics = options.topics;
    this.#side = side;
  }

  assign(partitions: readonly Partition[]): void {
    const lost = [...this.#next.keys()].some((p) => !partitions.includes(p));
    this.#next = new Map(partitions.map((p) => [p, this.#next.get(p) ?? null]));
    // what a poll under way has gathered may be of a lost partition: it starts again
    if (lost) this.#forget();
    this.news.notify();
  }

  poll(options: PollOptions): Promise<LogRecord[]> {
    return this.#polls.next(options);
  }

  check(): boolean {
    if (this.#closed) throw consumerClosed();
    const valid = this.#seenResets === this.#resets;
    this.#seenResets = this.#resets;
    return valid;
  }

  pending(): boolean {
    return [...this.#next].some(([p, next]) => next !== null && next < p.end);
  }

  async take(maxRecords: number, maxBytes: number, first: boolean): Promise<LogRecord[]> {
    try {
      await this.#askPositions();
    } catch (error) {
      // what this poll has gathered from other partitions goes with it, so they start anew as well
      this.#forget();
      throw error;
    }
    // each call begins with another partition, so that a busy one does not starve the others
    const partitions = [...this.#next.keys()];
    let out: LogRecord[] = [];
    let bytes = 0;
    for (let i = 0; i < partitions.length && out.length < maxRecords; i++) {
      const partition = partitions[(this.#turn + i) % partitions.length]!;
      for (;;) {
        const got = await this.#takeFrom(
          partition,
          maxRecords - out.length,
          maxBytes - bytes,
          first && out.length === 0,
        );
        if (got.length === 0) break;
        for (const record of got) bytes += record.value.byteLength;
        out = out.length === 0 ? got : out.concat(got);
        if (out.length >= maxRecords) break;
      }
    }
    this.#turn++;
    return out;
  }

  async #takeFrom(p: Partition, maxRecords: number, maxBytes: number, first: boolean): Promise<LogRecord[]> {
    const next = this.#next.get(p);
    if (next === undefined || next === null || next >= p.end) return [];
    if (next < p.begin) {
      tellGap(this.#side.log, this.#options.group, { ...at(p), next }, p.begin);
      this.#next.set(p, p.begin);
      return this.#takeFrom(p, maxRecords, maxBytes, first);
    }
    const recent = p.recent(next);
    const found = recent ?? { records: await this.#side.readFile(p, next, maxRecords, FILE_BYTES), from: 0 };
    // while the file was read the partition may have gone, or been reset
    if (recent === null && this.#next.get(p) !== next) return [];
    // … and retention may have gone on
    const oldest = found.records[found.from]?.offset ?? next;
    if (oldest > next) tellGap(this.#side.log, this.#options.group, { ...at(p), next }, oldest);
    const n = fitting(found.records, found.from, maxRecords, maxBytes, first);
    const got = found.records.slice(found.from, found.from + n);
    if (n > 0) {
      this.#next.set(p, got[n - 1]!.offset + 1);
    }
    return got;
  }

  async #askPositions(): Promise<void> {
    for (;;) {
      const unknown = [...this.#next].filter(([, next]) => next === null).map(([p]) => p);
      if (unknown.length === 0) return;
      const resets = this.#resets;
      const told = await this.#options.positions(unknown.map(at));
      this.check();
      if (resets !== this.#resets) continue;
      for (const p of unknown) {
        const next = told.find((t) => t.topic === p.topic && t.partition === p.partition)?.next ?? p.begin;
        if (next > p.end) throw beyondEnd(this.#options.group, { ...at(p), next }, p.end);
        if (this.#next.get(p) === null) this.#next.set(p, next);
      }
    }
  }

  async commit(positions: readonly Position[]): Promise<void> {
    this.#side.commit(this.#options.group, positions);
  }

  async reset(): Promise<void> {
    this.#forget();
    this.news.notify();
  }

  #forget(): void {
    this.#resets++;
    for (const p of this.#next.keys()) this.#next.set(p, null);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#side.leave(this);
    this.news.notify();
  }
}
