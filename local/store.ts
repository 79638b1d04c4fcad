import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { type EmbeddedDatabase, openEmbedded } from '@loadcycle/database/embedded/open';
import { migrate } from '@loadcycle/database/migrate';

export interface OpenedStore {
  readonly database: EmbeddedDatabase;
  /** where a store that did not open was put; null when it did */
  readonly setAside: string | null;
}

export const storeFolder = (dataDir: string): string => join(dataDir, 'store');

/** Moves the store's folder out of the way, and says where to. Nothing is ever deleted here. */
export function setStoreAside(dataDir: string, why: string): string {
  const folder = storeFolder(dataDir);
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${folder}.${why}-${stamp}`;
  if (existsSync(folder)) renameSync(folder, aside);
  return aside;
}

/**
 * Opens the embedded store and brings its schema up to date. A store that does not open is set aside and a new
 * one is made: landing and cycles find no offsets in it and read the log from its oldest record, which rebuilds
 * everything that the log still holds.
 */
export async function openStore(dataDir: string, log: Logger): Promise<OpenedStore> {
  let setAside: string | null = null;
  let database: EmbeddedDatabase;
  try {
    database = await openEmbedded({ folder: storeFolder(dataDir), log });
  } catch (error) {
    if (!(error instanceof LoadcycleError) || error.code !== 'store.broken') throw error;
    setAside = setStoreAside(dataDir, 'broken');
    log.error(
      { code: error.code, setAside },
      `${error.message}; set aside as ${setAside}, rebuilding from the log`,
    );
    database = await openEmbedded({ folder: storeFolder(dataDir), log });
  }
  try {
    await migrate(database, { log });
  } catch (error) {
    await database.close();
    throw error;
  }
  return { database, setAside };
}
