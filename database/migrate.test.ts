import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedDatabase, openEmbedded } from './embedded/index.ts';
import { migrate, readMigrations } from './migrate.ts';

const folder = mkdtempSync(join(tmpdir(), 'loadcycle-'));
let db: EmbeddedDatabase;
beforeAll(async () => {
  db = await openEmbedded({ folder });
});
afterAll(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const migration = (name: string, sql: string, checksum = sql) => ({ name, sql, checksum });
const one = migration('0001_one', 'CREATE TABLE one (a int); INSERT INTO one VALUES (1);');
const two = migration('0002_two', "INSERT INTO one VALUES (2); COMMENT ON TABLE one IS 'a;b'");

test('each file is applied once, in order', async () => {
  expect(await migrate(db, { migrations: [one] })).toEqual({ applied: ['0001_one'] });
  expect(await migrate(db, { migrations: [one, two] })).toEqual({ applied: ['0002_two'] });
  expect(await migrate(db, { migrations: [one, two] })).toEqual({ applied: [] });
  expect(await db.query('SELECT a FROM one ORDER BY a')).toEqual([{ a: 1 }, { a: 2 }]);
});

test('a file that fails leaves nothing of itself', async () => {
  const bad = migration('0003_bad', 'CREATE TABLE three (a int); SELECT nonsense');
  await expect(migrate(db, { migrations: [one, two, bad] })).rejects.toMatchObject({ code: 'store.schema' });
  expect(await db.query("SELECT to_regclass('three') AS t")).toEqual([{ t: null }]);
});

test('a file that was changed after it was applied is a standing error', async () => {
  const changed = migration('0001_one', one.sql, 'other');
  await expect(migrate(db, { migrations: [changed] })).rejects.toMatchObject({
    code: 'store.schema',
    kind: 'standing',
  });
});

test('a file may run outside of a transaction', async () => {
  const alone = migration('0004_alone', '-- no-transaction\nVACUUM one;');
  expect(await migrate(db, { migrations: [alone] })).toEqual({ applied: ['0004_alone'] });
});

test('the files are numbered without doubles', () => {
  const numbers = readMigrations().map((m) => m.name.slice(0, 4));
  expect(new Set(numbers).size).toBe(numbers.length);
});
