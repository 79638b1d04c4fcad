import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { type CycleSettings, cycleSettings } from '@loadcycle/contract/cycle-settings';
import type { Database, Transaction } from '@loadcycle/database/port';
import type { EventLog, TopicPartition } from '@loadcycle/event-log/port';
import type { AnomalyBook } from '../anomalies/book.ts';
import type { DecodeContext } from '../codecs/decode.ts';
import { type CutCycle, Segmenter } from '../cycles/segmenter.ts';
import { LANDING } from '../landing/settings.ts';
import type { Catalogue, KnownSignal } from '../work/catalogue.ts';
import { moveOffsets, partitionKey } from '../work/offsets.ts';
import type { Outgoing, OutgoingRecord } from '../work/outgoing.ts';
import { aggregatedTo, requestRefresh } from '../work/refresh.ts';
import {
  adoptCheckpoints,
  type Checkpoint,
  checkpointBefore,
  dropCheckpointsFrom,
  saveCheckpoints,
} from './checkpoints.ts';
import { compareCycles, deleteCycles, readCycles, writeCycles } from './cycle-rows.ts';
import { cycleEvent, removedEvent } from './events.ts';
import { readHistory } from './history.ts';
import { readGap } from './log-gap.ts';
import {
  dropProgress,
  dueSignals,
  lockRepairs,
  markRepairs,
  type OpenRepair,
  type Progress,
  readProgress,
  saveProgress,
} from './repair-rows.ts';
import { CYCLES, type CyclesSettings } from './settings.ts';
import { type SignalState, settingsOf } from './signal-state.ts';
import { StateStore, saveStates } from './state-store.ts';
import type { CyclesCounters } from './stats.ts';
import { landingOffsets } from './work.ts';

export interface RepairParts {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly catalogue: Catalogue;
  readonly states: StateStore;
  readonly outgoing: Outgoing;
  readonly anomalies: AnomalyBook;
  readonly settings: CyclesSettings;
  readonly context: DecodeContext;
  readonly counters: CyclesCounters;
  readonly log: Logger;
  /** where this member stands in a partition; null where it has none of it */
  readonly position: (at: TopicPartition) => number | null;
}

type Outcome = 'nothing' | 'waits' | 'more' | 'done';

interface Slice {
  readonly known: KnownSignal;
  readonly active: readonly OpenRepair[];
  readonly progress: Progress;
  readonly segmenter: Segmenter;
  readonly cycles: CutCycle[];
  readonly checkpoints: Checkpoint[];
  doneToUs: number | null;
  /** onset of the last cycle that came out, ever */
  boundaryUs: number | null;
  checkpointUs: number | null;
}

class Refused extends Error {}

/**
 * Cuts stretches again from the rows in the store, slice by slice between the live groups; what is kept between two
 * slices stands in the store, so a crash costs one slice. Each slice replaces the cycles that it has re-cut in one
 * transaction: readers never see a hole. A re-cut of late data starts from a saved state before them and runs up to
 * the newest row; then, holding its own offset, it hands its state to the live cut.
 */
