import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EventLog, NewRecord } from '@loadcycle/event-log';

export interface Speed {
  records: number;
  bytes: number;
  seconds: number;
  /** of the whole process, all threads */
  cpuSeconds: number;
  /** longest that the main thread was held up */
  heldMs: number;
}

export async function timed(work: () => Promise<{ records: number; bytes: number }>): Promise<Speed> {
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const cpu = process.cpuUsage();
  const from = performance.now();
  const { records, bytes } = await work();
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  loop.disable();
  return { records, bytes, seconds, cpuSeconds: (user + system) / 1e6, heldMs: loop.max / 1e6 };
}

const KEYS = Array.from({ length: 64 }, (_, i) => `plant/press-${i >> 2}/voltage-${i & 3}`);
const headers = {
  'mqtt-topic': 'loadcycle/v1/plant/press/samples/voltage',
  'content-type': 'application/vnd.loadcycle.batch+json',
  'received-at': '1790000000000000',
};

/** One append for each record, as the bridge does it for each message, with so many under way. */
export function append(
  log: EventLog,
  topic: string,
  values: readonly Uint8Array[],
  count: number,
  window: number,
): Promise<Speed> {
  return timed(async () => {
    let next = 0;
    let bytes = 0;
    const one = async (): Promise<void> => {
      while (next < count) {
        const value = values[next % values.length]!;
        const record: NewRecord = { topic, key: KEYS[next++ % KEYS.length]!, value, headers };
        bytes += value.byteLength;
        await log.append([record]);
      }
    };
    await Promise.all(Array.from({ length: window }, one));
    return { records: count, bytes };
  });
}

/** From the making of the consumer, its joining included, until everything is polled. */
export function consume(log: EventLog, topic: string, count: number): Promise<Speed> {
  return timed(async () => {
    const consumer = await log.consume({ group: topic, topics: [topic], positions: async () => [] });
    let records = 0;
    let bytes = 0;
    while (records < count) {
      const polled = await consumer.poll({ maxBytes: 4 << 20, maxRecords: 5000, gatherMs: 0, waitMs: 5000 });
      records += polled.length;
      for (const { value } of polled) bytes += value.byteLength;
    }
    await consumer.close();
    return { records, bytes };
  });
}

export function show(what: string, s: Speed): void {
  const rate = Math.round(s.records / s.seconds).toLocaleString('en');
  const megabytes = (s.bytes / s.seconds / 1e6).toFixed(0);
  const cpu = ((s.cpuSeconds / s.records) * 1e6).toFixed(1);
  console.log(
    `${what.padEnd(46)}${rate.padStart(9)} records/s ${megabytes.padStart(5)} MB/s ${cpu.padStart(7)} µs CPU/record  main thread held ≤ ${s.heldMs.toFixed(0)} ms`,
  );
}

export function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN;
}
