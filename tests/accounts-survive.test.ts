import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedDatabase } from '@loadcycle/database/embedded/index';
import { openEmbedded } from '@loadcycle/database/embedded/index';
import type { EventLog } from '@loadcycle/event-log/port';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { completeness } from '@loadcycle/processors/completeness/index';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batchOf, caughtUp, idOf, raw, recordOf, startOn, T0, TOPICS, until } from './landing-support.ts';
import { openTestStore } from './support/database.ts';
import { accountSums, disagreements } from './validation-support.ts';

let folder: string;
let db: EmbeddedDatabase;
let eventLog: EventLog;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-accounts-'));
  db = await openTestStore(join(folder, 'store'));
  eventLog = await openSqliteLog({ folder: join(folder, 'log') });
  await eventLog.ensureTopics(TOPICS);
});
afterEach(async () => {
  await eventLog.close();
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

const bench = () => ({ db, writer: db.as('writer'), eventLog });

test('a restart, the log and the store opened anew, and the loss of the raw rows change no account', async () => {
  // 30 batches of 10 samples; 4, 5 and 20 never come, 7 comes three times; one message in ten cannot be read
  const lost = new Set([4, 5, 20]);
  const arrivals = Array.from({ length: 30 }, (_, seq) => seq).filter((seq) => !lost.has(seq));
  const records = [...arrivals, 7, 7].map((seq) =>
    recordOf(
      batchOf(seq, { values: Float64Array.from({ length: 10 }, (_, i) => (i === 3 ? Number.NaN : seq)) }),
    ),
  );
  const rubbish = Array.from({ length: 3 }, () =>
    raw('s/d/voltage', 'loadcycle/v1/s/d/samples/voltage', Buffer.from('['), T0 + 3_600_000_000),
  );
  const first = await startOn(bench());
  await eventLog.append(records.slice(0, 10));
  await caughtUp(bench(), 'landing');
  await first.close();

  await eventLog.append([...records.slice(10), ...rubbish]);
  await eventLog.close();
  await db.close();
  db = await openEmbedded({ folder: join(folder, 'store') });
  eventLog = await openSqliteLog({ folder: join(folder, 'log') });
  const second = await startOn(bench());
  await caughtUp(bench(), 'landing');

  const range = { fromUs: T0, toUs: T0 + 300_000, bucketUs: 100_000 };
  const told = await completeness(db, await idOf(bench(), 'voltage'), range);
  expect(told.total).toEqual({
    expected: 300,
    landed: 270,
    good: 243,
    uncertain: 0,
    bad: 27,
    missing: 30,
    deadLettered: 0,
    batches: 27,
    missingBatches: 3,
  });
  expect(
    told.holes.map(({ fromSeq, toSeq, fromUs, toUs }) => [fromSeq, toSeq, fromUs - T0, toUs - T0]),
  ).toEqual([
    [4, 5, 40_000, 60_000],
    [20, 20, 200_000, 210_000],
  ]);
  expect(told.buckets.map((x) => [x.landed, x.missing])).toEqual([
    [80, 20],
    [100, 0],
    [90, 10],
  ]);
  const wide = { fromUs: T0, toUs: T0 + 7_200_000_000 };
  const { receipts } = await completeness(db, await idOf(bench(), 'voltage'), wide);
  expect(receipts).toMatchObject({ received: 32, landed: 27, duplicates: 2, deadLettered: 3 });
  expect(await disagreements(db)).toEqual([]);

  // a worker that is told everything once more, and retention
  const sums = await accountSums(db);
  await second.close();
  const third = await startOn(bench());
  await eventLog.append([records[0]!]);
  await until(
    () => accountSums(db),
    (a) => a.duplicates === sums.duplicates + 1,
  );
  await third.close();
  const dropped = await db.query(`SELECT drop_chunks('sample', older_than => now() + interval '10 years')`);
  expect(dropped.length).toBeGreaterThan(0);
  expect(await db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 0 }]);
  const { receipts: _now, ...counts } = await completeness(db, await idOf(bench(), 'voltage'), range);
  const { receipts: after } = await completeness(db, await idOf(bench(), 'voltage'), wide);
  const { receipts: _then, ...before } = told;
  expect(counts).toEqual(before);
  expect(after).toMatchObject({ landed: 27, duplicates: 3, deadLettered: 3 });
});
