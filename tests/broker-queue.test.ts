import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBridge } from '@loadcycle/broker-bridge';
import { Commander } from '@loadcycle/cloud-api/control/commander';
import { LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import { serviceUsername } from '@loadcycle/contract/acl';
import { Health, MosquittoWatch, Registry } from '@loadcycle/service';
import { expect, onTestFinished, test } from 'vitest';
import { makeDeploymentSecrets } from '../deploy/deployment-secrets.ts';
import {
  connectClient,
  openLog,
  PRESS,
  publishBatches,
  readAll,
  seqsOf,
  temporaryFolder,
  until,
} from './bridge-helpers.ts';
import { startComposeMosquitto } from './cloud-broker.ts';

const ROOM = 1_500;
const PART = 'broker queue';

test('while the bridge is away the broker holds what its queue has room for, and what it drops is counted and told', async (context) => {
  const { folder, remove } = temporaryFolder();
  onTestFinished(remove);
  const { site, device } = PRESS;
  const names = { brokerNames: ['DNS:localhost', 'IP:127.0.0.1'], mqttUrl: 'mqtts://localhost:8883' };
  await makeDeploymentSecrets({ folder, ...names, simulator: { site, device } });
  const mosquitto = await startComposeMosquitto({
    folder: join(folder, 'mosquitto'),
    // the compose file's broker with a smaller queue, so that it is soon full
    here: (text) =>
      text
        .replaceAll('/run/loadcycle/', `${folder}/`)
        .replace(/^max_queued_messages .*$/m, `max_queued_messages ${ROOM}\nsys_interval 1`),
  });
  if (mosquitto === null) return context.skip('mosquitto is not installed');
  onTestFinished(() => mosquitto.mosquitto.stop());
  const secret = (path: string): string => readFileSync(join(folder, path), 'utf8').trim();
  const ca = secret('bridge/ca.crt');
  const url = `mqtts://localhost:${mosquitto.services}`;

  const eventLog = await openLog(folder);
  onTestFinished(() => eventLog.close());
  const start = async () => {
    const health = new Health();
    const registry = new Registry();
    const bridge = await startBridge({
      mqtt: { url, username: serviceUsername('bridge'), password: secret('bridge/mqtt-password'), ca },
      eventLog,
      connections: 1,
      protocolVersion: 5,
      receiptGatherMs: 20,
      maxInFlight: 200,
      watchBroker: true,
      health,
      log: silentLogger,
      registry,
    });
    onTestFinished(() => bridge.close());
    await until('subscribed', () => bridge.stats().connected === 1);
    await until('the broker has told its counts', () => PART in health.snapshot());
    return { bridge, health, registry };
  };
  // the API hears it too, and while the bridge is away it alone
  const api = { health: new Health(), log: silentLogger, registry: new Registry() };
  const watch = new MosquittoWatch(api);
  const login = { username: serviceUsername('api'), password: secret('api/mqtt-password'), ca };
  const commander = new Commander(null as never, { url, ...login }, silentLogger, watch);
  onTestFinished(() => commander.close());

  await (await start()).bridge.close();
  const press = await connectClient(`mqtts://localhost:${mosquitto.mosquitto.port}`, {
    ...{ username: `${site}/${device}`, password: secret('simulator/password'), ca },
  });
  onTestFinished(() => press.endAsync(true));
  const logged = async (): Promise<number> =>
    new Set(seqsOf(await readAll(eventLog, LOG_TOPICS.samples))).size;

  // within its room: nothing is lost
  await publishBatches(press, 0, ROOM);
  const second = await start();
  await until('all are in the log', async () => (await logged()) === ROOM);
  expect(second.health.snapshot()[PART]).toMatchObject({ state: 'ok' });
  await second.bridge.close();

  // beyond: every message is acknowledged, and those that found no room are counted
  await publishBatches(press, ROOM, ROOM + 2 * ROOM);
  await until('the API has heard of it', () => (watch.state.dropped ?? 0) > 0);
  const third = await start();
  await until('what was held is in the log', async () => (await logged()) >= 2 * ROOM);
  await until('every message is in the log or counted', async () => {
    return (await logged()) + (watch.state.dropped ?? 0) === 3 * ROOM;
  });
  const lost = 3 * ROOM - (await logged());
  expect(lost).toBeGreaterThan(ROOM / 2);
  for (const { health, registry } of [third, api]) {
    await until('health and metrics say so', async () => {
      return (await registry.metrics()).includes(`loadcycle_mosquitto_dropped_messages_total ${lost}\n`);
    });
    expect(health.snapshot()[PART]).toMatchObject({ state: 'failing', code: 'broker.dropped' });
    // it is told, and takes nobody out
    expect(health.ready).toBe(true);
  }
  expect(third.bridge.stats().deadLetters).toBe(0);
});
