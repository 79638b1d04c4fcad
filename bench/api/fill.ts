import { CopyEncoder, SAMPLE_COLUMNS } from '@loadcycle/database/copy-encoder';
import { AGGREGATES, floorTo, refresh } from '@loadcycle/database/maintenance/aggregates';
import type { Database } from '@loadcycle/database/port';

const PERIOD_US = 1000;
const GROUP = 100_000;

export interface Filled {
  readonly signalId: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly rows: number;
  readonly cycles: number;
}

/** One signal at 1 kHz that ends now, with a load cycle of two seconds, its aggregates refreshed. */
export async function fill(db: Database, rows: number, toUs: number): Promise<Filled> {
  await db.query(`INSERT INTO site (name) VALUES ('bench')`);
  await db.query(`INSERT INTO device (site_id, name) SELECT id, 'motor' FROM site`);
  const [signal] = await db.query<{ id: number }>(
    `INSERT INTO signal (device_id, name, unit, definition, automatic)
     SELECT id, 'voltage', 'V', '{"quantity":"voltage","unit":"V","expectedPeriodUs":1000}', false FROM device RETURNING id`,
  );
  const signalId = signal!.id;
  const fromUs = toUs - rows * PERIOD_US;
  const encoder = new CopyEncoder(GROUP * 40);
  const values = new Float64Array(GROUP);
  for (let done = 0; done < rows; done += GROUP) {
    const count = Math.min(GROUP, rows - done);
    for (let i = 0; i < count; i++) {
      const n = done + i;
      values[i] = Math.round(((n % 2000 < 800 ? 270 : 230) + Math.sin(n * 12.9898) * 2) * 100) / 100;
    }
    const t0Us = fromUs + done * PERIOD_US;
    encoder.samples({ signalId, t0Us, dtUs: PERIOD_US, offsetsUs: null, values, quality: 0 }, 0, count);
    const bytes = encoder.finish();
    await db.transaction((tx) => tx.copyIn('sample', [...SAMPLE_COLUMNS], bytes, { sorted: true }), {
      priority: 'write',
    });
  }
  const cycles = Math.floor(rows / 2000);
  await db.query(
    `INSERT INTO cycle (started_at, signal_id, ended_at, offset_at, complete, period_s, pulse_width_s, duty_cycle,
       rise_time_s, base_level, top_level, sample_count, missing_count, outlier_count, completeness)
     SELECT s, $2, s + interval '2 s', s + interval '0.8 s', true, 2, 0.8, 0.4, random() / 100, 230, 270, 2000, 0, 0, 1
     FROM generate_series(0, $3::int - 1) i,
       LATERAL (SELECT timestamptz 'epoch' + interval '1 microsecond' * ($1::bigint + i * 2000000::bigint) AS s) t`,
    [fromUs, signalId, cycles],
  );
  for (const root of ['sample', 'cycle'] as const) {
    for (const level of AGGREGATES[root]) {
      // whole buckets behind the newest minute, as the maintenance leaves it
      const end = floorTo(toUs - 60_000_000, level.bucketUs);
      const step = db.features.singleConnection
        ? Math.max(3_600_000_000, level.bucketUs)
        : end - fromUs + level.bucketUs;
      for (let at = floorTo(fromUs, level.bucketUs); at < end; at += step) {
        await refresh(db, root, level, { fromUs: at, toUs: Math.min(at + step, end) });
      }
    }
  }
  if (!db.features.singleConnection) await db.exec('ANALYZE sample');
  return { signalId, fromUs, toUs, rows, cycles };
}
