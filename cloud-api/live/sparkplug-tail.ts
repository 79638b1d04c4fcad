import type { Logger } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { Backoff } from '@loadcycle/service';
import { dispatchReading } from './dispatch.ts';
import {
  type NodeReading,
  type NodeSource,
  type SparkplugAddress,
  SparkplugNode,
  sparkplugAddress,
} from './sparkplug-node.ts';
import type { Subscription } from './subscription.ts';

/** Nodes that are asked for at once. */
const MOST_OPENING = 4;
/** What waits for a node at most; where it is more, the oldest is told as a gap. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
const MOST_WAITING = 5_000;
/** A node whose messages can't be read is asked for again after so long. */
const ASK_AGAIN_MS = 5_000;

interface Tailed {
  readonly address: SparkplugAddress;
  /** `site/device` of its devices that some reader wants samples of */
  readonly wanted: Set<string>;
  /** null: it is asked for, and its records wait */
  node: SparkplugNode | null;
  waiting: LogRecord[];
  waitingBytes: number;
  askedAtMs: number;
}

/**
 * The edge nodes of Sparkplug that readers of the tail want something of. The first message that is wanted has the
 * node looked up; it and those after it wait until it is there. From then on all of the node's messages are read, since
 * its count goes over all of them, until nobody wants it any more. Births and deaths are also read where
 * somebody wants the status of devices, and the node is then let go.
 */
export class SparkplugTail {
  readonly #source: NodeSource;
  readonly #subscriptions: () => readonly Subscription[];
  readonly #log: Logger;
  readonly #nodes = new Map<string, Tailed>();
  #opening = 0;
  readonly #turns: (() => void)[] = [];
  #stop = new AbortController();

  constructor(source: NodeSource, subscriptions: () => readonly Subscription[], log: Logger) {
    this.#source = source;
    this.#subscriptions = subscriptions;
    this.#log = log;
  }

  hear(record: LogRecord): void {
    const address = sparkplugAddress(record, this.#source);
    if (address === null) return;
    const wanted = this.#wantsSamples(address.device);
    let tailed = this.#nodes.get(address.key);
    if (tailed === undefined) {
      if (!wanted && !(address.lifecycle && this.#subscriptions().some((s) => s.wantsStatusAt(address.site))))
        return;
      tailed = { address, wanted: new Set(), node: null, waiting: [], waitingBytes: 0, askedAtMs: 0 };
      this.#nodes.set(address.key, tailed);
      void this.#open(tailed, this.#stop.signal);
    }
    if (wanted) tailed.wanted.add(address.device);
    if (tailed.node === null) this.#wait(tailed, record);
    else this.#read(tailed, tailed.node, record, wanted);
  }

  /** Where records wait that a subscription wants: what it is sent meanwhile must not say that it had them. */
  *heldBack(subscription: Subscription): Generator<{ partition: string; offset: number }> {
    for (const { waiting, wanted, address } of this.#nodes.values()) {
      const [first] = waiting;
      if (first === undefined) continue;
      const takes = [...wanted].some((d) => subscription.wantsSamplesOfDevice(d));
      if (takes || subscription.wantsStatusAt(address.site)) {
        yield { partition: `${first.topic}/${first.partition}`, offset: first.offset };
      }
    }
  }

  /** Readers have left: nodes that nobody wants are let go. */
  release(): void {
    for (const [key, { wanted, waiting }] of this.#nodes) {
      for (const device of wanted) if (!this.#wantsSamples(device)) wanted.delete(device);
      if (wanted.size === 0 && waiting.length === 0) this.#nodes.delete(key);
    }
  }

  /** The tail has ended; another one may begin somewhere else. */
  clear(): void {
    this.#nodes.clear();
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  #wantsSamples(device: string): boolean {
    return this.#subscriptions().some((s) => s.wantsSamplesOfDevice(device));
  }

  #wait(tailed: Tailed, record: LogRecord): void {
    tailed.waiting.push(record);
    tailed.waitingBytes += record.value.byteLength;
    if (tailed.waitingBytes <= MOST_WAITING_BYTES && tailed.waiting.length <= MOST_WAITING) return;
    const { topic, partition, offset: from } = tailed.waiting[0]!;
    const gap = JSON.stringify({ topic, partition, from, to: record.offset + 1 });
    tailed.waiting = [];
    tailed.waitingBytes = 0;
    for (const s of this.#subscriptions()) {
      if ([...tailed.wanted].some((d) => s.wantsSamplesOfDevice(d))) s.gap(gap);
    }
  }

  #read(tailed: Tailed, node: SparkplugNode, record: LogRecord, wanted: boolean): void {
    const reading = this.#reading(node, record);
    dispatchReading(record, reading, this.#subscriptions());
    if (reading.lost && wanted && performance.now() - tailed.askedAtMs > ASK_AGAIN_MS) {
      // the tail may have missed what landing has not
      tailed.node = null;
      this.#wait(tailed, record);
      void this.#open(tailed, this.#stop.signal);
    }
  }

  #reading(node: SparkplugNode, record: LogRecord): NodeReading {
    try {
      return node.read(record);
    } catch (err) {
      // a bug of ours: it must not end the tail, which all readers share
      this.#log.error({ err }, 'a Sparkplug message could not be read');
      return { batches: [], effects: [], lost: false };
    }
  }

  async #open(tailed: Tailed, stopped: AbortSignal): Promise<void> {
    const { key } = tailed.address;
    const backoff = new Backoff(200, 5_000);
    const gone = (): boolean => stopped.aborted || this.#nodes.get(key) !== tailed;
    await this.#turn();
    try {
      while (!gone()) {
        const [first] = tailed.waiting;
        if (first === undefined) {
          // what waited was too much; the next message asks again
          this.#nodes.delete(key);
          return;
        }
        try {
          const { topic, partition, offset: next } = first;
          const node = await SparkplugNode.open(this.#source, key, { topic, partition, next });
          if (gone()) return;
          if (tailed.waiting[0] !== first) continue;
          this.#opened(tailed, node);
          return;
        } catch (err) {
          if (gone()) return;
          this.#log.warn(
            { err, node: key },
            'live readers wait for what the store knows of a Sparkplug node',
          );
          await backoff.wait(stopped);
        }
      }
    } finally {
      this.#opening--;
      this.#turns.shift()?.();
    }
  }

  #opened(tailed: Tailed, node: SparkplugNode): void {
    const { waiting } = tailed;
    tailed.waiting = [];
    tailed.waitingBytes = 0;
    tailed.askedAtMs = performance.now();
    tailed.node = node;
    for (const record of waiting) this.#read(tailed, node, record, false);
    if (tailed.wanted.size === 0) this.#nodes.delete(tailed.address.key);
  }

  /** A broker that comes back brings the births of all nodes at once: the store is asked for a few at a time. */
  async #turn(): Promise<void> {
    if (this.#opening >= MOST_OPENING) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#opening++;
  }
}
