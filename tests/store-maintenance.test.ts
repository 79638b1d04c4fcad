import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, readSettings, silentLogger } from '@loadcycle/contract';
import { CopyEncoder, SAMPLE_COLUMNS } from '@loadcycle/database/copy-encoder';
import type { EmbeddedDatabase } from '@loadcycle/database/embedded/index';
import { maintenanceSettings, requestRefresh, runMaintenance } from '@loadcycle/database/maintenance';
import { Advance } from '@loadcycle/database/maintenance/advance';
import {
  chunkWidthUs,
  compressOldChunks,
  dropOldChunks,
  dropOldLetters,
  fitChunks,
  freezeOldest,
} from '@loadcycle/database/maintenance/chunks';
import { runRefreshRequests } from '@loadcycle/database/maintenance/requests';
import { MaintenanceStatus } from '@loadcycle/database/maintenance/status';
import { ts } from '@loadcycle/database/sql';
import { Health, Registry } from '@loadcycle/service';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestStore } from './support/database.ts';

/** What policies do in the cloud, the loop does for the embedded store. */
let folder: string;
let db: EmbeddedDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-'));
  db = await openTestStore(folder);
  await db.exec(`INSERT INTO site (name) VALUES ('s'); INSERT INTO device (site_id, name) VALUES (1, 'd');
    INSERT INTO signal (device_id, name, unit, definition, automatic) VALUES (1, 'a', 'V', '{}', true), (1, 'b', 'V', '{}', true)`);
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const START_US = 1_790_000_040_000_000; // a whole minute
const encoder = new CopyEncoder();

/** `seconds` of both signals at 100 Hz from second `at` on. */
async function land(at: number, seconds: number, value = 1): Promise<void> {
  const values = new Float64Array(seconds * 100).fill(value);
  const t0Us = START_US + at * 1e6;
  for (const signalId of [1, 2]) {
    encoder.samples({ signalId, t0Us, dtUs: 10_000, offsetsUs: null, values, quality: 0 });
  }
  await db.transaction((tx) => tx.copyIn('sample', SAMPLE_COLUMNS, encoder.finish()), { priority: 'write' });
}

const settings = (...argv: string[]) =>
  readSettings(maintenanceSettings, ['--raw-retention', '0s', ...argv], {})!;

async function whileMaintained(run: () => Promise<void>, log: Logger = silentLogger): Promise<void> {
  const stop = new AbortController();
  const running = runMaintenance(db, settings('--refresh-lag', '2s'), {
    signal: stop.signal,
    pauseMs: 10,
    log,
  });
  try {
    await run();
  } finally {
    stop.abort();
    await running;
  }
}

const materialised = async (aggregate: string): Promise<number | null> => {
  const [row] = await db.query<{ n: number | null }>(
    `SELECT extract(epoch from aggregated_to($1) - ${ts(String(START_US))})::float8 AS n`,
    [aggregate],
  );
  return row!.n;
};

/** No bucket differs from a recomputation. */
async function expectExact(): Promise<void> {
  for (const [aggregate, width] of [
    ['sample_1s', '1 second'],
    ['sample_1m', '1 minute'],
    ['sample_1h', '1 hour'],
  ]) {
    const wrong = await db.query(
      `SELECT * FROM (SELECT bucket, signal_id, count, sum FROM ${aggregate}) a FULL JOIN
         (SELECT time_bucket('${width}', ts) AS bucket, signal_id, count(*) AS count, sum(value) AS sum FROM sample GROUP BY 1, 2) b
         USING (bucket, signal_id) WHERE a.count IS DISTINCT FROM b.count OR a.sum IS DISTINCT FROM b.sum`,
    );
    expect(wrong).toEqual([]);
  }
}

test('aggregates follow the data, over a gap of a year too, and late rows show once asked for', async () => {
  await land(-31_536_000, 5);
  await land(0, 150);
  const warnings: unknown[] = [];
  const log = { ...silentLogger, warn: (fields: object) => warnings.push(fields) };
  await whileMaintained(async () => {
    await expect.poll(() => materialised('sample_1s')).toBe(147);
    await expect.poll(() => materialised('sample_1m')).toBe(120);
    await expectExact();
    // late rows: not seen by themselves, seen when asked for
    await land(10, 5, 3);
    await db.transaction((tx) =>
      requestRefresh(tx, 'sample', [
        { fromUs: START_US + 10e6, toUs: START_US + 15e6 },
        { fromUs: START_US + 500e6, toUs: START_US + 501e6 },
      ]),
    );
    await expect.poll(() => db.query('SELECT id FROM refresh_request')).toEqual([]);
    await expectExact();
    await land(150, 20);
    await expect.poll(() => materialised('sample_1s')).toBe(167);
    await expectExact();
  }, log);
  expect(warnings).toEqual([]);
});

