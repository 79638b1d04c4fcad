import { LoadcycleError, type Logger } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { SparkplugNames } from '@loadcycle/processors/work/sparkplug-names';
import { Backoff } from '@loadcycle/service';
import { Refusal } from '../http/refusal.ts';
import { dispatch } from './dispatch.ts';
import { encodePositions, LIVE_TOPICS, type Positions } from './position.ts';
import { LiveReader } from './reader.ts';
import { replay } from './replay.ts';
import { isSparkplugRecord, type NodeSource } from './sparkplug-node.ts';
import { SparkplugTail } from './sparkplug-tail.ts';
import { Subscription, type Wanted, wantedKey } from './subscription.ts';
import { LiveUnits } from './units.ts';

export interface LiveSettings {
  /** readers at once, in this instance */
  readonly maxReaders: number;
  /** readers at once of one client, so that the others have places too */
  readonly maxReadersOfClient: number;
  /** events are gathered for so long */
  readonly tickMs: number;
  /** a comment is sent after so long without an event, so that proxies keep the connection */
  readonly heartbeatMs: number;
  /** a reader's token is looked at again after so long: is it still good? */
  readonly checkMs: number;
}

const LIVE_DEFAULTS: LiveSettings = {
  maxReaders: 1000,
  maxReadersOfClient: 100,
  tickMs: 100,
  heartbeatMs: 15_000,
  checkMs: 10_000,
};

interface Group {
  readonly subscription: Subscription;
  readonly readers: Set<LiveReader>;
  lastSentMs: number;
}

/** `handle`: null while it is being made */
interface Tail {
  handle: { close(): Promise<void> } | null;
}

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(': alive\n\n');
/** A signal that has been silent for so many ticks has its begun slot sent. */
const SETTLE_TICKS = 5;
/** Names of Sparkplug's that have been given meanwhile are looked up so often. */
const NAMES_TICKS = 10;
/** Rounds of reading again before a reader joins the rest. */
const REPLAY_ROUNDS = 10;

/**
 * Live readers, all fed from one tail of the log. Readers that want the same share the work and the bytes; each has a
 * bounded buffer of its own. Events are gathered for a tenth of a second; an id says where the log stood, and what
 * came after it can be had again.
 */
export class LiveHub {
  readonly #source: NodeSource;
  readonly #log: Logger;
  readonly #settings: LiveSettings;
  readonly #groups = new Map<string, Group>();
  readonly #sparkplug: SparkplugTail;
  readonly #positions: Positions = new Map();
  readonly #units: LiveUnits;
  readonly #names: SparkplugNames;
  #starting: Promise<void> | null = null;
  #tail: Tail | null = null;
  #ticks = 0;
  #timer: NodeJS.Timeout | null = null;
  #readers = 0;
  readonly #readersOf = new Map<string, number>();
  #dropped = 0;
  #closed = false;

