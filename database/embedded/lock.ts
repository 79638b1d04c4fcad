import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LoadcycleError } from '@loadcycle/contract';
import { takePrivate } from '@loadcycle/service/files';

/** what is in the folder of a store */
export const OWN = /^(pgdata$|store\.)/;

/**
 * Holds a folder for this process. The lock is SQLite's on a file of its own, so that the operating system
 * frees it when the process dies, however it dies. Throws `folder.in-use` and `folder.unwritable`.
 */
export function lockFolder(folder: string): () => void {
  try {
    takePrivate(folder, OWN);
  } catch (cause) {
    throw new LoadcycleError('folder.unwritable', `cannot write to ${folder}`, { cause });
  }
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(folder, 'store.lock'));
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock?.close();
    const busy = (cause as { errcode?: number }).errcode === 5;
    if (!busy) throw new LoadcycleError('folder.unwritable', `cannot write to ${folder}`, { cause });
    throw new LoadcycleError('folder.in-use', `${folder} is in use by another process`, {
      cause,
      hint: 'stop the other one, or choose another data folder',
    });
  }
  const held = lock;
  return () => held.close();
}
