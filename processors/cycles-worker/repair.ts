import { CYCLES_OFF, LoadcycleError } from '@loadcycle/contract';
import type { Transaction } from '@loadcycle/database/port';
import type { TopicPartition } from '@loadcycle/event-log/port';
import type { KnownSignal } from '../work/catalogue.ts';
import { blameFor } from '../work/failures.ts';
import { moveOffsets, partitionKey } from '../work/offsets.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';
import { readHistory } from './history.ts';
import { beginRepair } from './repair-begin.ts';
import { handOver } from './repair-hand-over.ts';
import type { Outcome, RepairParts } from './repair-parts.ts';
import {
  dropProgress,
  dueSignals,
  lockRepairs,
  markRepairs,
  type OpenRepair,
  readProgress,
} from './repair-rows.ts';
import { beginAgain, cutInto } from './repair-slice.ts';
import { writeSlice } from './repair-write.ts';
import { CYCLES } from './settings.ts';
import { type SignalState, settingsOf } from './signal-state.ts';
import { StateStore } from './state-store.ts';
import { landingOffsets } from './work.ts';

class Refused extends Error {}

/** Of a signal whose cycles are off now: what asked to cut on up to the present is done. */
async function onlyRanges(
  tx: Transaction,
  signalId: number,
  open: readonly OpenRepair[],
): Promise<readonly OpenRepair[]> {
  const live = open.filter((r) => r.reason !== 'reprocess');
  if (live.length === 0) return open;
  const ids = live.map((r) => r.id);
  await markRepairs(tx, ids, 'done');
  if ((await readProgress(tx, signalId))?.toUs === null) await dropProgress(tx, signalId);
  return open.filter((r) => r.reason === 'reprocess');
}

/**
 * Cuts stretches again from the rows in the store, slice by slice between the live groups; what is kept between two
 * slices stands in the store, so a crash costs one slice. Each slice replaces the cycles that it has re-cut in one
 * transaction: readers never see a hole. A re-cut of late data starts from a saved state before them and runs up to
 * the newest row; then, holding its own offset, it hands its state to the live cut.
 */
export class Repairer {
  readonly #p: RepairParts;
  busy = false;
  /** by signal, since its last slice that went well */
  readonly #failures = new Map<number, number>();

  constructor(parts: RepairParts) {
    this.#p = parts;
  }

  /** One slice of one signal at most. */
  async step(): Promise<void> {
    const { database, settings, position } = this.#p;
    this.busy = false;
    const due = await dueSignals(database, settings.repairQuiet, settings.repairPatience);
    for (const { signalId, at } of due) {
      if (at !== null && position(at) === null) continue;
      const outcome = await this.#slice(signalId, at);
      if (outcome === 'nothing' || outcome === 'waits') continue;
      this.busy = true;
      return;
    }
  }

  async #slice(signalId: number, at: TopicPartition | null): Promise<Outcome> {
    const { database, outgoing, states, anomalies, log, catalogue } = this.#p;
    if (catalogue.byId(signalId) === undefined) await catalogue.refresh();
    const known = catalogue.byId(signalId);
    if (known === undefined) return 'nothing';
    await outgoing.flush();
    let events: OutgoingRecord[] = [];
    let outcome: Outcome = 'nothing';
    try {
      outcome = await database.transaction(
        async (tx) => {
          events = [];
          return await this.#inTransaction(tx, known, at, events);
        },
        { priority: 'write', isolation: 'repeatable read' },
      );
    } catch (error) {
      if (error instanceof Refused) return 'waits';
      if (!this.#isOwnFault(signalId, error)) throw error;
      log.error({ err: error, signal: known.path }, 'a re-cut failed; the cycles stay as they are');
      await this.#giveUp(signalId, error as Error);
      return 'nothing';
    } finally {
      states.evict([signalId]);
      anomalies.evict([signalId]);
    }
    this.#failures.delete(signalId);
    outgoing.send(events);
    return outcome;
  }

  /** A re-cut that fails again and again with what the store alone would not fail with is given up. */
  #isOwnFault(signalId: number, error: unknown): boolean {
    const blame = blameFor(error);
    if (blame === 'environment') return false;
    if (blame === 'data' || !(error instanceof LoadcycleError)) return true;
    const failures = (this.#failures.get(signalId) ?? 0) + 1;
    this.#failures.set(signalId, failures);
    return failures > this.#p.settings.poisonTries;
  }

  async #giveUp(signalId: number, error: Error): Promise<void> {
    this.#failures.delete(signalId);
    await this.#p.database.transaction(async (tx) => {
      const open = await lockRepairs(tx, signalId);
      await markRepairs(
        tx,
        open.map((r) => r.id),
        'failed',
        { error: error.message },
      );
      await dropProgress(tx, signalId);
    });
  }

  async #inTransaction(
    tx: Transaction,
    known: KnownSignal,
    at: TopicPartition | null,
    events: OutgoingRecord[],
  ): Promise<Outcome> {
    // first of all: the partition is ours, and the live cut stands still until this is committed
    const position = at === null ? null : this.#p.position(at);
    if (at !== null && position !== null) {
      const held = await moveOffsets(tx, CYCLES, [{ ...at, expected: position, next: position }]);
      if (!held) throw new Refused("the partition is another worker's");
    }
    const locked = await lockRepairs(tx, known.id);
    const open = settingsOf(known) === CYCLES_OFF ? await onlyRanges(tx, known.id, locked) : locked;
    if (open.length === 0) return locked.length === 0 ? 'nothing' : 'done';
    const { settings } = this.#p;
    const landed = await landingOffsets(tx);
    const live = at === null ? null : await this.#liveState(tx, known);
    const slice = await beginRepair(tx, settings.repairLead, known, open, landed, live, position);
    if (slice === null) return 'waits';
    const { toUs } = slice.progress;
    if (slice.isOff && toUs !== null) return await writeSlice(this.#p, tx, slice, toUs, at, events);
    const until = toUs === null ? null : toUs + settings.repairLead;
    const history = await readHistory(tx, known.id, slice.doneToUs, until, settings.repairSlice);
    cutInto(slice, history.chunks, settings.checkpointEvery);
    if (slice.owed !== null) {
      return await writeSlice(this.#p, tx, beginAgain(slice, slice.owed), 'open', at, events);
    }
    if (history.endUs !== null) slice.doneToUs = history.endUs;
    if (toUs !== null) {
      const passed = (slice.cycles.at(-1)?.startedAtUs ?? Number.NEGATIVE_INFINITY) > toUs;
      return await writeSlice(this.#p, tx, slice, history.last || passed ? toUs : 'open', at, events);
    }
    if (live === null || at === null || position === null) {
      return await writeSlice(this.#p, tx, slice, history.last ? 'end' : 'open', at, events);
    }
    if (!history.last) return await writeSlice(this.#p, tx, slice, 'open', at, events);
    const l = landed.get(partitionKey(at)) ?? 0;
    return await handOver(this.#p, tx, slice, live, at, l, position, events);
  }

  async #liveState(tx: Transaction, known: KnownSignal): Promise<SignalState> {
    const store = new StateStore(1);
    await store.load(tx, [known]);
    return store.get(known.id);
  }
}
