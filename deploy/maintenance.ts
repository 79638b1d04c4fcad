/** Carries out the refreshes that late rows ask for; compression and retention are the server's own policies. */
import { maintenanceSettings, runMaintenance } from '@loadcycle/database/maintenance';
import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import { runProgram } from '@loadcycle/service';

await runProgram({
  name: 'maintenance',
  usage: 'node deploy/maintenance.ts [settings]',
  about: 'Keeps the aggregates of a store on a server right where rows came late.',
  settings: { ...maintenanceSettings, ...databaseSettings },
  async start({ settings, log, health, signal, onStop }) {
    const database = await openDatabase(settings, {
      log,
      role: null,
      applicationName: 'loadcycle-maintenance',
    });
    onStop('store', () => database.close());
    health.set('maintenance', 'ok');
    const done = runMaintenance(database, settings, { signal, log });
    onStop('maintenance', () => done);
    return { done };
  },
});
