import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LoadcycleError, type Logger, silentLogger } from '@loadcycle/contract';
import type { Database, Queryable } from './port.ts';
import { splitStatements } from './statements.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations/', import.meta.url));

/** A file that starts with this line runs outside of a transaction (and must bear to be run twice). */
const NO_TRANSACTION = '-- no-transaction';
/** Everybody who migrates takes this lock: ten instances may start at once. */
const LOCK = 7_236_014_991;
const HOUR_MS = 3_600_000;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The numbered files of a folder, in order. */
export function readMigrations(folder = MIGRATIONS): Migration[] {
  const names = readdirSync(folder).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name));
  return names.sort().map((name) => {
    const sql = readFileSync(`${folder}/${name}`, 'utf8');
    return { name: name.slice(0, -4), sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/** One value for a whole set of migrations: changes when any of them does. */
export function migrationsChecksum(migrations = readMigrations()): string {
  const hash = createHash('sha256');
  for (const m of migrations) hash.update(`${m.name} ${m.checksum}\n`);
  return hash.digest('hex');
}

/**
 * Brings the schema up to date: each file once, in order, each in its own transaction under one lock. Throws
 * `store.schema` where a file that was applied has changed since, or where the server lacks TimescaleDB.
 */
export async function migrate(
  db: Database,
  { log = silentLogger, migrations = readMigrations() }: { log?: Logger; migrations?: Migration[] } = {},
): Promise<{ applied: string[] }> {
  if (db.features.timescale === null) {
    throw new LoadcycleError('store.schema', 'the server has no TimescaleDB', {
      hint: 'install the extension and put it into shared_preload_libraries',
    });
  }
  await locked(db, async (tx) => {
    await tx.query('CREATE EXTENSION IF NOT EXISTS timescaledb');
    await tx.query(`CREATE TABLE IF NOT EXISTS schema_migration (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  });
  const applied: string[] = [];
  for (const migration of migrations) {
    if (await apply(db, migration)) {
      log.info({ migration: migration.name }, 'migrated');
      applied.push(migration.name);
    }
  }
  return { applied };
}

async function apply(db: Database, migration: Migration): Promise<boolean> {
  const alone = migration.sql.startsWith(NO_TRANSACTION);
  const step = async (tx: Queryable, run: (statement: string) => Promise<unknown>) => {
    if (await isApplied(tx, migration)) return false;
    try {
      for (const statement of splitStatements(migration.sql)) await run(statement);
    } catch (cause) {
      throw new LoadcycleError('store.schema', `migration ${migration.name}: ${(cause as Error).message}`, {
        cause,
      });
    }
    await tx.query('INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    return true;
  };
  // one connection means one process, so nothing can come between
  if (alone && db.features.singleConnection) return await step(db, (statement) => db.exec(statement));
  return await locked(db, (tx) =>
    step(tx, (statement) => {
      // on another connection, while this one holds the lock
      return alone ? db.exec(statement) : tx.query(statement);
    }),
  );
}

async function isApplied(db: Queryable, { name, checksum }: Migration): Promise<boolean> {
  const [row] = await db.query<{ checksum: string }>(
    'SELECT checksum FROM schema_migration WHERE name = $1',
    [name],
  );
  if (row !== undefined && row.checksum !== checksum) {
    throw new LoadcycleError('store.schema', `migration ${name} has changed since it was applied`, {
      hint: 'put the file back as it was, and write the change as a new migration',
    });
  }
  return row !== undefined;
}

async function locked<T>(db: Database, work: (tx: Queryable) => Promise<T>): Promise<T> {
  return await db.transaction(
    async (tx) => {
      await tx.query('SET LOCAL statement_timeout = 0');
      await tx.query('SELECT pg_advisory_xact_lock($1::bigint)', [LOCK]);
      return await work(tx);
    },
    { priority: 'write', timeoutMs: HOUR_MS },
  );
}
