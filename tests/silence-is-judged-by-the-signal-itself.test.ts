import { randomUUID } from 'node:crypto';
import { type Batch, HEADERS, LOG_TOPICS, lastSampleUs, statusTopic } from '@loadcycle/contract';
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import type { NewRecord } from '@loadcycle/event-log/port';
import { expect, test } from 'vitest';
import { settled, startWorkers, wave } from './cycles-worker-support.ts';
import {
  type Bench,
  batchOf,
  caughtUp,
  idOf,
  openBench,
  readJson,
  recordOf,
  until,
} from './landing-support.ts';

const S = 1_000_000;
const MIN = 60 * S;
const H = 60 * MIN;
const QUICK = { repairQuiet: 0, cyclesGather: 5_000 };

/** A second at 1 kHz that ends at `endUs`, heard at once unless something else is said. */
function second(seq: number, endUs: number, device: string, receivedAtUs = endUs, signal = 'v'): NewRecord {
  const batch = batchOf(seq, { count: 1000, t0Us: endUs - 999_000 });
  return recordOf(batch, { device, signal, receivedAtUs });
}

/** One value at a time. */
function value(seq: number, atUs: number, signal: string, receivedAtUs = atUs): NewRecord {
  const batch: Batch = {
    ...{ session: randomUUID(), seq, unit: 'V', t0Us: atUs, dtUs: null },
    ...{ offsetsUs: new Float64Array(1), values: new Float64Array([seq]) },
  };
  return recordOf(batch, { device: 'slow', signal, receivedAtUs });
}

function status(device: string, atUs: number, receivedAtUs: number): NewRecord {
  const path = { site: 's', device };
  return {
    topic: LOG_TOPICS.status,
    key: `s/${device}`,
    value: Buffer.from(JSON.stringify({ state: 'online', at: atUs })),
    headers: { [HEADERS.mqttTopic]: statusTopic(path), [HEADERS.receivedAt]: String(receivedAtUs) },
  };
}

const noData = (b: Bench) =>
  b.db.query<{ device: string; signal: string; state: string; closedReason: string | null }>(
    `SELECT p.device, p.signal, a.state, a.closed_reason AS "closedReason" FROM anomaly a JOIN signal_path p USING (signal_id)
     WHERE a.kind = 'no-data' ORDER BY 1, 2`,
  );

test('one wrong clock, a replay, an import and slow signals: only what is silent by its own period alarms', async () => {
  const b = await openBench({ partitions: 1 });
  const now = Date.now() * 1000;
  const seconds = (device: string, endUs: number, count = 5, signal = 'v'): NewRecord[] =>
    Array.from({ length: count }, (_, i) =>
      second(i, endUs - (count - 1 - i) * S, device, undefined, signal),
    );
  const hourly = (signal: string, agoUs: number): NewRecord[] =>
    Array.from({ length: 6 }, (_, i) => value(i, now - agoUs - (5 - i) * H, signal));
  await b.eventLog.append([
    status('replayed', now, now),
    status('right', now, now),
    status('fast', now + 20 * H, now),
  ]);
  await b.eventLog.append([
    // its period is an hour: three and a half of them are too many, two and a half are not
    ...hourly('late', 3.5 * H),
    ...hourly('patient', 2.5 * H),
    ...seconds('silent', now - 10 * MIN),
    // a recording of last month
    ...Array.from({ length: 5 }, (_, i) => second(i, now - 30 * 24 * H + i * S, 'imported', now - 10 * MIN)),
  ]);
  const workers = await startWorkers(b, QUICK);
  await caughtUp(b, 'landing-status');
  await caughtUp(b, 'cycles');
  await b.eventLog.append([
    ...seconds('right', now),
    second(5, now + 20 * H, 'right', now, 'other'),
    // a recording that ends at now, a minute in a second
    ...Array.from({ length: 300 }, (_, i) =>
      second(i, now - 15 * MIN + i * S, 'recent', now - 10 * MIN - 5 * S + i * 16_667),
    ),
    // a minute in a second; its device's clock is right, so these are no times of its clock
    ...Array.from({ length: 300 }, (_, i) =>
      second(i, now - 10 * MIN + i * S, 'replayed', now - 10 * MIN + i * 16_667),
    ),
  ]);
  const found = await until(
    () => noData(b),
    (rows) => rows.some((r) => r.device === 'silent') && rows.some((r) => r.signal === 'late'),
  );
  const open = { state: 'open', closedReason: null };
  const expected = [
    { device: 'silent', signal: 'v', ...open },
    { device: 'slow', signal: 'late', ...open },
  ];
  expect(found).toEqual(expected);
  // whoever was looked at only afterwards would show now: a later silence, found by a later look
  await b.eventLog.append(seconds('probe', now - 10 * MIN));
  const later = await until(
    () => noData(b),
    (rows) => rows.some((r) => r.device === 'probe'),
  );
  expect(later.filter((r) => r.device !== 'probe')).toEqual(expected);

  // it is heard again
  await b.eventLog.append([second(600, now - MIN, 'silent', now - MIN)]);
  await until(
    () => noData(b),
    (rows) => rows.some((r) => r.state === 'closed'),
  );
  await workers.close();
  const told = await readJson<AnomalyEvent>(b.eventLog, LOG_TOPICS.anomalies);
  const silent = told.filter((e) => e.device === 'silent');
  expect(silent).toMatchObject([
    { state: 'open', sinceUs: now - 10 * MIN, untilUs: null, closedReason: null, expected: 60 },
    { state: 'closed', sinceUs: now - 10 * MIN, untilUs: now - MIN, closedReason: 'returned', value: 540 },
  ]);
  const clocks = await b.db.query(
    `SELECT d.name, c.offset_us AS "offsetUs", c.source FROM device_clock c JOIN device d ON d.id = c.device_id
     WHERE d.name IN ('fast', 'right') ORDER BY 1`,
  );
  expect(clocks).toEqual([
    { name: 'fast', offsetUs: 20 * H, source: 'status' },
    { name: 'right', offsetUs: 0, source: 'status' },
  ]);
});

