/**
 * The event log embedded: one SQLite file (WAL, synchronous=FULL) in a folder that one process owns.
 *
 * What always holds: `append` resolves after a synced commit, and all that is appended while one is under way
 * shares the next. What is kept where: records in `events.db`, a table for each partition, values as they
 * came; the newest records of each partition in memory too (bounded), so that readers at the end of the log
 * touch no disk. A thread of its own does all that touches the file; pollers and tails are woken by commits, not by timers.
 * Killed at any moment, it opens again with everything that `append` has acknowledged. Files that are deleted under
 * it are noticed at the next commit, or within a second, and written again from the open ones; while that does not
 * work, nothing is acknowledged.
 */
import { LoadcycleError, type Logger, silentLogger } from '@loadcycle/contract';
import type { Health } from '@loadcycle/service';
import { takePrivate } from '@loadcycle/service/files';
import { filesDeleted, logClosed, unknownTopic } from '../errors.ts';
import type {
  ConsumeOptions,
  EventLog,
  LogConsumer,
  LogIdentities,
  LogRecord,
  NewRecord,
  PartitionEnds,
  Position,
  TailOptions,
  TopicSpec,
} from '../port.ts';
import { Channel } from './channel.ts';
import { SqliteConsumer } from './consumer.ts';
import { Groups } from './groups.ts';
import type { CommittedRow, FilesNews, Opened, ReadRows } from './messages.ts';
import { hashKey, Partition } from './partition.ts';
import { type SyncInfo, Writer } from './writer.ts';

export type { SyncInfo } from './writer.ts';

export interface SqliteLogOptions {
  readonly folder: string;
  /** how long records are kept in topics whose own retention is null; for ever if not given */
  readonly retentionMs?: number | null;
  /** the file's size at which the oldest records go, whatever their age; none if not given */
  readonly maxBytes?: number | null;
  /** newest records held in memory for readers at the end of the log */
  readonly memoryBytes?: number;
  /** how often retention looks */
  readonly trimEveryMs?: number;
  readonly log?: Logger;
  /** told when the files are deleted under the process, and when they are back: part `event log` */
  readonly health?: Pick<Health, 'set'>;
  /** how often to look whether the files are still there, where nothing is appended */
  readonly checkEveryMs?: number;
  /** called after each synced commit */
  readonly onSync?: (info: SyncInfo) => void;
}

/** Throws `folder.in-use`, `folder.unwritable` or `log.broken`. */
export async function openSqliteLog(options: SqliteLogOptions): Promise<EventLog> {
  const { folder, retentionMs = null, maxBytes = null } = options;
  try {
    takePrivate(folder, /^(events\.db|owner\.lock)/);
  } catch (cause) {
    throw new LoadcycleError('folder.unwritable', `${folder}: ${(cause as Error).message}`, { cause });
  }
  const { channel, opened } = await Channel.open({ folder, retentionMs, maxBytes });
  return new SqliteLog(channel, opened, options);
}

/** The log's name in health. */
const PART = 'event log';
const READ_BYTES = 16 * 1024 * 1024;
const key = (p: { group: string; topic: string; partition: number }): string =>
  `${p.group}\0${p.topic}\0${p.partition}`;

class SqliteLog implements EventLog {
  readonly #channel: Channel;
  readonly #topics = new Map<string, Partition[]>();
  readonly #byId = new Map<number, Partition>();
  readonly #committed = new Map<string, CommittedRow>();
  readonly #groups = new Groups((topic) => this.#topics.get(topic) ?? []);
  readonly #consumers = new Map<SqliteConsumer, string>();
  readonly #tails = new Set<TailOptions>();
  readonly #writer: Writer;
  readonly #log: Logger;
  readonly #memoryBytes: number;
  #memory = 0;
  readonly #inMemory: Partition[] = [];
  readonly #trimTimer: NodeJS.Timeout;
  readonly #checkTimer: NodeJS.Timeout;
  readonly #identity: string;
  #closed = false;

  constructor(channel: Channel, opened: Opened, o: SqliteLogOptions) {
    this.#channel = channel;
    this.#log = o.log ?? silentLogger;
    this.#memoryBytes = o.memoryBytes ?? 16 * 1024 * 1024;
    this.#identity = opened.identity;
    this.#learn(opened.partitions);
    for (const row of opened.committed) this.#committed.set(key(row), row);
    this.#writer = new Writer(channel, (records) => this.#written(records), o.onSync ?? (() => {}));
    channel.onTrimMore = () => void this.#trim();
    this.#trimTimer = setInterval(() => void this.#trim(), o.trimEveryMs ?? 30_000).unref();
    channel.onFiles = (news) => this.#toldOfFiles(news, o);
    const check = (): void => void channel.ask({ kind: 'check' }).catch(() => {});
    this.#checkTimer = setInterval(check, o.checkEveryMs ?? 1_000).unref();
    o.health?.set(PART, 'ok');
    void this.#trim();
  }

