import { type Logger, silentLogger } from '@loadcycle/contract';
import { RETAINED } from './maintenance/chunks.ts';
import type { MaintenanceSettings } from './maintenance.ts';
import type { Database, Queryable } from './port.ts';
import { literal } from './sql.ts';

/**
 * How the aggregates follow the data on a server, each from the newest whole bucket back to `back`: within that
 * stretch the policy itself finds what late rows have made stale; what comes later still asks for its window
 * (`requestRefresh`).
 */
const REFRESH: readonly { name: string; back: string; every: string; lagBuckets: number }[] = [
  { name: 'sample_1s', back: '1 day', every: '10 seconds', lagBuckets: 0 },
  { name: 'sample_1m', back: '3 days', every: '1 minute', lagBuckets: 1 },
  { name: 'sample_1h', back: '7 days', every: '30 minutes', lagBuckets: 1 },
  { name: 'cycle_1m', back: '3 days', every: '1 minute', lagBuckets: 1 },
  { name: 'cycle_1h', back: '7 days', every: '10 minutes', lagBuckets: 1 },
  { name: 'cycle_1d', back: '30 days', every: '1 hour', lagBuckets: 1 },
];
const BUCKET: Record<string, string> = { s: '1 second', m: '1 minute', h: '1 hour', d: '1 day' };

const COMPRESSED = ['sample', 'cycle'];

/**
 * Sets the server's policies to what the settings say: refresh and compression. Run as often as you like, by
 * the owner (after `migrate`): a policy that says something else is replaced in one transaction. Nothing to do where
 * the store has no background workers.
 */
export async function applyPolicies(
  db: Database,
  settings: MaintenanceSettings,
  { log = silentLogger }: { log?: Logger } = {},
): Promise<void> {
  if (!db.features.backgroundJobs) return;
  await db.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1::bigint)', [LOCK]);
    for (const { name, back, every, lagBuckets } of REFRESH) {
      const lag = lagBuckets === 0 ? seconds(settings.refreshLag) : `interval '${BUCKET[name.at(-1)!]}'`;
      await replace(
        tx,
        `remove_continuous_aggregate_policy(${literal(name)}, if_exists => true)`,
        `add_continuous_aggregate_policy(${literal(name)}, start_offset => interval '${back}',
           end_offset => ${lag}, schedule_interval => interval '${every}',
           buckets_per_batch => ${BUCKETS_PER_BATCH})`,
      );
    }
    for (const table of COMPRESSED) {
      await replace(
        tx,
        `remove_compression_policy(${literal(table)}, if_exists => true)`,
        `add_compression_policy(${literal(table)}, compress_after => ${seconds(settings.compressAfter)})`,
      );
    }
    // set by earlier versions: the loop drops a few chunks at a time (docs/decisions/0160)
    for (const table of Object.keys(RETAINED)) {
      await replace(tx, `remove_retention_policy(${literal(table)}, if_exists => true)`, null);
    }
  });
  log.info({ ...settings }, 'policies set');
}

/** The server's own default commits so often that an aggregate of seconds cannot keep up. */
const BUCKETS_PER_BATCH = 3_600;
const LOCK = 7_236_014_992;
const seconds = (us: number): string => `interval '${us / 1e6} seconds'`;

/** A policy cannot be altered in place: it is taken away and made anew, in the caller's transaction. */
async function replace(tx: Queryable, remove: string, add: string | null): Promise<void> {
  await tx.query(`SELECT ${remove}`);
  if (add !== null) await tx.query(`SELECT ${add}`);
}
