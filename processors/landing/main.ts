import { runProgram } from '@loadcycle/service';
import { openStoreAndLog, storeAndLogSettings } from '../work/open.ts';
import { landingSettings, startLanding } from './index.ts';
import { type RebirthEffect, Rebirths } from './rebirth.ts';
import { rebirthBroker, rebirthSettings } from './settings.ts';

await runProgram({
  name: 'landing',
  usage: 'node processors/landing/main.ts [settings]',
  about: 'Lands samples and device status from the event log in the store, exactly once.',
  settings: { ...landingSettings, ...rebirthSettings, ...storeAndLogSettings },
  async start(program) {
    const { settings, log, health, registry, onStop } = program;
    const broker = rebirthBroker(settings);
    const { database, eventLog } = await openStoreAndLog(program, 'landing');
    const rebirths = broker === null ? null : new Rebirths({ ...broker, log });
    onStop('births of Sparkplug nodes', () => rebirths?.close());
    const onRebirth = (effect: RebirthEffect): void => rebirths?.ask(effect);
    const landing = await startLanding({ eventLog, database, health, log, registry, settings, onRebirth });
    onStop('landing', () => landing.close());
    return undefined;
  },
});
