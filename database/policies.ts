import { type Logger, silentLogger } from '@loadcycle/contract';
import { AGGREGATES } from './maintenance/aggregates.ts';
import { RETAINED } from './maintenance/chunks.ts';
import type { MaintenanceSettings } from './maintenance.ts';
import type { Database, Queryable } from './port.ts';
import { literal } from './sql.ts';

const COMPRESSED = ['sample', 'cycle'];

/**
 * Sets the server's policies to what the settings say: compression. Run as often as you like, by the owner (after
 * `migrate`): a policy that says something else is replaced in one transaction. Nothing to do where the store has no
 * background workers.
 */
export async function applyPolicies(
  db: Database,
  settings: MaintenanceSettings,
  { log = silentLogger }: { log?: Logger } = {},
): Promise<void> {
  if (!db.features.backgroundJobs) return;
  await db.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1::bigint)', [LOCK]);
    for (const table of COMPRESSED) {
      await replace(
        tx,
        `remove_compression_policy(${literal(table)}, if_exists => true)`,
        `add_compression_policy(${literal(table)}, compress_after => ${seconds(settings.compressAfter)})`,
      );
    }
    // set by earlier versions: the loop drops a few chunks at a time (docs/decisions/0160), and refreshes (0200)
    for (const table of Object.keys(RETAINED)) {
      await replace(tx, `remove_retention_policy(${literal(table)}, if_exists => true)`, null);
    }
    for (const { name } of Object.values(AGGREGATES).flat()) {
      await replace(tx, `remove_continuous_aggregate_policy(${literal(name)}, if_exists => true)`, null);
    }
  });
  log.info({ ...settings }, 'policies set');
}

const LOCK = 7_236_014_992;
const seconds = (us: number): string => `interval '${us / 1e6} seconds'`;

/** A policy cannot be altered in place: it is taken away and made anew, in the caller's transaction. */
async function replace(tx: Queryable, remove: string, add: string | null): Promise<void> {
  await tx.query(`SELECT ${remove}`);
  if (add !== null) await tx.query(`SELECT ${add}`);
}
