import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBridge } from '@loadcycle/broker-bridge/bridge';
import { Credentials } from '@loadcycle/broker-bridge/credentials';
import { startEmbeddedBroker } from '@loadcycle/broker-bridge/embedded-broker';
import { LOG_TOPICS } from '@loadcycle/contract';
import { serviceUsername } from '@loadcycle/contract/acl';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { Health, makeLogger } from '@loadcycle/service';
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';

/** A broker whose log is a file, as `npm start` has it. */
async function broker() {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-flood-'));
  const path = join(folder, 'loadcycle.log');
  const log = makeLogger('loadcycle', 'info', { file: { path, maxBytes: 1e9, keep: 1 } });
  const bridgeUser = { username: serviceUsername('bridge'), password: 'secret' };
  const embedded = await startEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    credentials: new Credentials(join(folder, 'users.json')),
    anonymous: 'publish',
    users: new Map([[bridgeUser.username, bridgeUser.password]]),
    log,
  });
  onTestFinished(async () => {
    await embedded.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const lines = (): { code?: string; [field: string]: unknown }[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((l) => l !== '')
      .map((l) => JSON.parse(l));
  return { folder, path, log, url: embedded.url, bridgeUser, lines };
}

async function anonymous(url: string): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
  client.on('error', () => {});
  onTestFinished(() => client.endAsync(true).then(() => {}));
  return client;
}

test('refused subscriptions, a quarter of a megabyte of them, are a few lines', async () => {
  const { url, path, lines } = await broker();
  const client = await anonymous(url);
  // seven bytes of packet for each, 40,000 different ones
  const filter = (i: number): string => `$${i.toString(36).padStart(3, '0')}`;
  for (let packet = 0; packet < 20; packet++) {
    const filters = Array.from({ length: 2_000 }, (_, i) => filter(packet * 2_000 + i));
    const granted = await client.subscribeAsync(filters).catch((error: Error) => error);
    expect(granted).toBeInstanceOf(Error);
  }
  const long = await client.subscribeAsync(`$${'y'.repeat(60_000)}`).catch((error: Error) => error);
  expect(long).toBeInstanceOf(Error);
  const forbidden = lines().filter((l) => l.code === 'broker.forbidden');
  expect(forbidden.length).toBeGreaterThan(0);
  expect(forbidden.length).toBeLessThanOrEqual(55);
  expect(statSync(path).size).toBeLessThan(60_000);
});

test('wrong passwords, with user names and client ids of any length, are a few short lines', async () => {
  const { url, path, lines } = await broker();
  const attempts = Array.from({ length: 80 }, (_, i) =>
    mqtt.connectAsync(url, {
      reconnectPeriod: 0,
      clientId: `${i}-${'c'.repeat(20_000)}`,
      username: 'u'.repeat(20_000),
      password: 'x',
    }),
  );
  const answers = await Promise.allSettled(attempts);
  expect(answers.every((a) => a.status === 'rejected')).toBe(true);
  expect(lines().length).toBeLessThanOrEqual(55);
  expect(statSync(path).size).toBeLessThan(60_000);
});

test('messages that the bridge can not put anywhere are a few short lines', async () => {
  const { url, path, folder, log, bridgeUser } = await broker();
  const eventLog = await openSqliteLog({ folder: join(folder, 'log') });
  await eventLog.ensureTopics(
    Object.values(LOG_TOPICS).map((topic) => ({ topic, partitions: 1, retentionMs: null })),
  );
  const bridge = await startBridge({
    mqtt: { url, ...bridgeUser },
    eventLog,
    connections: 1,
    protocolVersion: 4,
    receiptGatherMs: 50,
    maxInFlight: 1000,
    sparkplug: true,
    health: new Health(),
    log,
  });
  onTestFinished(async () => {
    await bridge.close();
    await eventLog.close();
  });
  const client = await anonymous(url);
  const count = 3_000;
  const letters = async (): Promise<number> => (await eventLog.ends([LOG_TOPICS.deadLetters]))[0]!.end;
  for (let i = 0; i < count; i += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, k) =>
        client.publishAsync(`spBv1.0/g/NOTHING/${'n'.repeat(200)}-${i + k}`, 'x', { qos: 1 }),
      ),
    );
  }
  await expect.poll(letters, { timeout: 60_000 }).toBe(count);
  expect(statSync(path).size).toBeLessThan(60_000);
});
