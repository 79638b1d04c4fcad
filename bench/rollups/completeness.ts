/**
 * What completeness costs: a day of a signal at 1 kHz in batches of half a second, and a year of one in batches of ten
 * seconds, both with a hole every few hours and unaligned ends. `LOADCYCLE_TEST_DATABASE_URL` names a server; without it
 * the embedded store is measured.
 *
 *   node bench/rollups/completeness.ts [days, default 365]
 */
import type { Database } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import { completeness } from '@loadcycle/processors/completeness/index';
import { sumLedger } from '../../tests/api-support.ts';
import { onBench } from '../landing/bench.ts';

const DAY_US = 86_400e6;
const T0 = 1_760_000_000_000_123;

/** The ledger of one session, without the rows: numbers that are multiples of 20,011 are missing. */
async function fill(db: Database, signalId: number, days: number, perBatch: number): Promise<void> {
  const widthUs = perBatch * 1000;
  const batches = Math.floor((days * DAY_US) / widthUs);
  for (let at = 0; at < batches; at += 100_000) {
    await db.query(
      `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at, period)
       SELECT ${ts('$1 + i * $2')}, ${ts('$1 + i * $2 + ($3 - 1) * 1000')}, $4, '01990000-0000-7000-8000-000000000001',
              i, $3, $3, 0, 0, now(), 1000
       FROM generate_series($5::bigint, $6::bigint) i WHERE i = 0 OR i % 20011 <> 0`,
      [T0, widthUs, perBatch, signalId, at, Math.min(batches, at + 100_000) - 1],
    );
  }
}

async function measure(db: Database, what: string, signalId: number, days: number, bucketUs?: number) {
  const range = { fromUs: T0 + 77_777, toUs: T0 + days * DAY_US - 33_333, ...(bucketUs ? { bucketUs } : {}) };
  const started = performance.now();
  const { total, holes } = await completeness(db, signalId, range);
  const ms = Math.round(performance.now() - started);
  console.log(
    `${what.padEnd(34)}${String(ms).padStart(6)} ms   ${total.expected.toLocaleString('en')} expected, ${total.missing.toLocaleString('en')} missing in ${holes.length} holes`,
  );
}

await onBench(async ({ database: db }) => {
  await db.exec(`INSERT INTO site (name) VALUES ('bench'); INSERT INTO device (site_id, name) VALUES (1, 'bench');
    INSERT INTO signal (device_id, name, unit, definition, automatic)
      SELECT 1, 's' || i, 'V', '{}', true FROM generate_series(1, 2) AS i`);
  const days = Number(process.argv[2] ?? 365);
  await fill(db, 1, 1, 500);
  await fill(db, 2, days, 10_000);
  await sumLedger(db);
  await measure(db, 'a day', 1, 1);
  await measure(db, 'a day by hours', 1, 1, 3600e6);
  await measure(db, 'a day by minutes', 1, 1, 60e6);
  await measure(db, `${days} days`, 2, days);
  await measure(db, `${days} days by days`, 2, days, DAY_US);
});
