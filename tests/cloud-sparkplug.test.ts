import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBridge } from '@loadcycle/broker-bridge';
import { bridgeSettings } from '@loadcycle/broker-bridge/settings';
import { readSettings, silentLogger } from '@loadcycle/contract';
import { serviceUsername } from '@loadcycle/contract/acl';
import { Rebirths } from '@loadcycle/processors/landing/rebirth';
import { rebirthBroker, rebirthSettings } from '@loadcycle/processors/landing/settings';
import { Health, mqttLogin } from '@loadcycle/service';
import mqtt, { type IClientOptions } from 'mqtt';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { makeDeploymentSecrets } from '../deploy/deployment-secrets.ts';
import { temporaryFolder } from './bridge-helpers.ts';
import { startComposeMosquitto } from './cloud-broker.ts';
import { composeServices } from './cloud-compose.ts';
import { openBench, startOn, until } from './landing-support.ts';
import { EdgeNode } from './sparkplug-node.ts';

/** The compose file's broker over TLS, with the secrets that `init` makes; a device is enrolled as hall/gateway. */
async function openDeployment(context: TestContext) {
  const { folder, remove } = temporaryFolder();
  onTestFinished(remove);
  await makeDeploymentSecrets({
    folder,
    brokerNames: ['DNS:localhost', 'IP:127.0.0.1'],
    mqttUrl: 'mqtts://localhost:8883',
    simulator: { site: 'hall', device: 'gateway' },
  });
  const here = (text: string): string => text.replaceAll('/run/loadcycle/', `${folder}/`);
  const running = await startComposeMosquitto({ folder: join(folder, 'mosquitto'), here });
  if (running === null) return context.skip('mosquitto is not installed');
  onTestFinished(() => running.mosquitto.stop());
  const serviceUrl = `mqtts://localhost:${running.services}`;
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8').trim();
  return {
    serviceUrl,
    deviceUrl: `mqtts://localhost:${running.mosquitto.port}`,
    device: { username: 'hall/gateway', password: read('simulator/password'), ca: read('simulator/ca.crt') },
    read,
    /** the environment of a service of the compose file, as its program reads it */
    environment: (name: string): Record<string, string> => {
      const environment = { ...composeServices()[name]!.environment, LOADCYCLE_SPARKPLUG: 'true' };
      const entries = Object.entries(environment).flatMap(([key, value]) => {
        const text = here(value).replace('mqtts://mosquitto:8885', serviceUrl);
        if (key === 'LOADCYCLE_DATABASE_PASSWORD_FILE') return [];
        return [
          key.endsWith('PASSWORD_FILE') ? [key.slice(0, -5), readFileSync(text, 'utf8').trim()] : [key, text],
        ];
      });
      return Object.fromEntries(entries);
    },
  };
}

test('a Sparkplug node that signs in as a device is asked for its births over TLS, by a user that may do nothing else', async (context) => {
  const deployment = await openDeployment(context);
  const bench = await openBench();
  const broker = rebirthBroker(readSettings(rebirthSettings, [], deployment.environment('landing'))!)!;
  expect(broker.url).toMatch(/^mqtts:/);
  const rebirths = new Rebirths({ ...broker, log: silentLogger });
  onTestFinished(() => rebirths.close());
  const landing = await startOn(bench, { onRebirth: (e) => rebirths.ask(e) });
  onTestFinished(() => landing.close());
  const settings = readSettings(bridgeSettings, [], deployment.environment('bridge'))!;
  const bridge = await startBridge({
    mqtt: { url: settings.mqttUrl, ...mqttLogin(settings) },
    eventLog: bench.eventLog,
    connections: 1,
    protocolVersion: 5,
    receiptGatherMs: 20,
    maxInFlight: 100,
    sparkplug: settings.sparkplug,
    health: new Health(),
    log: silentLogger,
  });
  onTestFinished(() => bridge.close());
  await until(
    async () => bridge.stats().connected,
    (n) => n === 1,
  );

  const node = new EdgeNode(3, 'hall', 'gateway');
  await node.connect(deployment.deviceUrl, deployment.device);
  onTestFinished(() => node.end());
  await node.born();
  await node.data('DDATA', 2, 6, true);
  await node.data('DDATA', 2, 7);
  await until(
    async () => node.asked,
    (n) => n === 1,
  );
  await node.data('DDATA', 2, 8);
  const values = () =>
    bench.db.query<{ v: number }>(
      `SELECT value AS v FROM sample JOIN signal_path USING (signal_id)
       WHERE site = 'hall' AND device = 'gateway--press' AND signal = 'pressure' ORDER BY ts`,
    );
  await until(values, (rows) => rows.at(-1)?.v === 8);
  expect((await values()).map((r) => r.v)).not.toContain(7);
});

test('landing’s user asks for births and can say and hear nothing else', async (context) => {
  const { serviceUrl, device, deviceUrl, read } = await openDeployment(context);
  const connect = async (url: string, login: IClientOptions) => {
    const client = await mqtt.connectAsync(url, { ...login, protocolVersion: 5 });
    onTestFinished(() => client.endAsync(true));
    return client;
  };
  const heard: string[] = [];
  const asked = await connect(deviceUrl, device);
  asked.on('message', (topic, payload) => heard.push(`${topic} ${payload}`));
  await asked.subscribeAsync(['spBv1.0/hall/NCMD/gateway', 'loadcycle/v1/hall/gateway/commands'], { qos: 1 });

  const ca = read('landing/ca.crt');
  const username = serviceUsername('sparkplug');
  const landing = await connect(serviceUrl, { username, password: read('landing/mqtt-password'), ca });
  const refused = (topic: string) =>
    landing.publishAsync(topic, 'forged', { qos: 1 }).then(
      () => false,
      (error: { code?: number }) => error.code === 0x87,
    );
  for (const topic of [
    'loadcycle/v1/hall/gateway/commands',
    'loadcycle/v1/hall/gateway/samples/voltage',
    'spBv1.0/hall/NDATA/gateway',
    'spBv1.0/hall/DCMD/gateway/press',
    'spBv1.0/STATE/host',
  ]) {
    expect(await refused(topic), topic).toBe(true);
  }
  // Mosquitto takes any subscription, and sends nothing of it
  const overheard: string[] = [];
  landing.on('message', (topic) => overheard.push(topic));
  await landing.subscribeAsync(['spBv1.0/#', 'loadcycle/#'], { qos: 1 });
  await landing.publishAsync('spBv1.0/hall/NCMD/gateway', 'births', { qos: 1 });
  await until(
    async () => heard,
    (all) => all.length > 0,
  );
  expect(heard).toEqual(['spBv1.0/hall/NCMD/gateway births']);
  // a device is a node of its own name, and of no other
  const may = (topic: string) =>
    asked.publishAsync(topic, '', { qos: 1 }).then(
      () => true,
      () => false,
    );
  expect(await may('spBv1.0/hall/NDATA/gateway')).toBe(true);
  expect(await may('spBv1.0/hall/NDATA/other')).toBe(false);
  expect(await may('spBv1.0/plant/DDATA/gateway/press')).toBe(false);
  await landing.publishAsync('spBv1.0/hall/NCMD/gateway', 'again', { qos: 1 });
  expect(overheard).toEqual([]);
  // and with a wrong authority nobody asks anybody
  await expect(
    mqtt.connectAsync(
      serviceUrl,
      { username, password: read('landing/mqtt-password'), reconnectPeriod: 0 },
      false,
    ),
  ).rejects.toThrow(/certificate/);
});
