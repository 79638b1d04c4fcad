import { touchedChunks } from '@loadcycle/codecs/chunks';
import { BATCH_LIMITS, HEADERS, LOG_TOPICS, type LoadcycleError, type Logger } from '@loadcycle/contract';
import { CopyEncoder } from '@loadcycle/database/copy-encoder';
import { lateBefore, requestRefresh } from '@loadcycle/database/maintenance/aggregates';
import type { Transaction } from '@loadcycle/database/port';
import type { LogRecord } from '@loadcycle/event-log/port';
import { CATALOGUE_VERSION, type Catalogue } from '../work/catalogue.ts';
import type { Decoder } from '../work/decoder.ts';
import { GroupTooLarge } from '../work/failures.ts';
import { GROUP_BYTES, GROUP_RECORDS } from '../work/group.ts';
import { Intake } from '../work/intake.ts';
import { type Decoded, judgeRecord } from '../work/judge.ts';
import type { LogWork } from '../work/log-worker.ts';
import type { StoredTails, Tails } from '../work/tails.ts';
import { AccountDelta } from './accounts.ts';
import { BatchClocks, type ClockReading, writeClocks } from './device-clock.ts';
import { HighSeqs, type LedgerOutcome, landBatches } from './ledger.ts';
import { insertLetters, type Letter, type LetterPublisher } from './letters.ts';
import type { NewDevices } from './new-devices.ts';
import { bySignalAndTime, type Landing, type LedgerBatch, ledgerBatch, letterOf } from './prepare.ts';
import { probeLanding } from './probe.ts';
import type { RebirthEffect } from './rebirth.ts';
import { LANDING, type LandingSettings } from './settings.ts';
import type { LandingCounters } from './stats.ts';
import { heardOf, writeStatuses } from './status.ts';
import type { TailStore } from './tail-store.ts';

export interface LandingParts {
  readonly settings: LandingSettings;
  readonly decoder: Decoder;
  readonly catalogue: Catalogue;
  readonly tails: TailStore;
  readonly publisher: LetterPublisher;
  readonly counters: LandingCounters;
  /** null: unknown devices are not registered */
  readonly newDevices: NewDevices | null;
  readonly onRebirth: (effect: RebirthEffect) => void;
  readonly log: Logger;
}

/** A group of log records → rows, ledger, accounts and dead letters, in one transaction with the offsets. */
export class LandingWork implements LogWork<Landing> {
  readonly name = LANDING;
  readonly topics = [LOG_TOPICS.samples];
  readonly #p: LandingParts;
  readonly #intake: Intake;
  readonly #high = new HighSeqs();
  /** bytes of payload for each sample, as it has been lately */
  #bytesPerSample = 8;
  #outcome: LedgerOutcome | null = null;
  readonly #encoder = new CopyEncoder();
  readonly #clocks = new BatchClocks();

  constructor(parts: LandingParts) {
    this.#p = parts;
    const { decoder, catalogue, settings, log } = parts;
    this.#intake = new Intake({ decoder, catalogue, log, unknown: settings.autoRegister ? settings : null });
  }

