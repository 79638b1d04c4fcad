import type { LogRecord } from '@loadcycle/event-log/port';
import { dispatchReading } from './dispatch.ts';
import { type NodeSource, SparkplugNode, sparkplugAddress } from './sparkplug-node.ts';
import type { Subscription } from './subscription.ts';

interface Gap {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  to: number;
}

/** The edge nodes of Sparkplug in what is read again for one reader: as in the tail, but it can wait for them. */
export class SparkplugReplay {
  readonly #source: NodeSource;
  readonly #subscription: Subscription;
  readonly #nodes = new Map<string, SparkplugNode>();
  /** by node: messages that the reader wants and that could not be read */
  readonly #gaps = new Map<string, Gap>();

  constructor(source: NodeSource, subscription: Subscription) {
    this.#source = source;
    this.#subscription = subscription;
  }

  /** Throws where the store or the log is away: the reader comes back then. */
  async hear(record: LogRecord): Promise<void> {
    const address = sparkplugAddress(record, this.#source);
    if (address === null) return;
    const { key, site, device, lifecycle } = address;
    const wanted = this.#subscription.wantsSamplesOfDevice(device);
    let node = this.#nodes.get(key);
    if (node === undefined) {
      if (!wanted && !(lifecycle && this.#subscription.wantsStatusAt(site))) return;
      const { topic, partition, offset: next } = record;
      node = await SparkplugNode.open(this.#source, key, { topic, partition, next });
      if (wanted) this.#nodes.set(key, node);
    }
    const reading = node.read(record);
    dispatchReading(record, reading, [this.#subscription]);
    if (reading.lost && wanted) this.#lost(key, record);
  }

  tellGaps(): void {
    for (const gap of this.#gaps.values()) this.#subscription.gap(JSON.stringify(gap));
  }

  #lost(key: string, { topic, partition, offset }: LogRecord): void {
    const gap = this.#gaps.get(key);
    if (gap === undefined) this.#gaps.set(key, { topic, partition, from: offset, to: offset + 1 });
    else gap.to = offset + 1;
  }
}
