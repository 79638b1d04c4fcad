import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../port.ts';
import { openPg } from './index.ts';
import { startPostgres, type TestServer } from './test-server.ts';

/** What only a server does: it goes away, it is slow, it refuses. */
describe('pg, when the server misbehaves', () => {
  let server: TestServer | string;
  let db: Database;
  beforeAll(async () => {
    server = await startPostgres();
    if (typeof server === 'string') return;
    db = await openPg({ url: server.url, poolSize: 2, statementTimeoutMs: 500, connectTimeoutMs: 5_000 });
    await db.exec('CREATE TABLE t (a int PRIMARY KEY)');
  });
  afterAll(async () => {
    if (typeof server === 'string') return;
    await db.close();
    await server.stop();
  });
  const check = (title: string, run: (server: TestServer) => Promise<void>) =>
    test(title, async (context) => {
      if (typeof server === 'string') return context.skip(server);
      await run(server);
    });

  check(
    'a transaction that takes too long gives its locks back, though its statement goes on',
    async (running) => {
      const slow = await openPg({ url: running.url, poolSize: 2, statementTimeoutMs: 120_000 });
      await slow.exec('CREATE TABLE held (a int); INSERT INTO held VALUES (1)');
      const endless = slow.transaction(
        async (tx) => {
          await tx.query('UPDATE held SET a = 2');
          await tx.query('SELECT pg_sleep(100)');
        },
        { timeoutMs: 200 },
      );
      await expect(endless).rejects.toMatchObject({ code: 'store.timeout' });
      await slow.transaction((tx) => tx.query('UPDATE held SET a = 3'), { timeoutMs: 30_000 });
      expect(await slow.query('SELECT a FROM held')).toEqual([{ a: 3 }]);
      await slow.close();
    },
  );

  check('a server that dies costs the transaction under way, and nothing else', async (running) => {
    const started = Promise.withResolvers<void>();
    const crashed = Promise.withResolvers<void>();
    const work = db.transaction(async (tx) => {
      await tx.query('INSERT INTO t VALUES (1)');
      started.resolve();
      await crashed.promise;
      await tx.query('INSERT INTO t VALUES (2)');
    });
    await started.promise;
    await running.crash();
    crashed.resolve();
    await expect(work).rejects.toMatchObject({ code: 'store.unavailable', kind: 'transient' });
    expect(await db.query('SELECT count(*) AS n FROM t')).toEqual([{ n: 0 }]);
    await db.transaction((tx) => tx.query('INSERT INTO t VALUES (1)'));
    expect(await db.query('SELECT a FROM t')).toEqual([{ a: 1 }]);
  });

  check('a statement that takes too long is a time-out, and the connection is good again', async () => {
    await expect(db.query('SELECT pg_sleep(10)')).rejects.toMatchObject({ code: 'store.timeout' });
    for (let i = 0; i < 4; i++) expect(await db.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  check('a deadlock is a conflict for one of the two', async () => {
    await db.query('INSERT INTO t VALUES (11), (12) ON CONFLICT DO NOTHING');
    await db.exec("ALTER SYSTEM SET deadlock_timeout = '50ms'; SELECT pg_reload_conf()");
    const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const lock = (mine: number, other: number, i: number) =>
      db.transaction(async (tx) => {
        await tx.query('SELECT a FROM t WHERE a = $1 FOR UPDATE', [mine]);
        both[i]!.resolve();
        await Promise.all(both.map((b) => b.promise));
        await tx.query('SELECT a FROM t WHERE a = $1 FOR UPDATE', [other]);
      });
    const results = await Promise.allSettled([lock(11, 12, 0), lock(12, 11, 1)]);
    const rejected = results.filter((r) => r.status === 'rejected');
    expect(rejected.length).toBeGreaterThanOrEqual(1);
    for (const r of rejected) expect(['store.conflict', 'store.timeout']).toContain(r.reason.code);
  });

  check('an unknown database, role or address says which kind of failure it is', async (running) => {
    const other = new URL(running.url);
    other.pathname = '/none';
    await expect(openPg({ url: other.href })).rejects.toMatchObject({ code: 'store.schema' });
    const noRole = openPg({ url: running.url, role: 'nobody_knows' }).then((d) =>
      d.query('SELECT 1').finally(() => d.close()),
    );
    await expect(noRole).rejects.toMatchObject({ name: 'LoadcycleError' });
    await expect(openPg({ url: running.url, role: 'a b' })).rejects.toMatchObject({
      code: 'settings.invalid',
    });
    const away = openPg({ host: '/nowhere/at/all', user: 'postgres', database: 'postgres' });
    await expect(away).rejects.toMatchObject({ code: 'store.unavailable' });
  });

  check('a server without TimescaleDB says so', async () => {
    expect(db.features).toMatchObject({ timescale: null, directCompress: false, backgroundJobs: false });
    const { migrate } = await import('../migrate.ts');
    await expect(migrate(db)).rejects.toMatchObject({ code: 'store.schema' });
  });
});
