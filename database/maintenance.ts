import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, type Settings, setting, silentLogger } from '@loadcycle/contract';
import { Backoff } from '@loadcycle/service';
import { Advance } from './maintenance/advance.ts';
import { allRealTime, Refreshing, type Root } from './maintenance/aggregates.ts';
import {
  compressOldChunks,
  dropOldChunks,
  dropOldLetters,
  fitChunks,
  freezeOldest,
  type Retention,
  sayRetention,
  summarise,
  vacuumBusyTables,
} from './maintenance/chunks.ts';
import { ServerJobs } from './maintenance/jobs.ts';
import { runRefreshRequests } from './maintenance/requests.ts';
import { MaintenanceStatus } from './maintenance/status.ts';
import type { Database } from './port.ts';

export type { Window } from './chunk-walk.ts';
export { AGGREGATES, lateBefore, type Root, requestRefresh } from './maintenance/aggregates.ts';

/** How long what is kept, and when it is compressed; for the embedded loop and for the cloud's policies. */
export const maintenanceSettings = {
  rawRetention: setting.duration('how long raw samples are kept; 0s: for ever', '30d'),
  ledgerRetention: setting.duration(
    'how long the ledger of batches is kept, for accounts and holes; 0s: for ever',
    '365d',
  ),
  deadLetterRetention: setting.duration('how long dead letters are kept; 0s: for ever', '90d'),
  secondsRetention: setting.duration('how long aggregates of seconds are kept; 0s: for ever', '90d'),
  rollupRetention: setting.duration(
    'how long cycles and aggregates of minutes and more are kept; 0s: for ever',
    '0s',
  ),
  compressAfter: setting.duration('age at which raw samples are compressed', '2h'),
  refreshLag: setting.duration('aggregates follow the newest sample at this distance', '10s'),
};
export type MaintenanceSettings = Settings<typeof maintenanceSettings>;

export function retentionOf(s: MaintenanceSettings): Retention {
  const or = (us: number) => (us === 0 ? null : us);
  return {
    rawUs: or(s.rawRetention),
    ledgerUs: or(s.ledgerRetention),
    secondsUs: or(s.secondsRetention),
    rollupUs: or(s.rollupRetention),
  };
}

export interface MaintenanceOptions {
  readonly signal: AbortSignal;
  readonly log?: Logger;
  /** how long one step should hold the embedded store's connection, ms */
  readonly stepMs?: number;
  /** pause between rounds, ms */
  readonly pauseMs?: number;
  /** where each duty reports how it went; default: one of its own */
  readonly status?: MaintenanceStatus;
}

/** One of the loop's duties and how often it is due. */
interface Duty {
  readonly name: string;
  readonly everyMs: number;
  /** answers `'more'` where it is due again at once */
  readonly run: () => Promise<unknown>;
}

/**
 * Does what keeps a store healthy, until aborted. Embedded: checkpoints, refreshes, compression, retention, vacuum,
 * each in steps that hold the one connection for a moment only. On a server a policy compresses (`applyPolicies`), and
 * the loop watches it, refreshes, and drops what is old: a policy drops all that is due in one transaction, which the
 * lock table does not hold where that is hundreds of chunks.
 * Needs the owner's rights. A duty that fails is logged, told in `status`, and tried again with back-off, at the latest
 * when it is next due.
 */
export async function runMaintenance(
  db: Database,
  settings: MaintenanceSettings,
  options: MaintenanceOptions,
): Promise<void> {
  const { signal, log = silentLogger, stepMs = 150, pauseMs = 1_000 } = options;
  const status = options.status ?? new MaintenanceStatus();
  const retention = retentionOf(settings);
  const refreshes = refreshDuties(db, settings, { signal, stepMs, pauseMs });
  const letters: Duty = {
    name: 'retention of dead letters',
    everyMs: 600_000,
    run: () => dropOldLetters(db, settings.deadLetterRetention || null),
  };
  const old: Duty = {
    name: 'retention',
    everyMs: 600_000,
    run: async () => {
      await sayRetention(db, retention);
      await dropOldChunks(db, retention, log, signal);
    },
  };
  const own = db.features.backgroundJobs
    ? serverDuties(db, status)
    : embeddedDuties(db, settings, { signal, log });
  // side by side, so that a long catching-up does not hold up a checkpoint; one connection makes them take turns
  await Promise.all(
    [...own, ...refreshes, old, letters].map((duty) => repeat(duty, pauseMs, signal, log, status)),
  );
}

