/**
 * Bounded sessions and queues for aedes, in memory. Subscriptions, retained messages and wills are the library's
 * own; what it keeps without a limit (queues, QoS 2 identifiers, retained messages, sessions whose clients never come
 * again) is kept here with one.
 *
 * A full queue of a service (the bridge) is not cut: `whenRoom` makes publishers wait for it, before their PUBACK. Of
 * anybody else's the newest message is dropped and counted, as Mosquitto does.
 */
import { Readable } from 'node:stream';
import type { Client, Subscription } from 'aedes';
import MemoryPersistence from 'aedes-persistence/asyncPersistence.js';
import { type BrokerLimitSettings, FIXED_LIMITS } from './limits.ts';
import { bytesOf, OutgoingQueue, type Queued } from './outgoing-queue.ts';
import { RetainedQuota } from './retained-quota.ts';

export interface SessionOwner {
  /** whose session it is; of one user only so many are kept */
  readonly user: string;
  readonly service: boolean;
}

interface Session extends SessionOwner {
  online: boolean;
  /** ms of a steady clock */
  leftAtMs: number;
}

export interface SessionStats {
  readonly sessions: number;
  readonly queuedBytes: number;
  readonly droppedMessages: number;
  readonly retainedMessages: number;
}

type ClientId = Pick<Client, 'id'>;

export class Sessions extends MemoryPersistence {
  readonly #limits: BrokerLimitSettings;
  readonly #onDrop: (what: string, id: string) => void;
  readonly #maySubscribe: (client: Client, filter: string) => boolean;
  /** kept sessions by client id, in the order in which their clients came last */
  readonly #sessions = new Map<string, Session>();
  readonly #services = new Set<string>();
  readonly #queues = new Map<string, OutgoingQueue>();
  readonly #retained: RetainedQuota;
  readonly #inbound = new Map<string, Set<number>>();
  readonly #stored = new WeakSet<object>();
  #waiting: (() => void)[] = [];
  #queuedBytes = 0;
  #dropped = 0;

  constructor(
    limits: BrokerLimitSettings,
    onDrop: (what: string, id: string) => void,
    maySubscribe: (client: Client, filter: string) => boolean,
  ) {
    super();
    this.#limits = limits;
    this.#onDrop = onDrop;
    this.#maySubscribe = maySubscribe;
    this.#retained = new RetainedQuota(limits.mqttRetainedBytes);
  }

  get stats(): SessionStats {
    return {
      sessions: this.#sessions.size,
      queuedBytes: this.#queuedBytes,
      droppedMessages: this.#dropped,
      retainedMessages: this.#retained.count,
    };
  }

  /** A client has come that wants its session kept; makes room for it where there are too many. */
  async open(id: string, owner: SessionOwner): Promise<void> {
    const known = this.#sessions.delete(id);
    this.#sessions.set(id, { ...owner, online: true, leftAtMs: 0 });
    if (owner.service) this.#services.add(id);
    if (known || owner.service) return;
    const kept = [...this.#sessions].filter(([, s]) => !s.service);
    const own = kept.filter(([, s]) => s.user === owner.user);
    const tooMany =
      own.length > this.#limits.mqttSessionsPerUser
        ? own
        : kept.length > this.#limits.mqttSessions
          ? kept
          : [];
    const oldest = tooMany.find(([, s]) => !s.online);
    if (oldest !== undefined) await this.end(oldest[0]);
  }

  /** A client is there; after {@link left} of the connection that it took over. */
  came(id: string): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.online = true;
  }

  left(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.online = false;
    session.leftAtMs = performance.now();
  }

