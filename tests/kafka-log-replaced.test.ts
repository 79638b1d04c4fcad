import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_TOPICS } from '@loadcycle/contract';
import type { EventLog } from '@loadcycle/event-log';
import type { KafkaSettings } from '@loadcycle/event-log/kafka/settings';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { SHORT } from './kafka-suite.ts';
import { batchOf, emptyStore, recordOf, startOn, TOPICS, until } from './landing-support.ts';
import { type RunningKafka, startKafka } from './support/kafka.ts';

let kafka: RunningKafka | null;
let lack = '';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loadcycle-kafka-'));
  kafka = await startKafka({ folder, onLack: (reason) => void (lack = reason) });
}, 180_000);
afterAll(async () => {
  await kafka?.stop();
  await rm(folder, { recursive: true });
});

const adapters: [string, (settings: KafkaSettings) => Promise<EventLog>][] = [
  ['kafkajs', openKafkaJs],
  ['platformatic', openPlatformatic],
];
const seqs = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => recordOf(batchOf(from + i)));

for (const [name, open] of adapters) {
  test(`${name}: a topic that was deleted and made anew under running consumers is read from its beginning`, {
    timeout: 120_000,
  }, async (context) => {
    if (kafka === null) return context.skip(lack);
    const topic = LOG_TOPICS.samples;
    const settings = { ...SHORT, brokers: [kafka.brokers] };
    const log = await open(settings);
    await log.ensureTopics(TOPICS);
    const db = await emptyStore();
    const landing = await startOn({ eventLog: log, writer: db });
    onTestFinished(async () => {
      await landing.close();
      await log.close();
      await kafka!.deleteTopic(topic);
    });
    const landed = async (): Promise<number[]> =>
      (await db.query<{ seq: number }>('SELECT seq FROM batch ORDER BY seq')).map((r) => r.seq);
    await log.append(seqs(0, 30));
    await until(landed, (all) => all.length === 30);

    await kafka.deleteTopic(topic);
    // by another process, which nothing here has told; and longer at once than the one before
    const other = await open(settings);
    await other.ensureTopics(TOPICS);
    await other.append(seqs(35, 100));
    await other.close();
    await until(landed, (all) => all.length === 95);
    expect(await landed()).toEqual([
      ...Array.from({ length: 30 }, (_, i) => i),
      ...Array.from({ length: 65 }, (_, i) => 35 + i),
    ]);
    const noted = await db.query(
      'SELECT topic, old_log IS DISTINCT FROM new_log AS other FROM log_replacement',
    );
    expect(noted).toEqual([{ topic, other: true }]);
    // the process that stayed appends into the new one
    await log.append(seqs(100, 101));
    await until(landed, (all) => all.at(-1) === 100);
  });
}
