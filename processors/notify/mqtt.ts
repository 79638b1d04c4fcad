import { parseSignalKey, type SignalPath, TOPIC_ROOT } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { Backoff, type Health, type MqttLogin } from '@loadcycle/service';
import { connect, type ErrorWithReasonCode, type MqttClient } from 'mqtt';
import { type Failure, stopped, type Target } from './target.ts';

export interface MqttTargetOptions extends MqttLogin {
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
  readonly consumer = 'notify-mqtt';
  readonly part = 'anomalies over MQTT';
  readonly #client: MqttClient;
  readonly #health: Health;

  constructor({ url, health, ...login }: MqttTargetOptions) {
    this.#health = health;
    health.aside(this.part);
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

  async tell(record: LogRecord, signal: AbortSignal): Promise<Failure | null> {
    let path: SignalPath;
    try {
      path = parseSignalKey(record.key);
    } catch (error) {
      return { code: 'name.invalid', detail: (error as Error).message, tries: 0 };
    }
    const topic = `${TOPIC_ROOT}/${path.site}/${path.device}/anomalies/${path.signal}`;
    const backoff = new Backoff(500, 60_000);
    while (!signal.aborted) {
      try {
        await this.#client.publishAsync(topic, Buffer.from(record.value), { qos: 1 });
        this.#health.set(this.part, 'ok');
        return null;
      } catch (error) {
        this.#trouble(error as Error);
        await backoff.wait(signal);
      }
    }
    throw stopped();
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #trouble(error: Error): void {
    const code = (error as Partial<ErrorWithReasonCode>).code;
    if (FORBIDDEN.has(Number(code)))
      this.#health.set(this.part, 'failing', 'broker.forbidden', error.message);
    // what the broker said counts more than that the line is down since
    else if (this.#health.snapshot()[this.part]?.code !== 'broker.forbidden') {
      this.#health.set(this.part, 'waiting', 'broker.unavailable', error.message);
    }
  }
}
