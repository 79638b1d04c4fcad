import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '@loadcycle/service/files';

export const EVENTS = 'events.db';
const WAL = `${EVENTS}-wal`;
const SHM = `${EVENTS}-shm`;
const LOCK = 'owner.lock';
/** A whole copy under way, and one that is complete and only has to take its place. */
const COPYING = `${EVENTS}.copying`;
const COPIED = `${EVENTS}.copied`;

type Inodes = ReadonlyMap<string, number | null>;

/**
 * The files of an open log. Deleting an open file only takes its name away: SQLite writes on, and everything is gone
 * when the process ends. So whoever writes asks {@link deleted} before it says that something is durable, and
 * {@link putBack} writes all that is in the open file into the folder again.
 */
export class LogFiles {
  readonly #folder: string;
  #lock: DatabaseSync;
  #inodes: Inodes = new Map();

  /** Takes the folder: held from the first moment to the last; the system lets go of it when the process dies. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#lock = this.#take();
    // the process died between the two last steps of `putBack`
    if (!existsSync(this.#at(EVENTS)) && existsSync(this.#at(COPIED))) this.#moveInto(COPIED, EVENTS);
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }

  #take(): DatabaseSync {
    const lock = new DatabaseSync(this.#at(LOCK));
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  }

  /** The files that are open now are those to look for. */
  remember(): void {
    this.#inodes = new Map([EVENTS, WAL, LOCK].map((name) => [name, this.#inode(name)]));
  }

  /** Names that are gone from the folder, or stand there for another file. */
  deleted(): string[] {
    return [...this.#inodes].flatMap(([name, inode]) => (this.#inode(name) === inode ? [] : [name]));
  }

  #inode(name: string): number | null {
    return statSync(this.#at(name), { throwIfNoEntry: false })?.ino ?? null;
  }

  /**
   * Copies the open database into the folder, gives the copy its name and closes the open one. What stands there under that name
   * and is not ours is moved aside. Throws where the copy can't be written, or another process has the folder: `db` is
   * still open then, and as it was.
   */
  putBack(db: DatabaseSync): void {
    mkdirSync(this.#folder, { recursive: true, mode: PRIVATE_FOLDER });
    if (this.#inode(LOCK) !== this.#inodes.get(LOCK)) {
      const lock = this.#take();
      this.#lock.close();
      this.#lock = lock;
    }
    rmSync(this.#at(COPYING), { force: true });
    db.exec(`VACUUM INTO '${this.#at(COPYING).replaceAll("'", "''")}'`);
    const file = openSync(this.#at(COPYING), 'r+');
    fchmodSync(file, PRIVATE_FILE);
    fsyncSync(file);
    closeSync(file);
    this.#moveInto(COPYING, COPIED);
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
    for (const name of [EVENTS, WAL, SHM]) {
      const inode = this.#inode(name);
      const foreign = inode !== null && this.#inodes.has(name) && inode !== this.#inodes.get(name);
      if (foreign) renameSync(this.#at(name), this.#at(`${name}.found-${stamp}`));
    }
    // the open one goes on without their names; left there, they would be taken for those of the copy
    for (const name of [WAL, SHM]) rmSync(this.#at(name), { force: true });
    const copy = this.#inode(COPIED);
    this.#moveInto(COPIED, EVENTS);
    // whoever deletes may not have come to the end
    if (copy === null || this.#inode(EVENTS) !== copy) throw new Error('they are being deleted again');
    db.close();
  }

  /** Durable when it returns. */
  #moveInto(from: string, to: string): void {
    renameSync(this.#at(from), this.#at(to));
    const folder = openSync(this.#folder, 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  close(): void {
    this.#lock.close();
  }
}
