import { renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { takePrivate } from '@loadcycle/service/files';

/** Result codes of SQLite that the agent tells apart (primary codes, the low byte of the extended ones). */
export const SQLITE = {
  busy: 5,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

export function sqliteCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : null;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS stream (id INTEGER PRIMARY KEY, session TEXT NOT NULL, signal TEXT NOT NULL, UNIQUE (session, signal));
CREATE TABLE IF NOT EXISTS batch (id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, seq INTEGER NOT NULL, size INTEGER NOT NULL, payload BLOB NOT NULL);
-- size stands in the index too: counting what waits reads the index alone, not a day of payloads
CREATE UNIQUE INDEX IF NOT EXISTS batch_name ON batch (stream, seq, size);
CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS command (id TEXT PRIMARY KEY, at INTEGER NOT NULL, result TEXT NOT NULL, told INTEGER NOT NULL) WITHOUT ROWID;
`;

/** How long an opening waits for another process that only looks into the file (`held.ts`). */
const PATIENCE_MS = 500;

/**
 * Opens the agent's database: WAL, a sync at each commit, and a lock for as long as it is open.
 * Throws `folder.in-use` where another agent has it and `folder.unwritable` where it cannot be written.
 * A file that is damaged is set aside, with its name in the log, and a new one begins: a device must go on sampling.
 */
export function openStore(file: string, log: Logger): { db: DatabaseSync; setAside: string | null } {
  const folder = dirname(file);
  try {
    takePrivate(folder, /^(outbox.*\.db|truth\.ndjson)/);
  } catch (cause) {
    throw new LoadcycleError('folder.unwritable', `cannot make ${folder}: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    return { db: open(file), setAside: null };
  } catch (error) {
    const code = sqliteCode(error);
    if (code !== SQLITE.corrupt && code !== SQLITE.notADatabase) throw asStartError(folder, error);
    const setAside = `${file}.broken-${Date.now()}`;
    renameSync(file, setAside);
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    log.error(
      { code: 'outbox.broken', file: setAside, err: error },
      'the outbox is damaged: set aside, a new one begins',
    );
    return { db: open(file), setAside };
  }
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: PATIENCE_MS });
  try {
    // exclusive before WAL: no shared memory file, and a second agent on the folder is refused
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    db.exec('PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;');
    db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function asStartError(folder: string, cause: unknown): LoadcycleError {
  if (sqliteCode(cause) === SQLITE.busy) {
    return new LoadcycleError('folder.in-use', `another agent of this name uses ${folder}`, {
      cause,
      hint: 'a device has one agent: stop the other one, or give this one its own --device',
    });
  }
  return new LoadcycleError('folder.unwritable', `cannot use ${folder}: ${(cause as Error).message}`, {
    cause,
  });
}

/**
 * What the files of a store could take on their disk as it is now, bytes: one twentieth of what is free is left. Where the
 * disk does not say (the folder was taken away under a running agent), the configured limit holds alone.
 */
export function roomOnDisk(file: string): number {
  let free: { bavail: number; bsize: number };
  try {
    free = statfsSync(dirname(file));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
  const { bavail, bsize } = free;
  const own = [file, `${file}-wal`].reduce(
    (n, name) => n + (statSync(name, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  return own + bavail * bsize * 0.95;
}

/** Runs `work` in one transaction: all of it is on disk when this returns, or none of it. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // a full disk may have rolled it back already
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