test('history that lands in parts, each level having gone on in between, is right in all of them', async () => {
  const signal = new AbortController().signal;
  const advance = new Advance(db, { lagUs: 0, stepMs: 1e9, signal });
  const refreshed = async () => {
    await runRefreshRequests(db, { stepMs: 1e9, rawRetentionUs: null, signal });
    expect(await db.query('SELECT id FROM refresh_request')).toEqual([]);
  };
  const late = async (at: number, seconds: number): Promise<void> => {
    await land(at, seconds);
    const written = { signalId: 1, fromUs: START_US + at * 1e6, toUs: START_US + (at + seconds) * 1e6 };
    await db.transaction((tx) => requestRefresh(tx, 'sample', [written]));
  };
  await land(86_400, 10);
  await advance.run('sample');
  // an hour's first minutes, and its others once minutes and hours have been brought further than they reach
  await late(0, 150);
  await refreshed();
  await advance.run('sample');
  await late(150, 400);
  await refreshed();
  await advance.run('sample');
  await expectExact();
});

test('only windows before the aggregates are written down', async () => {
  const windows = [{ fromUs: START_US, toUs: START_US + 1e6 }];
  await db.transaction((tx) => requestRefresh(tx, 'sample', windows));
  expect(await db.query('SELECT id FROM refresh_request')).toEqual([]);
});

test('old chunks are compressed, loose rows in them too, and nothing changes for readers', async () => {
  await land(0, 100);
  const sum = () => db.query('SELECT count(*) AS n, sum(value) AS sum FROM sample');
  const before = await sum();
  const bytes = async () => (await db.query<{ n: number }>(`SELECT hypertable_size('sample') AS n`))[0]!.n;
  const loose = await bytes();
  expect(await compressOldChunks(db, { afterUs: 0 }, silentLogger)).toBe(1);
  expect(await compressOldChunks(db, { afterUs: 0 }, silentLogger)).toBe(0);
  expect(await bytes()).toBeLessThan(loose / 3);
  expect(await sum()).toEqual(before);
  await land(50, 1);
  expect(await compressOldChunks(db, { afterUs: 0 }, silentLogger)).toBe(1);
  expect(await sum()).toEqual([{ n: 20_200, sum: 20_200 }]);
});

test('a chunk that is still growing is left alone', async () => {
  const sizes = new Map<string, number>();
  for (let i = 0; i < 3; i++) {
    await land(i * 10, 10);
    expect(await compressOldChunks(db, { afterUs: 0, sizes }, silentLogger)).toBe(0);
  }
  expect(await compressOldChunks(db, { afterUs: 0, sizes }, silentLogger)).toBe(1);
});

test('chunks that are older than the retention go, their aggregates stay', async () => {
  await land(0, 10);
  await db.exec("CALL refresh_continuous_aggregate('sample_1s', NULL, NULL)");
  const dayUs = 86_400e6;
  const ageUs = Date.now() * 1000 - START_US;
  await dropOldChunks(
    db,
    { rawUs: ageUs + 3 * dayUs, ledgerUs: null, secondsUs: null, rollupUs: null },
    silentLogger,
  );
  expect(await db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 2_000 }]);
  await dropOldChunks(
    db,
    { rawUs: ageUs - 3 * dayUs, ledgerUs: null, secondsUs: null, rollupUs: null },
    silentLogger,
  );
  expect(await db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 0 }]);
  expect(await db.query('SELECT sum(count)::bigint AS n FROM sample_1s')).toEqual([{ n: 2_000 }]);
});

