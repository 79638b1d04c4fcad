import { type Batch, LOG_TOPICS, lastSampleUs } from '@loadcycle/contract';
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import { expect, test } from 'vitest';
import { batchesOf, settled, startWorkers, wave } from './cycles-worker-support.ts';
import { type Bench, openBench, readJson, recordOf, until } from './landing-support.ts';

const QUICK = { repairQuiet: 0, checkpointEvery: 2_000_000, repairSlice: 20_000, cyclesGather: 5_000 };
const FROM = 80_000;

/** Heard as soon as it was measured. */
const live = (x: Batch) => recordOf(x, { receivedAtUs: lastSampleUs(x) + 1000 });

const levels = (b: Bench) =>
  b.db.query<{ since: number; state: string; reason: string | null }>(
    `SELECT (extract(epoch FROM since) * 1000000)::bigint AS since, state, closed_reason AS reason FROM anomaly
     WHERE metric = 'topLevel' ORDER BY since`,
  );

test('a level that is 30 % too high: over by a word or by a definition, not by itself and not by late data', async () => {
  const b = await openBench();
  const values = wave(260_000);
  for (let i = FROM; i < values.length; i++) if (values[i]! > 250) values[i] = values[i]! + 81;
  const all = batchesOf(values, 500);
  const append = (from: number, to: number, but = -1): Promise<void> =>
    b.eventLog.append(all.slice(from, to).flatMap((x) => (x.seq === but ? [] : [live(x)])));
  const workers = await startWorkers(b, QUICK);

  // 140 cycles of it are more than the history holds
  const late = 300;
  await append(0, 440, late);
  await settled(b);
  const [lasting, ...others] = await levels(b);
  expect(others).toEqual([]);
  expect(lasting).toMatchObject({ state: 'open', reason: null });
  await b.eventLog.append([live(all[late]!)]);
  await settled(b);
  expect(await levels(b)).toEqual([lasting]);

  // another definition: it counts anew, and the fault is still there
  await b.db.query(
    `UPDATE signal SET definition = definition || '{"anomalies": {"threshold": 8}}', version = version + 1`,
  );
  await append(440, 480);
  await settled(b);
  expect(await levels(b)).toMatchObject([
    { since: lasting!.since, state: 'closed', reason: 'definition' },
    { state: 'open', reason: null },
  ]);

  // this is the new normal
  await b.db.query(`UPDATE anomaly SET accepted_at = now(), accepted_by = 'somebody' WHERE state = 'open'`);
  await until(
    () => levels(b),
    (rows) => rows.every((r) => r.state === 'closed'),
  );
  await append(480, all.length);
  await settled(b);
  await workers.close();
  const found = await levels(b);
  expect(found.map((r) => r.reason)).toEqual(['definition', 'accepted']);
  const told = await readJson<AnomalyEvent>(b.eventLog, LOG_TOPICS.anomalies);
  const closed = told.filter((e) => e.metric === 'topLevel' && e.state !== 'open');
  expect(closed.map((e) => [e.sinceUs, e.closedReason])).toEqual([
    [found[0]!.since, 'definition'],
    [found[1]!.since, 'accepted'],
  ]);
});
