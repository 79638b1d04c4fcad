import { join } from 'node:path';
import { type Bridge, startBridge } from '@loadcycle/broker-bridge';
import { LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import type { EventLog } from '@loadcycle/event-log';
import { Health } from '@loadcycle/service';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  connectClient,
  openLog,
  publishBatches,
  readAll,
  seqsOf,
  temporaryFolder,
  until,
} from './bridge-helpers.ts';
import { type RunningMosquitto, startMosquitto } from './support/mosquitto.ts';

let folder: string;
let remove: () => void;
let mosquitto: RunningMosquitto;
let log: EventLog;
const bridges: Bridge[] = [];

beforeEach(async (context) => {
  ({ folder, remove } = temporaryFolder());
  const config = 'max_inflight_messages 0\nmax_queued_messages 0\n';
  const started = await startMosquitto({ folder: join(folder, 'mosquitto'), config });
  if (started === null) return context.skip('mosquitto is not installed');
  mosquitto = started;
  log = await openLog(folder);
});
afterEach(async () => {
  for (const bridge of bridges.splice(0)) await bridge.close();
  await mosquitto?.stop();
  await log?.close();
  remove();
});

async function start(number: number): Promise<Bridge> {
  const bridge = await startBridge({
    mqtt: { url: mosquitto.url },
    eventLog: log,
    connections: 2,
    shareName: 'bridge',
    protocolVersion: 5,
    receiptGatherMs: 20,
    maxInFlight: 200,
    instance: `bridge-${number}`,
    leaveAtClose: number > 0,
    health: new Health(),
    log: silentLogger,
  });
  bridges.push(bridge);
  await until('subscribed', () => bridge.stats().connected === 2);
  return bridge;
}
const logged = async (): Promise<number[]> => seqsOf(await readAll(log, LOG_TOPICS.samples));

test('bridges side by side share the messages: each is in the log once; one that leaves takes nothing with it', async () => {
  const first = await start(0);
  const second = await start(1);
  const device = await connectClient(mosquitto.url);
  await publishBatches(device, 0, 2_000);
  await until('all are in the log', async () => (await logged()).length >= 2_000);
  expect(new Set(await logged()).size).toBe(2_000);
  expect((await logged()).length).toBe(2_000);
  for (const bridge of [first, second]) expect(bridge.stats().received).toBeGreaterThan(500);

  // it is asked to stop in the middle of a stream
  const publishing = publishBatches(device, 2_000, 4_000);
  await second.close();
  await publishing;
  await publishBatches(device, 4_000, 5_000);
  await until('all are in the log', async () => new Set(await logged()).size === 5_000);
  await device.endAsync();
});
