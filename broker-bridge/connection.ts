import type { Logger } from '@loadcycle/contract';
import type { MqttLogin } from '@loadcycle/service';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { type Arrived, PubackHold } from './hold-puback.ts';

/** How to reach the broker. */
export interface MqttSettings extends MqttLogin {
  /** `mqtt://host:1883`, `mqtts://host:8883` */
  readonly url: string;
}

export interface ConnectionOptions {
  readonly mqtt: MqttSettings;
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  readonly filters: readonly string[];
  /** filters that a kept session may still have, and that are given back */
  readonly former: readonly string[];
  /** a part of the filters that no log line may show */
  readonly secret: string | null;
  readonly maxInFlight: number;
  readonly keepaliveS: number;
  readonly log: Logger;
  readonly onMessage: (message: Arrived) => void;
  readonly onState: () => void;
  /** Its own subscriptions stand: what else this client shall hear may be asked for. */
  readonly onSubscribed?: (client: MqttClient) => void;
}

/** What stands in the way of this connection, for health. */
export interface ConnectionTrouble {
  readonly code: 'broker.unavailable' | 'broker.forbidden' | 'internal';
  readonly detail: string;
}

/** never: a bridge that is away for a month still finds what the broker kept for it */
const NO_EXPIRY = 0xffffffff;
/** "bad user name or password", "not authorized" in MQTT 3.1.1 and 5 */
const FORBIDDEN = new Set([4, 5, 134, 135]);
const RETRY_SUBSCRIBE_MS = 2_000;
const HANG_UP_MS = 500;

interface Streamed {
  stream?: { destroy(): void };
}

/** One MQTT connection with a session that the broker keeps (clean = false), subscribed to `filters`. */
export class Connection {
  readonly client: MqttClient;
  readonly hold: PubackHold;
  trouble: ConnectionTrouble | null = { code: 'broker.unavailable', detail: 'not connected yet' };
  readonly #options: ConnectionOptions;
  #retry: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.client = mqtt.connect(options.mqtt.url, clientOptions(options));
    this.hold = new PubackHold(this.client, options.maxInFlight, options.onMessage, (why) =>
      this.#broken('internal', why),
    );
    this.client.on('connect', () => this.#subscribe());
    this.client.on('close', () => this.#broken('broker.unavailable', 'the connection to the broker is gone'));
    this.client.on('error', (error: Error & { code?: number | string }) => {
      const code = FORBIDDEN.has(Number(error.code)) ? 'broker.forbidden' : 'broker.unavailable';
      this.#broken(code, error.message);
    });
  }

  get usable(): boolean {
    return this.trouble === null && this.client.connected;
  }

  /** Gives the subscription back, so that the other members of a shared one get what comes from now on. */
  async leave(): Promise<void> {
    if (this.client.connected) await this.client.unsubscribeAsync([...this.#options.filters]).catch(() => {});
  }

  /** @param endSession the broker forgets this client too (MQTT 5) */
  async close(endSession = false): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#retry);
    const forget = endSession && this.#options.protocolVersion === 5;
    const ended = this.client
      .endAsync(!this.client.connected, forget ? { properties: { sessionExpiryInterval: 0 } } : {})
      .catch(() => {});
    // a connection that nothing is taken from any more does not see the broker hang up: end it from this side
    const stuck = setTimeout(() => (this.client as unknown as Streamed).stream?.destroy(), HANG_UP_MS);
    await ended;
    clearTimeout(stuck);
  }

  #subscribe(): void {
    const { filters, former, secret, log, clientId, onState } = this.#options;
    clearTimeout(this.#retry);
    // rh 1: retained messages only where the subscription is new; 3.1.1 sends them again, which changes nothing
    const wanted = Object.fromEntries(filters.map((filter) => [filter, { qos: 1 as const, rh: 1 }]));
    this.client.subscribe(wanted, (error, _granted, suback) => {
      if (this.#closing) return;
      const refused = suback?.granted?.some((code) => typeof code === 'number' && code >= 128) ?? false;
      if (error !== null || refused) {
        if (!this.client.connected) return;
        this.#broken(
          'broker.forbidden',
          `the broker refuses the subscription: ${error?.message ?? 'refused'}`,
        );
        this.#retry = setTimeout(() => this.#subscribe(), RETRY_SUBSCRIBE_MS);
        return;
      }
      this.trouble = null;
      this.#options.onSubscribed?.(this.client);
      // not before: there shall be no moment without a subscription
      const left = former.filter((filter) => !filters.includes(filter));
      if (left.length > 0) this.client.unsubscribe(left);
      const shown = secret === null ? filters : filters.map((filter) => filter.replace(secret, '…'));
      log.info({ clientId, filters: shown }, 'subscribed');
      onState();
    });
  }

  #broken(code: ConnectionTrouble['code'], detail: string): void {
    if (this.#closing || this.trouble?.code === 'internal') return;
    // what the broker said counts more than that the line is down since
    if (code === 'broker.unavailable' && this.trouble?.code === 'broker.forbidden') return;
    const changed = this.trouble?.detail !== detail;
    this.trouble = { code, detail };
    if (changed) this.#options.log.warn({ clientId: this.#options.clientId, code }, detail);
    this.#options.onState();
  }
}

function clientOptions(options: ConnectionOptions): IClientOptions {
  const { url: _, ...login } = options.mqtt;
  const { clientId, protocolVersion, maxInFlight, keepaliveS } = options;
  return {
    clientId,
    protocolVersion,
    clean: false,
    resubscribe: false,
    // its own debug log, a dozen calls a message even when it is off
    log: () => {},
    // receipts are not worth keeping for later
    queueQoSZero: false,
    reconnectPeriod: 500,
    reconnectOnConnackError: true,
    connectTimeout: 10_000,
    keepalive: keepaliveS,
    ...login,
    ...(protocolVersion === 5
      ? { properties: { sessionExpiryInterval: NO_EXPIRY, receiveMaximum: maxInFlight } }
      : {}),
  };
}
