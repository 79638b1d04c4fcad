import { encodeBatch } from '@loadcycle/codecs';
import { type DevicePath, LoadcycleError, Receipt, receiptsTopic, samplesTopic } from '@loadcycle/contract';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { SignalBatch } from './file-batches.ts';

export interface BrokerAccess {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM */
  readonly ca?: string | undefined;
}

interface Waiting {
  readonly topic: string;
  readonly payload: Uint8Array;
  sentAt: number;
}

const WINDOW_BYTES = 4_194_304;
const WINDOW_BATCHES = 256;
/** A receipt that takes longer is overdue, and the batch is sent again. */
const OVERDUE_MS = 5_000;
/** Connections that ended with batches on their way and no receipt ever. */
const REFUSED_AFTER = 3;

/**
 * Publishes batches as a device does, and keeps each until a receipt says that the event log has it: what a broker or a
 * bridge loses is sent again. Its memory is bounded by the window. It fails where nothing moves for `patienceMs`.
 */
export class ImportDelivery {
  readonly #device: DevicePath;
  readonly #session: string;
  readonly #client: MqttClient;
  readonly #patienceMs: number;
  readonly #waiting = new Map<string, Waiting>();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #movedAt = performance.now();
  #wake: (() => void) | null = null;
  #broken: LoadcycleError | null = null;
  #closes = 0;
  /** batches that the log has */
  logged = 0;
  /** batches that went out more than once */
  resent = 0;

  private constructor(client: MqttClient, device: DevicePath, session: string, patienceMs: number) {
    this.#client = client;
    this.#device = device;
    this.#session = session;
    this.#patienceMs = patienceMs;
    this.#timer = setInterval(() => this.#look(), 500);
    client.on('message', (_, payload) => this.#receipt(payload));
    // what was on its way when the connection ended is sent again at once
    client.on('connect', () => this.#resend(0));
    client.on('close', () => this.#closed());
    client.on('error', () => {});
  }

  /** Throws `broker.unavailable` or `broker.forbidden`. */
  static async open(
    broker: BrokerAccess,
    device: DevicePath,
    session: string,
    patienceMs: number,
  ): Promise<ImportDelivery> {
    const options: IClientOptions = {
      clientId: `loadcycle-import-${session}`,
      clean: true,
      protocolVersion: 4,
      connectTimeout: 10_000,
      reconnectPeriod: 1_000,
      queueQoSZero: false,
      username: broker.username,
      password: broker.password,
      ca: broker.ca,
    };
    for (const key of ['username', 'password', 'ca'] as const)
      if (options[key] === undefined) delete options[key];
    let client: MqttClient;
    try {
      client = await mqtt.connectAsync(broker.url, options, false);
    } catch (cause) {
      throw asBrokerError(broker, cause as Error & { code?: unknown });
    }
    const delivery = new ImportDelivery(client, device, session, patienceMs);
    try {
      const granted = await client.subscribeAsync(receiptsTopic(device), { qos: 1 });
      if (granted.some((g) => g.qos === 128)) throw new Error('refused');
      return delivery;
    } catch (cause) {
      await delivery.close();
      throw forbidden(device, cause);
    }
  }

  /** Waits for room, then sends. */
  async send({ signal, batch }: SignalBatch): Promise<void> {
    while (this.#bytes > WINDOW_BYTES || this.#waiting.size >= WINDOW_BATCHES) await this.#moves();
    if (this.#broken !== null) throw this.#broken;
    const payload = encodeBatch(batch);
    const topic = samplesTopic({ ...this.#device, signal });
    const waiting: Waiting = { topic, payload, sentAt: performance.now() };
    if (this.#waiting.size === 0) this.#movedAt = performance.now();
    this.#waiting.set(`${signal}/${batch.seq}`, waiting);
    this.#bytes += payload.length;
    this.#publish(waiting);
  }

  /** Waits until the log has everything. */
  async settled(): Promise<void> {
    while (this.#waiting.size > 0) await this.#moves();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.endAsync(true);
  }

  #publish(waiting: Waiting): void {
    waiting.sentAt = performance.now();
    // a client that is not connected would keep it and send it twice
    if (this.#client.connected)
      this.#client.publish(waiting.topic, waiting.payload as Buffer, { qos: 1 }, () => {});
  }

  #resend(olderMs: number): void {
    const now = performance.now();
    for (const waiting of this.#waiting.values()) {
      if (now - waiting.sentAt < olderMs) continue;
      this.resent++;
      this.#publish(waiting);
    }
  }

  #receipt(payload: Uint8Array): void {
    let receipt: Receipt;
    try {
      receipt = Receipt.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
    } catch {
      return;
    }
    if (receipt.session !== this.#session) return;
    for (const [first, last] of receipt.seqs) {
      for (let seq = first; seq <= last; seq++) {
        const key = `${receipt.signal}/${seq}`;
        const waiting = this.#waiting.get(key);
        if (waiting === undefined) continue;
        this.#waiting.delete(key);
        this.#bytes -= waiting.payload.length;
        this.logged++;
      }
    }
    this.#movedAt = performance.now();
    this.#stir();
  }

  #look(): void {
    const { connected } = this.#client;
    if (connected) this.#resend(OVERDUE_MS);
    if (this.#waiting.size > 0 && performance.now() - this.#movedAt > this.#patienceMs) {
      const why = connected ? 'no receipt comes from the bridge' : 'the broker is away';
      this.#broken = new LoadcycleError('broker.unavailable', `${why}: ${this.#waiting.size} batches wait`, {
        hint: 'import the same file again: it goes on, and nothing is doubled',
      });
    }
    if (this.#broken !== null) this.#stir();
  }

  /** MQTT 3.1.1 has no word for "you may not publish this": the broker hangs up, each time anew. */
  #closed(): void {
    if (this.logged > 0 || this.#waiting.size === 0 || ++this.#closes < REFUSED_AFTER) return;
    this.#broken ??= forbidden(this.#device, null);
    this.#stir();
  }

  #stir(): void {
    this.#wake?.();
    this.#wake = null;
  }

  async #moves(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#broken !== null) throw this.#broken;
  }
}

function forbidden({ site, device }: DevicePath, cause: unknown): LoadcycleError {
  return new LoadcycleError('broker.forbidden', `the broker does not take this client as ${site}/${device}`, {
    cause,
    hint: `loadcycle enrol ${site}/${device} makes credentials, --credentials FOLDER uses them`,
  });
}

function asBrokerError({ url }: BrokerAccess, cause: Error & { code?: unknown }): LoadcycleError {
  const where = url.replace(/\/\/[^/@]*@/, '//');
  if (cause.code === 4 || cause.code === 5) {
    return new LoadcycleError('broker.forbidden', `${where}: the broker refuses these credentials`, {
      cause,
      hint: 'loadcycle enrol SITE/DEVICE makes credentials, --credentials FOLDER uses them',
    });
  }
  const why = cause.message || String(cause.code ?? 'no answer');
  return new LoadcycleError('broker.unavailable', `${where}: ${why}`, {
    cause,
    hint: '--mqtt-url names another broker',
  });
}
