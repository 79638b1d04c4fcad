import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import { eventLogSettings, openEventLog } from '@loadcycle/event-log/open';
import { runProgram } from '@loadcycle/service';
import { landingSettings, startLanding } from './index.ts';
import { type RebirthEffect, Rebirths } from './rebirth.ts';
import { rebirthBroker, rebirthSettings } from './settings.ts';

await runProgram({
  name: 'landing',
  usage: 'node processors/landing/main.ts [settings]',
  about: 'Lands samples and device status from the event log in the store, exactly once.',
  settings: { ...landingSettings, ...rebirthSettings, ...eventLogSettings, ...databaseSettings },
  async start({ settings, log, health, registry, onStop }) {
    const broker = rebirthBroker(settings);
    const database = await openDatabase(settings, {
      log,
      role: 'writer',
      applicationName: 'loadcycle-landing',
    });
    onStop('store', () => database.close());
    const eventLog = await openEventLog(settings, { log });
    onStop('event log', () => eventLog.close());
    const rebirths = broker === null ? null : new Rebirths({ ...broker, log });
    onStop('births of Sparkplug nodes', () => rebirths?.close());
    const onRebirth = (effect: RebirthEffect): void => rebirths?.ask(effect);
    const landing = await startLanding({ eventLog, database, health, log, registry, settings, onRebirth });
    onStop('landing', () => landing.close());
    return undefined;
  },
});
