/**
 * Refreshes the aggregates, drops what is older than the retention, and watches the policies of the server, which
 * compresses by itself. One instance a store.
 */
import { maintenanceSettings, runMaintenance } from '@loadcycle/database/maintenance';
import { MaintenanceStatus } from '@loadcycle/database/maintenance/status';
import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import { runProgram } from '@loadcycle/service';

await runProgram({
  name: 'maintenance',
  usage: 'node deploy/maintenance.ts [settings]',
  about:
    'Refreshes the aggregates of a store on a server, drops its old data, and watches the policies that do the rest.',
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
