import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoadcycleError, type Logger, silentLogger } from '@loadcycle/contract';
import { takePrivate } from '@loadcycle/service/files';
import type { Database } from '../port.ts';
import { EmbeddedView, type Role, type Shared } from './database.ts';
import { lockFolder, OWN } from './lock.ts';
import { Scheduler } from './scheduler.ts';
import { Session } from './session.ts';

export type { Role } from './database.ts';

export interface EmbeddedOptions {
  /** the store's own folder; made where it is missing */
  readonly folder: string;
  readonly log?: Logger;
  /** called with the number of file syncs since the last call */
  readonly onSync?: (syncs: number) => void;
  /** how long a transaction waits for the one connection, ms; default 30,000 */
  readonly queueTimeoutMs?: number;
}

export interface EmbeddedDatabase extends Database {
  /** The same store with the rights of one role: each transaction runs under `SET LOCAL ROLE`. */
  as(role: Role): Database;
  /** Writes dirty pages to the data files and recycles the write-ahead log. */
  checkpoint(): Promise<void>;
  stats(): EmbeddedStats;
}

export interface EmbeddedStats {
  /** syncs of files since the open */
  readonly syncs: number;
  /** bytes of write-ahead log on disk */
  readonly walBytes: number;
  /** the engine's own memory */
  readonly memoryBytes: number;
  /** transactions waiting for the connection */
  readonly waiting: number;
}

/** Opens the store in `folder`, or makes it. Throws `folder.in-use`, `folder.unwritable` and `store.broken`. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { folder, log = silentLogger, onSync, queueTimeoutMs = 30_000 } = options;
  const unlock = lockFolder(folder);
  try {
    const open = () => openSession(folder, onSync);
    const scheduler = new Scheduler({ queueTimeoutMs, patienceMs: 200 });
    const shared = { session: await open(), open, scheduler, log, granted: new Set<string>() };
    return new Store(shared, join(folder, 'pgdata', 'pg_wal'), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

class Store extends EmbeddedView implements EmbeddedDatabase {
  readonly #wal: string;
  readonly #unlock: () => void;

  constructor(shared: Shared, wal: string, unlock: () => void) {
    super(shared, null);
    this.#wal = wal;
    this.#unlock = unlock;
  }

  as(role: Role): Database {
    return new EmbeddedView(this.shared, role);
  }

  async checkpoint(): Promise<void> {
    await this.exec('CHECKPOINT');
  }

  stats(): EmbeddedStats {
    const { session, scheduler } = this.shared;
    const { syncs, memoryBytes } = session;
    return { syncs, memoryBytes, walBytes: folderBytes(this.#wal), waiting: scheduler.waiting };
  }

  override async close(): Promise<void> {
    await this.shared.scheduler.close(new LoadcycleError('store.unavailable', 'the store is closed'));
    await this.shared.session.close();
    this.#unlock();
  }
}

/** Written once a store has been made to the end; a folder without it is a making that was cut off. */
const COMPLETE = 'store.complete';

async function openSession(folder: string, onSync: EmbeddedOptions['onSync']): Promise<Session> {
  const data = join(folder, 'pgdata');
  const fresh = !existsSync(join(folder, COMPLETE));
  if (fresh && existsSync(join(data, 'PG_VERSION')))
    throw broken('the store was not made to the end', undefined);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  try {
    const session = await Session.open({ folder: data, fresh }, onSync);
    if (fresh) {
      // initdb sets rights for a group
      takePrivate(folder, OWN);
      writeFileSync(join(folder, COMPLETE), '', { flush: true });
    }
    return session;
  } catch (cause) {
    const what = fresh ? 'the store cannot be made' : 'the store does not open';
    throw broken(`${what}: ${(cause as Error).message}`, cause);
  }
}

function broken(message: string, cause: unknown): LoadcycleError {
  const hint = 'set the folder aside and rebuild the store from the log';
  return new LoadcycleError('store.broken', message, { cause, hint });
}

function folderBytes(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