  #toldOfFiles(news: FilesNews, { folder, health }: SqliteLogOptions): void {
    const code = 'log.files-deleted';
    if (news.state === 'put-back') {
      const tookMs = Math.round(news.tookMs);
      this.#log.warn({ code, folder, tookMs }, `the event log is back in ${folder}: nothing was lost`);
      health?.set(PART, 'ok');
      return;
    }
    const detail =
      news.state === 'lost'
        ? filesDeleted(folder, news.message).message
        : `the files of the event log in ${folder} were deleted; all that it holds is written there again`;
    this.#log.error({ code, folder, ...news }, detail);
    health?.set(PART, 'failing', code, detail);
  }

  #learn(partitions: Opened['partitions']): void {
    for (const info of partitions.toSorted((a, b) => a.partition - b.partition)) {
      if (this.#byId.has(info.id)) continue;
      const partition = new Partition(info);
      this.#byId.set(info.id, partition);
      const list = this.#topics.get(info.topic) ?? [];
      list.push(partition);
      this.#topics.set(info.topic, list);
    }
  }

  #open(): void {
    if (this.#closed) throw logClosed();
  }

  #partitions(topic: string): Partition[] {
    const partitions = this.#topics.get(topic);
    if (!partitions) throw unknownTopic(topic);
    return partitions;
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#open();
    if (specs.every((s) => this.#topics.has(s.topic))) return;
    this.#learn(await this.#channel.ask({ kind: 'ensure', topics: specs.map((s) => ({ ...s })) }));
    this.#groups.shareAll();
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.#open();
    if (records.length === 0) return;
    const items = records.map((record) => {
      const partitions = this.#partitions(record.topic);
      const index = partitions.length === 1 ? 0 : hashKey(record.key) % partitions.length;
      return { record, partition: partitions[index]! };
    });
    await this.#writer.append(items);
  }

  #written(byPartition: Map<Partition, LogRecord[]>): void {
    for (const [partition, records] of byPartition) {
      let bytes = 0;
      for (const r of records) bytes += r.value.byteLength + 200;
      partition.push(records, bytes);
      this.#inMemory.push(partition);
      this.#memory += bytes;
    }
    while (this.#memory > this.#memoryBytes) this.#memory -= this.#inMemory.shift()!.forget();
    for (const consumer of this.#consumers.keys()) consumer.news.notify();
    for (const tail of this.#tails) this.#tell(tail, byPartition);
  }

  #tell(tail: TailOptions, byPartition: Map<Partition, LogRecord[]>): void {
    const records = [...byPartition].filter(([p]) => tail.topics.includes(p.topic)).flatMap(([, r]) => r);
    if (records.length === 0) return;
    try {
      tail.onRecords(records);
    } catch (error) {
      tail.onError?.(error as Error);
    }
  }

  async consume(options: ConsumeOptions): Promise<LogConsumer> {
    this.#open();
    const consumer: SqliteConsumer = new SqliteConsumer(options, {
      log: this.#log,
      readFile: (p, next, maxRecords, maxBytes) => this.#readFile(p, next, maxRecords, maxBytes),
      commit: (group, positions) => this.#commit(group, positions),
      leave: (c) => {
        this.#consumers.delete(c);
        this.#groups.leave(options.group, c);
      },
    });
    this.#consumers.set(consumer, options.group);
    this.#groups.join(options.group, consumer);
    return consumer;
  }

  #commit(group: string, positions: readonly Position[]): void {
    if (this.#closed) return;
    for (const { topic, partition, next } of positions) {
      const row = { group, topic, partition, next };
      this.#committed.set(key(row), row);
      this.#writer.commit(row);
    }
  }

  async tail(options: TailOptions): Promise<{ close(): Promise<void> }> {
    this.#open();
    for (const topic of options.topics) this.#partitions(topic);
    this.#tails.add(options);
    return { close: async () => void this.#tails.delete(options) };
  }

  async read(from: Position, maxRecords: number): Promise<LogRecord[]> {
    this.#open();
    const partition = this.#partitions(from.topic)[from.partition];
    if (!partition) throw unknownTopic(`${from.topic}/${from.partition}`);
    if (from.next >= partition.end) return [];
    const recent = partition.recent(from.next);
    if (recent) return recent.records.slice(recent.from, recent.from + maxRecords);
    return this.#readFile(partition, from.next, maxRecords, READ_BYTES);
  }

  async #readFile(p: Partition, next: number, maxRecords: number, maxBytes: number): Promise<LogRecord[]> {
    return logRecords(p, await this.#channel.ask({ kind: 'read', part: p.id, next, maxRecords, maxBytes }));
  }

  async ends(topics: readonly string[]): Promise<PartitionEnds[]> {
    this.#open();
    return topics.flatMap((t) =>
      this.#partitions(t).map(({ topic, partition, begin, end }) => ({ topic, partition, begin, end })),
    );
  }

  /** One file, one identity: that of all its topics. */
  async identities(topics: readonly string[]): Promise<LogIdentities> {
    this.#open();
    return new Map(topics.map((t) => [this.#partitions(t)[0]!.topic, this.#identity]));
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    this.#open();
    return [...this.#committed.values()]
      .filter((row) => row.group === group && topics.includes(row.topic))
      .map(({ topic, partition, next }) => ({ topic, partition, next }));
  }

  async #trim(): Promise<void> {
    try {
      for (const { id, begin } of await this.#channel.ask({ kind: 'trim', nowMs: Date.now() })) {
        this.#byId.get(id)!.begin = begin;
      }
    } catch (error) {
      if (!this.#closed) this.#log.warn({ err: error }, 'event log: retention could not remove old records');
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#trimTimer);
    clearInterval(this.#checkTimer);
    this.#tails.clear();
    await Promise.all([...this.#consumers.keys()].map((c) => c.close()));
    await this.#writer.drain();
    await this.#channel.close();
  }
}

function logRecords(p: Partition, rows: ReadRows): LogRecord[] {
  let at = 0;
  return rows.keys.map((k, i) => {
    const value = new Uint8Array(rows.values, at, rows.lengths[i]!);
    at += rows.lengths[i]!;
    return {
      topic: p.topic,
      partition: p.partition,
      offset: rows.offsets[i]!,
      key: k,
      value,
      headers: rows.headers[i] ? JSON.parse(rows.headers[i]!) : {},
      timestampMs: rows.timestampsMs[i]!,
    };
  });
}
