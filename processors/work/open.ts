import { setTimeout as delay } from 'node:timers/promises';
import { LOG_TOPICS, type Logger } from '@loadcycle/contract';
import { type DatabaseSettings, databaseSettings, openDatabase } from '@loadcycle/database/open';
import type { Database } from '@loadcycle/database/port';
import { UnknownTopic } from '@loadcycle/event-log/errors';
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
  await topicsOf(eventLog, log);
  return { database, eventLog };
}

/**
 * Waits, with one line, where a new deployment's topics are not made yet: the bridge does that. A log that is away is
 * the workers' to wait for.
 */
async function topicsOf(eventLog: EventLog, log: Logger): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      await eventLog.ends(Object.values(LOG_TOPICS));
      return;
    } catch (error) {
      if (!(error instanceof UnknownTopic)) return;
      if (!told) log.info({}, `waiting until the bridge has made the topics of the log: ${error.message}`);
      await delay(500);
    }
  }
}
