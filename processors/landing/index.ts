/**
 * landing: log records → raw rows, exactly once.
 *
 * What always holds: a group of records is one transaction: the ledger takes the batches that are new, their rows
 * are copied in binary, dead letters, accounts and the consumer's offsets move with them. A redelivery from
 * the log is refused by the offset, a device's resend by the ledger, a message that can't pass is quarantined alone.
 * What it keeps where: everything in the store (`batch`, `sample`, `account`, `dead_letter`, `validation_state`,
 * `consumer_offset`); memory only holds copies that it can throw away. While one group is committed, the next is
 * polled, decoded, validated and encoded. Rows that are late for an aggregate ask for its refresh.
 * When the store is away it waits with what it has and polls no further; when the log is away, it waits for it.
 */
import { Catalogue } from '../work/catalogue.ts';
import { Decoder } from '../work/decoder.ts';
import { LogWorker } from '../work/log-worker.ts';
import { decodeContext } from '../work/messages.ts';
import type { WorkerOptions } from '../work/worker-options.ts';
import { BridgeLetterWork } from './bridge-letters.ts';
import { LetterPublisher } from './letters.ts';
import { LogWatch } from './log-watch.ts';
import { NewDevices } from './new-devices.ts';
import type { RebirthEffect } from './rebirth.ts';
import { exposeRecentCounts } from './recent.ts';
import { Revalidation } from './revalidation.ts';
import { LANDING, LANDING_DEFAULTS, type LandingSettings } from './settings.ts';
import { LandingCounters, type LandingStats } from './stats.ts';
import { StatusWork } from './status.ts';
import { TailStore } from './tail-store.ts';
import { LandingWork } from './work.ts';

export {
  LANDING,
  LANDING_DEFAULTS,
  LANDING_LETTERS,
  LANDING_STATUS,
  type LandingSettings,
  landingSettings,
} from './settings.ts';
export type { LandingStats } from './stats.ts';

export interface LandingOptions extends WorkerOptions<LandingSettings> {
  /** asks a Sparkplug edge node for its births (`rebirth.ts`); without it nobody does */
  readonly onRebirth?: (effect: RebirthEffect) => void;
}

export interface LandingWorker {
  /** Ends after the transaction that is open. */
  close(): Promise<void>;
  stats(): LandingStats;
}

/** Starts landing samples and device status. The topics must be there (`ensureTopics`). */
export async function startLanding(options: LandingOptions): Promise<LandingWorker> {
  const { eventLog, database, health, log, registry } = options;
  const settings = { ...LANDING_DEFAULTS, ...options.settings };
  const publisher = new LetterPublisher(database, eventLog, log);
  const counters = new LandingCounters(registry);
  const newDevices = settings.autoRegister ? new NewDevices(settings.maxNewDevicesPerMinute) : null;
  const work = new LandingWork({
    settings,
    decoder: new Decoder(database, LANDING, decodeContext(settings)),
    catalogue: new Catalogue(database),
    tails: new TailStore(database),
    publisher,
    counters,
    newDevices,
    onRebirth: options.onRebirth ?? (() => {}),
    log,
  });
  const tries = settings.poisonTries;
  const timeoutMs = settings.landingTimeout / 1000;
  const runtime = { eventLog, database, health, log, tries, timeoutMs };
  const samples = new LogWorker({ ...runtime, work });
  const statusWork = new StatusWork(newDevices, publisher, log, registry);
  const status = new LogWorker({ ...runtime, work: statusWork });
  const letterWork = new BridgeLetterWork(new Catalogue(database));
  const letters = new LogWorker({ ...runtime, work: letterWork });
  const revalidation = new Revalidation({ database, catalogue: new Catalogue(database), health, log });
  if (registry !== undefined) exposeRecentCounts(registry, database, log);
  const watch = new LogWatch({ database, health, log, registry });
  // what a crash left unpublished
  publisher.kick();
  return {
    async close() {
      watch.close();
      await Promise.all([samples.close(), status.close(), letters.close(), revalidation.close()]);
      await publisher.idle();
    },
    stats: () => counters.snapshot(),
  };
}