  /** Ends the sessions whose clients have been away for too long. */
  async expire(): Promise<void> {
    const before = performance.now() - this.#limits.mqttSessionAge / 1000;
    for (const [id, s] of [...this.#sessions]) {
      if (!s.online && !s.service && s.leftAtMs <= before) await this.end(id);
    }
  }

  async end(id: string): Promise<void> {
    await this.cleanSubscriptions({ id } as Client);
    await this.cleanIncoming({ id } as Client);
  }

  /** Whether a service is so far behind that publishers must wait for it. */
  get full(): boolean {
    for (const id of this.#services) {
      if ((this.#queues.get(id)?.bytes ?? 0) >= this.#limits.mqttQueuedBytes) return true;
    }
    return false;
  }

  async whenRoom(): Promise<void> {
    while (this.full) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #freed(bytes: number): void {
    this.#queuedBytes -= bytes;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  #forgetQueue(id: string): void {
    const queue = this.#queues.get(id);
    this.#queues.delete(id);
    if (queue !== undefined) this.#freed(queue.bytes);
  }

  // what aedes calls

  override async cleanSubscriptions(client: Client): Promise<void> {
    this.#sessions.delete(client.id);
    this.#services.delete(client.id);
    this.#forgetQueue(client.id);
    await super.cleanSubscriptions(client);
  }

  /** aedes hands over a SUBSCRIBE whole, once for each of its filters and with the refused ones. */
  override async addSubscriptions(client: Client, subs: Subscription[]): Promise<void> {
    // each filter of the packet has been judged by then
    await Promise.resolve();
    if (this.#stored.has(subs)) return;
    this.#stored.add(subs);
    await super.addSubscriptions(
      client,
      subs.filter((s) => this.#maySubscribe(client, s.topic)),
    );
  }

  override async storeRetained(packet: Queued): Promise<void> {
    if (!this.#retained.take(packet.topic, bytesOf(packet), packet.payload.length === 0)) {
      this.#dropped++;
      this.#onDrop('retained message', packet.topic);
      return;
    }
    await super.storeRetained({ ...packet, payload: owned(packet.payload) });
  }

  async outgoingEnqueue(sub: { clientId: string }, packet: Queued): Promise<void> {
    await this.outgoingEnqueueCombi([sub], packet);
  }

  async outgoingEnqueueCombi(subs: { clientId: string }[], packet: Queued): Promise<void> {
    if (subs.length === 0) return;
    const payload = owned(packet.payload);
    const bytes = bytesOf(packet);
    const { mqttQueuedBytes, mqttQueuedBytesTotal } = this.#limits;
    for (const { clientId } of subs) {
      const session = this.#sessions.get(clientId);
      if (session === undefined) continue;
      let queue = this.#queues.get(clientId);
      const full =
        (queue?.bytes ?? 0) + bytes > mqttQueuedBytes || this.#queuedBytes + bytes > mqttQueuedBytesTotal;
      if (full && !session.service) {
        this.#dropped++;
        this.#onDrop('message for a client that is away', clientId);
        continue;
      }
      if (queue === undefined) this.#queues.set(clientId, (queue = new OutgoingQueue()));
      queue.push({ ...packet, payload, messageId: undefined });
      this.#queuedBytes += bytes;
    }
  }

  async outgoingUpdate(client: ClientId, packet: Queued): Promise<void> {
    const queue = this.#queues.get(client.id);
    if (queue === undefined) return;
    const before = queue.bytes;
    queue.update(packet);
    if (queue.bytes !== before) this.#freed(before - queue.bytes);
  }

  async outgoingClearMessageId(client: ClientId, packet: Queued): Promise<Queued | undefined> {
    const queue = this.#queues.get(client.id);
    const { messageId } = packet;
    const removed = messageId === undefined ? undefined : queue?.remove(messageId);
    if (removed !== undefined) {
      if (queue!.size === 0) this.#queues.delete(client.id);
      this.#freed(bytesOf(removed));
    }
    return removed;
  }

  outgoingStream(client: ClientId): Readable {
    return Readable.from(this.#queues.get(client.id)?.snapshot() ?? []);
  }

  /** Of a QoS 2 message that has come, only its identifier is needed until PUBREL. */
  async incomingStorePacket(client: ClientId, packet: Queued): Promise<void> {
    let ids = this.#inbound.get(client.id);
    if (ids === undefined) this.#inbound.set(client.id, (ids = new Set()));
    if (ids.size >= FIXED_LIMITS.inflightInbound) throw new Error('too many QoS 2 messages without PUBREL');
    ids.add(packet.messageId!);
  }

  async incomingGetPacket(client: ClientId, packet: Queued): Promise<Queued> {
    if (!this.#inbound.get(client.id)?.has(packet.messageId!)) throw new Error('no such packet');
    return packet;
  }

  async incomingDelPacket(client: ClientId, packet: Queued): Promise<void> {
    const ids = this.#inbound.get(client.id);
    if (!ids?.delete(packet.messageId!)) throw new Error('no such packet');
    if (ids.size === 0) this.#inbound.delete(client.id);
  }

  async cleanIncoming(client: ClientId): Promise<void> {
    this.#inbound.delete(client.id);
  }
}

/** A payload is a piece of what one read from a socket gave: kept for longer, it must not keep all of that. */
function owned(payload: Queued['payload']): Buffer {
  const bytes = Buffer.from(payload as Buffer); // copies
  return bytes;
}
