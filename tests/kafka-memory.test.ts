import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@loadcycle/contract';
import { Held } from '@loadcycle/event-log/kafka/held';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import type { LogConsumer, LogRecord } from '@loadcycle/event-log/port';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { SHORT } from './kafka-suite.ts';
import { type RunningKafka, startKafka } from './support/kafka.ts';

/**
 * What a consumer holds follows neither how well records compress nor how many wait: 80 MB of equal messages are less than
 * a megabyte in Kafka, so that one fetch brings them all.
 */
const MB = 1024 * 1024;
const BUFFER = 2 * MB;
const FETCH = 2 * MB;
const MESSAGES = 1_200;
const value = Buffer.from(`[${'230.5,'.repeat(11_000)}0]`);
const HUGE = 12 * MB;
const clients = { kafkajs: openKafkaJs, platformatic: openPlatformatic };

let folder: string;
let kafka: RunningKafka | null = null;
let lack = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loadcycle-kafka-memory-'));
  kafka = await startKafka({ folder, onLack: (reason) => void (lack = reason) });
}, 120_000);
afterAll(async () => {
  await kafka?.stop();
  await rm(folder, { recursive: true });
});

const running = (context: TestContext): RunningKafka => kafka ?? context.skip(lack);

async function all(consumer: LogConsumer, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  while (records.length < count) {
    const polled = await consumer.poll({ maxBytes: MB, maxRecords: 1000, gatherMs: 0, waitMs: 1000 });
    records.push(...polled.map((r) => ({ ...r, value: r.value.subarray(0, 0) })));
  }
  return records;
}

describe.each(['kafkajs', 'platformatic'] as const)('%s', (kind) => {
  const open = (held: Held, log?: Logger) =>
    clients[kind]({
      ...SHORT,
      brokers: [kafka!.brokers],
      bufferBytes: BUFFER,
      fetchBytes: FETCH,
      batchBytes: 4 * MB,
      held,
      ...(log === undefined ? {} : { log }),
    });

  test('a backlog of equal messages is unpacked as there is room', async (context) => {
    running(context);
    const held = new Held();
    const log = await open(held);
    try {
      const topic = `backlog-${kind}`;
      await log.ensureTopics([{ topic, partitions: 3, retentionMs: null }]);
      const key = (i: number): string => `plant/press-${i % 12}/voltage`;
      await log.append(Array.from({ length: MESSAGES }, (_, i) => ({ topic, key: key(i), value })));
      const consumer = await log.consume({ group: `g-${kind}`, topics: [topic], positions: async () => [] });
      const records = await all(consumer, MESSAGES);
      expect(records).toHaveLength(MESSAGES);
      const places = new Set(records.map((r) => `${r.partition}/${r.offset}`));
      expect(places.size).toBe(MESSAGES);
      // the buffer, what one fetch may unpack, and one record batch more of each
      expect(held.peak).toBeGreaterThan(0);
      expect(held.peak).toBeLessThan(BUFFER + FETCH + 2.5 * MB);
      // no partition waits for the whole of another
      const first = records.slice(0, MESSAGES / 2).map((r) => r.partition);
      expect(new Set(first).size).toBeGreaterThan(1);
      expect(held.bytes).toBe(0);
      await consumer.close();
    } finally {
      await log.close();
    }
  });

  test('a record batch beyond the bound is named and left out; what is behind it comes', async (context) => {
    const { brokers } = running(context);
    const said: object[] = [];
    const none = (): void => {};
    const logger: Logger = { debug: none, info: none, warn: none, error: (fields) => void said.push(fields) };
    const log = await open(new Held(), logger);
    const topic = `huge-${kind}`;
    // somebody else's producer, with no bound of ours
    const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer();
    try {
      await log.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
      await producer.connect();
      const send = (...messages: { key: string; value: Buffer | string }[]) =>
        producer.send({ topic, messages, compression: ZSTD });
      await send({ key: 'before', value: 'a' });
      await send({ key: 'huge', value: Buffer.alloc(HUGE) }, { key: 'with it', value: 'b' });
      await send({ key: 'behind', value: 'c' });
      const consumer = await log.consume({ group: topic, topics: [topic], positions: async () => [] });
      const records = await all(consumer, 2);
      expect(records.map((r) => [r.key, r.offset])).toEqual([
        ['before', 0],
        ['behind', 3],
      ]);
      expect(said).toEqual([
        { code: 'log.batch-unreadable', group: topic, topic, partition: 0, next: 1, to: 3 },
      ]);
      await consumer.close();
    } finally {
      await producer.disconnect();
      await log.close();
    }
  });

  describe.each(['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed'])(
    'a topic that is packed by %s',
    (codec) => {
      test('is read as it was written, and no more of it than there is room for', async (context) => {
        const { brokers } = running(context);
        const topic = `packed-${codec}-${kind}`;
        const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
        const held = new Held();
        const log = await open(held);
        try {
          await admin.connect();
          // the broker packs anew what comes packed in another way, by the libraries of Java
          const configEntries = [
            { name: 'compression.type', value: codec },
            { name: 'max.message.bytes', value: String(4 * MB) },
          ];
          await admin.createTopics({
            waitForLeaders: true,
            topics: [{ topic, numPartitions: 1, configEntries }],
          });
          const count = 120;
          await log.append(Array.from({ length: count }, (_, i) => ({ topic, key: `k${i}`, value })));
          const consumer = await log.consume({ group: topic, topics: [topic], positions: async () => [] });
          let wrong = 0;
          for (let seen = 0; seen < count; ) {
            const polled = await consumer.poll({ maxBytes: MB, maxRecords: 100, gatherMs: 0, waitMs: 1000 });
            for (const r of polled) if (r.key !== `k${seen++}` || !value.equals(r.value)) wrong++;
          }
          expect(wrong).toBe(0);
          expect(held.peak).toBeLessThan(BUFFER + FETCH + 2.5 * MB);
          await consumer.close();
        } finally {
          await admin.disconnect();
          await log.close();
        }
      });
    },
  );
});

const ZSTD = 4;
