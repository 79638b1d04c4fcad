import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EventLog } from '@loadcycle/event-log';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { type SecuredKafka, startSecuredKafka } from './kafka-security.ts';

const clients = { kafkajs: openKafkaJs, platformatic: openPlatformatic };
const kinds = ['kafkajs', 'platformatic'] as const;
const run = promisify(execFile);

let started: SecuredKafka | string;
beforeAll(async () => {
  started = await startSecuredKafka();
});
afterAll(async () => {
  if (typeof started === 'object') await started.stop();
});

function secured(context: TestContext): SecuredKafka {
  if (typeof started === 'string') return context.skip(started);
  return started;
}

type Sasl = { mechanism: 'plain' | 'scram-sha-256'; username: string; password: string };

function open(
  kind: (typeof kinds)[number],
  s: SecuredKafka,
  change: { sasl?: Partial<Sasl>; ca?: string } = {},
) {
  return clients[kind]({
    brokers: [s.kafka.brokers],
    requestTimeoutMs: 3000,
    appendTimeoutMs: 5000,
    tls: { ...s.tls, ca: change.ca ?? s.tls.ca },
    sasl: { mechanism: 'plain', ...s.user, ...change.sasl },
  });
}

async function used(opened: Promise<EventLog>, work: (log: EventLog) => Promise<void>): Promise<void> {
  const log = await opened;
  try {
    await work(log);
  } finally {
    await log.close();
  }
}

for (const kind of kinds) {
  test(`${kind}: TLS with a client certificate, PLAIN and SCRAM`, async (context) => {
    const s = secured(context);
    for (const mechanism of ['plain', 'scram-sha-256'] as const) {
      await used(open(kind, s, { sasl: { mechanism } }), async (log) => {
        const topic = `${kind}-${mechanism}`;
        await log.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
        await log.append([{ topic, key: 'k', value: Buffer.from('kept') }]);
        const [record] = await log.read({ topic, partition: 0, next: 0 }, 1);
        expect(Buffer.from(record!.value).toString()).toBe('kept');
      });
    }
  });

  test(`${kind}: a wrong password is forbidden; an authority that we do not trust is not talked to`, async (context) => {
    const s = secured(context);
    await used(open(kind, s, { sasl: { password: 'wrong' } }), async (log) => {
      await expect(log.ensureTopics([])).rejects.toMatchObject({ code: 'log.forbidden', kind: 'standing' });
    });
    const ca = await readFile(join(s.folder, 'other.pem'), 'utf8');
    await used(open(kind, s, { ca }), async (log) => {
      await expect(log.ensureTopics([])).rejects.toMatchObject({ code: 'log.unavailable' });
    });
  });
}

test('both clients, and kcat, put a key in the same partition and read each other’s records', async (context) => {
  const s = secured(context);
  const topic = 'shared';
  const keys = Array.from({ length: 40 }, (_, i) => `plant/press-${i}/voltage`);
  const value = Buffer.from('230.5,'.repeat(600));
  const headers = { 'content-type': 'application/vnd.loadcycle.batch+json' };
  for (const kind of kinds) {
    await used(open(kind, s), async (log) => {
      await log.ensureTopics([{ topic, partitions: 8, retentionMs: null }]);
      await log.append(keys.map((key) => ({ topic, key, value, headers })));
    });
  }
  const seen: Record<string, Map<string, Set<number>>> = {};
  for (const kind of kinds) {
    await used(open(kind, s), async (log) => {
      const places = new Map<string, Set<number>>();
      for (const { partition } of await log.ends([topic])) {
        for (const record of await log.read({ topic, partition, next: 0 }, 1000)) {
          expect(Buffer.from(record.value).equals(value)).toBe(true);
          expect(record.headers).toEqual(headers);
          places.set(record.key, (places.get(record.key) ?? new Set()).add(partition));
        }
      }
      seen[kind] = places;
    });
  }
  expect(seen.kafkajs!.size).toBe(40);
  expect([...seen.kafkajs!.values()].every((partitions) => partitions.size === 1)).toBe(true);
  expect(seen.platformatic).toEqual(seen.kafkajs);

  const file = (name: string): string => join(s.folder, name);
  const settings = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanisms': 'PLAIN',
    'sasl.username': s.user.username,
    'sasl.password': s.user.password,
    'ssl.ca.location': file('ca.pem'),
    'ssl.certificate.location': file('client.pem'),
    'ssl.key.location': file('client.key'),
    'ssl.endpoint.identification.algorithm': 'none',
  };
  const flags = Object.entries(settings).flatMap(([name, text]) => ['-X', `${name}=${text}`]);
  const kcat = await run('kcat', ['-V']).then(
    () => true,
    () => false,
  );
  if (!kcat) return context.skip('kcat is not installed');
  const { stdout } = await run(
    'kcat',
    ['-b', s.kafka.brokers, ...flags, '-C', '-e', '-q', '-t', topic, '-f', '%k %p %S\n'],
    {
      timeout: 120_000,
    },
  );
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(80);
  for (const line of lines) {
    const [key, partition, bytes] = line.split(' ');
    expect(seen.kafkajs!.get(key!)).toEqual(new Set([Number(partition)]));
    expect(Number(bytes)).toBe(value.byteLength);
  }
});
