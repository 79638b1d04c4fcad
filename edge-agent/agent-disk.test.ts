import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceStatus, statusTopic } from '@loadcycle/contract';
import mqtt from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent } from './agent.ts';
import {
  FakeBridge,
  removeFolder,
  startAedes,
  type TestBroker,
  temporaryFolder,
  until,
} from './test-support.ts';

const path = { site: 'plant', device: 'press' };
const LIMIT = 2 * 1_048_576;

let folder: string;
let broker: TestBroker;

beforeEach(async () => {
  folder = temporaryFolder();
  broker = await startAedes();
});

afterEach(async () => {
  await broker.close();
  removeFolder(folder);
});

const start = (url: string) =>
  startAgent({
    ...path,
    outboxDir: folder,
    mqtt: { url },
    sources: [{ kind: 'simulate', signal: 'v', rateHz: 100_000, batchSize: 1000 }],
    outboxLimitBytes: LIMIT,
    statusIntervalMs: 200,
    maxBackoffMs: 100,
  });

test('a full disk drops the oldest, counts and says so; once the log takes the rest, all is well', async () => {
  const agent = await start(broker.url);
  const states: DeviceStatus[] = [];
  const watcher = await mqtt.connectAsync(broker.url);
  watcher.on('message', (_, payload) => states.push(DeviceStatus.parse(JSON.parse(String(payload)))));
  await watcher.subscribeAsync(statusTopic(path), { qos: 1 });
  try {
    // one that makes room for a while may have been told in between
    await until(() => states.some((s) => (s.dropped ?? 0) > 50 && s.error?.includes('full') === true));
    expect(states.some((s) => (s.outbox?.hoursLeft ?? null) !== null)).toBe(true);
    const bytes = readdirSync(folder).reduce((n, f) => n + statSync(join(folder, f)).size, 0);
    expect(bytes).toBeLessThanOrEqual(LIMIT);
    const bridge = await FakeBridge.connect(broker.url);
    await until(() => states.at(-1)!.error === undefined && agent.stats().outbox.batches < 50);
    const { dropped } = agent.stats();
    await agent.close();
    // what was made is in the log, or was dropped and counted, or waits
    const known = bridge.batches('v').length + dropped + agent.stats().outbox.batches;
    expect(known).toBeGreaterThanOrEqual(agent.stats().batches);
    expect(bridge.batches('v').map((b) => b.seq)).not.toContain(0);
    await bridge.close();
  } finally {
    await agent.close();
    await watcher.endAsync(true);
  }
});

test('a damaged outbox is set aside and said; the device goes on sampling', async () => {
  writeFileSync(join(folder, 'outbox.plant.press.db'), 'this was a database once'.repeat(1000));
  const agent = await start(broker.url);
  try {
    await until(() => agent.stats().batches > 3);
    expect(agent.stats().error).toContain('set aside');
    expect(readdirSync(folder).some((f) => f.startsWith('outbox.plant.press.db.broken-'))).toBe(true);
  } finally {
    await agent.close();
  }
});
