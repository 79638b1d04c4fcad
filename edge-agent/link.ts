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
 *
 * What goes wrong is said once, by name and with what to do (`disconnects.ts`), and again only after a connection has
 * held. Tries are 1 s to a minute apart; the waiting time begins anew once a connection has held as well, so that a
 * broker that lets the agent in and throws it out again is not asked seven times a second.
 */
import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { Backoff } from '@loadcycle/service';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { type AgentIdentity, away, Disconnects } from './disconnects.ts';

/** What a device signs in with. */
export interface MqttLogin {
  readonly username?: string;
  readonly password?: string;
  /** PEM: the authority that signed the broker's certificate; default: the system's */
  readonly ca?: string | Buffer;
  /** PEM: the device's certificate and its key */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface MqttSettings extends MqttLogin {
  /** `mqtt://host:1883`, `mqtts://host:8883` */
  readonly url: string;
  readonly clientId?: string;
  /** asked at each connection; what it says goes before what stands here */
  readonly login?: () => MqttLogin;
  /** 4 is MQTT 3.1.1, which every broker speaks */
  readonly protocolVersion?: 4 | 5;
  readonly keepaliveS?: number;
}

export interface LinkOptions {
  readonly mqtt: MqttSettings;
  readonly who: AgentIdentity;
  readonly topics: readonly string[];
  readonly will: () => { topic: string; payload: string };
  readonly onUp: () => void;
  readonly onDown: (error: LoadcycleError | null) => void;
  /** Must have kept what it needs when it returns: the broker forgets the message then. */
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
  readonly log: Logger;
  readonly maxBackoffMs?: number;
}

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** A connection that the network broke after this has held; one that the broker ended must last longer. */
const HELD_MS = 10_000;
const MOST_SAID = 100;
/** CONNACK: identifier rejected, bad user name or password, not authorized (MQTT 3.1.1 and 5) */
const CONNACK_REFUSED = new Set([2, 4, 5, 133, 134, 135]);
/** PUBACK of MQTT 5: not authorized, topic name invalid */
const PUBACK_REFUSED = new Set([0x87, 0x90]);

export class Link {
  readonly #o: LinkOptions;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  #client: MqttClient | null = null;
  #up = false;
  #upSinceMs = 0;
  #running: Promise<void> | null = null;
  readonly #said = new Set<string>();
  readonly #unanswered = new Set<(error: Error) => void>();
  /** topics of publishes without an acknowledgement, in the order of sending */
  readonly #owed = new Map<number, string>();
  #nextPublish = 0;
  #acknowledged = 0;
  readonly #maxBackoffMs: number;
  readonly #disconnects: Disconnects;
  #trouble: LoadcycleError | null = null;
  #holds: NodeJS.Timeout | undefined;
  /** aborted where the end of this connection was asked for */
  #asked = new AbortController();

  constructor(options: LinkOptions) {
    this.#o = options;
    this.#maxBackoffMs = options.maxBackoffMs ?? MAX_BACKOFF_MS;
    this.#backoff = new Backoff(Math.min(FIRST_BACKOFF_MS, this.#maxBackoffMs), this.#maxBackoffMs);
    this.#disconnects = new Disconnects(options.who, 2 * this.#maxBackoffMs);
  }

  /** What stands in the way; null where nothing does. One that stands until somebody acts stays over reconnects. */
  get trouble(): LoadcycleError | null {
    return this.#trouble;
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
      this.#publish(client, topic, payload, retain, (error) => {
        this.#unanswered.delete(reject);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** The same without a promise for each message; `acknowledged` is not called where the connection ends first. */
  send(topic: string, payload: Uint8Array, acknowledged: () => void): void {
    const client = this.#client;
    if (!this.#up || client === null) return;
    this.#publish(client, topic, payload, false, (error) => {
      // an answer too: sent again when its receipt is overdue, and not because the line is dead
      if (error === null || error.code === 'broker.topic-refused') acknowledged();
    });
  }

  #publish(
    client: MqttClient,
    topic: string,
    payload: string | Uint8Array,
    retain: boolean,
    done: (error: LoadcycleError | null) => void,
  ): void {
    const number = this.#nextPublish++;
    this.#owed.set(number, topic);
    client.publish(topic, payload as Buffer, { qos: 1, retain }, (error) => {
      if (!error) {
        this.#owed.delete(number);
        this.#acknowledged++;
        done(null);
      } else if (PUBACK_REFUSED.has(Number((error as { code?: unknown }).code)) && client === this.#client) {
        this.#owed.delete(number);
        this.#acknowledged++;
        const refused = this.#disconnects.topicRefused(topic, 'the broker refuses');
        this.#say(refused);
        done(refused);
      } else done(away(error.message, error));
    });
  }

  /** Ends a connection that does not move any more; the next one follows. */
  drop(why: string): void {
    this.#o.log.warn({ code: 'broker.unavailable' }, `${why}: connecting anew`);
    this.#client?.end(true);
  }

