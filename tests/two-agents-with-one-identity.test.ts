/** A second agent with a device's identity is told so, by the broker and by the cloud; a restart never is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Credentials } from '@loadcycle/broker-bridge/credentials';
import type { Logger } from '@loadcycle/contract';
import { type RunningAgent, startAgent } from '@loadcycle/edge-agent';
import { until } from '@loadcycle/edge-agent/test-support';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalProcess, startLocal, waitFor } from './support/local-process.ts';
import { type RunningMosquitto, startMosquitto } from './support/mosquitto.ts';

const CODE = 'device.duplicate-identity';
const NAME = { site: 'plant1', device: 'pump2' };

let folder: string;
let agents: RunningAgent[];
let system: LocalProcess | null;
let mosquitto: RunningMosquitto | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-twins-'));
  agents = [];
  system = null;
  mosquitto = null;
});

afterEach(async () => {
  for (const agent of agents) await agent.close();
  await mosquitto?.stop();
  await system?.stop();
  rmSync(folder, { recursive: true });
});

interface Device {
  readonly problems: { readonly code: string }[];
  readonly status: { readonly session?: string } | null;
}
interface Pipeline {
  readonly devices: { readonly list: Device[]; readonly duplicated: number };
}

interface Mqtt {
  readonly url: string;
  readonly protocolVersion?: 4 | 5;
  readonly username?: string;
  readonly password?: string;
  readonly clientId?: string;
}

async function start(outbox: string, mqtt: Mqtt) {
  const said: string[] = [];
  const say = (fields: object, text: string): void => {
    if ((fields as { code?: string }).code === CODE) said.push(text);
  };
  const log: Logger = { debug() {}, info() {}, warn: say, error: say };
  const agent = await startAgent({
    ...{ ...NAME, outboxDir: join(folder, outbox), mqtt, log },
    sources: [{ kind: 'simulate', signal: 'pressure', unit: 'bar', rateHz: 100 }],
    statusIntervalMs: 200,
    maxBackoffMs: 1_000,
  });
  agents.push(agent);
  return { agent, said };
}

test('the cloud sees both, shows it, and tells them; what starts again is nobody’s twin', async () => {
  const data = join(folder, 'data');
  system = await startLocal(data, ['--device', 'false']);
  await new Credentials(join(data, 'mqtt-users.json')).set('plant1/pump2', 'secret');
  const url = `mqtt://127.0.0.1:${system.mqttPort}`;
  const login = { url, username: 'plant1/pump2', password: 'secret' };
  const authorization = `Bearer ${await system.token()}`;
  const { httpUrl } = system;
  const pipeline = async () =>
    (await (await fetch(`${httpUrl}/v1/pipeline`, { headers: { authorization } })).json()) as Pipeline;
  const device = async (): Promise<Device | undefined> => (await pipeline()).devices.list[0];

  // started again and again, with a client id of its own each time: the connection of the last one may linger
  for (let i = 0; i < 4; i++) {
    const { agent } = await start('one', { ...login, clientId: `start-${i}` });
    await waitFor('it is heard', async () => (await device())?.status?.session === agent.session);
    await agent.close();
  }
  expect((await device())?.problems).toEqual([]);

  const one = await start('one', { ...login, clientId: 'one' });
  const other = await start('other', { ...login, clientId: 'other' });
  const found = await waitFor('the cloud says so', async () => {
    const d = await device();
    return d !== undefined && d.problems.length > 0 ? d : null;
  });
  expect(found.problems[0]).toMatchObject({
    code: CODE,
    detail: expect.stringContaining(one.agent.session),
  });
  expect((await pipeline()).devices.duplicated).toBe(1);
  await until(() => one.said.length > 0 && other.said.length > 0);
  expect(one.said).toHaveLength(1);
  expect(one.said[0]).toMatch(/the cloud says.*plant1\/pump2.*stop one/);
  expect(one.agent.stats().error).toContain(CODE);
});

test('at Mosquitto the one that is pushed off says why', async (ctx) => {
  mosquitto = await startMosquitto({ folder: join(folder, 'mosquitto') });
  if (mosquitto === null) return ctx.skip('mosquitto is not installed');
  const one = await start('one', { url: mosquitto.url, protocolVersion: 5 });
  await until(() => one.agent.stats().connected);
  await start('other', { url: mosquitto.url, protocolVersion: 5 });
  await until(() => one.said.length > 0);
  // 2.0.11 hangs up without a word; later ones send the reason
  expect(one.said[0]).toMatch(/another client (took|has taken) over.*plant1\/pump2/);
});

test('a topic that Mosquitto refuses is named, with MQTT 5', async (ctx) => {
  const acl = join(folder, 'acl');
  writeFileSync(acl, 'topic read loadcycle/#\ntopic write loadcycle/v1/+/+/status\n', { mode: 0o644 });
  mosquitto = await startMosquitto({ folder: join(folder, 'mosquitto'), config: `acl_file ${acl}` });
  if (mosquitto === null) return ctx.skip('mosquitto is not installed');
  const { agent } = await start('one', { url: mosquitto.url, protocolVersion: 5 });
  await until(() => agent.stats().broker?.code === 'broker.topic-refused');
  expect(agent.stats().broker?.message).toContain('loadcycle/v1/plant1/pump2/samples/pressure');
  expect(agent.stats().connected).toBe(true);
  expect(agent.stats().outbox.batches).toBeGreaterThan(0);
});
