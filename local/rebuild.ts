/**
 * `npm run rebuild`: makes the store anew from the event log. The old store is set aside, not deleted; the catalogue,
 * the clients and the access log are carried over from it if it opens. Landing and cycles then read the log from its oldest record.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LoadcycleError, type Logger, setting } from '@loadcycle/contract';
import { openEmbedded } from '@loadcycle/database/embedded/open';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { CYCLES, startCycles } from '@loadcycle/processors/cycles-worker/index';
import { LANDING, startLanding } from '@loadcycle/processors/landing/index';
import { makeLogger, runProgram } from '@loadcycle/service';
import { type Carried, readCarryOver, writeCarryOver } from './carry-over.ts';
import { prepareFolder } from './folder.ts';
import { ensureLogTopics, recordsBehind } from './log-topics.ts';
import { logIsIncomplete, onlyInStore } from './only-in-store.ts';
import { localSettings } from './settings.ts';
import { openStore, setStoreAside, storeFolder } from './store.ts';

const spec = {
  dataDir: localSettings.dataDir,
  logRetention: localSettings.logRetention,
  registerUnknown: localSettings.registerUnknown,
  acceptLoss: setting.flag('go on where the old store has samples that the log no longer has', false),
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await runProgram({
  name: 'rebuild',
  usage: 'npm run rebuild -- [settings]',
  about: 'Makes the store anew from the event log. The system must not be running.',
  settings: spec,
  healthServer: false,
  log: ({ dataDir, logLevel }) =>
    makeLogger('rebuild', logLevel, {
      file: {
        path: join(prepareFolder(dataDir), 'rebuild.log'),
        maxBytes: localSettings.logFileSize.fallback,
        keep: localSettings.logFileKeep.fallback,
      },
    }),
  async start({ settings: s, log, health, signal, onStop }) {
    const dataDir = prepareFolder(s.dataDir);
    const eventLog = await openSqliteLog({ folder: join(dataDir, 'log'), log });
    onStop('event log', () => eventLog.close());
    await ensureLogTopics(eventLog, s.logRetention / 1000);

    const carried = await readOldStore(dataDir, eventLog, s.acceptLoss, log);
    say(`The old store is set aside as ${setStoreAside(dataDir, 'before-rebuild')}.`);
    const { database } = await openStore(dataDir, log);
    onStop('store', () => database.close());
    if (carried !== null) await writeCarryOver(database, carried);

    const writer = database.as('writer');
    // what came over days comes within minutes here
    const settings = {
      autoRegister: s.registerUnknown,
      maxNewDevicesPerMinute: Number.MAX_SAFE_INTEGER,
      maxNewSignalsPerMinute: Number.MAX_SAFE_INTEGER,
    };
    const worker = { eventLog, database: writer, health, log, settings };
    const landing = await startLanding(worker);
    onStop('landing', () => landing.close());
    const cycles = await startCycles(worker);
    onStop('cycles', () => cycles.close());
    return { done: untilCaughtUp() };

    async function untilCaughtUp(): Promise<void> {
      const total = await recordsBehind(eventLog, database, LANDING);
      for (;;) {
        const [rows, cut, repairs] = await Promise.all([
          recordsBehind(eventLog, database, LANDING),
          recordsBehind(eventLog, database, CYCLES),
          openRepairs(database),
        ]);
        const share = total === 0 ? 100 : Math.floor(100 * (1 - rows / total));
        const landed = landing.stats().rows.toLocaleString('en-US');
        say(
          `${share} %  samples ${landed}  cycles ${cycles.stats().cycles}  records behind ${rows} and ${cut}`,
        );
        if (signal.aborted) return;
        if (rows === 0 && cut === 0 && repairs === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      say('The store is rebuilt. npm start goes on with it.');
    }
  },
});

/** What the log cannot give back, from the old store; null where it does not open. Refuses a rebuild that would lose samples. */
async function readOldStore(
  dataDir: string,
  eventLog: EventLog,
  acceptLoss: boolean,
  log: Logger,
): Promise<Carried | null> {
  let old: Awaited<ReturnType<typeof openEmbedded>>;
  if (!existsSync(storeFolder(dataDir))) return null;
  try {
    old = await openEmbedded({ folder: storeFolder(dataDir), log });
  } catch (error) {
    if (!(error instanceof LoadcycleError) || error.code !== 'store.broken') throw error;
    // what it holds can't be compared with the log
    const incomplete = await logIsIncomplete(eventLog);
    if (incomplete !== null && !acceptLoss) {
      throw refused(`the old store does not open, and ${incomplete}`);
    }
    say(`The old store does not open (${error.message}): its catalogue and clients are made anew.`);
    return null;
  }
  try {
    const lost = await onlyInStore(old, eventLog);
    if (lost !== null && !acceptLoss) throw refused(`the log does not hold all that the store does: ${lost}`);
    return await readCarryOver(old);
  } finally {
    await old.close();
  }
}

async function openRepairs(db: Database): Promise<number> {
  const [row] = await db.query<{ open: number }>(
    `SELECT count(*) AS open FROM repair WHERE state IN ('waiting', 'running')`,
  );
  return row!.open;
}

function refused(message: string): LoadcycleError {
  return new LoadcycleError('log.replaced', message, {
    hint: 'restore the log, or go on with --accept-loss: the old store stays in the folder that is set aside',
  });
}
