import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AgentChange, type CommandResult, commandsTopic, resultsTopic } from '@loadcycle/contract';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentOptions, type RunningAgent, startAgent } from './agent.ts';
import {
  FakeBridge,
  removeFolder,
  startAedes,
  type TestBroker,
  temporaryFolder,
  until,
} from './test-support.ts';

const path = { site: 'plant', device: 'press' };
const IN_AN_HOUR = Date.now() * 1000 + 3_600_000_000;

let folder: string;
let broker: TestBroker;
let bridge: FakeBridge;
let control: MqttClient;
let results: CommandResult[];
let agent: RunningAgent | null;

beforeEach(async () => {
  folder = temporaryFolder();
  broker = await startAedes();
  bridge = await FakeBridge.connect(broker.url);
  control = await mqtt.connectAsync(broker.url);
  results = [];
  control.on('message', (_, payload) => results.push(JSON.parse(String(payload))));
  await control.subscribeAsync(resultsTopic(path), { qos: 1 });
  agent = null;
});

afterEach(async () => {
  await agent?.close();
  await control.endAsync(true);
  await bridge.close();
  await broker.close();
  removeFolder(folder);
});

async function start(options: Partial<AgentOptions> = {}): Promise<RunningAgent> {
  agent = await startAgent({
    ...path,
    outboxDir: folder,
    mqtt: { url: broker.url },
    sources: [
      { kind: 'simulate', signal: 'voltage', rateHz: 1000 },
      { kind: 'simulate', signal: 'current', unit: 'A', rateHz: 500 },
    ],
    maxBackoffMs: 100,
    ...options,
  });
  await until(() => agent!.stats().connected);
  return agent;
}

const send = async (command: object): Promise<void> => {
  await control.publishAsync(commandsTopic(path), JSON.stringify(command), { qos: 1 });
};

async function command(action: string, more: object = {}): Promise<CommandResult> {
  const id = randomUUID();
  await send({ id, action, expiresAt: IN_AN_HOUR, ...more });
  return answer(id);
}

async function answer(id: string): Promise<CommandResult> {
  const last = (): CommandResult | undefined => results.findLast((r) => r.id === id);
  await until(() => last()?.outcome === 'done' || last()?.outcome === 'failed');
  return last()!;
}

const configure = (...changes: AgentChange[]): Promise<CommandResult> => command('configure', { changes });

test('stop and start: accepted, then done; the sequence goes on, and the time between is a gap', async () => {
  const a = await start();
  await until(() => bridge.batches('voltage').length >= 2);
  expect(await command('stop')).toMatchObject({ outcome: 'done' });
  expect(results.map((r) => r.outcome)).toEqual(['accepted', 'done']);
  expect(a.stats().sampling).toBe(false);
  await until(() => a.stats().outbox.batches === 0);
  const before = bridge.batches('voltage').length;
  await command('start');
  await until(() => bridge.batches('voltage').length > before + 2);
  const seqs = bridge.batches('voltage').map((b) => b.seq);
  expect(seqs).toEqual(seqs.map((_, i) => i));
});

test('a command that comes again is answered again, and carried out once', async () => {
  await start();
  const id = randomUUID();
  await send({ id, action: 'stop', expiresAt: IN_AN_HOUR });
  await answer(id);
  await command('start');
  await agent!.close();
  await start();
  results.length = 0;
  await send({ id, action: 'stop', expiresAt: IN_AN_HOUR });
  expect(await answer(id)).toMatchObject({ outcome: 'done' });
  expect(agent!.stats().sampling).toBe(true);
});

test('a command that came too late, one that makes no sense and one for no signal are refused with a code', async () => {
  await start();
  const id = randomUUID();
  await send({ id, action: 'stop', expiresAt: 1 });
  expect(await answer(id)).toMatchObject({ outcome: 'failed', code: 'command.expired' });
  expect(await command('explode')).toMatchObject({ outcome: 'failed', code: 'request.invalid' });
  expect(await configure({ signal: 'torque', rateHz: 5 })).toMatchObject({ code: 'request.invalid' });
  expect(await configure({ simulate: { duty: { min: 2, max: 1 } } })).toMatchObject({
    code: 'request.invalid',
  });
  // what a device of its class can not do is refused, whatever an API let through
  expect(await configure({ rateHz: 1_000_000 })).toMatchObject({
    code: 'request.invalid',
    detail: 'at most 10000 Hz here (maxRateHz)',
  });
  expect(agent!.stats().sampling).toBe(true);
  await control.publishAsync(commandsTopic(path), 'no JSON', { qos: 1 });
  expect(await command('stop')).toMatchObject({ outcome: 'done' });
});

