import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CopyEncoder, SAMPLE_COLUMNS } from '../copy-encoder.ts';
import { migrate } from '../migrate.ts';
import type { Database } from '../port.ts';
import { type EmbeddedDatabase, openEmbedded } from './index.ts';

/** What the engine does not do by itself, and what one connection for many callers has to bear. */
describe('the embedded store', () => {
  let folder: string;
  let open: EmbeddedDatabase[];
  // making a store takes seconds: made once, copied for each test
  const template = mkdtempSync(join(tmpdir(), 'loadcycle-'));
  beforeAll(async () => {
    const db = await openEmbedded({ folder: template });
    await migrate(db);
    await db.close();
  });
  afterAll(() => rmSync(template, { recursive: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loadcycle-'));
    cpSync(template, folder, { recursive: true });
    open = [];
  });
  afterEach(async () => {
    for (const db of open) await db.close();
    rmSync(folder, { recursive: true });
  });
  const start = async (options = {}): Promise<EmbeddedDatabase> => {
    const db = await openEmbedded({ folder, ...options });
    open.push(db);
    return db;
  };
  const stop = (): Promise<void> => open.pop()!.close();

  const encoder = new CopyEncoder();
  const land = async (db: Database, batch: number, rows = 1_000): Promise<number> => {
    const values = Float64Array.from({ length: rows }, (_, i) => i);
    const t0Us = 1_790_000_000_000_000 + batch * rows * 1_000;
    encoder.samples({ signalId: 1, t0Us, dtUs: 1_000, offsetsUs: null, values, quality: 0 });
    const data = encoder.finish();
    return await db.transaction((tx) => tx.copyIn('sample', SAMPLE_COLUMNS, data), { priority: 'write' });
  };
  const count = async (db: Database): Promise<number> => {
    const [row] = await db.query<{ n: number }>('SELECT count(*) AS n FROM sample');
    return row!.n;
  };

  test('a re-opened store has its rows: the extension is loaded at every open', async () => {
    const db = await start();
    await land(db, 0);
    await stop();
    const again = await start();
    expect(await count(again)).toBe(1_000);
    expect(await again.query('SELECT count FROM sample_1h')).toEqual([{ count: 1_000 }]);
  });

  test('each commit is a sync that reached the disk', async () => {
    let syncs = 0;
    const db = await start({
      onSync: (n: number) => {
        syncs += n;
      },
    });
    await db.exec('CREATE TABLE t (a int)');
    const before = { told: syncs, counted: db.stats().syncs };
    for (let i = 0; i < 20; i++) await db.transaction((tx) => tx.query('INSERT INTO t VALUES ($1)', [i]));
    expect(syncs - before.told).toBeGreaterThanOrEqual(20);
    expect(db.stats().syncs - before.counted).toBe(syncs - before.told);
    const idle = syncs;
    await db.query('SELECT * FROM t');
    expect(syncs).toBe(idle);
  });

  test('a store that was killed in mid-stream has all that it said it had', async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./crash-child.ts', import.meta.url)), folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      said = Number(line);
      if (said === 15) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    const rows = await count(await start());
    expect(rows).toBeGreaterThanOrEqual(said * 1_000);
    expect(rows % 1_000).toBe(0);
  });

  test('a folder belongs to one store at a time', async () => {
    await start();
    await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: 'folder.in-use' });
    await stop();
    await start();
  });

  test('a store that does not open says so, and leaves the folder free to be set aside', async () => {
    await start();
    await stop();
    const control = join(folder, 'pgdata', 'global', 'pg_control');
    writeFileSync(control, Buffer.alloc(8_192));
    await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: 'store.broken' });
    renameSync(folder, `${folder}.aside`);
    const anew = await start();
    expect(await anew.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    rmSync(`${folder}.aside`, { recursive: true });
  });

  test('a making that was cut off is not taken for a store', async () => {
    await start();
    await stop();
    rmSync(join(folder, 'store.complete'));
    await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: 'store.broken' });
  });

  test('a checkpoint frees the write-ahead log', async () => {
    const db = await start();
    const segments = () =>
      readdirSync(join(folder, 'pgdata', 'pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name));
    const [first] = await db.query<{ name: string }>(
      'SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS name',
    );
    for (let i = 0; i < 6; i++) await land(db, i, 50_000);
    expect(segments()).toContain(first!.name);
    expect(db.stats().walBytes).toBeGreaterThan(2 ** 24);
    await db.checkpoint();
    expect(segments()).not.toContain(first!.name);
  });

  test('roles have their rights and no others', async () => {
    const db = await start();
    const writer = db.as('writer');
    const reader = db.as('reader');
    expect(await land(writer, 0)).toBe(1_000);
    expect(await count(reader)).toBe(1_000);
    await expect(land(reader, 1)).rejects.toMatchObject({ code: 'store.forbidden' });
    await expect(writer.query('DROP TABLE sample')).rejects.toMatchObject({ code: 'store.forbidden' });
    await expect(reader.query("INSERT INTO site (name) VALUES ('x')")).rejects.toMatchObject({
      code: 'store.forbidden',
    });
    await db.as('control').query("INSERT INTO site (name) VALUES ('x')");
    expect(await db.query('SELECT current_user AS me')).toEqual([{ me: 'postgres' }]);
  });

  test('the thread that asks stays free while the engine works', async () => {
    const db = await start();
    let turns = 0;
    let done = false;
    const query = db.query('SELECT count(*) FROM generate_series(1, 3000000)').then(() => {
      done = true;
    });
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    await query;
    expect(turns).toBeGreaterThan(100);
  });

  test('after close nothing is taken', async () => {
    const db = await start();
    await stop();
    await expect(db.query('SELECT 1')).rejects.toMatchObject({ code: 'store.unavailable' });
  });
});
