/** The event log: append and consume, the adapters side by side in one run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '@loadcycle/event-log';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import { openSqliteLog, type SyncInfo } from '@loadcycle/event-log/sqlite/index';
import { startKafka } from '../../tests/support/kafka.ts';
import { append, consume, quantile, show, timed } from './measure.ts';
import { payloads } from './payload.ts';

const single = payloads(1000, 1);
const large = payloads(1000, 500);
const folder = await mkdtemp(join(tmpdir(), 'loadcycle-bench-'));

/** Append and consume of small and large records; the log is warm before. */
async function compare(name: string, log: EventLog, scale: number, partitions: number): Promise<void> {
  for (const [what, values, count, window] of [
    ['1 sample', single, 60_000 * scale, 4000],
    ['500 samples', large, 20_000 * scale, 1000],
  ] as const) {
    const topic = `${name}-${what.replace(' ', '-')}`;
    await log.ensureTopics([{ topic, partitions, retentionMs: null }]);
    await append(log, topic, values, count / 10, window);
    show(
      `${name}: append, ${what} (${values[0]!.byteLength} B)`,
      await append(log, topic, values, count, window),
    );
    show(`${name}: consume, ${what}`, await consume(log, topic, count));
  }
}

const syncs: SyncInfo[] = [];
const sqlite = await openSqliteLog({ folder: join(folder, 'sqlite'), onSync: (info) => syncs.push(info) });
await compare('sqlite', sqlite, 2, 1);
syncs.length = 0;
await sqlite.ensureTopics([{ topic: 'steady', partitions: 1, retentionMs: null }]);
const waits: number[] = [];
// 10,000 samples/s in 100 batches/s, as the embedded system carries them
const steady = await timed(async () => {
  const from = performance.now();
  for (let n = 0; n < 300; n++) {
    await delay(Math.max(0, from + n * 10 - performance.now()));
    const at = performance.now();
    await sqlite.append([{ topic: 'steady', key: 'k', value: large[n]!.subarray(0, 800) }]);
    waits.push(performance.now() - at);
  }
  return { records: 300, bytes: 300 * 800 };
});
const took = syncs.map((s) => s.tookMs);
const ms = (values: readonly number[]): string =>
  `p50 ${quantile(values, 0.5).toFixed(1)}, p99 ${quantile(values, 0.99).toFixed(1)}, longest ${Math.max(...values).toFixed(1)} ms`;
show('sqlite: append, 10,000 samples/s (100 × 800 B)', steady);
console.log(`  a commit with its sync holds its thread for ${ms(took)}; append → durable ${ms(waits)}`);
await sqlite.close();

const kafka = await startKafka({ folder, onLack: (reason) => console.log(`Kafka: left out, ${reason}`) });
if (kafka) {
  const settings = { brokers: [kafka.brokers] };
  for (const [name, open] of [
    ['kafkajs', openKafkaJs],
    ['platformatic', openPlatformatic],
  ] as const) {
    const log = await open(settings);
    await compare(name, log, 1, 6);
    await log.close();
  }
  await kafka.stop();
}
await rm(folder, { recursive: true });