test('a log that is read again gives the silences that were, whether anybody looked while they lasted or not', async () => {
  const b = await openBench({ partitions: 1 });
  const from = Date.now() * 1000 - 30 * 24 * H;
  await b.eventLog.append([0, 1, 2, 200, 201].map((s) => second(s, from + s * S, 'd', from + s * S + 1000)));
  const workers = await startWorkers(b, QUICK);
  await settled(b);
  await workers.close();
  const rows = await b.db.query(
    `SELECT state, closed_reason AS reason, value, (extract(epoch FROM since) * 1000000)::bigint AS "sinceUs" FROM anomaly`,
  );
  expect(rows).toEqual([{ state: 'closed', reason: 'returned', value: 198, sinceUs: from + 2 * S + 1000 }]);
});

test.each([
  ['last month, imported', 30 * 24 * H, (_: number, now: number) => now],
  // its times end at now, as those of an agent's replay do
  ['a recording at sixty times its speed', 120 * S, (seq: number, now: number) => now - 2 * S + seq * 8_333],
])(
  '%s: what is found in it stands in the table as over, and nobody is told',
  async (_, agoUs, receivedAtUs) => {
    const b = await openBench({ partitions: 1 });
    const values = wave(120_000);
    // from 80 s to the end of the recording
    for (let i = 80_000; i < values.length; i++) if (values[i]! > 250) values[i] = values[i]! + 15;
    const now = Date.now() * 1000;
    const t0 = now - agoUs;
    const batches = Array.from({ length: 240 }, (_, seq) =>
      batchOf(seq, {
        count: 500,
        t0Us: t0 + seq * 500_000,
        values: values.slice(seq * 500, seq * 500 + 500),
      }),
    );
    await b.eventLog.append(batches.map((x) => recordOf(x, { receivedAtUs: receivedAtUs(x.seq, now) })));
    const workers = await startWorkers(b, QUICK);
    await settled(b);
    await workers.close();
    const rows = await b.db.query<{ kind: string; metric: string; state: string; reason: string }>(
      'SELECT kind, metric, state, closed_reason AS reason FROM anomaly WHERE signal_id = $1',
      [await idOf(b)],
    );
    expect(rows).toContainEqual({ kind: 'outlier', metric: 'topLevel', state: 'closed', reason: 'history' });
    expect(rows.filter((r) => r.state !== 'closed' || r.reason !== 'history')).toEqual([]);
    expect(await readJson(b.eventLog, LOG_TOPICS.anomalies)).toEqual([]);
  },
);

test('a fault in a backlog of minutes is told, whatever is imported beside it', async () => {
  const b = await openBench({ partitions: 1 });
  const values = wave(120_000);
  for (let i = 80_000; i < 100_000; i++) if (values[i]! > 250) values[i] = values[i]! + 15;
  const t0 = Date.now() * 1000 - 130 * S;
  const batches = Array.from({ length: 240 }, (_, seq) =>
    batchOf(seq, { count: 500, t0Us: t0 + seq * 500_000, values: values.slice(seq * 500, seq * 500 + 500) }),
  );
  // away from the sixtieth second on, until all is measured; the import comes last of its group
  const at = (x: Batch) => (x.t0Us < t0 + 60 * S ? lastSampleUs(x) : t0 + 121 * S + x.seq * 1000);
  await b.eventLog.append([
    ...batches.map((x) => recordOf(x, { receivedAtUs: at(x) })),
    recordOf(batchOf(0, { session: randomUUID(), t0Us: t0 - 24 * H }), { receivedAtUs: t0 + 122 * S }),
  ]);
  const workers = await startWorkers(b, QUICK);
  await settled(b);
  await workers.close();
  const told = await readJson<AnomalyEvent>(b.eventLog, LOG_TOPICS.anomalies);
  expect(told).toContainEqual(expect.objectContaining({ metric: 'topLevel', state: 'open' }));
  expect(told).toContainEqual(expect.objectContaining({ metric: 'topLevel', closedReason: 'returned' }));
});
