import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LoadcycleError } from '@loadcycle/contract';

export interface Slot {
  /** from 0 */
  readonly number: number;
  release(): void;
}

const SLOTS = 64;

/**
 * Takes the lowest number that no other process holds in this folder. A bridge's sessions at the broker carry
 * its name, so it must be the same after a restart and another one beside a running bridge, which a container's
 * host name is not. The lock is SQLite's on an empty file: the kernel lets go of it when the process dies.
 */
export function claimSlot(folder: string): Slot {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new LoadcycleError('folder.unwritable', `cannot write to ${folder}`, { cause });
  }
  for (let number = 0; number < SLOTS; number++) {
    let file: DatabaseSync;
    try {
      file = new DatabaseSync(join(folder, `slot-${number}`), { timeout: 0 });
    } catch (cause) {
      throw new LoadcycleError('folder.unwritable', `cannot write to ${folder}`, { cause });
    }
    try {
      file.exec('BEGIN EXCLUSIVE');
      return { number, release: () => file.close() };
    } catch (error) {
      file.close();
      // 5: SQLITE_BUSY, another bridge holds it
      if ((error as { errcode?: number }).errcode !== 5) {
        throw new LoadcycleError('folder.unwritable', `cannot write to ${folder}`, { cause: error });
      }
    }
  }
  throw new LoadcycleError('folder.in-use', `${SLOTS} bridges hold every number in ${folder}`);
}
