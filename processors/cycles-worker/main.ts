import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import { eventLogSettings, openEventLog } from '@loadcycle/event-log/open';
import { runProgram } from '@loadcycle/service';
import { cyclesSettings, startCycles } from './index.ts';

await runProgram({
  name: 'cycles',
  usage: 'node processors/cycles-worker/main.ts [settings]',
  about:
    'Cuts load cycles from the event log, cuts them again where data came late, and keeps them in the store.',
  settings: { ...cyclesSettings, ...eventLogSettings, ...databaseSettings },
  async start({ settings, log, health, registry, onStop }) {
    const database = await openDatabase(settings, {
      log,
      role: 'writer',
      applicationName: 'loadcycle-cycles',
    });
    onStop('store', () => database.close());
    const eventLog = await openEventLog(settings, { log });
    onStop('event log', () => eventLog.close());
    const cycles = await startCycles({ eventLog, database, health, log, registry, settings });
    onStop('cycles', () => cycles.close());
    return undefined;
  },
});
