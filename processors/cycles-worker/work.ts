import { setTimeout as delay } from 'node:timers/promises';
import type { SparkplugState } from '@loadcycle/codecs/sparkplug/index';
import { LOG_TOPICS, LoadcycleError, type Logger, lastSampleUs } from '@loadcycle/contract';
import type { Cycle } from '@loadcycle/contract/cycle';
import { lateBefore, requestRefresh } from '@loadcycle/database/maintenance/aggregates';
import type { Database, Transaction } from '@loadcycle/database/port';
import type { LogRecord, TopicPartition } from '@loadcycle/event-log/port';
import type { Acceptances } from '../anomalies/acceptances.ts';
import { type Arrived, noteArrivals } from '../anomalies/arrivals.ts';
import type { AnomalyBook, Observed } from '../anomalies/book.ts';
import type { ConditionEntries } from '../anomalies/conditions/entries.ts';
import type { ConditionWatch } from '../anomalies/conditions/watch.ts';
import { closeSilences } from '../anomalies/rows.ts';
import type { RuleBook } from '../anomalies/rules/book.ts';
import { type SilenceWatch, silenceRecord } from '../anomalies/silence.ts';
import { insertLetters, type Letter } from '../landing/letters.ts';
import { LANDING } from '../landing/settings.ts';
import { CATALOGUE_VERSION, type Catalogue, type KnownSignal } from '../work/catalogue.ts';
import type { Decoder } from '../work/decoder.ts';
import { GROUP_RECORDS } from '../work/group.ts';
import { Intake } from '../work/intake.ts';
import { type Decoded, judgeRecord } from '../work/judge.ts';
import type { LogWork } from '../work/log-worker.ts';
import { partitionKey } from '../work/offsets.ts';
import type { Outgoing, OutgoingRecord } from '../work/outgoing.ts';
import { type Checkpoint, saveCheckpoints } from './checkpoints.ts';
import { type CycleRow, writeCycles } from './cycle-rows.ts';
import { cycleEvent } from './events.ts';
import { probeCycles } from './probe.ts';
import { repairBoundaries } from './repair-rows.ts';
import { Requests } from './requests.ts';
import { CYCLES, type CyclesSettings } from './settings.ts';
import { NOT_JUDGED, type SignalState } from './signal-state.ts';
import { type StateStore, saveStates } from './state-store.ts';
import type { CyclesCounters } from './stats.ts';

export interface CyclesParts {
  readonly database: Database;
  readonly settings: CyclesSettings;
  readonly decoder: Decoder;
  readonly catalogue: Catalogue;
  readonly states: StateStore;
  readonly outgoing: Outgoing;
  readonly anomalies: AnomalyBook;
  readonly rules: RuleBook;
  readonly entries: ConditionEntries;
  readonly conditions: ConditionWatch;
  readonly silence: SilenceWatch;
  readonly acceptances: Acceptances;
  readonly counters: CyclesCounters;
  readonly log: Logger;
  readonly repairer: { readonly busy: boolean; step(): Promise<void> };
}

/** A decoded group; what becomes of it depends on the signals' states, so that is worked out in the transaction. */
export interface CyclesGroup {
  readonly catalogueVersion: number;
  readonly decoded: readonly Decoded[];
  readonly signals: readonly KnownSignal[];
  readonly nodes: ReadonlyMap<string, SparkplugState>;
  /** records that this consumer found to be poison: landing may well have landed them */
  readonly letters: readonly Letter[];
}

interface Cut {
  readonly touched: Map<number, SignalState>;
  readonly rows: CycleRow[];
  readonly checkpoints: Checkpoint[];
  readonly requests: Requests;
  readonly arrived: Arrived[];
  readonly events: Map<string, { at: TopicPartition; records: OutgoingRecord[] }>;
  late: number;
  repeated: number;
}

/** Log records → cycles, the segmenters' states and the offsets, in one transaction. */
export class CyclesWork implements LogWork<CyclesGroup> {
  readonly name = CYCLES;
  readonly topics = [LOG_TOPICS.samples];
  readonly #p: CyclesParts;
  readonly #intake: Intake;
  #cut: Cut | null = null;

  constructor(parts: CyclesParts) {
    this.#p = parts;
    const { decoder, catalogue, settings, log, database } = parts;
    const unknown = settings.autoRegister
      ? (some: readonly LogRecord[]) => landingPassed(database, some)
      : null;
    this.#intake = new Intake({ decoder, catalogue, log, unknown });
  }

  poll() {
    const { settings, repairer } = this.#p;
    const waitMs = repairer.busy ? 1 : 250;
    return {
      maxBytes: settings.cyclesBytes,
      maxRecords: GROUP_RECORDS,
      gatherMs: settings.cyclesGather / 1000,
      waitMs,
    };
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    this.#p.states.clear();
    this.#p.anomalies.clear();
    this.#p.rules.clear();
    this.#p.entries.clear();
    await this.#p.outgoing.resume(this.#p.database, partitions);
  }

