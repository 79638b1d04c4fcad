/** A packet as aedes keeps it: a PUBLISH, or the PUBREL that took its place and has no more than its identifier. */
export interface Queued {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly brokerCounter: number;
  messageId?: number | undefined;
}

/** What an entry costs beyond its payload and topic, bytes, about. */
const ENTRY_BYTES = 256;

export const bytesOf = (packet: Partial<Queued>): number =>
  ENTRY_BYTES + (packet.topic?.length ?? 0) + (packet.payload?.length ?? 0);

/**
 * What one MQTT session waits for, in order: messages of QoS 1 and 2 that its client has not acknowledged, with
 * their bytes counted. Found by the broker's counter or by the packet identifier, each in constant time.
 */
export class OutgoingQueue {
  /** by the broker's counter, which ascends */
  readonly #packets = new Map<number, Queued>();
  readonly #byMessageId = new Map<number, number>();
  bytes = 0;

  get size(): number {
    return this.#packets.size;
  }

  push(packet: Queued): void {
    this.#packets.set(packet.brokerCounter, packet);
    this.bytes += bytesOf(packet);
  }

  /** Gives a PUBLISH its packet identifier, or puts a PUBREL in its place. */
  update(packet: Queued): void {
    const counter = packet.brokerCounter as number | undefined;
    const { messageId } = packet;
    const known = counter === undefined ? undefined : this.#packets.get(counter);
    if (known !== undefined) {
      if (known.messageId !== undefined) this.#byMessageId.delete(known.messageId);
      known.messageId = messageId;
      if (messageId !== undefined) this.#byMessageId.set(messageId, counter!);
      return;
    }
    const key = messageId === undefined ? undefined : this.#byMessageId.get(messageId);
    if (key === undefined) return;
    this.bytes += bytesOf(packet) - bytesOf(this.#packets.get(key)!);
    this.#packets.set(key, packet);
  }

  remove(messageId: number): Queued | undefined {
    const key = this.#byMessageId.get(messageId);
    if (key === undefined) return undefined;
    const packet = this.#packets.get(key)!;
    this.#byMessageId.delete(messageId);
    this.#packets.delete(key);
    this.bytes -= bytesOf(packet);
    return packet;
  }

  /** As they are now, oldest first. */
  snapshot(): Queued[] {
    return [...this.#packets.values()];
  }
}