export class Repairer {
  readonly #p: RepairParts;
  busy = false;

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
      if (error instanceof LoadcycleError) throw error;
      log.error({ err: error, signal: known.path }, 'a re-cut failed; the cycles stay as they are');
      await this.#giveUp(signalId, error as Error);
      return 'nothing';
    } finally {
      states.evict([signalId]);
      anomalies.evict([signalId]);
    }
    outgoing.send(events);
    return outcome;
  }

  async #giveUp(signalId: number, error: Error): Promise<void> {
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
    const open = await lockRepairs(tx, known.id);
    if (open.length === 0) return 'nothing';
    const landed = await landingOffsets(tx);
    const live = at === null ? null : await this.#liveState(tx, known);
    const slice = await this.#begin(tx, known, open, landed, live, position);
    if (slice === null) return 'waits';
    const { settings } = this.#p;
    const { toUs } = slice.progress;
    const until = toUs === null ? null : toUs + settings.repairLead;
    const history = await readHistory(tx, known.id, slice.doneToUs, until, settings.repairSlice);
    this.#cut(slice, history.chunks);
    if (history.endUs !== null) slice.doneToUs = history.endUs;
    if (toUs !== null) {
      const passed = (slice.cycles.at(-1)?.startedAtUs ?? Number.NEGATIVE_INFINITY) > toUs;
      return await this.#write(tx, slice, history.last || passed ? toUs : 'open', at, events);
    }
    if (live === null || at === null || position === null) {
      return await this.#write(tx, slice, history.last ? 'end' : 'open', at, events);
    }
    if (!history.last) return await this.#write(tx, slice, 'open', at, events);
    const l = landed.get(partitionKey(at)) ?? 0;
    return await this.#handOver(tx, slice, live, at, l, position, events);
  }

  async #liveState(tx: Transaction, known: KnownSignal): Promise<SignalState> {
    const store = new StateStore(1);
    await store.load(tx, [known]);
    return store.get(known.id);
  }

  /** The re-cut that is under way, widened by what has become ready; or a new one. Null: not yet. */
  async #begin(
    tx: Transaction,
    known: KnownSignal,
    open: readonly OpenRepair[],
    landed: ReadonlyMap<string, number>,
    live: SignalState | null,
    position: number | null,
  ): Promise<Slice | null> {
    let progress = await readProgress(tx, known.id);
    const running = open.filter((r) => r.state === 'running');
    const ranged = open.filter((r) => r.reason === 'reprocess');
    if (progress !== null && progress.toUs !== null) {
      const its = running.filter((r) => r.reason === 'reprocess');
      return this.#slices(known, its, progress);
    }
    const ready = open.filter((r) => r.reason !== 'reprocess' && isReady(r, landed, position));
    const fresh = ready.filter((r) => r.state === 'waiting');
    if (progress === null && ready.length === 0) {
      const next = ranged[0];
      if (next === undefined) return null;
      progress = await this.#beginRange(tx, known, next);
      return this.#slices(known, [next], progress);
    }
    let fromUs = Number.POSITIVE_INFINITY;
    for (const r of progress === null ? ready : fresh)
      fromUs = Math.min(fromUs, await this.#fromOf(tx, known, r));
    if (progress === null || fromUs <= (progress.doneToUs ?? Number.NEGATIVE_INFINITY)) {
      progress = await this.#beginLive(tx, known, fromUs, progress, live);
    }
    return this.#slices(known, ready, progress);
  }

  /** Of a change of limits: from the first batch that was judged by the new ones. */
  async #fromOf(tx: Transaction, known: KnownSignal, r: OpenRepair): Promise<number> {
    if (r.reason !== 'quality') return r.fromUs;
    const [row] = await tx.query<{ t0: number | null }>(
      `SELECT (extract(epoch from min(t0)) * 1000000)::bigint AS t0 FROM batch WHERE signal_id = $1 AND definition_version >= $2`,
      [known.id, known.version],
    );
    return Math.min(r.fromUs, row?.t0 ?? r.fromUs);
  }

  #slices(known: KnownSignal, active: readonly OpenRepair[], progress: Progress): Slice {
    const settings = JSON.parse(progress.extra.settings) as CycleSettings;
    const segmenter = new Segmenter(settings, progress.state ?? undefined);
    const { doneToUs, boundaryUs } = progress;
    const { checkpointUs } = progress.extra;
    return {
      known,
      active,
      progress,
      segmenter,
      cycles: [],
      checkpoints: [],
      doneToUs,
      boundaryUs,
      checkpointUs,
    };
  }

  async #beginLive(
    tx: Transaction,
    known: KnownSignal,
    askedUs: number,
    before: Progress | null,
    live: SignalState | null,
  ): Promise<Progress> {
    const settings = live?.settings ?? JSON.stringify(settingsOf(known));
    const since = before?.extra.sinceUs ?? live?.sinceUs ?? null;
    const fromUs = Math.min(askedUs, before?.fromUs ?? askedUs);
    await dropCheckpointsFrom(tx, known.id, askedUs);
    const base = { fromUs, toUs: null };
    if (since !== null && askedUs <= since) {
      // from before the present settings: there is no state to go on from, so it learns from what lies before
      const start = askedUs - this.#p.settings.repairLead;
      const extra = {
        settings,
        sinceUs: start,
        version: known.version,
        checkpointUs: null,
        changedFromUs: askedUs,
      };
      return { ...base, state: null, doneToUs: start, boundaryUs: askedUs - 1, extra };
    }
    const version = known.version;
    const saved = await checkpointBefore(tx, known.id, askedUs, since, before?.fromUs ?? null);
    const changedFromUs = Math.min((saved?.boundaryUs ?? fromUs) + 1, before?.extra.changedFromUs ?? fromUs);
    const extra = { settings, sinceUs: since, version, checkpointUs: saved?.atUs ?? null, changedFromUs };
    if (saved === null) return { ...base, state: null, doneToUs: since, boundaryUs: since, extra };
    return { ...base, state: saved.state, doneToUs: saved.atUs, boundaryUs: saved.boundaryUs, extra };
  }

  async #beginRange(tx: Transaction, known: KnownSignal, r: OpenRepair): Promise<Progress> {
    const settings = r.settings ?? (await cyclesOfVersion(tx, known, r.settingsVersion));
    const extra = {
      settings: JSON.stringify(cycleSettings(settings)),
      sinceUs: null,
      version: r.settingsVersion ?? known.version,
      checkpointUs: null,
      changedFromUs: r.fromUs,
    };
    const doneToUs = r.fromUs - this.#p.settings.repairLead;
    return { fromUs: r.fromUs, toUs: r.toUs, state: null, doneToUs, boundaryUs: r.fromUs - 1, extra };
  }

  #cut(slice: Slice, chunks: Parameters<Segmenter['push']>[0][]): void {
    const { progress, segmenter, known } = slice;
    for (const chunk of chunks) {
      const cycles = segmenter.push(chunk);
      slice.cycles.push(...cycles);
      slice.boundaryUs = cycles.at(-1)?.startedAtUs ?? slice.boundaryUs;
      const atUs = segmenter.lastUs!;
      slice.doneToUs = Math.max(atUs, slice.doneToUs ?? atUs);
      const { checkpointUs, boundaryUs } = slice;
      if (progress.toUs !== null) continue;
      if (checkpointUs !== null && atUs - checkpointUs < this.#p.settings.checkpointEvery) continue;
      slice.checkpointUs = atUs;
      slice.checkpoints.push({ signalId: known.id, atUs, state: segmenter.snapshot(), boundaryUs });
    }
  }

  /**
   * Puts the slice's cycles in the place of the old ones. `until`: the end of the range, all that follows (`end`), or
   * up to the last new onset (`open`: more slices follow).
   */
  async #write(
    tx: Transaction,
    slice: Slice,
    until: number | 'end' | 'open',
    at: TopicPartition | null,
    events: OutgoingRecord[],
  ): Promise<Outcome> {
    const { known, progress, segmenter, active } = slice;
    const { boundaryUs } = progress;
    const cycles = slice.cycles.filter((c) => c.startedAtUs > (boundaryUs ?? Number.NEGATIVE_INFINITY));
    const upTo =
      until === 'end' ? null : until === 'open' ? (cycles.at(-1)?.startedAtUs ?? boundaryUs) : until;
    const kept = upTo === null ? cycles : cycles.filter((c) => c.startedAtUs <= upTo);
    const nothing = until === 'open' && cycles.length === 0;
    const old = nothing ? [] : await readCycles(tx, known.id, boundaryUs, upTo);
    const { write, remove } = compareCycles(known.id, progress.extra.version, old, kept);
    await deleteCycles(tx, known.id, remove);
    await writeCycles(tx, write);
    for (const us of remove) events.push(removedEvent(known.path, us));
    for (const row of write) events.push(cycleEvent(known.path, row.revision, row.cycle));
    const done = until !== 'open';
    // what was found in the cycles that were is found anew in those that are
    if (done) events.push(...(await this.#p.anomalies.rescore(tx, known, scoredFrom(progress))));
    if (at !== null) await this.#p.outgoing.write(tx, at, events);
    const [now] = await tx.query<{ aggregatedTo: number | null }>(
      `SELECT ${aggregatedTo('cycle')} AS "aggregatedTo"`,
    );
    const stale = [...remove, ...write.map((r) => r.cycle.startedAtUs)];
    await requestRefresh(
      tx,
      'cycle',
      stale.map((us) => ({ fromUs: us, toUs: us })),
      now!.aggregatedTo,
    );
    await saveCheckpoints(tx, slice.checkpoints, true);
    const ids = active.map((r) => r.id);
    await markRepairs(tx, ids, done ? 'done' : 'running', {
      doneToUs: slice.doneToUs,
      changed: write.length + remove.length,
    });
    if (done) await dropProgress(tx, known.id);
    else {
      await saveProgress(tx, known.id, {
        ...progress,
        state: segmenter.snapshot(),
        doneToUs: slice.doneToUs,
        boundaryUs: upTo,
        extra: { ...progress.extra, checkpointUs: slice.checkpointUs },
      });
    }
    this.#p.counters.repaired(write.length, remove.length, done);
    return done ? 'done' : 'more';
  }

  /**
   * The re-cut has come to the newest row. Where landing is behind this consumer, what it has not landed yet comes
   * from the log itself; then the live cut goes on from here.
   */
  async #handOver(
    tx: Transaction,
    slice: Slice,
    live: SignalState,
    at: TopicPartition,
    landed: number,
    position: number,
    events: OutgoingRecord[],
  ): Promise<Outcome> {
    const { known, segmenter, progress } = slice;
    const { eventLog, context, catalogue } = this.#p;
    const [from, to] = landed < position ? [landed, position] : [position, landed];
    const gap = await readGap(
      { tx, eventLog, context, catalogue },
      known,
      at,
      from,
      to,
      landed < position ? LANDING : CYCLES,
    );
    // one of the two is far behind: come back when it has caught up
    if (gap === null)
      return slice.cycles.length > 0 ? await this.#write(tx, slice, 'open', at, events) : 'waits';
    for (const b of gap) {
      if (landed >= position) {
        // in the store already, and cut with this slice; one that landed behind an earlier slice was passed over, and
        // is late for the live cut when it comes there
        if (b.t0Us > (progress.doneToUs ?? Number.NEGATIVE_INFINITY)) live.seen.add(b.session, b.seq);
      }
      // late ones among them have asked for a re-cut of their own
      else if (slice.doneToUs === null || b.t0Us > slice.doneToUs) this.#cut(slice, [b.chunk]);
    }
    live.segmenter = segmenter;
    live.boundaryUs = slice.boundaryUs;
    live.sinceUs = progress.extra.sinceUs;
    live.checkpointUs = slice.checkpointUs;
    await saveStates(tx, new Map([[known.id, live]]));
    const outcome = await this.#write(tx, slice, 'end', at, events);
    await adoptCheckpoints(tx, known.id, progress.fromUs);
    return outcome;
  }
}

/** The first cycle that may be another one began before the late data did. */
const scoredFrom = ({ fromUs, extra }: Progress): number => Math.min(fromUs, extra.changedFromUs);

function isReady(r: OpenRepair, landed: ReadonlyMap<string, number>, position: number | null): boolean {
  if (r.topic === null || r.partition === null || r.offset === null) return true;
  const l = landed.get(partitionKey({ topic: r.topic, partition: r.partition })) ?? 0;
  return l > r.offset && (r.cyclesOffset === null || (position ?? 0) > r.cyclesOffset);
}

async function cyclesOfVersion(tx: Transaction, known: KnownSignal, version: number | null): Promise<object> {
  if (version === null) return known.definition.cycles ?? {};
  const [row] = await tx.query<{ cycles: object | null }>(
    `SELECT definition->'cycles' AS cycles FROM signal_version WHERE signal_id = $1 AND version = $2`,
    [known.id, version],
  );
  return row?.cycles ?? {};
}
