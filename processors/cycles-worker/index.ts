/**
 * cycles-worker: log records → load cycles, the same to the last bit however the data arrived.
 *
 * What always holds: the cycles of a group of records, their segmenters' states and the consumer's offsets are one
 * transaction. Samples have the quality that landing gives them (`work/tails.ts`); what is bad counts as missing.
 * The live cut takes a signal's batches as they ascend in time. One that does not (late, out of order, repaired) is
 * only noted, in the same transaction, as a stretch to cut again: `repair.ts` does that from the rows in the store,
 * once landing's offset has passed the record that asked for it, from a saved state before the late data up to the
 * newest row, and then the live cut goes on from that state. Corrected cycles have a higher revision.
 * Rules on samples (`anomalies/rules/`) and entries of conditions (`anomalies/conditions/`) are judged in the same transaction; a
 * signal whose cycles are off has no segmenter.
 * What it keeps where: `rule_state`, `condition_entry`, `condition_change`, `condition_state`, `segmenter_state`, `segmenter_checkpoint`, `repair`, `repair_progress`, `cycle`, `outgoing` in
 * the store; in memory the signals used last. After the commit, events go to `loadcycle.cycles`, at least once.
 * When the store or the log is away it waits, with nothing moved on.
 */
import { LOG_TOPICS } from '@loadcycle/contract';
import { Acceptances } from '../anomalies/acceptances.ts';
import { AnomalyBook } from '../anomalies/book.ts';
import { ConditionEntries } from '../anomalies/conditions/entries.ts';
import { ConditionIndex } from '../anomalies/conditions/index.ts';
import { ConditionWatch } from '../anomalies/conditions/watch.ts';
import { RuleBook } from '../anomalies/rules/book.ts';
import { SilenceWatch } from '../anomalies/silence.ts';
import { Catalogue } from '../work/catalogue.ts';
import { Decoder } from '../work/decoder.ts';
import { LogWorker } from '../work/log-worker.ts';
import { decodeContext } from '../work/messages.ts';
import { Outgoing } from '../work/outgoing.ts';
import type { WorkerOptions } from '../work/worker-options.ts';
import { Repairer } from './repair.ts';
import { CYCLES, CYCLES_DEFAULTS, type CyclesSettings } from './settings.ts';
import { StateStore } from './state-store.ts';
import { CyclesCounters, type CyclesStats } from './stats.ts';
import { type CyclesGroup, CyclesWork } from './work.ts';

export { CYCLES, CYCLES_DEFAULTS, type CyclesSettings, cyclesSettings } from './settings.ts';
export type { CyclesStats } from './stats.ts';

export interface CyclesWorker {
  /** Ends after the transaction that is open. */
  close(): Promise<void>;
  stats(): CyclesStats;
}

/** Starts cutting cycles. The topics must be there (`ensureTopics`). */
export async function startCycles(options: WorkerOptions<CyclesSettings>): Promise<CyclesWorker> {
  const { eventLog, database, health, log, registry } = options;
  const settings = { ...CYCLES_DEFAULTS, ...options.settings };
  const context = decodeContext(settings);
  const catalogue = new Catalogue(database);
  const states = new StateStore(settings.cyclesInMemory);
  const outgoing = new Outgoing(eventLog, CYCLES, log);
  const counters = new CyclesCounters(registry);
  let worker: LogWorker<CyclesGroup> | undefined;
  const position = (at: { topic: string; partition: number }): number | null => worker?.durable(at) ?? null;
  const anomalies = new AnomalyBook();
  const rules = new RuleBook();
  const shared = {
    database,
    eventLog,
    catalogue,
    states,
    outgoing,
    anomalies,
    settings,
    context,
    counters,
    log,
  };
  const repairer = new Repairer({ ...shared, position });
  const silence = new SilenceWatch({ database, eventLog, catalogue, outgoing, position }, [
    LOG_TOPICS.samples,
  ]);
  const acceptances = new Acceptances({ database, catalogue, outgoing, anomalies, rules, position });
  const index = new ConditionIndex(catalogue);
  const entries = new ConditionEntries(index);
  const conditions = new ConditionWatch({ database, catalogue, outgoing, index, position });
  const decoder = new Decoder(database, CYCLES, context);
  const work = new CyclesWork({
    ...{ ...shared, rules, entries, conditions, decoder },
    repairer,
    silence,
    acceptances,
  });
  worker = new LogWorker({ eventLog, database, health, log, work, tries: settings.poisonTries });
  return {
    async close() {
      await worker.close();
      await outgoing
        .flush()
        .catch((err: unknown) => log.warn({ err }, 'cycle events are told at the next start'));
    },
    stats: () => counters.snapshot(),
  };
}