  forget(): void {
    this.#p.states.clear();
    this.#p.anomalies.clear();
    this.#p.rules.clear();
    this.#p.entries.clear();
    this.#intake.forget();
  }

  async prepare(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<CyclesGroup> {
    const group = await this.#intake.decode(records, rejected);
    const resolved = await this.#intake.resolve(group.records);
    const letters = [...rejected].map(([record, error]) => ({ record, error, signalId: 0 }));
    return { ...resolved, nodes: group.nodes, letters };
  }

  probe(tx: Transaction): Promise<void> {
    return probeCycles(tx);
  }

  /** What the group before has said must be in the log before this one may overwrite it. */
  before(): Promise<void> {
    return this.#p.outgoing.flush();
  }

  async apply(tx: Transaction, group: CyclesGroup): Promise<'stale' | undefined> {
    const { states, outgoing, catalogue, log } = this.#p;
    const [now] = await tx.query<{ version: number; lateBeforeUs: number | null }>(
      `SELECT ${CATALOGUE_VERSION} AS version, ${lateBefore('cycle')} AS "lateBeforeUs"`,
    );
    if (now!.version !== group.catalogueVersion) return 'stale';
    await states.load(tx, group.signals);
    const cut: Cut = {
      touched: new Map(),
      rows: [],
      checkpoints: [],
      requests: new Requests(),
      arrived: [],
      events: new Map(),
      late: 0,
      repeated: 0,
    };
    const landing = group.signals.some((k) => states.get(k.id).settingsVersion !== k.version)
      ? await landingOffsets(tx)
      : null;
    for (const d of group.decoded) {
      const { error } = this.#take(cut, d, landing);
      if (error !== undefined) log.debug({ code: error.code }, 'left to landing, which quarantines it');
    }
    await insertLetters(tx, group.letters);
    await this.#p.decoder.save(tx, group.nodes);
    const { presentFromUs, found } = await noteArrivals(tx, cut.arrived);
    await closeSilences(tx, found);
    for (const silence of found) {
      this.#tell(cut, states.get(silence.signalId).at!, silenceRecord(silence, catalogue)!);
    }
    for (const { known, record } of await this.#p.anomalies.observe(tx, this.#observed(cut, presentFromUs))) {
      this.#tell(cut, states.get(known.id).at!, record);
    }
    for (const { known, record } of await this.#p.rules.observe(tx, cut.arrived)) {
      this.#tell(cut, states.get(known.id).at!, record);
    }
    await this.#p.entries.observe(tx, cut.arrived);
    // what a re-cut has replaced already is its own: landing may be ahead of this consumer, and the re-cut with it
    const boundaries = await repairBoundaries(tx, [...new Set(cut.rows.map((r) => r.signalId))]);
    const rows = cut.rows.filter((r) => r.cycle.startedAtUs > (boundaries.get(r.signalId) ?? 0));
    await writeCycles(tx, rows);
    for (const { signalId, cycle } of rows) {
      this.#tell(cut, states.get(signalId).at!, cycleEvent(catalogue.byId(signalId)!, 1, cycle));
    }
    await saveStates(tx, cut.touched);
    await saveCheckpoints(tx, cut.checkpoints);
    await cut.requests.write(tx);
    for (const { at, records } of cut.events.values()) await outgoing.write(tx, at, records);
    const windows = rows.map((r) => ({
      signalId: r.signalId,
      fromUs: r.cycle.startedAtUs,
      toUs: r.cycle.startedAtUs,
    }));
    await requestRefresh(tx, 'cycle', windows, now!.lateBeforeUs);
    this.#cut = cut;
    return undefined;
  }

  /** One record: its batches are pushed where they go on, asked to be cut again where they are late. */
  #take(cut: Cut, decoded: Decoded, landing: Map<string, number> | null): { error?: LoadcycleError } {
    const { states, catalogue, settings } = this.#p;
    const { record } = decoded;
    const { topic, partition, offset } = record;
    const use = (id: number): SignalState => {
      const state = states.get(id);
      cut.touched.set(id, state);
      if (state.at?.partition !== partition) state.at = { topic, partition };
      const known = catalogue.byId(id)!;
      if (state.settingsVersion !== known.version) {
        const landed = landing?.get(partitionKey(record)) ?? 0;
        // the last record that either has come to
        const place = Math.max(landed - 1, offset);
        // which of the two consumers has judged which batches by the old limits: once both have passed this place,
        // what is in the store decides. A signal that neither has judged needs nothing.
        if (state.settingsVersion !== NOT_JUDGED || landed > offset) {
          cut.requests.add({
            signalId: id,
            fromUs: state.lastUs ?? 0,
            toUs: state.lastUs ?? 0,
            reason: 'quality',
            topic,
            partition,
            offset: place,
            cyclesOffset: place,
          });
        }
        state.adopt(known);
      }
      return state;
    };
    const judged = judgeRecord(decoded, catalogue, (id) => use(id).tails);
    if (!Array.isArray(judged)) return { error: judged };
    for (const { known, batch, sent, validated } of judged) {
      const state = states.get(known.id);
      if (state.seen.has(batch.session, batch.seq)) {
        cut.repeated++;
        continue;
      }
      state.seen.add(batch.session, batch.seq);
      cut.arrived.push({ record, known, batch, sent, validated, age: 'history' });
      if (state.isLate(batch)) {
        if (state.segmenter === null) continue;
        cut.late++;
        cut.requests.add({
          signalId: known.id,
          fromUs: batch.t0Us,
          toUs: lastSampleUs(batch),
          reason: 'late',
          topic,
          partition,
          offset,
          cyclesOffset: null,
        });
        continue;
      }
      for (const cycle of state.push(batch, validated.quality, validated.bad)) {
        cut.rows.push({ signalId: known.id, revision: 1, settingsVersion: known.version, cycle });
      }
      if (state.segmenter !== null && state.segmenter.takeOwed() !== null) {
        const [fromUs, toUs] = [batch.t0Us, lastSampleUs(batch)];
        const from = { topic, partition, offset, cyclesOffset: null };
        cut.requests.add({ signalId: known.id, fromUs, toUs, reason: 'levels', ...from });
      }
      if (state.checkpointDue(batch, settings.checkpointEvery)) {
        const { boundaryUs } = state;
        const atUs = lastSampleUs(batch);
        cut.checkpoints.push({ signalId: known.id, atUs, state: state.snapshot(), boundaryUs });
      }
    }
    return {};
  }

