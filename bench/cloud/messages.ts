/** One sample a message, as devices of other makers send: messages/s until the log's ends have all. */

import { setTimeout as delay } from 'node:timers/promises';
import { LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import type { EventLog } from '@loadcycle/event-log/port';
import { cpuS, memoryMb, type Program } from '../bridge/processes.ts';
import {
  against,
  type Engines,
  endService,
  type LogKind,
  load,
  prepareLoad,
  seconds,
  startBridgeProcess,
  startLoad,
  whole,
} from './engines.ts';

const LEAST_MESSAGES_PER_S = 20_000;
const AIMED_RATIO = 0.7;
const DEVICES = 4;

export interface Way {
  readonly kind: LogKind;
  readonly bridges: number;
  readonly connections: number;
}

const us = (cpu: number, messages: number): string => `${((cpu / messages) * 1e6).toFixed(1)} µs`;

const planOf = (url: string, messages: number) => ({
  url,
  devices: DEVICES,
  messages: messages / DEVICES,
  samples: 1,
  dtUs: 1000,
  t0Us: Date.now() * 1000 - 3_600_000_000,
  window: 1000,
  everyMs: null,
});

/** What Mosquitto passes to a subscriber that does nothing but answer, over as many connections; messages/s. */
export async function mosquittoAlone(
  { mosquitto }: Engines,
  messages: number,
  connections: number,
): Promise<number> {
  const taker = startLoad({ take: { url: mosquitto.url, messages, connections } });
  await taker.line((l) => l === 'ready');
  const publisher = await prepareLoad(planOf(mosquitto.url, messages));
  const before = cpuS(mosquitto.pid);
  const started = performance.now();
  const sending = publisher.send();
  const took = JSON.parse(await taker.line((l) => l.includes('cpuS'))) as { cpuS: number };
  const rate = messages / seconds(started);
  const sent = await sending;
  const cpu = `publisher ${us(sent.cpuS, messages)}, Mosquitto ${us(cpuS(mosquitto.pid) - before, messages)}, subscriber ${us(took.cpuS, messages)}`;
  console.log(
    `  Mosquitto alone, ${connections} connection(s): ${whole(rate)} messages/s; CPU a message: ${cpu}; ${load()}`,
  );
  return rate;
}

const logged = async (log: EventLog): Promise<number> =>
  (await log.ends([LOG_TOPICS.samples])).reduce((n, e) => n + e.end, 0);

export async function throughBridge(
  engines: Engines,
  way: Way,
  messages: number,
  alone: number,
): Promise<number> {
  const { mosquitto, kafka } = engines;
  const share = way.bridges * way.connections > 1 ? 'bridge' : null;
  const bridges: Program[] = [];
  for (let i = 0; i < way.bridges; i++) {
    const options = { name: `bridge-${i}`, connections: way.connections, share };
    bridges.push(await startBridgeProcess(engines, way.kind, options));
  }
  const log = await openPlatformatic({ brokers: [kafka.brokers], log: silentLogger });
  const all = (of: (pid: number) => number): number => bridges.reduce((sum, b) => sum + of(b.pid), 0);
  const run = async (count: number) => {
    const had = await logged(log);
    const publisher = await prepareLoad(planOf(mosquitto.url, count));
    const before = { broker: cpuS(mosquitto.pid), kafka: cpuS(kafka.pid()), bridges: all(cpuS) };
    const started = performance.now();
    const sending = publisher.send();
    while ((await logged(log)) - had < count) await delay(20);
    const rate = count / seconds(started);
    const sent = await sending;
    const cpu = [
      `publisher ${us(sent.cpuS, count)}`,
      `Mosquitto ${us(cpuS(mosquitto.pid) - before.broker, count)}`,
      `bridge ${us(all(cpuS) - before.bridges, count)}`,
      `Kafka ${us(cpuS(kafka.pid()) - before.kafka, count)}`,
    ];
    return { rate, cpu };
  };
  await run(messages / 5);
  const { rate, cpu } = await run(messages);
  console.log(
    `  ${way.kind}, ${way.bridges} bridge(s) × ${way.connections} connection(s): ` +
      `${against(rate, LEAST_MESSAGES_PER_S, 'least', 0)} messages/s, ` +
      `${against(rate / alone, AIMED_RATIO, 'least', 2)} of Mosquitto alone; CPU a message: ${cpu.join(', ')}; ` +
      `memory of a bridge ${memoryMb(bridges[0]!.pid).toFixed(0)} MB; ${load()}`,
  );
  await log.close();
  for (const bridge of bridges) await endService(bridge);
  return rate;
}
