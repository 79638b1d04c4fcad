import { HEADERS, LOG_TOPICS, samplesTopic, signalKey, statusTopic } from '@loadcycle/contract';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import sparkplug from 'sparkplug-payload';
import { expect, test } from 'vitest';
import {
  type Bench,
  batchOf,
  caughtUp,
  onBench,
  openBench,
  raw,
  recordOf,
  SESSION,
  startOn,
  T0,
} from './landing-support.ts';

/** Messages that once killed the store, or stopped a stage: refused by name where they enter, and what comes after them lands. */
const statusOf = (device: string, value: string) => ({
  topic: LOG_TOPICS.status,
  key: `s/${device}`,
  value: Buffer.from(value),
  headers: { [HEADERS.mqttTopic]: statusTopic({ site: 's', device }), [HEADERS.receivedAt]: String(T0) },
});

const reasons = async ({ db }: Bench): Promise<string[]> =>
  (await db.query<{ reason: string }>('SELECT reason FROM dead_letter ORDER BY id')).map((r) => r.reason);

test('a status with unknown fields keeps the known ones; nested deeply it is a dead letter', async () => {
  const b = await openBench({ partitions: 1 });
  const nested = (levels: number): string =>
    `{"state":"online","at":1,"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  await b.eventLog.append([
    statusOf('d1', nested(1_500)),
    statusOf('d1', nested(100_000)),
    statusOf('d1', '{"state":"online","at":1,"version":"a\\u0000b"}'),
    statusOf('d2', '{"state":"online","at":2,"version":"1.0","x":[[["y"]]]}'),
  ]);
  const landing = await startOn(b);
  await caughtUp(b, 'landing-status');
  await landing.close();
  expect(await reasons(b)).toEqual(['message.too-deep', 'message.too-deep', 'message.invalid-field']);
  expect(await b.db.query('SELECT name, status FROM device WHERE status IS NOT NULL')).toEqual([
    { name: 'd2', status: { state: 'online', at: 2, version: '1.0' } },
  ]);
});

test('a batch of 100,000 values over 366 days touches too many chunks', async () => {
  const b = await openBench({ partitions: 1 });
  // the width that a signal of 1 kHz gives
  await b.db.exec("SELECT set_chunk_time_interval('sample', interval '10 minutes')");
  const path = { site: 's', device: 'd', signal: 'voltage' };
  const values = new Array(100_000).fill(1).join(',');
  const batch = `{"session":"${SESSION}","seq":99,"unit":"V","t0":${T0 - 366 * 86_400e6},"dt":316000000,"values":[${values}]}`;
  expect(batch.length).toBeLessThan(201_000);
  await b.eventLog.append([
    recordOf(batchOf(0)),
    raw(signalKey(path), samplesTopic(path), Buffer.from(batch), T0),
    // an hour of samples each minute, and 200 stretches in a pack: both are fine
    recordOf(batchOf(1, { dtUs: 60_000_000, count: 60 })),
    raw(
      's/d/x',
      `${samplesTopic({ ...path, signal: 'x' })}/senml`,
      Buffer.from(
        JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ n: 'x', t: T0 / 1e6 - i * 900, v: i }))),
      ),
      T0,
    ),
  ]);
  const landing = await startOn(b);
  const cycles = await startCycles(onBench(b));
  await caughtUp(b, 'landing');
  await caughtUp(b, 'cycles');
  await landing.close();
  await cycles.close();
  expect(await reasons(b)).toEqual(['message.too-many-chunks']);
  expect(await b.db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 270 }]);
});

const { encodePayload } = sparkplug.get('spBv1.0')!;
type Payload = Parameters<typeof encodePayload>[0];

/** As the bridge puts it into the log. */
function birth(group: string, node: string, metric: string) {
  const payload = {
    timestamp: T0 / 1000,
    seq: 0,
    metrics: [{ name: metric, type: 'Double', value: 1, timestamp: T0 / 1000 }],
  } as Payload;
  return raw(`spb/${group}/${node}`, `spBv1.0/${group}/NBIRTH/${node}`, encodePayload(payload), T0);
}

test('a Sparkplug birth with names of 512 characters of three bytes each stops neither landing nor cycles', async () => {
  const b = await openBench({ partitions: 1 });
  // characters that compress to nothing would fit the index
  const long = (from: number): string =>
    Array.from({ length: 512 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7919 + from) % 20_000))).join(
      '',
    );
  await b.eventLog.append([
    birth(long(1), long(2), 'm'),
    birth('plant', 'gw1', long(3)),
    // 170 of them are 510 bytes
    birth(long(4).slice(0, 170), long(5).slice(0, 170), long(6).slice(0, 170)),
    recordOf(batchOf(0)),
  ]);
  const landing = await startOn(b);
  const cycles = await startCycles(onBench(b));
  await caughtUp(b, 'landing');
  await caughtUp(b, 'cycles');
  await landing.close();
  await cycles.close();
  expect(await reasons(b)).toEqual(['message.unknown-topic', 'sparkplug.invalid']);
  expect(await b.db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 11 }]);
});
