import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleBlocks } from '@loadcycle/cloud-api/retrieval/blocks';
import { downsample } from '@loadcycle/cloud-api/retrieval/downsample';
import { samplesPage } from '@loadcycle/cloud-api/retrieval/samples';
import { silentLogger } from '@loadcycle/contract';
import { MOST_CHUNKS } from '@loadcycle/database/chunk-walk';
import { requestRefresh } from '@loadcycle/database/maintenance';
import { Advance } from '@loadcycle/database/maintenance/advance';
import { compressOldChunks, dropOldChunks } from '@loadcycle/database/maintenance/chunks';
import { runRefreshRequests } from '@loadcycle/database/maintenance/requests';
import { type HistorySlice, readHistory } from '@loadcycle/processors/cycles-worker/history';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from './support/database.ts';
import { CHUNK_US, countingLocks, makeChunks, ROWS } from './support/many-chunks.ts';

/**
 * Months of data in chunks as narrow as 1 kHz makes them. No read of few rows and no step of maintenance may take locks
 * in proportion to the chunks of the store. LOADCYCLE_TEST_CHUNKS=1000 tries as many as the store shall bear.
 */
const CHUNKS = Number(process.env['LOADCYCLE_TEST_CHUNKS'] ?? 120);
/** What the widest step may hold: MOST_CHUNKS to read, some to drop, and the catalogue. */
const MOST_LOCKS = 400;
const TIME = 60_000 + CHUNKS * 200;

let folder: string;
let store: TestDatabase;
let fromUs: number;
let toUs: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-'));
  store = await openTestDatabase({ folder });
  fromUs = await makeChunks(store.db, CHUNKS);
  toUs = fromUs + CHUNKS * CHUNK_US;
}, TIME);
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const chunks = async (where: string): Promise<number> => {
  const [row] = await store.db.query<{ n: number }>(
    `SELECT count(*) AS n FROM timescaledb_information.chunks WHERE hypertable_name = 'sample' AND ${where}`,
  );
  return row!.n;
};
const never = new AbortController().signal;

test(
  'all of them are compressed in a few looks, an import of hundreds is not left for days',
  async () => {
    expect(await chunks('true')).toBe(CHUNKS);
    if (store.db.features.backgroundJobs) {
      // the server's own policy, which commits after each
      const all = await store.db.query<{ chunk: string }>(`SELECT show_chunks('sample')::text AS chunk`);
      for (const { chunk } of all) await store.db.query('SELECT compress_chunk($1::regclass)', [chunk]);
      return;
    }
    const { db } = countingLocks(store.db);
    for (let looks = 0; looks < Math.ceil(CHUNKS / 200); looks++) {
      await compressOldChunks(db, { afterUs: 0, limitMs: TIME }, silentLogger);
    }
    expect(await chunks('NOT is_compressed')).toBe(0);
  },
  TIME,
);

test(
  'a few rows are read from a few chunks, wherever they lie',
  async () => {
    const { db, most } = countingLocks(store.db);
    const page = async (signalId: number, from: number, periodUs: number | null = null) =>
      (await samplesPage(db, { signalId, fromUs: from, toUs, quality: [] }, 5, null, periodUs)).rows;
    const long = fromUs - 30 * 86_400_000_000;
    expect((await page(1, long)).map((r) => r.atUs)).toEqual([0, 1, 2, 3, 4].map((i) => fromUs + i * 1e6));
    expect(await page(1, fromUs + CHUNK_US / 2)).toHaveLength(5);
    // one of them in the first chunk, one in the last
    expect((await page(2, long)).map((r) => r.atUs)).toEqual([fromUs + 1000, toUs - CHUNK_US + 1000]);
    expect(await page(3, long)).toEqual([]);
    // a slow signal beside fast ones: one row in ten minutes
    expect(await page(2, long, 600e6)).toHaveLength(2);
    expect(most()).toBeLessThan(MOST_LOCKS);
  },
  TIME,
);

test(
  'exports and what is computed from the rows themselves go through them in bounded pieces',
  async () => {
    const { db, most } = countingLocks(store.db);
    for (const [signalId, rows] of [
      [1, CHUNKS * ROWS],
      [2, 2],
    ] as const) {
      let count = 0;
      for await (const block of sampleBlocks(db, { signalId, fromUs, toUs, quality: [] }, 600e6))
        count += block.count;
      expect(count).toBe(rows);
    }
    const wanted = { signalId: 1, fromUs, toUs, quality: [] };
    expect((await downsample(db, wanted, 8, 'm4', 120e6)).value.length).toBeGreaterThan(4);
    expect(most()).toBeLessThan(MOST_LOCKS);
  },
  TIME,
);

test(
  'the cycles’ worker reads history in slices of bounded chunks',
  async () => {
    const { db, most } = countingLocks(store.db);
    let batches = 0;
    let after: number | null = null;
    for (let last = false; !last; ) {
      const from: number | null = after;
      const slice: HistorySlice = await db.transaction((tx) => readHistory(tx, 1, from, null, 1e9));
      batches += slice.batches.length;
      expect(slice.chunks.length).toBe(slice.batches.length);
      after = slice.endUs;
      last = slice.last;
    }
    expect(batches).toBe(CHUNKS);
    expect(most()).toBeLessThan(MOST_LOCKS);
  },
  TIME,
);

test(
  'aggregates follow in windows of bounded chunks, and so do refreshes that late rows ask for',
  async () => {
    const { db, most, windows } = countingLocks(store.db);
    const seconds = async () =>
      (await store.db.query<{ n: number }>(`SELECT coalesce(sum(count), 0)::bigint AS n FROM sample_1s`))[0]!
        .n;
    const step = 1e9;
    await new Advance(db, { lagUs: 0, stepMs: step, signal: never }).run('sample');
    expect(await seconds()).toBe(CHUNKS * ROWS + 2);
    await store.db.transaction((tx) => requestRefresh(tx, 'sample', [{ fromUs, toUs: toUs - CHUNK_US }]));
    await runRefreshRequests(db, { stepMs: step, rawRetentionUs: null, signal: never });
    expect(await store.db.query('SELECT id FROM refresh_request')).toEqual([]);
    expect(await seconds()).toBe(CHUNKS * ROWS + 2);
    expect(windows.length).toBeGreaterThan(CHUNKS / MOST_CHUNKS);
    for (const [a, b] of windows) expect((b - a) / CHUNK_US).toBeLessThanOrEqual(MOST_CHUNKS + 1);
    expect(most()).toBeLessThan(MOST_LOCKS);
  },
  TIME,
);

test(
  'retention drops a few in a transaction, the oldest first',
  async () => {
    const { db, most } = countingLocks(store.db);
    const forEver = { ledgerUs: null, secondsUs: null, rollupUs: null };
    const half = fromUs + Math.floor(CHUNKS / 2) * CHUNK_US;
    await dropOldChunks(db, { rawUs: Date.now() * 1000 - half, ...forEver }, silentLogger);
    expect(await chunks('true')).toBe(CHUNKS - Math.floor(CHUNKS / 2));
    expect(
      await store.db.query('SELECT min(ts) = $1::timestamptz AS ok FROM sample', [
        new Date(half / 1000).toISOString(),
      ]),
    ).toEqual([{ ok: true }]);
    await dropOldChunks(db, { rawUs: 1, ...forEver }, silentLogger);
    expect(await chunks('true')).toBe(0);
    expect(most()).toBeLessThan(MOST_LOCKS);
  },
  TIME,
);