async function repeat(
  duty: Duty,
  pauseMs: number,
  signal: AbortSignal,
  log: Logger,
  status: MaintenanceStatus,
): Promise<void> {
  const backoff = new Backoff(5 * pauseMs, Math.max(5 * pauseMs, duty.everyMs));
  while (!signal.aborted) {
    try {
      const answer = await duty.run();
      if (signal.aborted) return;
      status.succeeded(duty.name);
      backoff.reset();
      if (answer === 'more') continue;
      await delay(Math.max(pauseMs, duty.everyMs), undefined, { signal }).catch(() => {});
    } catch (err) {
      if (signal.aborted) return;
      status.failed(duty.name, err);
      log.warn({ err, duty: duty.name }, `maintenance: ${duty.name} failed; trying again`);
      await backoff.wait(signal);
    }
  }
}

/** A refresh on a server holds nobody up, and costs less in larger steps. */
const SERVER_STEPS = 4;

/** The aggregates follow the data by the same steps on both engines (docs/decisions/0200). */
function refreshDuties(
  db: Database,
  settings: MaintenanceSettings,
  { signal, stepMs, pauseMs }: Required<Pick<MaintenanceOptions, 'signal' | 'stepMs' | 'pauseMs'>>,
): Duty[] {
  const { singleConnection } = db.features;
  const refreshing = new Refreshing(singleConnection ? stepMs : SERVER_STEPS * stepMs);
  const advance = new Advance(db, { lagUs: settings.refreshLag, stepMs, signal, refreshing });
  const { rawUs: rawRetentionUs } = retentionOf(settings);
  let mended = !singleConnection;
  const refreshOf = async (root: Root): Promise<void> => {
    if (!mended) await allRealTime(db);
    mended = true;
    await advance.run(root);
  };
  return [
    { name: 'refresh of samples', everyMs: 2_000, run: () => refreshOf('sample') },
    { name: 'refresh of cycles', everyMs: 5_000, run: () => refreshOf('cycle') },
    {
      name: 'refresh requests',
      everyMs: pauseMs,
      run: async () => {
        const started = performance.now();
        const asked = await runRefreshRequests(db, { stepMs, signal, rawRetentionUs, refreshing });
        // on a server a round that took longer than a pause needs none: what was asked for meanwhile comes together
        const longer = performance.now() - started > pauseMs;
        return !singleConnection && asked > 0 && longer ? 'more' : null;
      },
    },
  ];
}

function serverDuties(db: Database, status: MaintenanceStatus): Duty[] {
  const jobs = new ServerJobs(db, status);
  return [{ name: "the server's jobs", everyMs: 30_000, run: () => jobs.look() }];
}

function embeddedDuties(
  db: Database,
  settings: MaintenanceSettings,
  { signal, log }: Required<Pick<MaintenanceOptions, 'signal' | 'log'>>,
): Duty[] {
  const checkpoint = checkpointer(db);
  const sizes = new Map<string, number>();
  return [
    { name: 'checkpoint', everyMs: 1_000, run: checkpoint },
    { name: 'BRIN summary', everyMs: 5_000, run: () => summarise(db) },
    { name: 'width of chunks', everyMs: 120_000, run: () => fitChunks(db, log) },
    {
      name: 'compression',
      everyMs: 30_000,
      run: () => compressOldChunks(db, { afterUs: settings.compressAfter, sizes, signal }, log),
    },
    { name: 'vacuum', everyMs: 60_000, run: () => vacuumBusyTables(db) },
    { name: 'freeze', everyMs: 300_000, run: () => freezeOldest(db) },
  ];
}

const WAL_BYTES = 64 * 2 ** 20;
const QUIET_MS = 30_000;

/** A checkpoint for each 64 MiB of write-ahead log, and one after a quiet while where anything was written. */
function checkpointer(db: Database): () => Promise<void> {
  let at: string | null = null;
  let last = performance.now();
  return async () => {
    const [row] = await db.query<{ lsn: string; bytes: number }>(
      `SELECT pg_current_wal_lsn()::text AS lsn,
              pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce($1::pg_lsn, '0/0'))::bigint AS bytes`,
      [at],
    );
    const quiet = performance.now() - last > QUIET_MS;
    if (row!.bytes < WAL_BYTES && !(quiet && row!.bytes > 65_536)) return;
    await db.exec('CHECKPOINT');
    at = row!.lsn;
    last = performance.now();
  };
}