  poll() {
    const { landingSamples, landingGather } = this.#p.settings;
    return {
      maxBytes: Math.min(Math.ceil(landingSamples * this.#bytesPerSample), GROUP_BYTES),
      maxRecords: Math.min(landingSamples, GROUP_RECORDS),
      gatherMs: landingGather / 1000,
      waitMs: 1_000,
    };
  }

  async assigned(): Promise<void> {
    this.#high.clear();
  }

  forget(): void {
    this.#p.tails.clear();
    this.#intake.forget();
  }

  async prepare(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<Landing> {
    const { catalogue, tails: store, counters } = this.#p;
    const started = performance.now();
    const group = await this.#intake.decode(records, rejected);
    counters.busyMs += performance.now() - started;
    if (records.length > 1) checkExtent(group.records);
    const { signals, decoded } = await this.#intake.resolve(group.records);
    await store.load(signals.map((k) => k.id));
    // from here on nothing waits and nothing fails: what is remembered of the batches is remembered as a whole
    const again = performance.now();
    const letters: Letter[] = [];
    const batches: LedgerBatch[] = [];
    const touched = new Map<number, Tails>();
    const tailOf = (id: number): Tails => {
      const tails = store.get(id);
      touched.set(id, tails);
      return tails;
    };
    for (const d of decoded) {
      const judged = judgeRecord(d, catalogue, tailOf);
      if (Array.isArray(judged)) for (const j of judged) batches.push(ledgerBatch(j, batches.length));
      else letters.push(letterOf(d.record, judged, catalogue));
    }
    batches.sort(bySignalAndTime);
    for (const { entry, batch, quality } of batches) {
      entry.from = this.#encoder.byteLength;
      const { t0Us, dtUs, offsetsUs, values } = batch;
      this.#encoder.samples({ signalId: entry.signalId, t0Us, dtUs, offsetsUs, values, quality });
      entry.to = this.#encoder.byteLength;
    }
    const rows = this.#encoder.finish();
    const tails = new Map<number, StoredTails>();
    for (const [id, t] of touched) tails.set(id, t.stored());
    this.#learnSize(records, batches);
    counters.busyMs += performance.now() - again;
    return {
      catalogueVersion: catalogue.version,
      entries: batches.map((b) => b.entry),
      sorted: isSorted(batches),
      rows,
      letters,
      tails,
      nodes: group.nodes,
      effects: group.effects,
      records: records.length,
    };
  }

  #learnSize(records: readonly LogRecord[], batches: readonly LedgerBatch[]): void {
    let bytes = 0;
    let samples = 0;
    for (const r of records) bytes += r.value.byteLength;
    for (const b of batches) samples += b.entry.count;
    if (samples > 0) this.#bytesPerSample += (bytes / samples - this.#bytesPerSample) / 4;
  }

  probe(tx: Transaction): Promise<void> {
    return probeLanding(tx);
  }

  async apply(tx: Transaction, landing: Landing): Promise<'stale' | undefined> {
    const [now] = await tx.query<{ version: number; lateBeforeUs: number | null }>(
      `SELECT ${CATALOGUE_VERSION} AS version, ${lateBefore('sample')} AS "lateBeforeUs"`,
    );
    if (now!.version !== landing.catalogueVersion) return 'stale';
    const outcome = await landBatches(tx, landing, this.#high);
    const conflicts = outcome.conflicts.map(({ entry, error }) => ({
      record: entry.record,
      error,
      signalId: entry.signalId,
    }));
    await insertLetters(tx, [...landing.letters, ...conflicts]);
    await this.#p.decoder.save(tx, landing.nodes);
    await writeStatuses(tx, heardOf(landing.effects), this.#p.newDevices);
    await writeClocks(tx, 'batches', this.#clocks.readings(this.#readings(outcome)));
    await AccountDelta.of(outcome, landing.letters).write(tx, landing.tails);
    const windows = outcome.landed.map((e) => ({ signalId: e.signalId, fromUs: e.t0Us, toUs: e.endUs }));
    await requestRefresh(tx, 'sample', windows, now!.lateBeforeUs);
    this.#outcome = outcome;
    return undefined;
  }

  #readings({ landed }: LedgerOutcome): ClockReading[] {
    return landed.flatMap(({ record, signalId, endUs, receivedAtUs }) => {
      const path = this.#p.catalogue.byId(signalId)?.path;
      if (path === undefined || record.headers[HEADERS.replayed] === 'true') return [];
      return [{ ...path, offsetUs: endUs - receivedAtUs, atUs: receivedAtUs }];
    });
  }

  committed(landing: Landing): void {
    const outcome = this.#outcome!;
    this.#outcome = null;
    this.#high.raise(outcome.landed);
    this.#encoder.reuse(landing.rows);
    this.#p.counters.count(landing, outcome);
    for (const e of landing.effects) if (e.kind === 'rebirth') this.#p.onRebirth(e);
    if (landing.letters.length + outcome.conflicts.length > 0) this.#p.publisher.kick();
  }
}

/** Each signal's rows ascend in time: the server may believe that they need no sorting. */
function isSorted(batches: readonly LedgerBatch[]): boolean {
  return batches.every((b, i) => {
    const before = batches[i - 1]?.entry;
    return before === undefined || before.signalId !== b.entry.signalId || before.endUs < b.entry.t0Us;
  });
}

/** Chunks that one transaction may touch: a message's own limit, so that each message fits alone. */
function checkExtent(decoded: readonly Decoded[]): void {
  const batches = decoded.flatMap((d) => ('error' in d ? [] : d.batches.map((b) => b.batch)));
  if (touchedChunks(batches, BATCH_LIMITS.chunks) > BATCH_LIMITS.chunks) throw new GroupTooLarge();
}
