/**
 * One sample a message, as devices of other makers send: what Mosquitto alone passes to a subscriber that does
 * nothing but answer, and what comes through Mosquitto, bridge and Kafka, in the same run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import type { EventLog } from '@loadcycle/event-log/port';
import { type RunningKafka, startKafka } from '../../tests/support/kafka.ts';
import { type RunningMosquitto, startMosquitto } from '../../tests/support/mosquitto.ts';
import { cpuS, memoryMb, type Program, startProgram } from './processes.ts';

const MESSAGES = Number(process.env['LOADCYCLE_BENCH_MESSAGES'] ?? 200_000);
const DEVICES = 4;
const LOAD = join(import.meta.dirname, 'load.ts');
const BRIDGE = join(import.meta.dirname, '../../broker-bridge/main.ts');
/** such as --cpu-prof */
const NODE_FLAGS = (process.env['LOADCYCLE_BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');

interface Way {
  readonly client: 'kafkajs' | 'platformatic';
  readonly bridges: number;
  readonly connections: number;
  readonly share: string | null;
}
const WAYS: readonly Way[] = [
  { client: 'kafkajs', bridges: 1, connections: 1, share: null },
  { client: 'platformatic', bridges: 1, connections: 1, share: null },
  { client: 'platformatic', bridges: 1, connections: 3, share: 'bridge' },
  { client: 'platformatic', bridges: 2, connections: 1, share: 'bridge' },
];

const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-bridge-'));
const seconds = (since: number): number => (performance.now() - since) / 1e3;
const publish = async (url: string): Promise<number> => {
  const publisher = startProgram([LOAD, 'publish', url, String(DEVICES), String(MESSAGES)]);
  const { cpuS } = JSON.parse(await publisher.line((line) => line.includes('cpuS'))) as { cpuS: number };
  return cpuS;
};
const us = (cpu: number): string => `${((cpu / MESSAGES) * 1e6).toFixed(1)} µs`;

async function logged(log: EventLog): Promise<number> {
  const ends = await log.ends([LOG_TOPICS.samples]);
  return ends.reduce((n, e) => n + e.end, 0);
}

/** A broker of its own for each way: what one leaves in its session must not meet the next. */
const startBroker = (name: string): Promise<RunningMosquitto | null> =>
  startMosquitto({
    folder: join(folder, name),
    config: 'max_inflight_messages 0\nmax_queued_messages 0\nlog_type error\n',
  });

async function measureAlone(): Promise<number | null> {
  const broker = await startBroker('alone');
  if (broker === null) return null;
  const taker = startProgram([LOAD, 'take', broker.url, String(MESSAGES)]);
  await taker.line((line) => line.includes('ready'));
  const started = performance.now();
  const before = cpuS(broker.pid);
  const publishing = publish(broker.url);
  const takerCpu = (JSON.parse(await taker.line((line) => line.includes('cpuS'))) as { cpuS: number }).cpuS;
  const rate = MESSAGES / seconds(started);
  const cpu = `publisher ${us(await publishing)}, broker ${us(cpuS(broker.pid) - before)}, subscriber ${us(takerCpu)}`;
  console.log(`Mosquitto alone: ${Math.round(rate)} messages/s; CPU a message: ${cpu}`);
  await broker.stop();
  return rate;
}

async function measure(way: Way, kafka: RunningKafka, log: EventLog, alone: number): Promise<void> {
  const broker = (await startBroker(`with-${way.client}-${way.bridges}-${way.connections}`))!;
  const args = ['--mqtt-url', broker.url, '--log-kind', way.client, '--kafka-brokers', kafka.brokers];
  args.push('--health-port', '0', '--connections', String(way.connections));
  if (way.share !== null) args.push('--mqtt-share', way.share);
  const bridges: Program[] = [];
  for (let i = 0; i < way.bridges; i++) {
    const name = `bench-${i}`;
    const bridge = startProgram([...NODE_FLAGS, BRIDGE, ...args, '--instance', name]);
    for (let c = 0; c < way.connections; c++) {
      await bridge.line((l) => l.includes('"subscribed"') && l.includes(`${name}-${c}"`));
    }
    bridges.push(bridge);
  }
  const had = await logged(log);
  const cpu = { broker: cpuS(broker.pid), kafka: cpuS(kafka.pid()), bridge: sum(bridges, cpuS) };
  const started = performance.now();
  const publishing = publish(broker.url);
  while ((await logged(log)) - had < MESSAGES) await delay(20);
  const rate = MESSAGES / seconds(started);
  const each = [
    `publisher ${us(await publishing)}`,
    `broker ${us(cpuS(broker.pid) - cpu.broker)}`,
    `bridge ${us(sum(bridges, cpuS) - cpu.bridge)}`,
    `Kafka ${us(cpuS(kafka.pid()) - cpu.kafka)}`,
  ];
  const what = `${way.client}, ${way.bridges} bridge(s), ${way.connections} connection(s)${way.share === null ? '' : ', shared'}`;
  console.log(
    `${what}: ${Math.round(rate)} messages/s, ${(rate / alone).toFixed(2)} of Mosquitto alone; ` +
      `CPU a message: ${each.join(', ')}; memory of a bridge ${Math.round(memoryMb(bridges[0]!.pid))} MB`,
  );
  for (const bridge of bridges) {
    bridge.child.kill('SIGTERM');
    await bridge.line((l) => l === '(exit)');
  }
  await broker.stop();
}

try {
  const alone = await measureAlone();
  let lack = 'mosquitto is not installed';
  const kafka = await startKafka({ folder: join(folder, 'kafka'), onLack: (why) => (lack = why) });
  if (alone === null || kafka === null) console.log(`skipped: ${lack}`);
  else {
    const log = await openKafkaJs({ brokers: [kafka.brokers], log: silentLogger });
    await log.ensureTopics([{ topic: LOG_TOPICS.samples, partitions: 6, retentionMs: null }]);
    for (const way of WAYS) await measure(way, kafka, log, alone);
    await log.close();
  }
  await kafka?.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function sum(programs: readonly Program[], of: (pid: number) => number): number {
  return programs.reduce((total, p) => total + of(p.pid), 0);
}
