import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, silentLogger } from '@loadcycle/contract';
import { eventLogSettings, openEventLog } from '@loadcycle/event-log/open';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningKafka, startKafka } from './support/kafka.ts';

/**
 * A service that was killed keeps its partitions until its session has run out: both clients ask for the one of the settings,
 * and Kafka is the witness, for it lets nobody in who asks for a longer one.
 */
const LONGEST_MS = 8_000;

let folder: string;
let kafka: RunningKafka | null = null;
let lack = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loadcycle-kafka-session-'));
  const properties = { 'group.max.session.timeout.ms': String(LONGEST_MS) };
  kafka = await startKafka({ folder, properties, onLack: (reason) => void (lack = reason) });
}, 120_000);
afterAll(async () => {
  await kafka?.stop();
  await rm(folder, { recursive: true });
});

/** Whether it has read a record as a member of its group, or was refused for its session timeout. */
async function joined(kind: string, more: readonly string[]): Promise<string> {
  const args = ['--log-kind', kind, '--kafka-brokers', kafka!.brokers, ...more];
  const refused = Promise.withResolvers<string>();
  const warn = (fields: object): void => {
    if ('err' in fields && /session timeout/i.test(String(fields.err))) refused.resolve('refused');
  };
  const log = { ...silentLogger, warn };
  const eventLog = await openEventLog(readSettings(eventLogSettings, args, {})!, { log });
  try {
    const topic = `session-${kind}`;
    await eventLog.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
    await eventLog.append([{ topic, key: 'k', value: Buffer.from('v') }]);
    const group = `${topic}-${more.length}`;
    const consumer = await eventLog.consume({ group, topics: [topic], positions: async () => [] });
    const options = { maxBytes: 1_000, maxRecords: 1, gatherMs: 0, waitMs: 30_000 };
    const read = consumer
      .poll(options)
      .then(([record]) => (record === undefined ? 'nothing was read' : 'joined'));
    return await Promise.race([refused.promise, read]);
  } finally {
    await eventLog.close();
  }
}

test.for(['kafkajs', 'platformatic'])(
  '%s asks for the session timeout of the settings',
  { timeout: 60_000 },
  async (kind, context) => {
    if (kafka === null) return context.skip(lack);
    expect(await joined(kind, [])).toBe('joined');
    expect(await joined(kind, ['--kafka-session-timeout', `${LONGEST_MS / 1000 + 1}s`])).toBe('refused');
  },
);
