import { DeviceStatus, statusTopic } from '@loadcycle/contract';
import mqtt from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentOptions, type RunningAgent, startAgent } from './agent.ts';
import { Waveform } from './sources/waveform.ts';
import {
  FakeBridge,
  removeFolder,
  startAedes,
  type TestBroker,
  temporaryFolder,
  until,
} from './test-support.ts';

let folder: string;
let broker: TestBroker;
let bridge: FakeBridge;
let agents: RunningAgent[];

const path = { site: 'plant', device: 'press' };

beforeEach(async () => {
  folder = temporaryFolder();
  broker = await startAedes();
  bridge = await FakeBridge.connect(broker.url);
  agents = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.close();
  await bridge.close();
  await broker.close();
  removeFolder(folder);
});

async function start(options: Partial<AgentOptions> = {}): Promise<RunningAgent> {
  const agent = await startAgent({
    ...path,
    outboxDir: folder,
    mqtt: { url: broker.url },
    sources: [{ kind: 'simulate', signal: 'motor-voltage', rateHz: 1000 }],
    maxBackoffMs: 100,
    confirmTimeoutMs: 400,
    ...options,
  });
  agents.push(agent);
  return agent;
}

const fast = (limit: number, signal = 'motor-voltage', batchSize = 100) =>
  ({
    kind: 'simulate',
    signal,
    rateHz: 1000,
    pace: 'max',
    startUs: 1_790_000_000_000_000,
    limit,
    batchSize,
  }) as const;

test('every sample of the source comes once, at its exact time, in batches without holes', async () => {
  const agent = await start({ sources: [fast(5050), fast(730, 'motor-current', 50)] });
  await agent.finished;
  const expected = [...new Waveform({ sampleRateHz: 1000 }, 1).next(5050).values];
  expect(bridge.values('motor-voltage')).toEqual(expected.map((v) => Math.round(v * 1000) / 1000));
  const batches = bridge.batches('motor-voltage');
  expect(batches.map((b) => b.seq)).toEqual(batches.map((_, i) => i));
  let next = 1_790_000_000_000_000;
  for (const b of batches) {
    expect(b.t0Us).toBe(next);
    expect(b.dtUs).toBe(1000);
    next += b.values.length * 1000;
  }
  expect(bridge.values('motor-current')).toHaveLength(730);
  expect(agent.stats()).toMatchObject({ samples: 5780, dropped: 0, outbox: { batches: 0 }, error: null });
});

test('real-time samples stand on a grid of the period, across batches', async () => {
  await start();
  await until(() => bridge.batches('motor-voltage').length >= 5);
  const batches = bridge.batches('motor-voltage').slice(0, 5);
  for (const [i, b] of batches.slice(1).entries()) {
    expect(b.t0Us).toBe(batches[i]!.t0Us + batches[i]!.values.length * 1000);
  }
});

test('without a broker batches gather on disk; a new session sends those of the old one first', async () => {
  const { url } = broker;
  await broker.close();
  const first = await start({ mqtt: { url }, sources: [fast(3000, 'motor-voltage', 10)] });
  await until(() => first.stats().outbox.batches === 300);
  await first.close();
  broker = await startAedes(broker.port);
  await until(() => broker.aedes.connectedClients > 0);
  await bridge.close();
  bridge = await FakeBridge.connect(url);
  const second = await start({ mqtt: { url }, sources: [fast(200)] });
  await second.finished;
  const sessions = bridge.order.map((n) => n.split('/')[3]);
  expect(sessions[0]).toBe(first.session);
  expect(new Set(sessions)).toEqual(new Set([first.session, second.session]));
  expect(bridge.heard.size).toBe(302);
});

test('without receipts one batch is a probe; with them everything is sent again, byte for byte', async () => {
  bridge.answers = false;
  const agent = await start({ sources: [fast(1000)] });
  await until(() => bridge.copies >= 2);
  expect(new Set(bridge.order.slice(10))).toEqual(new Set([bridge.order[0]]));
  bridge.answers = true;
  await agent.finished;
  expect(bridge.changed).toEqual([]);
  expect(bridge.heard.size).toBe(10);
});

test('a cut connection costs copies, never data', async () => {
  const agent = await start({ sources: [fast(40_000, 'motor-voltage', 20)], windowBatches: 50 });
  for (let cuts = 1; cuts <= 5; cuts++) {
    await until(() => bridge.heard.size > cuts * 200);
    broker.cut();
  }
  await agent.finished;
  expect(bridge.values('motor-voltage')).toHaveLength(40_000);
  expect(bridge.heard.size).toBe(2000);
  expect(bridge.changed).toEqual([]);
});

test('the retained status says online with the runway, offline after a good-bye, and offline by the will', async () => {
  const states: DeviceStatus[] = [];
  const watcher = await mqtt.connectAsync(broker.url);
  watcher.on('message', (_, payload) => states.push(DeviceStatus.parse(JSON.parse(String(payload)))));
  await watcher.subscribeAsync(statusTopic(path), { qos: 1 });
  const agent = await start();
  await until(() => states.at(-1)?.state === 'online');
  expect(states.at(-1)).toMatchObject({ session: agent.session, sampling: true, dropped: 0 });
  expect(states.at(-1)!.signals).toMatchObject([{ signal: 'motor-voltage', unit: 'V', rateHz: 1000 }]);
  expect(states.at(-1)!.outbox!.limitBytes).toBeGreaterThan(1_000_000);
  broker.cut('loadcycle-plant-press');
  await until(() => states.at(-1)?.state === 'offline');
  await until(() => states.at(-1)?.state === 'online');
  await agent.close();
  await until(() => states.at(-1)?.state === 'offline');
  await watcher.endAsync();
});

test('a folder that another agent uses is refused', async () => {
  await start();
  await expect(start()).rejects.toMatchObject({ code: 'folder.in-use' });
});
