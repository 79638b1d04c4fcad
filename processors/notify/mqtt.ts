import { type ErrorCode, parseSignalKey, type SignalPath, TOPIC_ROOT } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import type { Health, MqttLogin } from '@loadcycle/service';
import { connect, type ErrorWithReasonCode, type MqttClient } from 'mqtt';
import { type Answer, orAborted, type Target } from './target.ts';

export interface MqttTargetOptions extends MqttLogin {
  readonly consumer: string;
  readonly part: string;
  readonly url: string;
  readonly protocolVersion: 4 | 5;
  readonly health: Health;
}

/** "bad user name or password", "not authorized" in MQTT 3.1.1 and 5 */
const FORBIDDEN = new Set([4, 5, 134, 135]);

/**
 * Publishes each event with QoS 1 on `loadcycle/v1/{site}/{device}/anomalies/{signal}`. It waits for its broker, and for
 * the right to publish, as long as it takes: the log keeps the events.
 */
export class MqttTarget implements Target {
  readonly consumer: string;
  readonly part: string;
  readonly maxEvents = 1;
  readonly gatherMs = 0;
  readonly tries = Number.POSITIVE_INFINITY;
  readonly #client: MqttClient;
  readonly #health: Health;

  constructor({ consumer, part, url, health, ...login }: MqttTargetOptions) {
    this.consumer = consumer;
    this.part = part;
    this.#health = health;
    health.set(this.part, 'waiting', 'broker.unavailable', 'not connected yet');
    this.#client = connect(url, {
      ...login,
      clientId: `loadcycle-notify-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
      reconnectPeriod: 2_000,
      reconnectOnConnackError: true,
      queueQoSZero: false,
    });
    this.#client.on('connect', () => health.set(this.part, 'ok'));
    this.#client.on('close', () => this.#trouble(new Error('the connection to the broker is gone')));
    this.#client.on('error', (error) => this.#trouble(error));
  }

  async send([event]: readonly LogRecord[], stop: AbortSignal): Promise<Answer> {
    let path: SignalPath;
    try {
      path = parseSignalKey(event!.key);
    } catch (error) {
      return { taken: false, code: 'name.invalid', why: (error as Error).message, final: true };
    }
    const topic = `${TOPIC_ROOT}/${path.site}/${path.device}/anomalies/${path.signal}`;
    try {
      await orAborted(this.#client.publishAsync(topic, Buffer.from(event!.value), { qos: 1 }), stop);
      return { taken: true, said: `acknowledged by the broker on ${topic}` };
    } catch (error) {
      return { taken: false, ...this.#trouble(error as Error, stop.aborted), final: false };
    }
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  /** Says what is wrong, and answers it: what the broker said counts more than that the line is down since. */
  #trouble(error: Error, gaveUp = false): { code: ErrorCode; why: string } {
    const forbidden = FORBIDDEN.has(Number((error as Partial<ErrorWithReasonCode>).code));
    const said = this.#health.snapshot()[this.part];
    const known = said?.code !== undefined && (gaveUp || said.code === 'broker.forbidden');
    if (!forbidden && known) return { code: said.code!, why: said.detail ?? error.message };
    const code = forbidden ? 'broker.forbidden' : 'broker.unavailable';
    this.#health.set(this.part, forbidden ? 'failing' : 'waiting', code, error.message);
    return { code, why: error.message };
  }
}
