import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedDatabase, openEmbedded } from '@loadcycle/database/embedded/index';
import { migrate, migrationsChecksum } from '@loadcycle/database/migrate';
import type { Database } from '@loadcycle/database/port';

export interface TestDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

/**
 * A migrated, empty store for one test: the embedded one in `folder`, or, where LOADCYCLE_TEST_DATABASE_URL names a
 * server, a fresh database on it that `close` drops.
 */
export async function openTestDatabase({ folder }: { folder: string }): Promise<TestDatabase> {
  const url = process.env['LOADCYCLE_TEST_DATABASE_URL'];
  if (url !== undefined && url !== '') return await (await import('./server-database.ts')).openOnServer(url);
  const db = await openTestStore(folder);
  return { db, close: () => db.close() };
}

/** The embedded store whatever the environment says, for tests of what only it does. */
export async function openTestStore(folder: string): Promise<EmbeddedDatabase> {
  await placeTestStore(folder);
  return await openEmbedded({ folder });
}

/** Puts a migrated, empty store into `folder`, for a program that opens it. */
export async function placeTestStore(folder: string): Promise<void> {
  copyTestStore(await template(), folder);
}

function copyTestStore(from: string, folder: string): void {
  cpSync(from, folder, { recursive: true, filter: (path) => !path.endsWith('store.lock') });
}

let made: Promise<string> | undefined;

/** Making a store takes seconds, copying one a tenth: made once for each state of the migrations, kept in the temporary folder. */
function template(): Promise<string> {
  return (made ??= makeTemplate());
}

async function makeTemplate(): Promise<string> {
  const kept = join(tmpdir(), `loadcycle-test-store2-${migrationsChecksum().slice(0, 16)}`);
  if (existsSync(kept)) return kept;
  const making = `${kept}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  const db = await openEmbedded({ folder: making });
  await migrate(db);
  await db.close();
  try {
    renameSync(making, kept);
  } catch (error) {
    // another process was first
    if (!existsSync(kept)) throw error;
    rmSync(making, { recursive: true });
  }
  return kept;
}