  #tell(cut: Cut, at: TopicPartition, record: OutgoingRecord): void {
    const key = partitionKey(at);
    let events = cut.events.get(key);
    if (events === undefined) cut.events.set(key, (events = { at, records: [] }));
    events.records.push(record);
  }

  /** For the detectors: what this group says of each signal that went on. */
  #observed(cut: Cut, presentFromUs: ReadonlyMap<number, number | null>): Observed[] {
    const { states, catalogue } = this.#p;
    const cycles = new Map<number, Cycle[]>();
    for (const { signalId, cycle } of cut.rows) {
      const list = cycles.get(signalId);
      if (list === undefined) cycles.set(signalId, [cycle]);
      else list.push(cycle);
    }
    return [...cut.touched.keys()].map((id) => {
      const state = states.get(id);
      const openSinceUs = state.segmenter?.openSinceUs ?? null;
      const known = catalogue.byId(id)!;
      return {
        known,
        cycles: cycles.get(id) ?? [],
        nowUs: state.lastUs,
        onsetUs: openSinceUs,
        atLoad: state.atLoad,
        presentFromUs: presentFromUs.get(id) ?? null,
      };
    });
  }

  rolledBack(group: CyclesGroup): void {
    this.#cut = null;
    const ids = group.signals.map((k) => k.id);
    this.#p.states.evict(ids);
    this.#p.anomalies.evict(ids);
    this.#p.rules.evict(ids);
    this.#p.entries.clear();
  }

  committed(group: CyclesGroup): void {
    const cut = this.#cut!;
    this.#cut = null;
    this.#p.counters.count(group.decoded.length, cut.rows.length, cut.late, cut.repeated);
    for (const { records } of cut.events.values()) this.#p.outgoing.send(records);
  }

  async between(): Promise<void> {
    await this.#p.repairer.step();
    await this.#p.silence.step();
    await this.#p.acceptances.step();
    await this.#p.conditions.step();
  }
}

export async function landingOffsets(tx: Pick<Transaction, 'query'>): Promise<Map<string, number>> {
  const rows = await tx.query<{ topic: string; partition: number; next: number }>(
    'SELECT topic, partition, next FROM consumer_offset WHERE consumer = $1',
    [LANDING],
  );
  return new Map(rows.map((r) => [partitionKey(r), r.next]));
}

/** Landing registers new signals, or quarantines their messages: only then is it known which. */
const LANDING_WAIT_MS = 5_000;

/** Resolves once landing has passed the records; throws `landing.behind` where that takes too long. */
async function landingPassed(db: Database, records: readonly LogRecord[]): Promise<void> {
  const end = performance.now() + LANDING_WAIT_MS;
  for (;;) {
    const landed = await landingOffsets(db);
    if (records.every((r) => (landed.get(partitionKey(r)) ?? 0) > r.offset)) return;
    if (performance.now() > end) {
      throw new LoadcycleError(
        'landing.behind',
        'new signals are registered by landing, which has not come to them',
      );
    }
    await delay(10);
  }
}
