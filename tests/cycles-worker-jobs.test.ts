import { randomUUID } from 'node:crypto';
import { type Batch, LOG_TOPICS, lastSampleUs } from '@loadcycle/contract';
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import type { Cycle } from '@loadcycle/contract/cycle';
import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { readCycles } from '@loadcycle/processors/cycles-worker/cycle-rows';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import { jobsOf, requestReprocess } from '@loadcycle/processors/jobs';
import { expect, test } from 'vitest';
import { batchesOf, cut, settled, startWorkers, stored, wave } from './cycles-worker-support.ts';
import {
  batchOf,
  caughtUp,
  idOf,
  onBench,
  openBench,
  readJson,
  recordOf,
  startOn,
  T0,
  until,
} from './landing-support.ts';

const PER_BATCH = 500;
const QUICK = { repairQuiet: 0, checkpointEvery: 2_000_000, repairSlice: 3_000, cyclesGather: 5_000 };
const batches = (values: Float64Array): Batch[] => batchesOf(values, PER_BATCH);

test('a range is cut again with other settings, and with those of before again', async () => {
  const b = await openBench();
  const values = wave(20_000);
  await b.eventLog.append(batches(values).map((x) => recordOf(x)));
  const workers = await startWorkers(b, QUICK);
  await settled(b);
  const before = await stored(b);
  const signalIds = [await idOf(b)];
  const range = { signalIds, fromUs: T0 + 6_000_000, toUs: T0 + 12_000_000 };
  const operationId = randomUUID();
  await requestReprocess(b.db, { ...range, settings: cycleSettings({ minPeriodS: 1.5 }), operationId });
  await settled(b);
  expect(await jobsOf(b.db, operationId)).toMatchObject([{ kind: 'reprocess', state: 'done', progress: 1 }]);
  const inside = (c: Cycle) => c.startedAtUs >= range.fromUs && c.startedAtUs <= range.toUs;
  // the lead-in reaches back to the beginning here, so the range is that of the whole recording, cut so
  const other = cut(values, { minPeriodS: 1.5 }).filter(inside);
  expect(await stored(b)).toEqual([
    ...before.filter((c) => c.startedAtUs < range.fromUs),
    ...other,
    ...before.filter((c) => c.startedAtUs > range.toUs),
  ]);
  await requestReprocess(b.db, range);
  await settled(b);
  await workers.close();
  expect(await stored(b)).toEqual(before);
  const [row] = await b.db.query<{ corrected: number }>(
    'SELECT count(*) AS corrected FROM cycle WHERE revision > 1',
  );
  expect(row!.corrected).toBeGreaterThan(0);
});

test('late data correct what they touch: a higher revision for those and none before, and the log is told', async () => {
  const b = await openBench();
  const values = wave(20_000);
  const all = batches(values);
  const late = 20;
  await b.eventLog.append(all.filter((_, i) => i !== late).map((x) => recordOf(x)));
  const workers = await startWorkers(b, QUICK);
  await settled(b);
  const broken = await stored(b);
  expect(broken.filter((c) => !c.complete).length).toBeGreaterThan(0);
  await b.eventLog.append([recordOf(all[late]!)]);
  await settled(b);
  const expected = cut(values);
  expect(await stored(b)).toEqual(expected);
  const corrected = (await readCycles(b.db, await idOf(b), null, null)).filter((c) => c.revision > 1);
  expect(corrected.length).toBeGreaterThan(0);
  // those that ended before it are untouched; what follows may differ in its last bits, since levels are followed
  for (const { cycle } of corrected) expect(cycle.endedAtUs).toBeGreaterThan(all[late]!.t0Us);
  await workers.close();
  const events = await readJson<{ revision?: number }>(b.eventLog, LOG_TOPICS.cycles);
  expect(events.filter((e) => e.revision === 2)).toHaveLength(
    corrected.filter((c) => c.revision === 2).length,
  );
});

test('limits that change while data flow: what is bad in the store is missing in the cycles', async () => {
  const b = await openBench();
  const values = wave(20_000);
  const all = batches(values);
  const workers = await startWorkers(b, QUICK);
  await b.eventLog.append(all.slice(0, 20).map((x) => recordOf(x)));
  await caughtUp(b, 'landing');
  // spikes above 271.5 V are bad from now on; landing and the cycles worker hear of it at different records
  await b.eventLog.append(all.slice(20, 26).map((x) => recordOf(x)));
  await b.db.query(`UPDATE signal SET definition = definition || '{"validMax": 271.5}', version = 2`);
  await b.eventLog.append(all.slice(26).map((x) => recordOf(x)));
  await settled(b);
  await workers.close();
  const rows = await b.db.query<{ value: number; bad: boolean }>(
    'SELECT value, quality >= 128 AS bad FROM sample ORDER BY ts',
  );
  expect(rows.some((r) => r.bad)).toBe(true);
  const usable = Float64Array.from(rows, (r) => (r.bad ? Number.NaN : r.value));
  expect(await stored(b)).toEqual(cut(usable));
});

