import { runProgram } from '@loadcycle/service';
import { openStoreAndLog, storeAndLogSettings } from '../work/open.ts';
import { cyclesSettings, startCycles } from './index.ts';

await runProgram({
  name: 'cycles',
  usage: 'node processors/cycles-worker/main.ts [settings]',
  about:
    'Cuts load cycles from the event log, cuts them again where data came late, and keeps them in the store.',
  settings: { ...cyclesSettings, ...storeAndLogSettings },
  async start(program) {
    const { settings, log, health, registry, onStop } = program;
    const { database, eventLog } = await openStoreAndLog(program, 'cycles');
    const cycles = await startCycles({ eventLog, database, health, log, registry, settings });
    onStop('cycles', () => cycles.close());
    return undefined;
  },
});
