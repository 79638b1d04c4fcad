import {
  type Bridge,
  Credentials,
  type EmbeddedBroker,
  startBridge,
  startEmbeddedBroker,
} from '@loadcycle/broker-bridge';
import { CONTENT_TYPE, HEADERS, LOG_TOPICS, Receipt, silentLogger } from '@loadcycle/contract';
import type { EventLog } from '@loadcycle/event-log';
import { Health } from '@loadcycle/service';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  batch,
  CuttableLog,
  connectClient,
  openLog,
  publishBatches,
  SESSION,
  seqsOf,
  temporaryFolder,
  until,
} from './bridge-helpers.ts';
import { type RunningMosquitto, startMosquitto } from './support/mosquitto.ts';

const WAYS = [
  { broker: 'aedes', connections: 1, shareName: null, protocolVersion: 4 },
  { broker: 'mosquitto', connections: 3, shareName: 'bridge', protocolVersion: 5 },
] as const;

describe.each(WAYS)('through $broker', (way) => {
  let folder: string;
  let remove: () => void;
  let embedded: EmbeddedBroker | null = null;
  let mosquitto: RunningMosquitto | null = null;
  let url: string;
  let log: EventLog;
  let cut: CuttableLog;
  let health: Health;
  let bridge: Bridge | null = null;
  const clients: MqttClient[] = [];

  beforeEach(async (context) => {
    ({ folder, remove } = temporaryFolder());
    if (way.broker === 'aedes') {
      const credentials = new Credentials(`${folder}/credentials.json`);
      const users = new Map([['loadcycle-bridge', 'secret']]);
      embedded = await startEmbeddedBroker({
        host: '127.0.0.1',
        port: 0,
        credentials,
        users,
        anonymous: 'publish',
        log: silentLogger,
      });
      url = embedded.url;
    } else {
      const config = 'max_inflight_messages 0\nmax_queued_messages 0\n';
      mosquitto = await startMosquitto({ folder: `${folder}/mosquitto`, config });
      if (mosquitto === null) return context.skip('mosquitto is not installed');
      url = mosquitto.url;
    }
    log = await openLog(folder);
    cut = new CuttableLog(log);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
    await bridge?.close();
    await embedded?.close();
    await mosquitto?.stop();
    await log?.close();
    bridge = embedded = mosquitto = null;
    remove();
  });

  const start = async (more: { maxInFlight?: number; connections?: number } = {}): Promise<Bridge> => {
    const { broker, ...rest } = way;
    health = new Health();
    bridge = await startBridge({
      mqtt: broker === 'aedes' ? { url, username: 'loadcycle-bridge', password: 'secret' } : { url },
      eventLog: cut.log,
      ...rest,
      receiptGatherMs: 20,
      maxInFlight: 500,
      health,
      log: silentLogger,
      ...more,
    });
    const running = bridge;
    await until('subscribed', () => running.stats().connected === (more.connections ?? way.connections));
    return bridge;
  };
  const client = async (): Promise<MqttClient> => {
    const made = await connectClient(url);
    clients.push(made);
    return made;
  };

  test('samples go into the log untouched, keyed by signal, with where they came from', async () => {
    await start();
    const device = await client();
    const before = Date.now() * 1000;
    await publishBatches(device, 0, 1);
    await device.publishAsync('loadcycle/v1/hall/press/samples/power/senml', '[{"n":"power"}]', { qos: 1 });
    await until('two records', async () => (await cut.records(LOG_TOPICS.samples)).length === 2);
    const records = await cut.records(LOG_TOPICS.samples);
    const first = records.find((r) => r.key === 'hall/press/voltage')!;
    expect(Buffer.from(first.value)).toEqual(Buffer.from(batch(0)));
    expect(first.headers).toMatchObject({
      [HEADERS.mqttTopic]: 'loadcycle/v1/hall/press/samples/voltage',
      [HEADERS.contentType]: CONTENT_TYPE.batch,
    });
    expect(Number(first.headers[HEADERS.receivedAt])).toBeGreaterThanOrEqual(before);
    const second = records.find((r) => r.key === 'hall/press/power')!;
    expect(second.headers[HEADERS.contentType]).toBe(CONTENT_TYPE.senml);
  });

  test('a device is told what the log has, and only that', async () => {
    await start();
    const device = await client();
    const receipts: Receipt[] = [];
    device.on('message', (_topic, payload) => receipts.push(Receipt.parse(JSON.parse(String(payload)))));
    await device.subscribeAsync('loadcycle/v1/hall/press/receipts');
    await publishBatches(device, 0, 300);
    const told = (): number[] =>
      receipts.flatMap((r) => r.seqs).flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i));
    await until('all receipts', () => new Set(told()).size === 300);
    const logged = new Set(seqsOf(await cut.records(LOG_TOPICS.samples)));
    expect(logged.size).toBe(300);
    expect(new Set(receipts.map((r) => `${r.stage} ${r.session} ${r.signal}`))).toEqual(
      new Set([`logged ${SESSION} voltage`]),
    );
    expect(receipts.length).toBeLessThan(300);
  });

  test('by one connection, a signal stands in the log in the order in which it was sent', async () => {
    await start({ connections: 1 });
    const device = await client();
    await publishBatches(device, 0, 2_000);
    await until('all', async () => (await cut.records(LOG_TOPICS.samples)).length === 2_000);
    expect(seqsOf(await cut.records(LOG_TOPICS.samples))).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
    // gathered: far fewer appends than messages
    expect(cut.appends).toBeLessThan(1_000);
  });

  test('a retained status from before the bridge, then the live one', async () => {
    const device = await client();
    const topic = 'loadcycle/v1/hall/press/status';
    await device.publishAsync(topic, '{"state":"offline","at":1}', { qos: 1, retain: true });
    await start();
    await until('the retained one', async () => (await cut.records(LOG_TOPICS.status)).length === 1);
    await device.publishAsync(topic, '{"state":"online","at":2}', { qos: 1, retain: true });
    await until('the live one', async () => (await cut.records(LOG_TOPICS.status)).length === 2);
    const records = await cut.records(LOG_TOPICS.status);
    expect(records.map((r) => [r.key, Buffer.from(r.value).toString()])).toEqual([
      ['hall/press', '{"state":"offline","at":1}'],
      ['hall/press', '{"state":"online","at":2}'],
    ]);
  });

  test('a message on a topic that nobody knows is a dead letter with its payload, and stops nothing', async () => {
    await start();
    const device = await client();
    await device.publishAsync('loadcycle/v1/hall/press/samples/voltage/a/b/c', 'whatever', { qos: 1 });
    await device.publishAsync('loadcycle/v1/hall/press/samples/voltage/cbor', 'whatever', { qos: 1 });
    await publishBatches(device, 0, 1);
    await until('the sample', async () => (await cut.records(LOG_TOPICS.samples)).length === 1);
    await until('the dead letters', async () => (await cut.records(LOG_TOPICS.deadLetters)).length === 2);
    const letters = await cut.records(LOG_TOPICS.deadLetters);
    expect(new Set(letters.map((r) => r.headers[HEADERS.reason]))).toEqual(
      new Set(['message.unknown-topic', 'message.unsupported-content-type']),
    );
    for (const letter of letters) {
      expect(Buffer.from(letter.value).toString()).toBe('whatever');
      expect(letter.key).toBe(letter.headers[HEADERS.mqttTopic]);
    }
  });

  test('while the log is down nothing is acknowledged and little is held; then all of it arrives', async () => {
    const running = await start({ maxInFlight: 50 });
    const device = await client();
    await publishBatches(device, 0, 10);
    await until('ten', async () => (await cut.records(LOG_TOPICS.samples)).length === 10);
    cut.down = true;
    await publishBatches(device, 10, 1_500);
    await until('health says so', () => health.snapshot()['log']?.code === 'log.unavailable');
    await until('the window is full', () => running.stats().held >= 50);
    expect(running.stats().held).toBeLessThanOrEqual(50 * way.connections);
    expect(health.ready).toBe(false);
    cut.down = false;
    await until('all', async () => new Set(seqsOf(await cut.records(LOG_TOPICS.samples))).size === 1_500);
    await until('ready', () => health.ready);
    await until('nothing held', () => running.stats().held === 0);
  });

  test('a bridge that stops in order leaves nothing half done, and its successor goes on', async () => {
    const first = await start();
    const device = await client();
    await publishBatches(device, 0, 500);
    await first.close();
    bridge = null;
    await publishBatches(device, 500, 1_000);
    await start();
    await until('all', async () => new Set(seqsOf(await cut.records(LOG_TOPICS.samples))).size === 1_000);
    expect((await cut.records(LOG_TOPICS.samples)).length).toBe(1_000);
  });
});
