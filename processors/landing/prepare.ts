import { crc32 } from 'node:zlib';
import type { SparkplugEffect, SparkplugState } from '@loadcycle/codecs/sparkplug/index';
import { type Batch, type LoadcycleError, lastSampleUs } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { encodeOffsets } from '../offsets.ts';
import type { Catalogue } from '../work/catalogue.ts';
import type { JudgedBatch } from '../work/judge.ts';
import { receivedAtUs } from '../work/messages.ts';
import type { StoredTails } from '../work/tails.ts';
import type { Letter } from './letters.ts';

/** A batch as the ledger takes it; `from` and `to` are its rows' place in the encoded rows. */
export interface LedgerEntry {
  readonly record: LogRecord;
  readonly signalId: number;
  readonly version: number;
  readonly session: string;
  readonly seq: number;
  readonly t0Us: number;
  readonly endUs: number;
  readonly dtUs: number | null;
  readonly count: number;
  readonly good: number;
  readonly uncertain: number;
  readonly bad: number;
  readonly receivedAtUs: number;
  readonly digest: number;
  /** irregular sampling: the samples' times (processors/offsets.ts) */
  readonly offsets: Uint8Array | null;
  /** its place in the group as the log has it */
  readonly order: number;
  from: number;
  to: number;
}

/** A group of records, worked out as far as it goes without the store. */
export interface Landing {
  readonly catalogueVersion: number;
  /** by signal, then time, as direct compress wants the rows */
  readonly entries: readonly LedgerEntry[];
  readonly sorted: boolean;
  /** binary COPY rows of all entries, in their order */
  readonly rows: Uint8Array;
  readonly letters: readonly Letter[];
  /** the signals' session ends after this group */
  readonly tails: ReadonlyMap<number, StoredTails>;
  /** what is known of Sparkplug's edge nodes after this group, and what their messages ask for */
  readonly nodes: ReadonlyMap<string, SparkplugState>;
  readonly effects: readonly SparkplugEffect[];
  readonly records: number;
}

export interface LedgerBatch {
  readonly entry: LedgerEntry;
  readonly batch: Batch;
  readonly quality: Uint8Array;
}

/** CRC-32 of what a batch says, as int4: two batches of one name and other content differ in it. */
export function digestOf(batch: Batch): number {
  const { values, offsetsUs } = batch;
  // a crc begins with 32 bits: of a period longer than 71 minutes the lower ones
  let crc = crc32(bytesOf(values), (batch.dtUs ?? 0) >>> 0);
  if (offsetsUs !== null) crc = crc32(bytesOf(offsetsUs), crc);
  return crc | 0;
}

const bytesOf = (a: Float64Array): Buffer => Buffer.from(a.buffer, a.byteOffset, a.byteLength);

export function ledgerBatch(
  { record, known, batch, sent, validated }: JudgedBatch,
  order: number,
): LedgerBatch {
  const { good, uncertain, bad, quality } = validated;
  const entry: LedgerEntry = {
    record,
    signalId: known.id,
    version: known.version,
    session: batch.session,
    seq: batch.seq,
    t0Us: batch.t0Us,
    endUs: lastSampleUs(batch),
    dtUs: batch.dtUs,
    count: batch.values.length,
    good,
    uncertain,
    bad,
    receivedAtUs: receivedAtUs(record),
    digest: digestOf(sent),
    offsets: batch.offsetsUs === null ? null : encodeOffsets(batch.offsetsUs),
    order,
    from: 0,
    to: 0,
  };
  return { entry, batch, quality };
}

export const bySignalAndTime = (a: LedgerBatch, b: LedgerBatch): number =>
  a.entry.signalId - b.entry.signalId || a.entry.t0Us - b.entry.t0Us || a.entry.seq - b.entry.seq;

export function letterOf(record: LogRecord, error: LoadcycleError, catalogue: Catalogue): Letter {
  const [site = '', device = '', signal = ''] = record.key.split('/');
  return { record, error, signalId: catalogue.get({ site, device, signal })?.id ?? 0 };
}
