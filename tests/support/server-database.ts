import { randomBytes } from 'node:crypto';
import { migrate } from '@loadcycle/database/migrate';
import { openPg } from '@loadcycle/database/pg/index';
import type { Database } from '@loadcycle/database/port';
import type { TestDatabase } from './database.ts';

export interface ServerDatabase extends TestDatabase {
  /** of the fresh database, for programs under test */
  readonly url: string;
}

/** A fresh database on the server that `url` names. `close` drops it. */
export async function createDatabase(url: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `loadcycle_test_${randomBytes(6).toString('hex')}`;
  const admin = new URL(url);
  if (admin.pathname.length < 2) admin.pathname = '/postgres';
  const run = async (sql: string) => {
    const server = await openPg({ url: admin.href, poolSize: 1, applicationName: 'loadcycle-tests' });
    await server.exec(sql).finally(() => server.close());
  };
  await run(`CREATE DATABASE ${name}`);
  const own = new URL(admin);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** A fresh, migrated database on the server, opened. */
export async function openOnServer(url: string): Promise<ServerDatabase> {
  const fresh = await createDatabase(url);
  let db: Database | undefined;
  try {
    db = await openPg({ url: fresh.url, applicationName: 'loadcycle-tests' });
    await migrate(db);
    const opened = db;
    return {
      url: fresh.url,
      db: opened,
      close: async () => {
        await opened.close();
        await fresh.drop();
      },
    };
  } catch (error) {
    await db?.close();
    await fresh.drop();
    throw error;
  }
}
