/**
 * notify: anomalies → MQTT and webhooks.
 *
 * Two consumers of `loadcycle.anomalies`, so that a slow webhook does not hold up MQTT. Each tells at least once, in
 * order, and then moves its offset in the store. MQTT waits for its broker; a webhook that refuses or stays away is
 * given up for that anomaly after its tries, and the log says so. On MQTT an anomaly is a message of QoS 1 on
 * `loadcycle/v1/{site}/{device}/anomalies/{signal}`, as `contract/anomaly-event.ts` describes it.
 */
import { createHash } from 'node:crypto';
import { LOG_TOPICS, LoadcycleError, parseSignalKey, TOPIC_ROOT } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { connect, type MqttClient } from 'mqtt';
import { type LogWork, LogWorker } from '../work/log-worker.ts';
import type { WorkerOptions } from '../work/worker-options.ts';
import { NOTIFY_DEFAULTS, NOTIFY_MQTT, NOTIFY_WEBHOOKS, type NotifySettings } from './settings.ts';
import { postAll, type WebhookOptions } from './webhook.ts';

export { NOTIFY_MQTT, NOTIFY_WEBHOOKS, type NotifySettings, notifySettings } from './settings.ts';

type Tell = (record: LogRecord) => Promise<void>;

class TellWork implements LogWork<readonly LogRecord[]> {
  readonly name: string;
  readonly topics = [LOG_TOPICS.anomalies];
  readonly #tell: Tell;

  constructor(name: string, tell: Tell) {
    this.name = name;
    this.#tell = tell;
  }

  poll() {
    return { maxBytes: 100_000, maxRecords: 20, gatherMs: 0, waitMs: 1_000 };
  }

  async prepare(records: readonly LogRecord[]): Promise<readonly LogRecord[]> {
    return records;
  }

  async before(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) await this.#tell(record);
  }

  async apply(): Promise<undefined> {
    return undefined;
  }
}

/** Starts what the settings ask for; nothing where they name neither a webhook nor a broker. */
export async function startNotify(
  options: WorkerOptions<NotifySettings>,
): Promise<{ close(): Promise<void> }> {
  const { log } = options;
  const settings = { ...NOTIFY_DEFAULTS, ...options.settings };
  const stop = new AbortController();
  const workers: LogWorker<readonly LogRecord[]>[] = [];
  const start = (name: string, tell: Tell): void => {
    workers.push(new LogWorker({ ...options, work: new TellWork(name, tell) }));
  };
  const urls = (settings.webhooks ?? '')
    .split(',')
    .filter((u) => u.trim() !== '')
    .map(parseUrl);
  if (urls.length > 0) {
    const { webhookSecret: secret, webhookTimeout, webhookTries: tries } = settings;
    const hooks: WebhookOptions = {
      urls,
      secret,
      timeoutMs: webhookTimeout / 1000,
      tries,
      log,
      signal: stop.signal,
    };
    start(NOTIFY_WEBHOOKS, (record) => postAll(record.value, keyOf(record), hooks));
  }
  let client: MqttClient | null = null;
  if (settings.notifyMqttUrl !== null) {
    const { notifyMqttUsername: username, notifyMqttPassword: password } = settings;
    const login = { username: username ?? undefined, password: password ?? undefined };
    client = connect(settings.notifyMqttUrl, { ...login, reconnectPeriod: 2_000, queueQoSZero: false });
    client.on('error', (err) => log.warn({ err }, 'no connection to publish anomalies'));
    const mqtt = client;
    start(NOTIFY_MQTT, (record) => publish(mqtt, record));
  }
  return {
    async close() {
      stop.abort();
      // a publication that waits for its broker ends with the client
      await client?.endAsync(true);
      await Promise.all(workers.map((w) => w.close()));
    },
  };
}

async function publish(client: MqttClient, record: LogRecord): Promise<void> {
  const { site, device, signal } = parseSignalKey(record.key);
  const topic = `${TOPIC_ROOT}/${site}/${device}/anomalies/${signal}`;
  try {
    await client.publishAsync(topic, Buffer.from(record.value), { qos: 1 });
  } catch (cause) {
    throw new LoadcycleError(
      'broker.unavailable',
      `anomalies wait for the broker: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

/** The same for the same record, whenever it is told. */
const keyOf = (record: LogRecord): string =>
  createHash('sha256').update(record.value).digest('hex').slice(0, 32);

function parseUrl(text: string): string {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new LoadcycleError('settings.invalid', `"${text}" is no URL that can be posted to`);
  }
  return url.href;
}
