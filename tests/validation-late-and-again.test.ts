import { QUALITY, SignalDefinition } from '@loadcycle/contract';
import { runMaintenance } from '@loadcycle/database/maintenance';
import type { Database } from '@loadcycle/database/port';
import { applyCatalogue } from '@loadcycle/processors/catalogue/index';
import { jobsOf, requestRevalidation } from '@loadcycle/processors/jobs';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Bench,
  batchOf,
  caughtUp,
  idOf,
  openBench,
  recordOf,
  startOn,
  until,
} from './landing-support.ts';
import { disagreements } from './validation-support.ts';

const MINUTE_US = 60e6;
const path = { site: 's', device: 'd', signal: 'voltage' };

/** What maintenance does in `npm start`, often enough for a test. */
function maintain(db: Database): void {
  const stop = new AbortController();
  const settings = {
    rawRetention: 0,
    ledgerRetention: 0,
    deadLetterRetention: 0,
    secondsRetention: 0,
    rollupRetention: 0,
    compressAfter: 3.6e9 * 1e4,
    refreshLag: 1e6,
  };
  const running = runMaintenance(db, settings, { signal: stop.signal, pauseMs: 20 });
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
}

/** Buckets in which an aggregate says something else than the rows themselves; materialised ones are read as they are. */
const wrongBuckets = (db: Database, aggregate: string, width: string): Promise<object[]> =>
  db.query(
    `SELECT a.bucket, a.count, r.count AS rows FROM ${aggregate} a FULL JOIN (
       SELECT time_bucket(interval '${width}', ts) AS bucket, signal_id, count(*) AS count,
              count(*) FILTER (WHERE quality = 0) AS good, count(*) FILTER (WHERE quality >= 128) AS bad,
              min(value) FILTER (WHERE quality < 128) AS min, max(value) FILTER (WHERE quality < 128) AS max
       FROM sample GROUP BY 1, 2) r USING (bucket, signal_id)
     WHERE (a.count, a.good, a.bad, a.min, a.max) IS DISTINCT FROM (r.count, r.good, r.bad, r.min, r.max)`,
  );

const aggregated = async (b: Bench, upToUs: number): Promise<void> => {
  for (const aggregate of ['sample_1s', 'sample_1m']) {
    await until(
      () =>
        b.db.query<{ to: number | null }>(
          `SELECT (extract(epoch from aggregated_to($1)) * 1000000)::bigint AS to`,
          [aggregate],
        ),
      ([row]) => (row!.to ?? 0) >= upToUs,
    );
  }
};
const refreshed = (b: Bench): Promise<unknown> =>
  until(
    () => b.db.query<{ n: number }>('SELECT count(*) AS n FROM refresh_request'),
    ([row]) => row!.n === 0,
  );

test("hours-old backlog lands in its place and its aggregates are mended; a range's limits are applied again, and they follow", async () => {
  const b = await openBench();
  const nowUs = Math.floor(Date.now() / 1000) * 1e6;
  const startUs = Math.floor((nowUs - 5 * 3.6e9) / MINUTE_US) * MINUTE_US;
  // one batch of 50 samples a minute for four hours; the second hour waits in the outbox
  const minutes = Array.from({ length: 240 }, (_, seq) =>
    recordOf(
      batchOf(seq, {
        t0Us: startUs + seq * MINUTE_US,
        values: Float64Array.from({ length: 50 }, (_, i) => seq + i / 100),
      }),
      {
        receivedAtUs: nowUs,
      },
    ),
  );
  maintain(b.db);
  const landing = await startOn(b);
  onTestFinished(() => landing.close());
  await b.eventLog.append([...minutes.slice(0, 60), ...minutes.slice(120)]);
  await caughtUp(b, 'landing');
  await aggregated(b, startUs + 238 * MINUTE_US);
  expect(await wrongBuckets(b.db, 'sample_1s', '1 second')).toEqual([]);

  await b.eventLog.append(minutes.slice(60, 120));
  await caughtUp(b, 'landing');
  await refreshed(b);
  for (const [aggregate, width] of [
    ['sample_1s', '1 second'],
    ['sample_1m', '1 minute'],
    ['sample_1h', '1 hour'],
  ] as const) {
    expect([aggregate, await wrongBuckets(b.db, aggregate, width)]).toEqual([aggregate, []]);
  }
  expect(await b.db.query('SELECT count(*) AS n FROM sample WHERE quality = 0')).toEqual([{ n: 240 * 50 }]);

  // limits of today: what was 100 and more in the second and third hour is bad now; before and behind stays
  await applyCatalogue(
    b.db,
    [{ path, definition: SignalDefinition.parse({ unit: 'V', validMax: 100 }) }],
    'the test',
  );
  const operationId = '01990000-0000-7000-8000-0000000000aa';
  const range = { fromUs: startUs + 60 * MINUTE_US, toUs: startUs + 180 * MINUTE_US };
  await requestRevalidation(b.db, { signalIds: [await idOf(b)], ...range, operationId });
  const [job] = await until(
    () => jobsOf(b.db, operationId),
    ([j]) => j?.state === 'done',
  );
  // minutes 60 to 179: of minute 100 all but its first sample, which is 100 itself
  expect(job).toMatchObject({ kind: 'revalidation', progress: 1, changed: 80 * 50 - 1 });
  await refreshed(b);
  expect(
    await b.db.query(
      `SELECT count(*) FILTER (WHERE quality = ${QUALITY.badOutOfRange}) AS bad, count(*) FILTER (WHERE quality = 0) AS good FROM sample`,
    ),
  ).toEqual([{ bad: 80 * 50 - 1, good: 240 * 50 - (80 * 50 - 1) }]);
  expect(await disagreements(b.db)).toEqual([]);
  for (const [aggregate, width] of [
    ['sample_1s', '1 second'],
    ['sample_1m', '1 minute'],
  ] as const) {
    expect([aggregate, await wrongBuckets(b.db, aggregate, width)]).toEqual([aggregate, []]);
  }
  // again it changes nothing
  const again = '01990000-0000-7000-8000-0000000000ab';
  await requestRevalidation(b.db, { signalIds: [await idOf(b)], ...range, operationId: again });
  const [second] = await until(
    () => jobsOf(b.db, again),
    ([j]) => j?.state === 'done',
  );
  expect(second).toMatchObject({ changed: 0 });
});

