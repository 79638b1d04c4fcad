import type { Logger } from '@loadcycle/contract';
import { type DatabaseSettings, databaseSettings, openDatabase } from '@loadcycle/database/open';
import type { Database } from '@loadcycle/database/port';
import { type EventLogSettings, eventLogSettings, openEventLog } from '@loadcycle/event-log/open';
import type { EventLog } from '@loadcycle/event-log/port';

/** What every program of this room works on. */
export const storeAndLogSettings = { ...eventLogSettings, ...databaseSettings };

interface Program {
  readonly settings: EventLogSettings & DatabaseSettings;
  readonly log: Logger;
  onStop(name: string, close: () => Promise<void> | void): void;
}

/** Opens the store, by default as the role writer, and the log for the program of this name; closed when it stops. */
export async function openStoreAndLog(
  { settings, log, onStop }: Program,
  name: string,
  role: 'writer' | 'notifier' = 'writer',
): Promise<{ database: Database; eventLog: EventLog }> {
  const database = await openDatabase(settings, {
    log,
    role,
    applicationName: `loadcycle-${name}`,
  });
  onStop('store', () => database.close());
  const eventLog = await openEventLog(settings, { log });
  onStop('event log', () => eventLog.close());
  return { database, eventLog };
}
