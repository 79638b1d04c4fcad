import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { LoadcycleError } from '@loadcycle/contract';
import { PRIVATE_FILE } from './files.ts';

/** how long one waits for another: a holder needs milliseconds */
const PATIENCE_MS = 30_000;
/** SQLITE_BUSY */
const BUSY = 5;

/**
 * Runs `work` while no other process on this machine, in whatever container, holds the lock `file`, and waits for it.
 * The lock is SQLite's on an empty file: the kernel lets go of it when its holder dies, so none is ever left behind.
 * `work` must not wait for anything: it holds this thread, and the other processes. Throws `folder.unwritable` where
 * the file can not be made, `folder.in-use` after half a minute.
 */
export function withFileLock<T>(file: string, work: () => T): T {
  let lock: DatabaseSync;
  try {
    // SQLite would let everybody read it, and whoever may read it may hold it
    closeSync(openSync(file, 'a', PRIVATE_FILE));
    lock = new DatabaseSync(file, { timeout: PATIENCE_MS });
  } catch (cause) {
    throw new LoadcycleError('folder.unwritable', `cannot write ${file}`, { cause });
  }
  try {
    take(lock, file);
    return work();
  } finally {
    lock.close();
  }
}

function take(lock: DatabaseSync, file: string): void {
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    const { errcode } = cause as { errcode?: number };
    if (errcode !== BUSY) throw new LoadcycleError('folder.unwritable', `cannot lock ${file}`, { cause });
    throw new LoadcycleError(
      'folder.in-use',
      `another process has held ${file} for ${PATIENCE_MS / 1000} s`,
      {
        cause,
      },
    );
  }
}
