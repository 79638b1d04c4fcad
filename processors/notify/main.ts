import { setting } from '@loadcycle/contract';
import { mqttLogin, mqttLoginSettings, runProgram } from '@loadcycle/service';
import { openStoreAndLog, storeAndLogSettings } from '../work/open.ts';
import { notifySettings, startNotify } from './index.ts';

const mqttSettings = {
  mqttUrl: setting.optional('broker where anomalies are published', 'URL'),
  mqttVersion: setting.choice('MQTT version: 5 or 3.1.1', ['5', '3.1.1'], '5'),
  ...mqttLoginSettings,
};

await runProgram({
  name: 'notify',
  usage: 'node processors/notify/main.ts [settings]',
  about: 'Tells webhooks and MQTT of anomalies, at least once.',
  settings: { ...notifySettings, ...mqttSettings, ...storeAndLogSettings },
  async start(program) {
    const { settings, log, health, registry, onStop } = program;
    const { mqttUrl: url, mqttVersion } = settings;
    const protocolVersion = mqttVersion === '5' ? 5 : 4;
    const mqtt = url === null ? null : ({ url, protocolVersion, ...mqttLogin(settings) } as const);
    const { database, eventLog } = await openStoreAndLog(program, 'notify', 'notifier');
    const notify = await startNotify({ eventLog, database, health, log, registry, settings, mqtt });
    onStop('notify', () => notify.close());
    return undefined;
  },
});
