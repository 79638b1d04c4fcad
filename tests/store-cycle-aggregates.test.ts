import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CYCLE_METRICS, columnOf } from '@loadcycle/contract/cycle';
import { AGGREGATES, refresh } from '@loadcycle/database/maintenance/aggregates';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from './support/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'loadcycle-'));
let store: TestDatabase;
beforeAll(async () => {
  store = await openTestDatabase({ folder });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

test('the table has the metrics of the contract, in its order', async () => {
  const columns = await store.db.query<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = 'cycle' ORDER BY ordinal_position`,
  );
  const metrics = columns.slice(columns.findIndex((c) => c.name === 'period_s'));
  expect(metrics.map((c) => c.name)).toEqual(CYCLE_METRICS.map((m) => columnOf(m.name)));
  expect(metrics.map((c) => c.type)).toEqual(
    CYCLE_METRICS.map((m) => (m.unit === 'count' ? 'integer' : 'double precision')),
  );
});

const START_US = 1_790_006_400_000_000;
const DAY_US = 86_400e6;
const WIDTHS = { cycle_metrics_1m: '1 minute', cycle_metrics_1h: '1 hour', cycle_metrics_1d: '1 day' };

/** Each bucket against a recomputation from the cycles. */
async function expectExact(): Promise<void> {
  for (const [view, width] of Object.entries(WIDTHS)) {
    const rows = await store.db.query<Record<string, number>>(
      `SELECT v.cycles, v.complete, v.incomplete, v.period_s_count, v.period_s_mean, v.period_s_std, v.period_s_min,
              v.period_s_max, v.rise_time_s_count, v.rise_time_s_mean, v.samples,
              c.cycles AS cycles_, c.complete AS complete_, c.incomplete AS incomplete_, c.n AS period_s_count_,
              c.mean AS period_s_mean_, c.std AS period_s_std_, c.min AS period_s_min_, c.max AS period_s_max_,
              c.rises AS rise_time_s_count_, c.rise AS rise_time_s_mean_, c.samples AS samples_
       FROM ${view} v FULL JOIN (
         SELECT time_bucket('${width}', started_at) AS bucket, signal_id, count(*) AS cycles,
                count(*) FILTER (WHERE complete) AS complete, count(*) FILTER (WHERE NOT complete) AS incomplete,
                count(period_s) FILTER (WHERE complete) AS n, avg(period_s) FILTER (WHERE complete) AS mean,
                stddev_samp(period_s) FILTER (WHERE complete) AS std, min(period_s) FILTER (WHERE complete) AS min,
                max(period_s) FILTER (WHERE complete) AS max, count(rise_time_s) FILTER (WHERE complete) AS rises,
                avg(rise_time_s) FILTER (WHERE complete) AS rise, sum(sample_count)::bigint AS samples
         FROM cycle GROUP BY 1, 2) c USING (bucket, signal_id)`,
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows) {
      for (const name of Object.keys(row).filter((n) => !n.endsWith('_'))) {
        const [seen, due] = [row[name]!, row[`${name}_`]!];
        if (Number.isInteger(due) || due === null) expect(seen, `${view}.${name}`).toBe(due);
        else expect(Math.abs(seen - due), `${view}.${name}`).toBeLessThan(1e-9 * Math.abs(due) + 1e-9);
      }
    }
  }
}

test('aggregates of the metrics are exact: live, materialised, and with late cycles', async () => {
  const { db } = store;
  const insert = (from: number, to: number) =>
    db.query(
      `INSERT INTO cycle (signal_id, started_at, ended_at, complete, period_s, rise_time_s, sample_count, missing_count, outlier_count)
       SELECT i % 2 + 1, to_timestamp(${START_US / 1e6} + i * 40.5), to_timestamp(${START_US / 1e6} + i * 40.5 + 2), i % 10 <> 0,
              2 + sin(i), CASE WHEN i % 3 = 0 THEN null ELSE 0.01 * (i % 7) END, 2000, i % 10, 0
       FROM generate_series(${from}, ${to}) AS i WHERE i % 50 <> 7`,
    );
  await insert(0, 3_000);
  await expectExact();
  // whole days that are over, as the maintenance does
  const day = Math.floor(START_US / DAY_US) * DAY_US;
  const aligned = { fromUs: day, toUs: day + DAY_US };
  for (const level of AGGREGATES.cycle) await refresh(db, 'cycle', level, aligned);
  await expectExact();
  await db.query(`INSERT INTO cycle (signal_id, started_at, ended_at, complete, period_s)
    VALUES (1, to_timestamp(${START_US / 1e6} + 61.25), to_timestamp(${START_US / 1e6} + 63), true, 9.5)`);
  for (const level of AGGREGATES.cycle) await refresh(db, 'cycle', level, aligned);
  await expectExact();
  await insert(3_001, 3_050);
  await expectExact();
});
