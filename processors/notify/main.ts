import { runProgram } from '@loadcycle/service';
import { openStoreAndLog, storeAndLogSettings } from '../work/open.ts';
import { notifySettings, startNotify } from './index.ts';

await runProgram({
  name: 'notify',
  usage: 'node processors/notify/main.ts [settings]',
  about: 'Tells webhooks and MQTT of anomalies, at least once.',
  settings: { ...notifySettings, ...storeAndLogSettings },
  async start(program) {
    const { settings, log, health, registry, onStop } = program;
    const { database, eventLog } = await openStoreAndLog(program, 'notify');
    const notify = await startNotify({ eventLog, database, health, log, registry, settings });
    onStop('notify', () => notify.close());
    return undefined;
  },
});