  /** The store is only asked for what landing knows of Sparkplug's edge nodes, and for the signals' units. */
  constructor(
    { eventLog, reader }: Omit<NodeSource, 'names'>,
    log: Logger,
    settings: Partial<LiveSettings> = {},
  ) {
    this.#names = new SparkplugNames(reader, 'look');
    const source = { eventLog, reader, names: this.#names };
    this.#source = source;
    this.#log = log;
    this.#units = new LiveUnits(source.reader);
    this.#settings = { ...LIVE_DEFAULTS, ...settings };
    this.#sparkplug = new SparkplugTail(source, () => this.#subscriptions(), log);
  }

  /** of the catalogue */
  get reader(): NodeSource['reader'] {
    return this.#source.reader;
  }

  stats(): { readers: number; dropped: number } {
    return { readers: this.#readers, dropped: this.#dropped };
  }

  /**
   * Adds a reader of a client; `cut` breaks its connection. With `from` it gets first what the log holds since then.
   * Refuses with 429 where there are too many of the client, and of all.
   */
  async join(client: string, wanted: Wanted, from: Positions | null, cut: () => void): Promise<LiveReader> {
    const { maxReaders, maxReadersOfClient } = this.#settings;
    const own = this.#readersOf.get(client) ?? 0;
    if (own >= maxReadersOfClient) throw tooManyReaders(`${own} live readers of this client are connected`);
    if (this.#readers >= maxReaders) throw tooManyReaders(`${maxReaders} live readers are connected`);
    this.#readers++;
    this.#readersOf.set(client, own + 1);
    const reader = new LiveReader((r) => this.#left(client, wanted, r), cut);
    try {
      await this.#connect();
      await this.#units.need(wanted.signals ?? []);
      reader.send(
        encoder.encode(
          `retry: 2000\nevent: hello\ndata: ${JSON.stringify({ rate: wanted.rate, events: wanted.events })}\nid: ${encodePositions(from ?? this.#positions)}\n\n`,
        ),
      );
    } catch (error) {
      reader.end();
      throw error;
    }
    if (from === null) this.#add(wanted, reader);
    else this.#catchUp(wanted, reader, from).catch((error) => this.#failed(reader, error));
    return reader;
  }

  get checkMs(): number {
    return this.#settings.checkMs;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sparkplug.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const group of this.#groups.values()) for (const reader of group.readers) reader.end();
    await this.#starting?.catch(() => {});
    await this.#tail?.handle?.close();
  }

  #failed(reader: LiveReader, error: unknown): void {
    this.#log.warn({ err: error }, 'a live reader could not be given what it missed');
    reader.end();
  }

  async #catchUp(wanted: Wanted, reader: LiveReader, from: Positions): Promise<void> {
    const subscription = new Subscription(wanted, this.#units);
    let at: Positions = new Map([...this.#positions].map(([key, next]) => [key, from.get(key) ?? next]));
    const flush = (): void => {
      const text = subscription.take(() => encodePositions(heldBack(at, subscription)));
      if (text !== '') reader.send(encoder.encode(text));
    };
    const paced = async (): Promise<void> => {
      flush();
      await reader.ready();
    };
    const missed = (): [string, number][] =>
      [...this.#positions].filter(([key, next]) => (at.get(key) ?? next) < next);
    for (let round = 0; round < REPLAY_ROUNDS && reader.open; round++) {
      at = await replay(this.#source, at, subscription, paced);
      flush();
      if (missed().length === 0) break;
    }
    // a reader that is slower than the log grows never gets there
    for (const [key, to] of missed()) {
      const cut = key.lastIndexOf('/');
      const [topic, partition] = [key.slice(0, cut), Number(key.slice(cut + 1))];
      subscription.gap(JSON.stringify({ topic, partition, from: at.get(key), to }));
      at.set(key, to);
    }
    subscription.settle();
    subscription.settle();
    flush();
    if (reader.open) this.#add(wanted, reader);
  }

  #add(wanted: Wanted, reader: LiveReader): void {
    const key = wantedKey(wanted);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = {
        subscription: new Subscription(wanted, this.#units),
        readers: new Set(),
        lastSentMs: performance.now(),
      };
      this.#groups.set(key, group);
    }
    group.readers.add(reader);
    this.#timer ??= setTimeout(() => this.#tick(), this.#settings.tickMs);
  }

  #left(client: string, wanted: Wanted, reader: LiveReader): void {
    this.#readers--;
    const own = this.#readersOf.get(client)! - 1;
    if (own === 0) this.#readersOf.delete(client);
    else this.#readersOf.set(client, own);
    if (reader.dropped) {
      this.#dropped++;
      this.#log.warn({ code: 'request.too-many' }, 'a live reader was too slow and was dropped');
    }
    const key = wantedKey(wanted);
    const group = this.#groups.get(key);
    group?.readers.delete(reader);
    if (group?.readers.size !== 0) return;
    this.#groups.delete(key);
    this.#sparkplug.release();
  }

  /** The one tail is there, or is being made: who comes meanwhile waits for it. */
  #connect(): Promise<void> {
    this.#starting ??= this.#start().catch((error) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    const topics = Object.values(LIVE_TOPICS);
    const tail: Tail = { handle: null };
    this.#tail = tail;
    try {
      await this.#names.readAll().catch(() => {});
      tail.handle = await this.#source.eventLog.tail({
        topics,
        onRecords: (records) => {
          if (this.#tail === tail) this.#heard(records);
        },
        onError: (error) => {
          if (this.#tail === tail) void this.#again(error);
        },
      });
      for (const { topic, partition, end } of await this.#source.eventLog.ends(topics)) {
        const key = `${topic}/${partition}`;
        this.#positions.set(key, Math.max(end, this.#positions.get(key) ?? 0));
      }
    } catch (error) {
      // half a tail would go on beside the next one
      if (this.#tail === tail) this.#tail = null;
      await tail.handle?.close().catch(() => {});
      throw error;
    }
    if (this.#tail === tail || this.#closed) return;
    // it broke while it was being made
    await tail.handle.close().catch(() => {});
    throw new LoadcycleError('log.unavailable', 'the log went away again');
  }

  /**
   * The tail broke: readers are let go, and come back by themselves with their last id. Those who come before there
   * is another tail wait for it.
   */
  async #again(error: Error): Promise<void> {
    this.#log.warn({ code: 'log.unavailable', err: error }, 'the live stream lost the log');
    const handle = this.#tail?.handle;
    this.#tail = null;
    this.#starting = null;
    this.#sparkplug.clear();
    for (const group of [...this.#groups.values()]) for (const reader of [...group.readers]) reader.end();
    await handle?.close().catch(() => {});
    const backoff = new Backoff(200, 10_000);
    while (!this.#closed) {
      await backoff.wait();
      try {
        await this.#connect();
        return;
      } catch (e) {
        this.#log.warn({ err: e }, 'the live stream waits for the log');
      }
    }
  }

  #subscriptions(): Subscription[] {
    return [...this.#groups.values()].map((g) => g.subscription);
  }

  #heard(records: readonly LogRecord[]): void {
    const subscriptions = this.#subscriptions();
    for (const record of records) {
      this.#positions.set(`${record.topic}/${record.partition}`, record.offset + 1);
      if (isSparkplugRecord(record)) this.#sparkplug.hear(record);
      else if (subscriptions.length > 0) dispatch(record, subscriptions);
    }
  }

  #tick(): void {
    this.#timer = null;
    const now = performance.now();
    const settle = ++this.#ticks % SETTLE_TICKS === 0;
    const named = [...this.#groups.values()].flatMap((g) => g.subscription.wanted.signals ?? []);
    this.#units.refresh(new Set(named));
    if (this.#ticks % NAMES_TICKS === 0) void this.#names.readAll().catch(() => {});
    for (const group of [...this.#groups.values()]) {
      const { subscription } = group;
      if (settle) subscription.settle();
      const text = subscription.take(() =>
        encodePositions(heldBack(this.#positions, subscription, this.#sparkplug)),
      );
      if (text === '' && now - group.lastSentMs < this.#settings.heartbeatMs) continue;
      const bytes = text === '' ? HEARTBEAT : encoder.encode(text);
      group.lastSentMs = now;
      for (const reader of [...group.readers]) reader.send(bytes);
    }
    if (this.#groups.size > 0) this.#timer ??= setTimeout(() => this.#tick(), this.#settings.tickMs);
  }
}

const tooManyReaders = (detail: string): Refusal =>
  new Refusal('request.too-many', detail, { headers: { 'retry-after': '5' } });

/** Where to read on from, so that samples in a slot that was begun, or that wait for their node, are not missed. */
function heldBack(positions: Positions, subscription: Subscription, sparkplug?: SparkplugTail): Positions {
  const at: Positions = new Map(positions);
  const held = [...subscription.heldBack(), ...(sparkplug?.heldBack(subscription) ?? [])];
  for (const { partition, offset } of held) {
    at.set(partition, Math.min(offset, at.get(partition) ?? offset));
  }
  return at;
}
