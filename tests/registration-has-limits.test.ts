import { HEADERS, LOG_TOPICS, SignalDefinition, samplesTopic, statusTopic } from '@loadcycle/contract';
import { applyCatalogue } from '@loadcycle/processors/catalogue/index';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import { replayDeadLetters } from '@loadcycle/processors/replay';
import { expect, test } from 'vitest';
import {
  type Bench,
  batchOf,
  caughtUp,
  onBench,
  openBench,
  raw,
  recordOf,
  startOn,
  T0,
} from './landing-support.ts';

/** A SenML pack of one value for each of these names. */
function pack(device: string, names: readonly string[]) {
  const topic = `${samplesTopic({ site: 's', device, signal: 'x' })}/senml`;
  const records = names.map((n, i) => ({ ...(i === 0 && { bt: T0 / 1e6 }), n, v: i }));
  return raw(`s/${device}/x`, topic, Buffer.from(JSON.stringify(records)), T0 + 1_000_000);
}
const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `signal-name-${from + i}`);

const letters = ({ db }: Bench) =>
  db.query<{ offset: number; reason: string; detail: string }>(
    'SELECT "offset", reason, detail FROM dead_letter ORDER BY "offset"',
  );
const registered = async ({ db }: Bench): Promise<number> =>
  (await db.query<{ n: number }>('SELECT count(*) AS n FROM signal'))[0]!.n;

test('a pack of 25,000 new names is one dead letter and registers nothing, nor does one of 900', async () => {
  const b = await openBench({ partitions: 1 });
  const flood = pack('flood', names(0, 25_000));
  expect(flood.value.byteLength).toBeGreaterThan(800_000);
  await b.eventLog.append([
    recordOf(batchOf(0)),
    flood,
    pack('flood', names(0, 900)),
    recordOf(batchOf(1)),
    pack('d', ['a', 'b', 'c']),
  ]);
  const before = process.memoryUsage().rss;
  const landing = await startOn(b);
  const cycles = await startCycles(onBench(b));
  await caughtUp(b, 'landing');
  await caughtUp(b, 'cycles');
  await landing.close();
  await cycles.close();
  // what 25,000 registered signals took was gigabytes
  expect(process.memoryUsage().rss - before).toBeLessThan(600e6);
  expect(await letters(b)).toEqual([
    {
      offset: 1,
      reason: 'message.too-many-signals',
      detail: 'more than 1000 names in one pack: send several packs',
    },
    {
      offset: 2,
      reason: 'signal.too-many-new',
      detail:
        '900 unknown signals in one message; the limit is 200: define the signals, or raise --max-new-signals-per-message, then replay the message',
    },
  ]);
  expect(await registered(b)).toBe(4);
  expect(await b.db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 23 }]);
  expect(await b.db.query('SELECT count(*) AS n FROM segmenter_state')).toEqual([{ n: 4 }]);
});

test('new signals of a message, a device, a site and a minute are limited, and what is known goes on landing', async () => {
  const b = await openBench({ partitions: 1 });
  const settings = {
    maxNewSignalsPerMessage: 5,
    maxSignalsPerDevice: 8,
    maxSignalsPerSite: 12,
    maxNewSignalsPerMinute: 14,
  };
  await b.eventLog.append([
    pack('d1', names(0, 5)),
    pack('d1', names(0, 6)),
    pack('d1', names(5, 8)),
    pack('d1', names(8, 9)),
    pack('d2', names(0, 4)),
    pack('d3', names(0, 1)),
    // nothing new in it
    pack('d1', [...names(0, 8)].reverse()),
  ]);
  const common = onBench(b);
  let landing = await startOn(b, { ...common, settings });
  const cycles = await startCycles(common);
  await caughtUp(b, 'landing');
  await landing.close();
  expect(await registered(b)).toBe(12);
  expect((await letters(b)).map((l) => [l.offset, l.detail.split('; ')[0]])).toEqual([
    // 5 of its 6 are known
    [3, '9 signals of s/d1'],
    [5, '13 signals of s'],
  ]);
  // another site: the minute is what stops it
  const other = { ...pack('d', names(0, 3)), key: 't/d/x' };
  other.headers = { ...other.headers, 'mqtt-topic': other.headers!['mqtt-topic']!.replace('/s/', '/t/') };
  await b.eventLog.append([other]);
  landing = await startOn(b, { ...common, settings });
  await caughtUp(b, 'landing');
  await landing.close();
  expect((await letters(b)).at(-1)).toMatchObject({
    reason: 'signal.too-many-new',
    detail: expect.stringContaining('15 new signals in a minute; the limit is 14'),
  });
  // cycles has registered nothing that landing refused
  await caughtUp(b, 'cycles');
  await cycles.close();
  expect(await registered(b)).toBe(12);
});

