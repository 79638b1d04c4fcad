import { readSettings } from '@loadcycle/contract';
import { databaseContract } from '@loadcycle/database/contract-suite';
import { CopyEncoder, SAMPLE_COLUMNS } from '@loadcycle/database/copy-encoder';
import { maintenanceSettings, requestRefresh, runMaintenance } from '@loadcycle/database/maintenance';
import { AGGREGATES, refresh } from '@loadcycle/database/maintenance/aggregates';
import { ServerJobs } from '@loadcycle/database/maintenance/jobs';
import { MaintenanceStatus } from '@loadcycle/database/maintenance/status';
import { migrate, readMigrations } from '@loadcycle/database/migrate';
import { openPg } from '@loadcycle/database/pg/index';
import { applyPolicies } from '@loadcycle/database/policies';
import type { Database } from '@loadcycle/database/port';
import { Health } from '@loadcycle/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, openOnServer, type ServerDatabase } from './support/server-database.ts';

const server = process.env['LOADCYCLE_TEST_DATABASE_URL'] ?? '';
const MISSING = 'LOADCYCLE_TEST_DATABASE_URL names no server with TimescaleDB';

databaseContract('pg, server with TimescaleDB', async () => {
  if (server === '') return MISSING;
  const fresh = await createDatabase(server);
  const db = await openPg({ url: fresh.url, poolSize: 3 });
  return {
    db,
    close: async () => {
      await db.close();
      await fresh.drop();
    },
  };
});

