import { type Logger, MOSQUITTO_COUNTS, MOSQUITTO_TOPICS } from '@loadcycle/contract';
import type { Health } from './health.ts';
import { Counter, Gauge, Registry } from './metrics.ts';

type Count = keyof typeof MOSQUITTO_COUNTS;
const COUNT_OF = new Map(
  Object.entries(MOSQUITTO_COUNTS).map(([count, topic]) => [topic as string, count as Count]),
);

/** The part of the health that says what the broker has thrown away. */
export const BROKER_QUEUE = 'broker queue';
/** The health tells of a loss for so long. */
const TOLD_MS = 3_600_000;

export interface MosquittoWatchOptions {
  readonly health: Health;
  readonly log: Logger;
  readonly registry?: Registry;
}

/** What an MQTT client of this package's users can do; no more is needed here. */
interface Subscriber {
  subscribe(topics: string[], options: { qos: 0 }, done: (error: Error | null) => void): unknown;
}

/**
 * Hears what Mosquitto counts of itself, and tells health and metrics when it has thrown messages away that it had
 * acknowledged. Other brokers have no such topics: then nothing is known, and nothing is said.
 */
export class MosquittoWatch {
  readonly #o: MosquittoWatchOptions;
  readonly #counts = new Map<Count, number>();
  #droppedAtMs: number | null = null;
  #quiet: NodeJS.Timeout | undefined;

  constructor(options: MosquittoWatchOptions) {
    this.#o = options;
    options.health.aside(BROKER_QUEUE);
    const registers = [options.registry ?? new Registry()];
    const read = (count: Count): number | undefined => this.#counts.get(count);
    new Counter({
      name: 'loadcycle_mosquitto_dropped_messages_total',
      help: 'Messages that Mosquitto threw away because a subscriber’s queue was full, as it counts them itself',
      registers,
      collect() {
        this.reset();
        this.inc(read('dropped') ?? 0);
      },
    });
    for (const [count, name, help] of [
      ['storedMessages', 'loadcycle_mosquitto_stored_messages', 'Messages that Mosquitto holds'],
      ['storedBytes', 'loadcycle_mosquitto_stored_bytes', 'Bytes of payload that Mosquitto holds'],
    ] as const) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read(count) ?? 0);
        },
      });
    }
  }

  /** At each connect. A broker that refuses has nothing to tell: that is no fault of the connection. */
  subscribe(client: Subscriber): void {
    // QoS 0: what is said of the queues must not wait in one
    client.subscribe([...MOSQUITTO_TOPICS], { qos: 0 }, (error) => {
      if (error !== null) this.#o.log.debug({ err: error }, 'the broker does not tell its counts');
    });
  }

  /** True where the message was the broker's count; then it is nobody else's. */
  take(topic: string, payload: Uint8Array): boolean {
    const count = COUNT_OF.get(topic);
    if (count === undefined) return false;
    const value = Number(Buffer.from(payload).toString('latin1'));
    if (!Number.isSafeInteger(value) || value < 0) return true;
    const before = this.#counts.get(count);
    this.#counts.set(count, value);
    if (count === 'dropped') this.#heardDropped(value, before);
    return true;
  }

  /** null: the broker has not told. */
  get state(): {
    readonly dropped: number | null;
    readonly droppedAtMs: number | null;
    readonly storedMessages: number | null;
    readonly storedBytes: number | null;
  } {
    const read = (count: Count): number | null => this.#counts.get(count) ?? null;
    return {
      dropped: read('dropped'),
      droppedAtMs: this.#droppedAtMs,
      storedMessages: read('storedMessages'),
      storedBytes: read('storedBytes'),
    };
  }

  close(): void {
    clearTimeout(this.#quiet);
  }

  #heardDropped(now: number, before: number | undefined): void {
    // a broker that started again counts from nothing
    const more = before === undefined || now < before ? now : now - before;
    const { health, log } = this.#o;
    if (more === 0) {
      if (this.#droppedAtMs === null) health.set(BROKER_QUEUE, 'ok');
      return;
    }
    this.#droppedAtMs = Date.now();
    const since = before === undefined ? ' since it started' : '';
    log.error(
      { code: 'broker.dropped', messages: more },
      `the broker has thrown away ${more} messages${since}`,
    );
    const detail = `${now} messages that the broker had acknowledged found no room in a queue since it started: those of devices without an outbox are lost`;
    health.set(BROKER_QUEUE, 'failing', 'broker.dropped', detail);
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      this.#droppedAtMs = null;
      health.set(BROKER_QUEUE, 'ok');
    }, TOLD_MS).unref();
  }
}
