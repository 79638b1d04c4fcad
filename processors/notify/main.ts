import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import { eventLogSettings, openEventLog } from '@loadcycle/event-log/open';
import { runProgram } from '@loadcycle/service';
import { notifySettings, startNotify } from './index.ts';

await runProgram({
  name: 'notify',
  usage: 'node processors/notify/main.ts [settings]',
  about: 'Tells webhooks and MQTT of anomalies, at least once.',
  settings: { ...notifySettings, ...eventLogSettings, ...databaseSettings },
  async start({ settings, log, health, registry, onStop }) {
    const database = await openDatabase(settings, {
      log,
      role: 'writer',
      applicationName: 'loadcycle-notify',
    });
    onStop('store', () => database.close());
    const eventLog = await openEventLog(settings, { log });
    onStop('event log', () => eventLog.close());
    const notify = await startNotify({ eventLog, database, health, log, registry, settings });
    onStop('notify', () => notify.close());
    return undefined;
  },
});