test('a change whose cycles would fill the memory is refused, and the agent samples on', async () => {
  const a = await start();
  for (const change of [
    { rateHz: 1e-9 },
    { signal: 'voltage', simulate: { periodS: { min: 1e-9, max: 1 } } },
    { simulate: { edge: { shape: 'ramp', riseS: 1e9, fallS: 0 } } },
    { simulate: { faults: [{ kind: 'slowStart', fromS: 0, toS: 1, size: 1e12 }] } },
  ]) {
    expect(await configure(change)).toMatchObject({ outcome: 'failed', code: 'request.invalid' });
  }
  const before = bridge.batches('voltage').length;
  await until(() => bridge.batches('voltage').length > before);
  expect(a.stats().sampling).toBe(true);
  // one sample in some hours is no trouble
  expect(await configure({ signal: 'current', rateHz: 0.0001 })).toMatchObject({ outcome: 'done' });
});

test('what an older version remembered and this one refuses does not keep the agent from starting', async () => {
  await start();
  expect(await configure({ signal: 'current', rateHz: 20 })).toMatchObject({ outcome: 'done' });
  await agent!.close();
  const db = new DatabaseSync(join(folder, 'outbox.plant.press.db'));
  const row = db.prepare("SELECT value FROM state WHERE key = 'sampling'").get()!;
  const memory = JSON.parse(row['value'] as string);
  memory.changes.unshift({ signal: 'voltage', rateHz: 1e-9 });
  db.prepare("UPDATE state SET value = ? WHERE key = 'sampling'").run(JSON.stringify(memory));
  db.close();
  await start();
  await until(() => bridge.batches('voltage').at(-1)?.dtUs === 1000);
  await until(() => bridge.batches('current').at(-1)?.dtUs === 50_000);
});

test('configure changes rate, batch size and waveform of one signal, or of all, and lasts over a restart', async () => {
  await start();
  await configure({
    signal: 'voltage',
    rateHz: 2000,
    batchSize: 50,
    simulate: { base: 400, step: 0, noise: { std: 0 } },
  });
  await until(() => bridge.batches('voltage').at(-1)?.dtUs === 500);
  const changed = bridge.batches('voltage').at(-1)!;
  expect(changed.values.length).toBeLessThanOrEqual(50);
  expect([...changed.values]).toContain(400);
  expect(bridge.batches('current').at(-1)!.dtUs).toBe(2000);
  await configure({ enabled: false, signal: 'current' }, { rateHz: 4000 });
  await agent!.close();
  await start();
  const { session } = agent!;
  const ofSession = (signal: string) => bridge.batches(signal).filter((b) => b.session === session);
  await until(() => ofSession('voltage').length > 3);
  expect(ofSession('voltage').at(-1)!.dtUs).toBe(250);
  expect(ofSession('current')).toEqual([]);
});

test('all changes of a command or none', async () => {
  await start();
  const result = await configure({ signal: 'voltage', rateHz: 2000 }, { signal: 'torque', rateHz: 1 });
  expect(result.outcome).toBe('failed');
  await until(() => bridge.batches('voltage').length > 5);
  expect(bridge.batches('voltage').at(-1)!.dtUs).toBe(1000);
});

test('started with other settings, what a command had changed no longer holds', async () => {
  await start();
  await command('stop');
  await agent!.close();
  await start({ sources: [{ kind: 'simulate', signal: 'voltage', rateHz: 100 }] });
  expect(agent!.stats().sampling).toBe(true);
});

test('a command reaches a device that was away when it was sent', async () => {
  await start();
  await agent!.close();
  const id = randomUUID();
  await send({ id, action: 'stop', expiresAt: IN_AN_HOUR });
  await start();
  expect(await answer(id)).toMatchObject({ outcome: 'done' });
  expect(agent!.stats().sampling).toBe(false);
});
