/**
 * Link: the agent's one connection to its broker, for as long as the agent runs.
 *
 * Each connection is a client of its own: mqtt.js keeps QoS 1 messages that were not acknowledged in a store in
 * memory and sends them again by itself after a reconnect. The outbox does that already, with a bound and on disk,
 * so when a connection ends its client goes, with all that it held, and the next one starts empty. For the same
 * reason nothing is handed to a client that is not connected.
 *
 * The MQTT session is persistent (a stable client id, no clean start): commands and receipts that come while the
 * device is away wait at the broker.
 */
import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { Backoff } from '@loadcycle/service';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

export interface MqttSettings {
  /** `mqtt://host:1883`, `mqtts://host:8883` */
  readonly url: string;
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM: the authority that signed the broker's certificate; default: the system's */
  readonly ca?: string | Buffer;
  /** PEM: the device's certificate and its key */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** 4 is MQTT 3.1.1, which every broker speaks */
  readonly protocolVersion?: 4 | 5;
  readonly keepaliveS?: number;
}

export interface LinkOptions {
  readonly mqtt: MqttSettings;
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly will: () => { topic: string; payload: string };
  readonly onUp: () => void;
  readonly onDown: (error: LoadcycleError | null) => void;
  /** Must have kept what it needs when it returns: the broker forgets the message then. */
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
  readonly log: Logger;
  readonly maxBackoffMs?: number;
}

export class Link {
  readonly #o: LinkOptions;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  #client: MqttClient | null = null;
  #up = false;
  #running: Promise<void> | null = null;
  #lastComplaint = '';
  readonly #unanswered = new Set<(error: Error) => void>();

  constructor(options: LinkOptions) {
    this.#o = options;
    this.#backoff = new Backoff(200, options.maxBackoffMs ?? 10_000);
  }

  get up(): boolean {
    return this.#up;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** QoS 1. Resolves when the broker has acknowledged, rejects with `broker.unavailable` where the connection ends. */
  publish(topic: string, payload: string | Uint8Array, retain = false): Promise<void> {
    const client = this.#client;
    if (!this.#up || client === null) return Promise.reject(away('not connected'));
    return new Promise((resolve, reject) => {
      this.#unanswered.add(reject);
      client.publish(topic, payload as Buffer, { qos: 1, retain }, (error) => {
        this.#unanswered.delete(reject);
        if (error) reject(away(error.message, error));
        else resolve();
      });
    });
  }

  /** The same without a promise for each message; `acknowledged` is not called where the connection ends first. */
  send(topic: string, payload: Uint8Array, acknowledged: () => void): void {
    if (!this.#up) return;
    this.#client?.publish(topic, payload as Buffer, { qos: 1 }, (error) => {
      if (!error) acknowledged();
    });
  }

  /** Ends a connection that does not move any more; the next one follows. */
  drop(why: string): void {
    this.#o.log.warn({ code: 'broker.unavailable' }, `${why}: connecting anew`);
    this.#client?.end(true);
  }

  /** Ends in order: what was published before is acknowledged or given up after `graceMs`. */
  async close(graceMs = 2_000): Promise<void> {
    this.#stop.abort();
    const client = this.#client;
    if (client !== null) {
      const forced = setTimeout(() => client.end(true), graceMs);
      await client.endAsync(!this.#up).catch(() => {});
      clearTimeout(forced);
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const error = await this.#connectOnce();
      const wasUp = this.#up;
      this.#up = false;
      this.#client = null;
      for (const reject of this.#unanswered) reject(away('connection closed'));
      this.#unanswered.clear();
      if (this.#stop.signal.aborted) return;
      this.#complain(error, wasUp);
      this.#o.onDown(error);
      await this.#backoff.wait(this.#stop.signal);
    }
  }

  /** One connection from its beginning to its end. */
  #connectOnce(): Promise<LoadcycleError> {
    const { mqtt: m, clientId, topics, onMessage, onUp, log } = this.#o;
    const will = this.#o.will();
    const options: IClientOptions = {
      clientId,
      clean: false,
      protocolVersion: m.protocolVersion ?? 4,
      ...(m.protocolVersion === 5 ? { properties: { sessionExpiryInterval: 7 * 86_400 } } : {}),
      keepalive: m.keepaliveS ?? 15,
      connectTimeout: 10_000,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    };
    for (const key of ['username', 'password', 'ca', 'cert', 'key'] as const) {
      if (m[key] !== undefined) options[key] = m[key] as never;
    }
    return new Promise((resolve) => {
      let error = away('connection closed');
      const client = mqtt.connect(m.url, options);
      this.#client = client;
      client.on('message', (topic, payload) => {
        try {
          onMessage(topic, payload);
        } catch (cause) {
          log.error({ err: cause, topic }, 'a message could not be taken');
        }
      });
      client.on('error', (cause) => {
        error = asLinkError(cause);
      });
      client.on('connect', () => {
        const wanted = Object.fromEntries(topics.map((t) => [t, { qos: 1 as const }]));
        client.subscribe(wanted, (cause, granted) => {
          const refused = granted?.find((g) => g.qos === 128);
          if (cause || refused) {
            error = refused
              ? new LoadcycleError('broker.forbidden', `the broker refuses ${refused.topic}`)
              : away(cause!.message, cause);
            client.end(true);
            return;
          }
          this.#up = true;
          this.#backoff.reset();
          this.#lastComplaint = '';
          log.info({ url: shown(m.url) }, 'connected');
          onUp();
        });
      });
      client.on('close', () => {
        client.end(true);
        resolve(error);
      });
    });
  }

  #complain(error: LoadcycleError, wasUp: boolean): void {
    const line = `${shown(this.#o.mqtt.url)}: ${error.message}`;
    const fields = { code: error.code };
    if (line === this.#lastComplaint && !wasUp) this.#o.log.debug(fields, line);
    else if (error.kind === 'standing') this.#o.log.error(fields, `${line}; trying again until it is mended`);
    else this.#o.log.warn(fields, `${line}; trying again`);
    this.#lastComplaint = line;
  }
}

/** The URL without what it may hold of credentials. */
function shown(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}

function away(message: string, cause?: unknown): LoadcycleError {
  return new LoadcycleError('broker.unavailable', message, { cause });
}

/** Refused credentials and certificates stand until somebody acts; everything else passes. */
function asLinkError(cause: Error & { code?: unknown }): LoadcycleError {
  const refused = cause.code === 4 || cause.code === 5 || cause.code === 134 || cause.code === 135;
  const certificate = typeof cause.code === 'string' && /CERT|SELF_SIGNED|ERR_TLS|ERR_SSL/.test(cause.code);
  // a socket that could not reach any of a host's addresses has its reasons in `errors`
  const message = cause.message || (cause as { errors?: Error[] }).errors?.[0]?.message || String(cause.code);
  if (refused || certificate) return new LoadcycleError('broker.forbidden', message, { cause });
  return away(message, cause);
}
