import { join } from 'node:path';
import { type Bridge, startBridge } from '@loadcycle/broker-bridge';
import { DevicePasswords } from '@loadcycle/cloud-api/device-passwords';
import { LOG_TOPICS, type Logger, silentLogger } from '@loadcycle/contract';
import { deviceUsername, serviceUsername } from '@loadcycle/contract/acl';
import type { EventLog } from '@loadcycle/event-log';
import { Health } from '@loadcycle/service';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuthority } from '../deploy/authority.ts';
import {
  connectClient,
  openLog,
  publishBatches,
  readAll,
  seqsOf,
  temporaryFolder,
  until,
} from './bridge-helpers.ts';
import { type CloudBroker, startCloudBroker } from './cloud-broker.ts';

/** The compose file's Mosquitto, two bridges in a shared subscription, an honest device and one that is not. */
const PRESS = { site: 'hall', device: 'press', signal: 'voltage' };
const SECRET = 'a-secret-of-the-bridges';
const SAMPLES = 'loadcycle/v1/+/+/samples/#';
const COUNT = 1_000;

let folder: string;
let remove: () => void;
let broker: CloudBroker;
let log: EventLog;
let ca: string;
const bridges: Bridge[] = [];
const clients: MqttClient[] = [];

beforeEach(async (context) => {
  ({ folder, remove } = temporaryFolder());
  const authority = openAuthority(join(folder, 'authority'));
  ca = authority.cert;
  const devices = join(folder, 'devices');
  const passwords = await DevicePasswords.open(devices);
  for (const device of ['press', 'thief'])
    await passwords.set(deviceUsername({ site: 'hall', device }), device);
  const started = await startCloudBroker({ folder, authority, devices, services: ['bridge', 'observer'] });
  if (started === null) return context.skip('mosquitto is not installed');
  broker = started;
  log = await openLog(folder);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
  for (const bridge of bridges.splice(0)) await bridge.close();
  await broker?.stop();
  await log?.close();
  remove();
});

interface StartOptions {
  readonly logger?: Logger;
  readonly shareName?: string | null;
  readonly count?: number;
}

async function startBridges(
  shareSecret: string | null,
  { logger = silentLogger, shareName = 'bridge', count = 2 }: StartOptions = {},
): Promise<void> {
  for (let number = 0; number < count; number++) {
    const login = { username: serviceUsername('bridge'), password: 'bridge-secret', ca };
    const bridge = await startBridge({
      mqtt: { url: broker.serviceUrl, ...login },
      eventLog: log,
      connections: 1,
      shareName,
      shareSecret,
      protocolVersion: 5,
      receiptGatherMs: 20,
      maxInFlight: 200,
      instance: `bridge-${number}`,
      health: new Health(),
      log: logger,
    });
    bridges.push(bridge);
    await until('subscribed', () => bridge.stats().connected === 1);
  }
}

async function device(name: string, options: IClientOptions = {}): Promise<MqttClient> {
  const login = { username: `hall/${name}`, password: name, ca };
  const client = await connectClient(broker.passwordUrl, { protocolVersion: 5, ...login, ...options });
  client.on('error', () => {});
  clients.push(client);
  return client;
}

/** Subscribes to `filters`; the topics that anything came on. */
async function listens(filters: readonly string[]): Promise<string[]> {
  const thief = await device('thief');
  const heard: string[] = [];
  thief.on('message', (topic) => heard.push(topic));
  for (const filter of filters) await thief.subscribeAsync(filter, { qos: 1 }).catch(() => {});
  return heard;
}

const logged = async (): Promise<number[]> => seqsOf(await readAll(log, LOG_TOPICS.samples));

test('a device that joins whatever subscription it can guess takes nothing away and hears nothing', async () => {
  const lines: string[] = [];
  const say = (...args: unknown[]): void => void lines.push(JSON.stringify(args));
  await startBridges(SECRET, { logger: { debug: say, info: say, warn: say, error: say } });
  const press = await device('press');
  const heard = await listens([
    `$share/bridge/${SAMPLES}`,
    `$share/bridge-/${SAMPLES}`,
    `$share/${serviceUsername('bridge')}/${SAMPLES}`,
    '$share/bridge/#',
    '$share/bridge/loadcycle/#',
    '#',
    '+/+/+/+/+/+',
    SAMPLES,
    'loadcycle/v1/hall/press/#',
    'loadcycle/v1/+/+/receipts',
    'loadcycle/v1/+/+/commands',
    'loadcycle/v1/+/+/status',
    'spBv1.0/#',
    '$SYS/#',
    '$SYS/broker/clients/connected',
    '$share/thieves/$SYS/#',
    '$CONTROL/#',
  ]);
  await press.publishAsync('loadcycle/v1/hall/press/status', '{"state":"online","at":1}', {
    qos: 1,
    retain: true,
  });
  await publishBatches(press, 0, COUNT, PRESS);
  await until('all are in the log', async () => new Set(await logged()).size === COUNT);
  expect((await logged()).length).toBe(COUNT);
  // both took part, so the subscription is a shared one
  for (const bridge of bridges) expect(bridge.stats().received).toBeGreaterThan(0);
  // what it may hear comes after all that it may not
  const observer = await connectClient(broker.serviceUrl, {
    username: serviceUsername('observer'),
    password: 'observer-secret',
    ca,
  });
  clients.push(observer);
  await until('the retained status', async () => (await readAll(log, LOG_TOPICS.status)).length > 0);
  expect(heard).toEqual([]);
  expect(lines.join('\n')).toContain('$share/bridge-…/');
  expect(lines.join('\n')).not.toContain(SECRET);
});

test('the name alone protects: who has it is sent a share of the messages, which reach nobody', async () => {
  await startBridges(SECRET);
  const press = await device('press');
  const heard = await listens([`$share/bridge-${SECRET}/${SAMPLES}`]);
  await publishBatches(press, 0, COUNT, PRESS);
  // each bridge has it from the connection that brings the samples, behind them
  await press.publishAsync('loadcycle/v1/hall/press/status', '{"state":"online","at":1}', { qos: 1 });
  await until('the status, twice', async () => (await readAll(log, LOG_TOPICS.status)).length === 2);
  const left = (await logged()).length;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(COUNT);
  expect(heard).toEqual([]);
});

test('a session from before there was a secret gives the guessable subscription back', async () => {
  await startBridges(null);
  for (const bridge of bridges.splice(0)) await bridge.close();
  await startBridges(SECRET);
  const press = await device('press');
  await listens([`$share/bridge/${SAMPLES}`]);
  await publishBatches(press, 0, COUNT, PRESS);
  await until('all are in the log', async () => new Set(await logged()).size === COUNT);
  expect((await logged()).length).toBe(COUNT);
});

test('a bridge that is given the secret and shares nothing, as compose has it, keeps its plain subscription', async () => {
  await startBridges(SECRET, { shareName: null, count: 1 });
  await publishBatches(await device('press'), 0, COUNT, PRESS);
  await until('all are in the log', async () => new Set(await logged()).size === COUNT);
});
