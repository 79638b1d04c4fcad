import { silentLogger } from '@loadcycle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../port.ts';
import { openPg } from './index.ts';
import { startPostgres, type TestServer } from './test-server.ts';

/**
 * More workers than a server has connections for, as when a deployment is scaled up: each login role has its share, so
 * that the API answers whatever the workers do, and who finds no connection waits.
 */
const MOST = 24;
let server: TestServer | string;
const opened: Database[] = [];
const warnings: object[] = [];
const log = { ...silentLogger, warn: (fields: object) => warnings.push(fields) };

beforeAll(async () => {
  server = await startPostgres(undefined, MOST);
  if (typeof server === 'string') return;
  const owner = await openPg({ url: server.url, poolSize: 1 });
  opened.push(owner);
  // of 24, three are the superuser's: 12 the workers', 6 the API's
  await owner.exec(`CREATE ROLE worker LOGIN CONNECTION LIMIT 12; CREATE ROLE api LOGIN CONNECTION LIMIT 6;
    CREATE TABLE done (worker int); GRANT INSERT ON done TO worker; GRANT SELECT ON done TO api`);
});
afterAll(async () => {
  for (const db of opened) await db.close();
  if (typeof server !== 'string') await server.stop();
});

async function as(user: string, poolSize: number): Promise<Database> {
  const db = await openPg({ url: (server as TestServer).url, user, poolSize, connectTimeoutMs: 50_000, log });
  opened.push(db);
  return db;
}

test('with six workers of four connections each, all work is done and every read answers', async (context) => {
  if (typeof server === 'string') return context.skip(server);
  const workers: Database[] = [];
  for (let i = 0; i < 6; i++) workers.push(await as('worker', 4));
  let working = true;
  const work = Promise.all(
    workers.flatMap((db, worker) =>
      Array.from({ length: 4 }, async () => {
        for (let i = 0; i < 5; i++) {
          await db.transaction(async (tx) => {
            await tx.query('SELECT pg_sleep(0.02)');
            await tx.query('INSERT INTO done VALUES ($1)', [worker]);
          });
        }
      }),
    ),
  ).finally(() => {
    working = false;
  });
  const api = await as('api', 4);
  let reads = 0;
  while (working) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => api.query('SELECT count(*) AS n FROM done')),
    );
    reads += answers.length;
  }
  await work;
  expect(reads).toBeGreaterThan(8);
  expect(await api.query('SELECT count(*) AS n FROM done')).toEqual([{ n: 6 * 4 * 5 }]);
  // each pool that was refused said it once
  expect(warnings.length).toBeGreaterThan(0);
  expect(warnings.length).toBeLessThanOrEqual(workers.length);
});

test('who finds none until the wait is over is told which kind of failure it is, and what to do', async (context) => {
  if (typeof server === 'string') return context.skip(server);
  const owner = opened[0]!;
  await owner.exec('CREATE ROLE nobody_more LOGIN CONNECTION LIMIT 1');
  const first = await as('nobody_more', 1);
  const held = Promise.withResolvers<void>();
  const holding = first.transaction(async () => await held.promise);
  await owner.exec('ALTER ROLE nobody_more CONNECTION LIMIT 2');
  const second = await openPg({
    url: (server as TestServer).url,
    user: 'nobody_more',
    poolSize: 1,
    connectTimeoutMs: 300,
  });
  opened.push(second);
  await owner.exec('ALTER ROLE nobody_more CONNECTION LIMIT 1');
  await expect(second.query('SELECT 1')).rejects.toMatchObject({
    code: 'store.unavailable',
    hint: expect.stringContaining('Connections'),
  });
  held.resolve();
  await holding;
  await first.close();
  opened.splice(opened.indexOf(first), 1);
  // closing is told to the client before the server has counted it
  await expect.poll(() => second.query('SELECT 1 AS n').catch(() => null)).toEqual([{ n: 1 }]);
});