test('limits that changed after landing had judged and before the cycles worker began', async () => {
  const b = await openBench();
  const all = batches(wave(20_000));
  const landing = await startOn(b);
  await b.eventLog.append(all.slice(0, 20).map((x) => recordOf(x)));
  await caughtUp(b, 'landing');
  await b.db.query(`UPDATE signal SET definition = definition || '{"validMax": 271.5}', version = 2`);
  await b.eventLog.append(all.slice(20).map((x) => recordOf(x)));
  // landing is at the end of the log: nothing more comes that could push a re-cut on
  await caughtUp(b, 'landing');
  const cycles = await startCycles({ ...onBench(b), settings: QUICK });
  await settled(b);
  await cycles.close();
  await landing.close();
  const rows = await b.db.query<{ value: number; bad: boolean }>(
    'SELECT value, quality >= 128 AS bad FROM sample ORDER BY ts',
  );
  const first = rows.slice(0, 20 * PER_BATCH);
  expect(first.some((r) => r.value > 271.5)).toBe(true);
  expect(first.some((r) => r.bad)).toBe(false);
  expect(rows.slice(20 * PER_BATCH).some((r) => r.bad)).toBe(true);
  const usable = Float64Array.from(rows, (r) => (r.bad ? Number.NaN : r.value));
  expect(await stored(b)).toEqual(cut(usable));
});

test('a machine that stops, and a level that is out of line', async () => {
  const b = await openBench();
  const values = wave(120_000);
  // an overload from 80 s on, for 8 s; then, from 100 s on, the machine stands
  for (let i = 80_000; i < 88_000; i++) if (values[i]! > 250) values[i] = values[i]! + 15;
  for (let i = 100_000; i < values.length; i++) values[i] = 230 + Math.sin(i) * 0.5;
  await b.eventLog.append(batches(values).map((x) => recordOf(x, { receivedAtUs: lastSampleUs(x) + 1000 })));
  const workers = await startWorkers(b, QUICK);
  await settled(b);
  const open = () =>
    b.db.query<{ signal: string; kind: string; metric: string; state: string }>(
      'SELECT g.name AS signal, a.kind, a.metric, a.state FROM anomaly a JOIN signal g ON g.id = a.signal_id',
    );
  const is = (kind: string, signal: string, metric = '') => ({ signal, kind, metric });
  const found = await until(open, (rows) => rows.some((r) => r.kind === 'missing-cycles'));
  expect(found).toContainEqual({ ...is('outlier', 'voltage', 'topLevel'), state: 'closed' });
  expect(found).toContainEqual({ ...is('missing-cycles', 'voltage'), state: 'open' });
  await workers.close();
  const told = await readJson<AnomalyEvent>(b.eventLog, LOG_TOPICS.anomalies);
  expect(told).toContainEqual(
    expect.objectContaining({ kind: 'outlier', metric: 'topLevel', state: 'open' }),
  );
});

test('a standing failure stops the work and says so, and it goes on by itself when mended', async () => {
  const b = await openBench();
  await b.db.exec('ALTER TABLE batch RENAME COLUMN digest TO digest_gone');
  await b.eventLog.append([recordOf(batchOf(0)), recordOf(batchOf(1))]);
  const workers = await startWorkers(b, QUICK);
  await until(
    async () => workers.health.snapshot()['landing'],
    (part) => part?.state === 'failing' && part.code === 'store.schema',
  );
  expect(await b.db.query('SELECT count(*) AS n FROM dead_letter')).toEqual([{ n: 0 }]);
  await b.db.exec('ALTER TABLE batch RENAME COLUMN digest_gone TO digest');
  await caughtUp(b, 'landing');
  await until(
    async () => workers.health.snapshot()['landing'],
    (part) => part?.state === 'ok',
  );
  await workers.close();
  expect(await b.db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 20 }]);
});

test('the store goes away again and again in mid-landing, and nothing is lost or doubled', async (ctx) => {
  if (!process.env['LOADCYCLE_TEST_DATABASE_URL']) ctx.skip('LOADCYCLE_TEST_DATABASE_URL names no server');
  const b = await openBench();
  const values = wave(60_000);
  const workers = await startWorkers(b, QUICK);
  for (const [i, batch] of batches(values).entries()) {
    await b.eventLog.append([recordOf(batch)]);
    if (i % 15 !== 14) continue;
    await b.db
      .query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
      .catch(() => {});
  }
  await settled(b);
  await workers.close();
  const n = values.length;
  expect(await b.db.query('SELECT count(*) AS n, count(DISTINCT ts) AS times FROM sample')).toEqual([
    { n, times: n },
  ]);
  expect(await b.db.query('SELECT count(*) AS n FROM dead_letter')).toEqual([{ n: 0 }]);
  expect(await stored(b)).toEqual(cut(values));
});
