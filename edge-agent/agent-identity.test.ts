/** What waits in an outbox goes out under the name that it was taken under, whoever is started on its folder. */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningAgent, startAgent } from './agent.ts';
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

const samples = (limit: number) =>
  ({
    kind: 'simulate',
    signal: 'v',
    pace: 'max',
    startUs: 1_790_000_000_000_000,
    limit,
    batchSize: 10,
  }) as const;
const NOBODY = 'mqtt://127.0.0.1:9';

async function start(name: { site: string; device: string }, url: string, limit: number | null) {
  const agent = await startAgent({
    ...name,
    outboxDir: folder,
    mqtt: { url },
    sources: limit === null ? [] : [samples(limit)],
    maxBackoffMs: 100,
    confirmTimeoutMs: 400,
  });
  agents.push(agent);
  return agent;
}

const OLD = { site: 'plant1', device: 'motor1' };
const NEW = { site: 'plant1', device: 'pump2' };
const heardOf = (name: typeof OLD): string[] =>
  bridge.order.filter((n) => n.startsWith(`${name.site}/${name.device}/`));

test('a new name never sends what was taken under the old one; the old one’s agent does, and nothing is lost', async () => {
  const first = await start(OLD, NOBODY, 200);
  await until(() => first.stats().outbox.batches === 20);
  await first.close();
  const second = await start(NEW, broker.url, 50);
  await second.finished;
  expect(heardOf(NEW)).toHaveLength(5);
  expect(heardOf(OLD)).toHaveLength(0);
  expect(second.stats()).toMatchObject({
    held: 20,
    error: 'batches of another name wait in the outbox folder: 20 of plant1/motor1',
  });
  const drain = await start(OLD, broker.url, null);
  await drain.finished;
  expect(new Set(heardOf(OLD)).size).toBe(20);
  expect(heardOf(NEW)).toHaveLength(5);
});

test('the same for another site', async () => {
  const first = await start(OLD, NOBODY, 30);
  await until(() => first.stats().outbox.batches === 3);
  await first.close();
  const second = await start({ ...OLD, site: 'plant2' }, broker.url, 10);
  await second.finished;
  expect(bridge.order.every((n) => n.startsWith('plant2/'))).toBe(true);
  expect(second.stats().held).toBe(3);
});

test('an outbox from before they had names is its first agent’s, with what stands in its write-ahead log', async () => {
  const first = await start(OLD, NOBODY, 200);
  await until(() => first.stats().outbox.batches === 20);
  await first.close();
  renameSync(join(folder, 'outbox.plant1.motor1.db'), join(folder, 'outbox.db'));
  const again = await start(OLD, broker.url, null);
  await again.finished;
  expect(new Set(heardOf(OLD)).size).toBe(20);
  expect(existsSync(join(folder, 'outbox.db'))).toBe(false);
});
