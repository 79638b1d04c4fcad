import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import { eventLogSettings, openEventLog } from '@loadcycle/event-log/open';
import { runProgram } from '@loadcycle/service';
import { landingSettings, startLanding } from './index.ts';

await runProgram({
  name: 'landing',
  usage: 'node processors/landing/main.ts [settings]',
  about: 'Lands samples and device status from the event log in the store, exactly once.',
  settings: { ...landingSettings, ...eventLogSettings, ...databaseSettings },
  async start({ settings, log, health, registry, onStop }) {
    const database = await openDatabase(settings, {
      log,
      role: 'writer',
      applicationName: 'loadcycle-landing',
    });
    onStop('store', () => database.close());
    const eventLog = await openEventLog(settings, { log });
    onStop('event log', () => eventLog.close());
    const landing = await startLanding({ eventLog, database, health, log, registry, settings });
    onStop('landing', () => landing.close());
    return undefined;
  },
});