test('a clock that jumps an hour, ahead and back, is marked until it is right again', async () => {
  const b = await openBench();
  const HOUR_US = 3.6e9;
  const startUs = 1_790_000_000_000_000;
  // batch by batch, one a second as it is received; what the device's clock says beside it
  const jumps = (from: number, to: number, byUs: number) => (seq: number) =>
    seq >= from && seq < to ? byUs : 0;
  const send = async (signal: string, byUs: (seq: number) => number): Promise<void> => {
    await b.eventLog.append(
      Array.from({ length: 30 }, (_, seq) => {
        const atUs = startUs + seq * 1e6;
        return recordOf(batchOf(seq, { t0Us: atUs + byUs(seq) }), { signal, receivedAtUs: atUs + 20_000 });
      }),
    );
  };
  await send('ahead', jumps(10, 20, HOUR_US));
  await send('back', jumps(10, 20, -HOUR_US));
  const landing = await startOn(b);
  await caughtUp(b, 'landing');
  await landing.close();
  const marked = await b.db.query<{ signal: string; seqs: number[] }>(
    `SELECT g.name AS signal, array_agg(b.seq ORDER BY b.seq) AS seqs FROM batch b JOIN signal g ON g.id = b.signal_id
     WHERE b.uncertain = b.count GROUP BY 1 ORDER BY 1`,
  );
  const wrong = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
  expect(marked).toEqual([
    { signal: 'ahead', seqs: wrong },
    { signal: 'back', seqs: wrong },
  ]);
  expect(await b.db.query(`SELECT DISTINCT quality FROM sample ORDER BY 1`)).toEqual([
    { quality: QUALITY.good },
    { quality: QUALITY.uncertainClockSkew },
  ]);
  expect(await disagreements(b.db)).toEqual([]);
});

test('sessions that lie over each other: limits applied again, and the ledger says what the rows say', async () => {
  const b = await openBench();
  const landing = await startOn(b);
  onTestFinished(() => landing.close());
  const sessions = ['01990000-0000-7000-8000-00000000000a', '01990000-0000-7000-8000-00000000000b'];
  await b.eventLog.append(
    sessions.flatMap((session, s) =>
      [0, 1, 2].map((seq) => {
        const values = Float64Array.from({ length: 10 }, (_, i) => 10 * seq + i);
        return recordOf(
          batchOf(seq, { session, t0Us: 1_790_000_000_000_000 + seq * 10_000 + s * 300, values }),
        );
      }),
    ),
  );
  await caughtUp(b, 'landing');
  await applyCatalogue(
    b.db,
    [{ path, definition: SignalDefinition.parse({ unit: 'V', validMax: 14 }) }],
    'the test',
  );
  const operationId = '01990000-0000-7000-8000-0000000000ac';
  const range = { fromUs: 1_790_000_000_000_000, toUs: 1_790_000_001_000_000 };
  await requestRevalidation(b.db, { signalIds: [await idOf(b)], ...range, operationId });
  const [job] = await until(
    () => jobsOf(b.db, operationId),
    ([j]) => j?.state === 'done',
  );
  expect(job).toMatchObject({ changed: 2 * 15 });
  expect(await b.db.query('SELECT seq, good, bad FROM batch ORDER BY session, seq')).toEqual(
    [...sessions].flatMap(() => [
      { seq: 0, good: 10, bad: 0 },
      { seq: 1, good: 5, bad: 5 },
      { seq: 2, good: 0, bad: 10 },
    ]),
  );
  expect(await disagreements(b.db)).toEqual([]);
});
