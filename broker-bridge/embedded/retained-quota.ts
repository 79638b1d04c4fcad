import { FIXED_LIMITS } from './limits.ts';

/** One device's share of the bytes of all retained messages. */
const SHARE = 1 / 16;

/** `loadcycle/v1/{site}/{device}`, or `spBv1.0/{group}/{type}/{node}` */
const deviceOf = (topic: string): string => topic.split('/', 4).join('/');

interface Use {
  messages: number;
  bytes: number;
}

/** How much each device, and all together, may leave at the broker as retained messages. */
export class RetainedQuota {
  readonly #maxBytes: number;
  readonly #sizes = new Map<string, number>();
  readonly #byDevice = new Map<string, Use>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#sizes.size;
  }

  /** Books a message in the place of the topic's last one; false where there is no room for it. */
  take(topic: string, bytes: number, deletes: boolean): boolean {
    const device = deviceOf(topic);
    const use = this.#byDevice.get(device) ?? { messages: 0, bytes: 0 };
    const before = this.#sizes.get(topic);
    const grown = (deletes ? 0 : bytes) - (before ?? 0);
    if (!deletes && grown > 0) {
      const full = this.#bytes + grown > this.#maxBytes || use.bytes + grown > this.#maxBytes * SHARE;
      if (full) return false;
    }
    if (!deletes && before === undefined) {
      if (use.messages >= FIXED_LIMITS.retainedPerDevice || this.#sizes.size >= FIXED_LIMITS.retained)
        return false;
    }
    use.messages += (deletes ? 0 : 1) - (before === undefined ? 0 : 1);
    use.bytes += grown;
    this.#bytes += grown;
    if (deletes) this.#sizes.delete(topic);
    else this.#sizes.set(topic, bytes);
    if (use.messages === 0) this.#byDevice.delete(device);
    else this.#byDevice.set(device, use);
    return true;
  }
}
