/**
 * The store alone: how fast binary COPY lands rows, embedded and (where LOADCYCLE_TEST_DATABASE_URL names a server)
 * native, and whether memory stays flat and the write-ahead log bounded while rows keep coming.
 *
 *   node bench/store/main.ts [million rows, default 20]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@loadcycle/contract';
import { CopyEncoder, SAMPLE_COLUMNS } from '@loadcycle/database/copy-encoder';
import { openEmbedded } from '@loadcycle/database/embedded/index';
import { maintenanceSettings, runMaintenance } from '@loadcycle/database/maintenance';
import { migrate } from '@loadcycle/database/migrate';
import { openPg } from '@loadcycle/database/pg/index';
import type { Database } from '@loadcycle/database/port';
import { createDatabase } from '../../tests/support/server-database.ts';

const SIGNALS = 4;
const PER_SIGNAL = 5_000;
const ROWS = SIGNALS * PER_SIGNAL;
const START_US = Math.floor(Date.now() / 1000) * 1e6 - 6_000e6;
const million = (n: number) => `${(n / 1e6).toFixed(2)} million`;
const megabytes = (n: number) => `${(n / 2 ** 20).toFixed(0)} MB`;

const total = Number(process.argv[2] ?? 20) * 1e6;
await embedded(total);
const url = process.env['LOADCYCLE_TEST_DATABASE_URL'];
if (url === undefined || url === '')
  console.log('native: LOADCYCLE_TEST_DATABASE_URL names no server, skipped');
else await native(url, total);

async function embedded(rows: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-'));
  const db = await openEmbedded({ folder });
  await migrate(db);
  await registerSignals(db);
  const stop = new AbortController();
  const steps: number[] = [];
  const settings = readSettings(maintenanceSettings, [], {})!;
  const maintenance = runMaintenance(db, settings, { signal: stop.signal, pauseMs: 500 });
  console.log(`embedded, ${million(ROWS)} rows a commit, maintenance beside it:`);
  let start = performance.now();
  let wal = 0;
  await land(db, rows, (done, waitedMs) => {
    steps.push(waitedMs);
    wal = Math.max(wal, db.stats().walBytes);
    if (done % 2_000_000 === 0) {
      const s = (performance.now() - start) / 1000;
      const { memoryBytes, walBytes } = db.stats();
      const rss = process.memoryUsage.rss();
      console.log(
        `  ${million(done)}: ${Math.round(2e6 / s).toLocaleString('en')} rows/s, process ${megabytes(rss)}, engine ${megabytes(memoryBytes)}, log ${megabytes(walBytes)}, longest commit ${Math.max(...steps).toFixed(0)} ms`,
      );
      steps.length = 0;
      start = performance.now();
    }
  });
  console.log(`  write-ahead log at most ${megabytes(wal)}`);
  stop.abort();
  await maintenance;
  await db.close();
  rmSync(folder, { recursive: true });
}

async function native(server: string, rows: number): Promise<void> {
  const fresh = await createDatabase(server);
  const db = await openPg({ url: fresh.url });
  try {
    await migrate(db);
    await registerSignals(db);
    for (const sorted of [false, true]) {
      const start = performance.now();
      const cpu = process.cpuUsage();
      await land(db, rows / 4, () => {}, sorted);
      const s = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const node = (user + system) / 1e6 / (rows / 4e6);
      console.log(
        `native ${db.features.timescale}, direct compress${sorted ? ', client sorted' : ''}: ${Math.round(rows / 4 / s).toLocaleString('en')} rows/s, ${node.toFixed(2)} CPU-seconds of Node for a million`,
      );
    }
  } finally {
    await db.close();
    await fresh.drop();
  }
}

async function registerSignals(db: Database): Promise<void> {
  await db.exec(`INSERT INTO site (name) VALUES ('bench');
    INSERT INTO device (site_id, name) VALUES (1, 'bench');
    INSERT INTO signal (device_id, name, unit, definition, automatic)
      SELECT 1, 's' || i, 'V', '{}', true FROM generate_series(1, ${SIGNALS}) AS i`);
}

/** Commits of `ROWS` rows, one after the other; `each` hears of each. */
async function land(
  db: Database,
  rows: number,
  each: (done: number, commitMs: number) => void,
  sorted = false,
): Promise<void> {
  const encoder = new CopyEncoder(ROWS * 40);
  const values = Float64Array.from({ length: PER_SIGNAL }, (_, i) => 230 + Math.sin(i / 50));
  for (let done = 0; done < rows; ) {
    const t0Us = START_US + (done / ROWS) * PER_SIGNAL * 1_000;
    for (let signalId = 1; signalId <= SIGNALS; signalId++) {
      encoder.samples({ signalId, t0Us, dtUs: 1_000, offsetsUs: null, values, quality: 0 });
    }
    const data = encoder.finish();
    const start = performance.now();
    await db.transaction((tx) => tx.copyIn('sample', SAMPLE_COLUMNS, data, { sorted }), {
      priority: 'write',
    });
    done += ROWS;
    each(done, performance.now() - start);
  }
}