describe('the store on a server with TimescaleDB', () => {
  let store: ServerDatabase;
  beforeAll(async () => {
    if (server !== '') store = await openOnServer(server);
  });
  afterAll(async () => {
    await store?.close();
  });
  const check = (title: string, run: () => Promise<void>) =>
    test(title, async (context) => {
      if (server === '') return context.skip(MISSING);
      await run();
    });
  const settings = (argv: string[] = []) => readSettings(maintenanceSettings, argv, {})!;

  check('ten instances migrate at once', async () => {
    const fresh = await createDatabase(server);
    const instances = await Promise.all(
      Array.from({ length: 10 }, () => openPg({ url: fresh.url, poolSize: 2 })),
    );
    try {
      const results = await Promise.all(instances.map((db) => migrate(db)));
      const names = readMigrations().map((m) => m.name);
      expect(results.flatMap((r) => r.applied).sort()).toEqual(names);
    } finally {
      await Promise.all(instances.map((db) => db.close()));
      await fresh.drop();
    }
  });

  check('policies are set once, changed by settings, and taken away', async () => {
    const policies = async () =>
      (
        await store.db.query<{ what: string }>(
          `SELECT proc_name || ' ' || hypertable_name AS what FROM timescaledb_information.jobs
           WHERE proc_name ~ '^policy_(retention|compression|refresh)' ORDER BY 1`,
        )
      ).map((r) => r.what);
    await applyPolicies(store.db, settings());
    const first = await policies();
    // the maintenance service drops old chunks itself, a few in a transaction, and refreshes
    expect(first).toEqual(['policy_compression cycle', 'policy_compression sample']);
    await Promise.all([applyPolicies(store.db, settings()), applyPolicies(store.db, settings())]);
    expect(await policies()).toEqual(first);
    await store.db.exec(`SELECT add_retention_policy('sample', interval '30 days');
      SELECT add_continuous_aggregate_policy('sample_1s', start_offset => interval '1 day',
        end_offset => interval '10 seconds', schedule_interval => interval '1 hour')`);
    await applyPolicies(store.db, settings());
    expect(await policies()).toEqual(first);
  });

  check('a job of the server that fails shows in health, and so does one that is switched off', async () => {
    await applyPolicies(store.db, settings());
    const health = new Health();
    const status = new MaintenanceStatus({ health, patienceMs: 0, essential: true });
    const jobs = new ServerJobs(store.db, status);
    const look = async (name: string) => {
      await jobs.look();
      return { state: health.snapshot()[`maintenance: ${name}`]?.state, error: status.get(name)?.lastError };
    };
    const idOf = async (proc: string, table: string): Promise<number> => {
      const rows = await store.db.query<{ id: number }>(
        `SELECT job_id AS id FROM timescaledb_information.jobs WHERE proc_name = $1 AND hypertable_name = $2`,
        [proc, table],
      );
      return rows[0]!.id;
    };
    // a policy on a table that there is not: what a run of it then says is the server's own
    const broken = await idOf('policy_compression', 'cycle');
    await store.db.query(
      `SELECT alter_job($1::int, schedule_interval => interval '1 second', retry_period => interval '1 second',
         next_start => now())`,
      [broken],
    );
    await store.db.query(
      `UPDATE _timescaledb_config.bgw_job SET config = jsonb_set(config, '{hypertable_id}', '999999') WHERE id = $1`,
      [broken],
    );
    await expect
      .poll(() => look('compression of cycle'), { timeout: 60_000, interval: 500 })
      .toMatchObject({ state: 'failing', error: { message: expect.stringMatching(/./) } });
    expect(health.ready).toBe(false);
    await store.db.query('SELECT alter_job($1::int, scheduled => false)', [
      await idOf('policy_compression', 'sample'),
    ]);
    await jobs.look();
    expect(await look('compression of sample')).toMatchObject({
      state: 'failing',
      error: { code: 'store.schema', message: expect.stringContaining('switched off') },
    });
    // one that is taken away is forgotten
    await store.db.exec("SELECT remove_compression_policy('sample')");
    expect(await look('compression of sample')).toEqual({ state: undefined, error: undefined });
    await applyPolicies(store.db, settings());
  });

  check('roles: the writer lands and reads, the reader only reads', async () => {
    const as = (role: string) => openPg({ url: store.url, role: `loadcycle_${role}`, poolSize: 1 });
    const [writer, reader] = await Promise.all([as('writer'), as('reader')]);
    try {
      expect(await land(writer, 0)).toBe(4_000);
      expect(await reader.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 4_000 }]);
      await expect(land(reader, 1)).rejects.toMatchObject({ code: 'store.forbidden' });
      await expect(writer.query('DELETE FROM sample')).rejects.toMatchObject({ code: 'store.forbidden' });
      await expect(writer.exec('DROP TABLE sample')).rejects.toMatchObject({ code: 'store.forbidden' });
    } finally {
      await Promise.all([writer.close(), reader.close()]);
    }
  });

  check('direct compress puts the rows into compressed batches', async () => {
    await land(store.db, 10, true);
    const plan = await store.db.query<{ 'QUERY PLAN': string }>(
      'EXPLAIN SELECT * FROM sample WHERE signal_id = 2',
    );
    expect(plan.map((r) => r['QUERY PLAN']).join('\n')).toMatch(/DecompressChunk|ColumnarScan/);
  });

  check('late rows show in the aggregates once their window was asked for and refreshed', async () => {
    const { db } = store;
    await land(db, 20);
    const all = { fromUs: START_US - 20e6, toUs: START_US + 100e6 };
    for (const level of AGGREGATES.sample.slice(0, 2)) await refresh(db, 'sample', level, all);
    const count = async () =>
      (await db.query<{ n: number }>('SELECT sum(count)::bigint AS n FROM sample_1m'))[0]!.n;
    const before = await count();
    const late = { fromUs: START_US, toUs: START_US + 1_000_000 };
    await land(db, 0);
    await db.transaction((tx) => requestRefresh(tx, 'sample', [late]));
    expect(await db.query('SELECT count(*) AS n FROM refresh_request')).toEqual([{ n: 1 }]);
    const stop = new AbortController();
    const running = runMaintenance(db, settings(['--raw-retention', '0s']), {
      signal: stop.signal,
      pauseMs: 20,
    });
    await expect.poll(count).toBe(before + 4_000);
    await expect.poll(() => db.query('SELECT id FROM refresh_request')).toEqual([]);
    stop.abort();
    await running;
  });
});

const START_US = 1_790_000_000_000_000;

function land(db: Database, second: number, sorted = false): Promise<number> {
  const encoder = new CopyEncoder();
  const values = Float64Array.from({ length: 1_000 }, (_, i) => i);
  for (let signalId = 1; signalId <= 4; signalId++) {
    const t0Us = START_US + second * 1_000_000;
    encoder.samples({ signalId, t0Us, dtUs: 1_000, offsetsUs: null, values, quality: 0 });
  }
  return db.transaction((tx) => tx.copyIn('sample', SAMPLE_COLUMNS, encoder.finish(), { sorted }), {
    priority: 'write',
  });
}
