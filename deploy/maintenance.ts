/**
 * Drops what is older than the retention, carries out the refreshes that late rows ask for, and watches the policies of
 * the server, which refresh and compress by themselves.
 */
import { maintenanceSettings, runMaintenance } from '@loadcycle/database/maintenance';
import { MaintenanceStatus } from '@loadcycle/database/maintenance/status';
import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import { runProgram } from '@loadcycle/service';

await runProgram({
  name: 'maintenance',
  usage: 'node deploy/maintenance.ts [settings]',
  about:
    'Drops old data of a store on a server, refreshes what came late, and watches the policies that do the rest.',
  settings: { ...maintenanceSettings, ...databaseSettings },
  async start({ settings, log, health, registry, signal, onStop }) {
    const database = await openDatabase(settings, {
      log,
      role: null,
      applicationName: 'loadcycle-maintenance',
    });
    onStop('store', () => database.close());
    health.set('maintenance', 'ok');
    const status = new MaintenanceStatus({ health, registry, essential: true });
    const done = runMaintenance(database, settings, { signal, log, status });
    onStop('maintenance', () => done);
    return { done };
  },
});
