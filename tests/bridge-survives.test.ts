import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startBridge } from '@loadcycle/broker-bridge';
import { LOG_TOPICS, type Receipt, silentLogger } from '@loadcycle/contract';
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

const BRIDGE = join(import.meta.dirname, '../broker-bridge/main.ts');

let folder: string;
let remove: () => void;
let mosquitto: RunningMosquitto;

beforeEach(async (context) => {
  ({ folder, remove } = temporaryFolder());
  const config = 'max_inflight_messages 0\nmax_queued_messages 0\n';
  const started = await startMosquitto({ folder: join(folder, 'mosquitto'), config });
  if (started === null) return context.skip('mosquitto is not installed');
  mosquitto = started;
});
afterEach(async () => {
  await mosquitto?.stop();
  remove();
});

const all = (n: number): Set<number> => new Set(Array.from({ length: n }, (_, i) => i));

test('the broker restarts in mid-stream: nothing is lost, and the bridge goes on by itself', async () => {
  const log = await openLog(folder);
  const health = new Health();
  const bridge = await startBridge({
    mqtt: { url: mosquitto.url },
    eventLog: log,
    // a shared subscription does not outlive Mosquitto itself (docs/decisions/0082)
    connections: 1,
    protocolVersion: 5,
    receiptGatherMs: 20,
    maxInFlight: 200,
    health,
    log: silentLogger,
  });
  await until('subscribed', () => bridge.stats().connected === 1);
  const device = await connectClient(mosquitto.url, { clientId: 'press', clean: false });
  const publishing = publishBatches(device, 0, 3_000);
  await until('some are in the log', () => bridge.stats().appended > 200);
  await mosquitto.kill('SIGTERM');
  await until('health says so', () => health.snapshot()['broker']?.code === 'broker.unavailable');
  await mosquitto.restart();
  await publishing;
  await until('ready again', () => health.ready && bridge.stats().connected === 1);
  await until(
    'all are in the log',
    async () => new Set(seqsOf(await readAll(log, LOG_TOPICS.samples))).size === 3_000,
  );
  expect(new Set(seqsOf(await readAll(log, LOG_TOPICS.samples)))).toEqual(all(3_000));
  await device.endAsync(true);
  await bridge.close();
  await log.close();
});

test('the bridge is killed again and again while a device without an outbox publishes: nothing is lost', async () => {
  const start = async (): Promise<ChildProcess> => {
    const args = ['--mqtt-url', mosquitto.url, '--log-kind', 'sqlite', '--log-folder', join(folder, 'log')];
    const child = spawn(process.execPath, [BRIDGE, ...args, '--health-port', '0', '--instance', 'bridge-1'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr!.on('data', (data) => {
      output += data;
    });
    await until('the bridge is subscribed', () => {
      if (child.exitCode !== null) throw new Error(`the bridge ended:\n${output}`);
      return output.includes('"subscribed"');
    });
    return child;
  };
  let child = await start();
  const device = await connectClient(mosquitto.url, { clientId: 'press', clean: false });
  for (let round = 0; round < 4; round++) {
    const publishing = publishBatches(device, round * 1_000, (round + 1) * 1_000);
    // somewhere in the middle of it
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await publishing;
    child = await start();
  }
  // the broker hands over in order: when the last one has its receipt, all before it have been taken
  const last = new Promise<void>((resolve) => {
    device.on('message', (_topic, payload) => {
      const { seqs } = JSON.parse(String(payload)) as Receipt;
      if (seqs.some(([from, to]) => from <= 4_000 && to >= 4_000)) resolve();
    });
  });
  await device.subscribeAsync('loadcycle/v1/hall/press/receipts');
  await publishBatches(device, 4_000, 4_001);
  await last;
  await device.endAsync();
  child.kill('SIGTERM');
  await once(child, 'exit');
  const log = await openLog(folder);
  const seqs = seqsOf(await readAll(log, LOG_TOPICS.samples));
  await log.close();
  expect(new Set(seqs)).toEqual(all(4_001));
});
