import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_TOPICS } from '@loadcycle/contract';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHORT } from './kafka-suite.ts';
import {
  asWriter,
  batchOf,
  caughtUp,
  emptyStore,
  onBench,
  recordOf,
  startOn,
  TOPICS,
} from './landing-support.ts';
import { type RunningKafka, startKafka } from './support/kafka.ts';

/** Records that can't be unpacked are told like every other that did not pass: a dead letter in the transaction of the offsets. */
const MB = 1024 * 1024;
const ZSTD = 4;
const topic = LOG_TOPICS.samples;
const clients = { kafkajs: openKafkaJs, platformatic: openPlatformatic };

let folder: string;
let kafka: RunningKafka | null = null;
let lack = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loadcycle-kafka-unreadable-'));
  kafka = await startKafka({ folder, onLack: (reason) => void (lack = reason) });
  if (kafka === null) return;
  const log = await openPlatformatic({ ...SHORT, brokers: [kafka.brokers] });
  await log.ensureTopics(TOPICS.map((t) => ({ ...t, partitions: 1 })));
  await log.append([recordOf(batchOf(0))]);
  // somebody else's producer, with no bound of ours
  const producer = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const huge = { key: 's/d/voltage', value: Buffer.alloc(8 * MB) };
  await producer.send({ topic, messages: [huge, { ...huge, value: 'with it' }], compression: ZSTD });
  await producer.disconnect();
  await log.append([recordOf(batchOf(1))]);
  await log.close();
}, 120_000);
afterAll(async () => {
  await kafka?.stop();
  await rm(folder, { recursive: true });
});

test.for(['kafkajs', 'platformatic'] as const)(
  '%s: what stands behind it lands, and one dead letter says which records are missing and why',
  { timeout: 60_000 },
  async (kind, context) => {
    if (kafka === null) return context.skip(lack);
    const db = await emptyStore();
    const eventLog = await clients[kind]({ ...SHORT, brokers: [kafka.brokers], batchBytes: 4 * MB });
    const bench = { db, writer: asWriter(db), eventLog };
    try {
      // once more from the store's offsets: nothing is told twice
      for (let run = 0; run < 2; run++) {
        const workers = [await startOn(bench), await startCycles(onBench(bench))];
        await caughtUp(bench, 'landing');
        await caughtUp(bench, 'cycles');
        await Promise.all(workers.map((w) => w.close()));
        await db.query('UPDATE consumer_offset SET next = 2 WHERE topic = $1 AND next = 4', [topic]);
        const letters = await db.query('SELECT "offset", reason, detail FROM dead_letter');
        expect(letters).toEqual([
          {
            offset: 2,
            reason: 'log.batch-unreadable',
            detail: `2 records, from offset 1 to 2, can't be read: it unpacks to more than ${4 * MB} bytes`,
          },
        ]);
        expect(await db.query('SELECT seq FROM batch ORDER BY seq')).toEqual([{ seq: 0 }, { seq: 1 }]);
      }
    } finally {
      await eventLog.close();
    }
  },
);