test('dead letters that are older than their retention go, the others and the accounts stay', async () => {
  await db.query(
    `INSERT INTO dead_letter (at, topic, partition, "offset", key, reason, detail, payload)
     SELECT now() - interval '1 hour' * i, 't', 0, i, 'k', 'message.not-json', '', '\\x00' FROM generate_series(1, 2500) i`,
  );
  expect(await dropOldLetters(db, null)).toBe(0);
  expect(await dropOldLetters(db, 100.5 * 3_600e6)).toBe(2_400);
  expect(await db.query('SELECT count(*) AS n FROM dead_letter')).toEqual([{ n: 100 }]);
});

test('chunks get the width that suits the rate', async () => {
  expect([1e-3, 10, 100, 1_000, 1e6].map((rate) => chunkWidthUs(rate) / 60e6)).toEqual([
    1_440, 1_440, 180, 10, 10,
  ]);
  await db.query(
    `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at)
     VALUES (now() - interval '1 minute', now(), 1, gen_random_uuid(), 0, 300000, 300000, 0, 0, now())`,
  );
  await fitChunks(db, silentLogger);
  expect(
    await db.query(
      `SELECT time_interval::text AS w FROM timescaledb_information.dimensions WHERE hypertable_name = 'sample'`,
    ),
  ).toEqual([{ w: '00:30:00' }]);
});

test('a crash in the middle of a refresh leaves no aggregate without its newest rows', async () => {
  await db.exec('ALTER MATERIALIZED VIEW sample_1s SET (timescaledb.materialized_only = true)');
  await land(0, 5);
  expect(await db.query('SELECT count(*) AS n FROM sample_1s')).toEqual([{ n: 0 }]);
  await whileMaintained(async () => {
    await expect.poll(() => db.query('SELECT count(*) AS n FROM sample_1s')).toEqual([{ n: 10 }]);
  });
});

test('transaction ids are frozen one table at a time', async () => {
  expect(await freezeOldest(db)).toBe(false);
  let steps = 0;
  for (let i = 0; i < 3; i++) await db.query('INSERT INTO site (name) VALUES ($1)', [`x${i}`]);
  while (steps < 5 && (await freezeOldest(db, 2))) steps++;
  expect(steps).toBe(5);
});

test('a duty that goes on failing shows in health and metrics, keeps no other from its work, and is mended', async () => {
  await land(0, 10);
  await db.exec(`INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at)
    SELECT ${ts(String(START_US))}, ${ts(String(START_US))}, 1, gen_random_uuid(), 0, 1, 1, 0, 0, now()`);
  const [chunk] = await db.query<{ name: string }>(`SELECT show_chunks('sample')::text AS name`);
  await db.exec(`CREATE VIEW holds_it AS SELECT * FROM ${chunk!.name}`);
  const health = new Health();
  const registry = new Registry();
  const status = new MaintenanceStatus({ health, registry, patienceMs: 0 });
  const stop = new AbortController();
  const kept = settings('--raw-retention', '1s', '--ledger-retention', '1s');
  const running = runMaintenance(db, kept, { signal: stop.signal, pauseMs: 10, status });
  const part = () => health.snapshot()['maintenance: retention'];
  try {
    await expect.poll(part, { timeout: 30_000 }).toMatchObject({ state: 'failing', code: 'internal' });
    expect(part()!.detail).toMatch(/^fails since 20.*holds_it|^fails since 20.*depend/);
    // it serves what it is asked for
    expect(health.ready).toBe(true);
    expect(health.status).toBe('degraded');
    expect(status.get('retention')).toMatchObject({ lastSuccessMs: null, lastError: { code: 'internal' } });
    const metrics = await registry.metrics();
    expect(metrics).toMatch(/loadcycle_maintenance_failures_total\{duty="retention",code="internal"\} [2-9]/);
    expect(metrics).toMatch(/loadcycle_maintenance_failing_seconds\{duty="retention"\} 0\.\d*[1-9]|[1-9]/);
    expect(metrics).toMatch(/loadcycle_maintenance_last_success_seconds\{duty="compression"\} \d+/);
    // the ledger has gone all the same
    expect(await db.query('SELECT count(*) AS n FROM batch')).toEqual([{ n: 0 }]);
    await db.exec('DROP VIEW holds_it');
    await expect.poll(part, { timeout: 30_000 }).toMatchObject({ state: 'ok' });
    expect(await db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 0 }]);
    expect(await registry.metrics()).toContain('loadcycle_maintenance_failing_seconds{duty="retention"} 0\n');
  } finally {
    stop.abort();
    await running;
  }
});