test('new devices of a minute are limited: the statuses beyond are dead letters, and those of known devices land', async () => {
  const b = await openBench({ partitions: 1 });
  const status = (device: string, at: number) => ({
    topic: LOG_TOPICS.status,
    key: `s/${device}`,
    value: Buffer.from(JSON.stringify({ state: 'online', at })),
    headers: {
      [HEADERS.mqttTopic]: statusTopic({ site: 's', device }),
      [HEADERS.receivedAt]: String(T0 + at),
    },
  });
  await b.eventLog.append([
    ...['a', 'b', 'c', 'd', 'e'].map((d) => status(d, 1)),
    ...['a', 'b', 'c', 'd', 'e'].map((d) => status(d, 2)),
  ]);
  const landing = await startOn(b, { settings: { maxNewDevicesPerMinute: 3 } });
  await caughtUp(b, 'landing-status');
  await landing.close();
  const devices = await b.db.query<{ name: string }>("SELECT name FROM device WHERE status->>'at' = '2'");
  expect(devices).toHaveLength(3);
  expect((await letters(b)).map((l) => l.reason)).toEqual(new Array(4).fill('device.too-many-new'));
});

test('a unit that is no code registers nothing; once the signal is defined, its letters are replayed', async () => {
  const b = await openBench({ partitions: 1 });
  const of = (seq: number, signal: string, unit: string) =>
    recordOf(batchOf(seq, { unit, session: `0197f2c4-6b1e-7a00-9000-00000000000${seq}` }), { signal });
  await b.eventLog.append([of(1, 'speed', 'rpm'), of(2, 'way', 'furlong'), of(3, 'turns', 'r/min')]);
  const landing = await startOn(b);
  const cycles = await startCycles(onBench(b));
  await caughtUp(b, 'landing');
  await caughtUp(b, 'cycles');
  expect(await letters(b)).toEqual([
    {
      offset: 0,
      reason: 'message.unknown-unit',
      detail: 's/d/speed: "rpm" is no UCUM code; did you mean r/min?',
    },
    {
      offset: 1,
      reason: 'message.unknown-unit',
      detail: expect.stringContaining('"furlong" is no UCUM code'),
    },
  ]);
  expect(await registered(b)).toBe(1);
  const path = { site: 's', device: 'd', signal: 'speed' };
  await applyCatalogue(b.db, [{ path, definition: SignalDefinition.parse({ unit: 'rpm' }) }], 'somebody');
  expect(await replayDeadLetters(b.db, b.eventLog, { reason: 'message.unknown-unit', limit: 1 })).toEqual({
    replayed: 1,
  });
  await caughtUp(b, 'landing');
  await landing.close();
  await cycles.close();
  expect(await b.db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 20 }]);
});

test('a batch that is refused again while its letter is held adds none; one that was replayed and refused does', async () => {
  const b = await openBench({ partitions: 1 });
  const landing = await startOn(b, { settings: { maxSignalsPerDevice: 1, autoRegister: true } });
  const refused = recordOf(batchOf(0), { signal: 'too-many' });
  await b.eventLog.append([
    recordOf(batchOf(0)),
    refused,
    refused,
    recordOf(batchOf(1), { signal: 'too-many' }),
  ]);
  await caughtUp(b, 'landing');
  const again = () => recordOf(batchOf(0), { signal: 'too-many', receivedAtUs: T0 + 9e9 });
  await b.eventLog.append([again()]);
  await caughtUp(b, 'landing');
  expect((await letters(b)).map((l) => [l.offset, l.reason])).toEqual([
    [1, 'signal.too-many-new'],
    [3, 'signal.too-many-new'],
  ]);
  // each time that it came is in the accounts all the same
  expect(await b.db.query('SELECT sum(dead_lettered)::int AS n FROM account')).toEqual([{ n: 4 }]);
  expect(await b.db.query('SELECT sum(count)::int AS n FROM dead_batch')).toEqual([{ n: 20 }]);
  const replayed = again();
  await b.eventLog.append([{ ...replayed, headers: { ...replayed.headers, [HEADERS.replayed]: 'true' } }]);
  await caughtUp(b, 'landing');
  expect((await letters(b)).length).toBe(3);
  await landing.close();
});
