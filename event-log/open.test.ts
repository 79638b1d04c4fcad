import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_TOPICS, readSettings, silentLogger } from '@loadcycle/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EventLogSettings, eventLogSettings, kafkaSettings, logTopics, openEventLog } from './open.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loadcycle-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (...flags: string[]): EventLogSettings => readSettings(eventLogSettings, flags, {})!;

test('opens the embedded log in its folder by default', async () => {
  const log = await openEventLog(read('--log-folder', join(folder, 'log')), { log: silentLogger });
  await log.ensureTopics(logTopics(read()));
  await log.append([{ topic: LOG_TOPICS.samples, key: 'k', value: Buffer.from('x') }]);
  expect(await log.ends([LOG_TOPICS.samples])).toEqual([
    { topic: LOG_TOPICS.samples, partition: 0, begin: 0, end: 1 },
  ]);
  await log.close();
});

test.each(['kafkajs', 'platformatic'])('opens %s without asking Kafka anything yet', async (kind) => {
  const log = await openEventLog(read('--log-kind', kind, '--kafka-brokers', '127.0.0.1:1'), {
    log: silentLogger,
  });
  await log.close();
  await expect(log.ends(['t'])).rejects.toMatchObject({ code: 'log.closed' });
});

test('dead letters are kept for ever, the rest as the settings say, in more partitions on Kafka', () => {
  const of = (...flags: string[]) => Object.fromEntries(logTopics(read(...flags)).map((t) => [t.topic, t]));
  expect(of('--log-retention', '2h')[LOG_TOPICS.samples]).toMatchObject({
    partitions: 1,
    retentionMs: 7_200_000,
  });
  expect(of()[LOG_TOPICS.deadLetters]).toMatchObject({ retentionMs: null });
  expect(of('--log-kind', 'kafkajs')[LOG_TOPICS.samples]).toMatchObject({ partitions: 6 });
  expect(of('--log-partitions', '12')[LOG_TOPICS.samples]).toMatchObject({ partitions: 12 });
});

test('TLS and SASL come from files and settings', async () => {
  const file = join(folder, 'ca.pem');
  await writeFile(file, 'a certificate');
  const s = kafkaSettings(
    read(
      '--kafka-ca-file',
      file,
      '--kafka-sasl',
      'scram-sha-512',
      '--kafka-user',
      'u',
      '--kafka-password',
      'p',
    ),
  );
  expect(s.tls).toEqual({ ca: 'a certificate', cert: null, key: null });
  expect(s.sasl).toEqual({ mechanism: 'scram-sha-512', username: 'u', password: 'p' });
  expect(kafkaSettings(read()).tls).toBe(null);
  expect(kafkaSettings(read('--kafka-tls')).tls).toEqual({ ca: null, cert: null, key: null });
  expect(kafkaSettings(read('--kafka-brokers', 'a:9092, b:9093')).brokers).toEqual(['a:9092', 'b:9093']);
});

test.each([
  [['--kafka-brokers', 'nonsense'], 'host:port'],
  [['--kafka-ca-file', '/nowhere/ca.pem'], '/nowhere/ca.pem'],
  [['--kafka-cert-file', '/nowhere/cert.pem'], 'go together'],
  [['--kafka-sasl', 'plain'], 'needs --kafka-user'],
])('%s is refused with one clear line', (flags, line) => {
  expect(() => kafkaSettings(read(...flags))).toThrow(expect.objectContaining({ code: 'settings.invalid' }));
  expect(() => kafkaSettings(read(...flags))).toThrow(line);
});