  /** Ends the connection, or the wait for the next one, which begins at once and signs in anew. */
  reconnect(why: string): void {
    this.#o.log.info({}, `${why}: connecting anew`);
    this.#asked.abort();
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
      this.#owed.clear();
      this.#acknowledged = 0;
      const { error, reason } = await this.#connectOnce();
      clearTimeout(this.#holds);
      const upMs = this.#up ? performance.now() - this.#upSinceMs : null;
      this.#up = false;
      this.#client = null;
      for (const reject of this.#unanswered) reject(away('connection closed'));
      this.#unanswered.clear();
      if (this.#stop.signal.aborted) return;
      if (this.#asked.signal.aborted) {
        this.#anew();
        continue;
      }
      // the network broke it: nothing to do with how it would go with a next one
      if (error !== null && reason === null && upMs !== null && upMs >= HELD_MS) this.#held();
      const owed = this.#owed.values().next().value ?? null;
      const why = this.#disconnects.explain({ upMs, acknowledged: this.#acknowledged, owed, error, reason });
      this.#say(why);
      this.#o.onDown(why);
      await this.#backoff.wait(AbortSignal.any([this.#stop.signal, this.#asked.signal]));
      if (this.#asked.signal.aborted) this.#anew();
    }
  }

  /** What was said of the ends before has nothing to do with how the next connection goes. */
  #anew(): void {
    this.#asked = new AbortController();
    this.#trouble = null;
    this.#said.clear();
    this.#backoff.reset();
    this.#disconnects.reset();
    this.#o.onDown(null);
  }

  /** A connection has held: what was said before may be said again, and the next try comes soon. */
  #held(): void {
    if (this.#trouble !== null) this.#o.log.info({}, 'the connection holds');
    this.#trouble = null;
    this.#said.clear();
    this.#backoff.reset();
    this.#disconnects.reset();
  }

  /** One connection from its beginning to its end. */
  #connectOnce(): Promise<{ error: LoadcycleError | null; reason: number | null }> {
    const { mqtt: m, who, topics, onMessage, onUp, log } = this.#o;
    const will = this.#o.will();
    const options: IClientOptions = {
      clientId: who.clientId,
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
    const login = { ...m, ...m.login?.() };
    for (const key of ['username', 'password', 'ca', 'cert', 'key'] as const) {
      if (login[key] !== undefined) options[key] = login[key] as never;
    }
    return new Promise((resolve) => {
      let error: LoadcycleError | null = null;
      let reason: number | null = null;
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
        error = this.#linkError(cause);
      });
      client.on('disconnect', (packet) => {
        reason = packet.reasonCode ?? null;
      });
      client.on('connect', () => {
        const wanted = Object.fromEntries(topics.map((t) => [t, { qos: 1 as const }]));
        client.subscribe(wanted, (cause, _, suback) => {
          // in the order of the filters
          const refused = topics.filter((_, i) => Number(suback?.granted?.[i]) >= 128);
          if (cause || refused.length > 0) {
            error =
              refused.length > 0
                ? this.#disconnects.topicRefused(refused.join(' and '), 'the broker refuses')
                : away(cause!.message, cause);
            client.end(true);
            return;
          }
          this.#up = true;
          this.#upSinceMs = performance.now();
          const passing = this.#trouble === null || this.#trouble.kind === 'transient';
          if (passing) this.#trouble = null;
          this.#holds = setTimeout(() => this.#held(), 2 * this.#maxBackoffMs);
          log[passing ? 'info' : 'debug']({ url: shown(m.url) }, 'connected');
          onUp();
        });
      });
      client.on('close', () => {
        client.end(true);
        resolve({ error, reason });
      });
    });
  }

  /** Says what is wrong once, until a connection has held. */
  #say(error: LoadcycleError): void {
    const { log, mqtt: m } = this.#o;
    this.#trouble = error;
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    const line = `${shown(m.url)}: ${error.message}${hint}`;
    const fields = { code: error.code };
    if (this.#said.has(line)) {
      log.debug(fields, line);
      return;
    }
    if (this.#said.size < MOST_SAID) this.#said.add(line);
    if (error.kind === 'standing') log.error(fields, `${line}; trying again until it is mended`);
    else log.warn(fields, `${line}; trying again`);
  }

  /** Refused credentials and certificates stand until somebody acts; everything else passes. */
  #linkError(cause: Error & { code?: unknown }): LoadcycleError {
    const code = Number(cause.code);
    if (CONNACK_REFUSED.has(code)) return this.#disconnects.notLetIn(code, cause.message);
    const certificate = typeof cause.code === 'string' && /CERT|SELF_SIGNED|ERR_TLS|ERR_SSL/.test(cause.code);
    // a socket that could not reach any of a host's addresses has its reasons in `errors`
    const message =
      cause.message || (cause as { errors?: Error[] }).errors?.[0]?.message || String(cause.code);
    if (certificate) {
      const hint =
        'the certificate of the broker or of this device is refused: look at --mqtt-ca-file and --mqtt-cert-file';
      return new LoadcycleError('broker.forbidden', message, { cause, hint });
    }
    return away(message, cause);
  }
}

/** The URL without what it may hold of credentials. */
function shown(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}
